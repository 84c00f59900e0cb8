/** Lines of the trainer's output that are events, and lines that are not. */
import { expect, test } from 'vitest';
import { parseRunEvent, parseTrainerEvent, standingEvents } from './runEvents';
import type { RunEvent, Variant } from './trainer';

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

test.each([
  ['{"type":"probed","backends":[]}', { type: 'probed', backends: [] }],
  ['{"type":"rejected","obstacles":[]}', { type: 'rejected', obstacles: [] }],
  ['Hi there!', undefined],
  ['{"type":"probe"}', undefined],
])('%s as an answer', (line, event) => {
  expect(parseTrainerEvent(line)).toEqual(event);
});

const step = (cell: Variant, at: number, loss: number): RunEvent => ({
  ...{ type: 'step', cell, step: at, loss, heldOutLoss: null, metric: null, seconds: at, sequencesPerSecond: 1 },
});
const moved = (cell: Variant, at: number): RunEvent => ({
  ...{ type: 'moved', cell, step: at, because: 'device was destroyed' },
  from: { backend: 'webgpu', device: 'a GPU' },
  to: { backend: 'wasm', device: 'WebAssembly' },
});

const done = (cell: Variant, bestLoss: number): RunEvent => ({
  ...{ type: 'done', cell, outcome: 'finished', because: null, steps: 2, bestLoss, bestHeldOutLoss: null },
  ...{ bestMetric: null, seconds: 2, parameters: 9 },
});

test.each([
  {
    name: 'a variant that was over when its trainer was lost ends once',
    events: [step('gru', 1, 1), done('gru', 1), done('rnn', 3), moved('gru', 1), done('gru', 2)],
    standing: [step('gru', 1, 1), done('rnn', 3), moved('gru', 1), done('gru', 2)],
  },
  {
    name: 'steps after the one that is gone on from come again',
    events: [step('gru', 1, 1), step('gru', 2, 2), step('gru', 3, 3), moved('gru', 1), step('gru', 2, 4)],
    standing: [step('gru', 1, 1), moved('gru', 1), step('gru', 2, 4)],
  },
  {
    name: 'other variants stand',
    events: [step('gru', 2, 1), step('lstm', 2, 2), moved('gru', 0)],
    standing: [step('lstm', 2, 2), moved('gru', 0)],
  },
  {
    name: 'a second loss further back takes back what the first left',
    events: [
      step('gru', 1, 1),
      step('gru', 2, 2),
      moved('gru', 2),
      step('gru', 3, 3),
      moved('gru', 1),
      step('gru', 2, 4),
    ],
    standing: [step('gru', 1, 1), moved('gru', 2), moved('gru', 1), step('gru', 2, 4)],
  },
])('$name', ({ events, standing }) => {
  expect(standingEvents(events)).toEqual(standing);
});
