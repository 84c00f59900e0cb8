/** Lines of the trainer's output that are events, and lines that are not. */
import { expect, test } from 'vitest';
import { parseRunEvent } from './runEvents';

test.each([
  ['{"type":"finished"}', { type: 'finished' }],
  ['{"type":"failed","message":"why"}', { type: 'failed', message: 'why' }],
  ['{"type":"gradientReach","cell":"gru","byLag":[1,0.5]}', { type: 'gradientReach', cell: 'gru', byLag: [1, 0.5] }],
])('%s is an event', (line, event) => {
  expect(parseRunEvent(line)).toEqual(event);
});

test.each([
  '',
  'a warning of the runtime',
  'null',
  '[]',
  '3',
  '{"type":"toString"}',
  '{"type":1}',
  '{"type":"start"}',
  '{',
])('%j is none', (line) => {
  expect(parseRunEvent(line)).toBeUndefined();
});
