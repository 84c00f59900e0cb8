import { expect, test } from 'vitest';
import { publishedDevices } from '../model/time/devices';
import { keptProfileText, profileFromText } from './machineProfile';

const key = { program: '1.0.0', runtime: 'v24.1.0', processor: 'Abacus 9' };
const [profile] = publishedDevices;
if (profile === undefined) throw new Error('there are devices');
const text = keptProfileText(profile, key);

test('a profile comes back as it was kept', () => {
  expect(profileFromText(text, key)).toEqual(profile);
});

test.each([
  ['another version of the program', text, { ...key, program: '1.0.1' }],
  ['another runtime', text, { ...key, runtime: 'v20.0.0' }],
  ['another processor', text, { ...key, processor: 'Abacus 10' }],
  ['a file cut off in writing', text.slice(0, 100), key],
  ['a file of something else', '{"version": 2}', key],
  ['an empty file', '', key],
])('%s is measured again', (_, kept, asked) => {
  expect(profileFromText(kept, asked)).toBeNull();
});
