import { expect, test } from 'vitest';
import { resolvePath, withoutDots } from './workspace';

test.each([
  ['src/models', '../train', 'src/train'],
  ['src', '../../train', '../train'],
  ['', './net', 'net'],
  ['src', './', 'src'],
  ['src', 'data//net.json', 'src/data/net.json'],
  ['/home/me', '../you', '/home/you'],
  ['file:///home', '../../net.py', 'file:///net.py'],
])('%s with %s is %s', (folder, name, expected) => {
  expect(resolvePath(folder, name)).toBe(expected);
});

test('a path above the root is the root', () => {
  expect(withoutDots('/../net.json')).toBe('/net.json');
});
