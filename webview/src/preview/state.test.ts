/** Folding events into the state of the preview. */
import { describe, expect, test } from 'vitest';
import type { PreviewRecord } from '../../../protocol/panel';
import type { RunEvent, Variant } from '../../../protocol/trainer';
import { foldEvents, stateOf, withStatus } from './state';

const record = (events: readonly RunEvent[]): PreviewRecord => ({
  id: 'a',
  modelName: 'm',
  fileName: 'm.py',
  uri: 'file:///m.py',
  line: 0,
  startedAt: '2026-01-01T00:00:00Z',
  status: 'running',
  failure: null,
  events,
});
const data: RunEvent = {
  type: 'data',
  description: 'd',
  trainingSequences: 8,
  heldOutSequences: 2,
  metric: { name: 'accuracy', lowerIsBetter: false },
  baseline: null,
};
const run = (cell: Variant): RunEvent => ({
  type: 'run',
  cell,
  parameters: 10,
  backend: 'wasm',
  device: 'CPU',
  steps: 100,
  remarks: [],
});
const step = (
  cell: Variant,
  at: number,
  loss: number,
  heldOutLoss: number | null = null,
  metric = heldOutLoss,
): RunEvent => ({
  type: 'step',
  cell,
  step: at,
  loss,
  heldOutLoss,
  metric,
  seconds: at / 10,
  sequencesPerSecond: 32,
});

test('steps become curves, one for each variant, with the held-out measurements apart', () => {
  const state = stateOf(
    record([data, run('rnn'), step('rnn', 1, 2, 1.5), step('rnn', 2, 1), run('gru'), step('gru', 1, 3)]),
  );
  expect(state.runs.map(({ cell, training, heldOut }) => ({ cell, training, heldOut }))).toEqual([
    {
      cell: 'rnn',
      training: { steps: [1, 2], seconds: [0.1, 0.2], loss: [2, 1] },
      heldOut: { steps: [1], seconds: [0.1], loss: [1.5], metric: [1.5] },
    },
    {
      cell: 'gru',
      training: { steps: [1], seconds: [0.1], loss: [3] },
      heldOut: { steps: [], seconds: [], loss: [], metric: [] },
    },
  ]);
});

test('the state is the same however the events were batched, and earlier states stay as they were', () => {
  const events = [data, run('rnn'), step('rnn', 1, 2, 1.5), run('gru'), step('gru', 1, 3), step('rnn', 2, 1, 1.2)];
  const atOnce = stateOf(record(events));
  const states = [stateOf(record([]))];
  for (const event of events) states.push(foldEvents(states.at(-1) ?? atOnce, [event]));
  expect(states.at(-1)).toEqual(atOnce);
  expect(states[3]?.runs[0]?.training.steps).toEqual([1]);
});

test('the best metric follows its direction, and what the trainer says at the end stands', () => {
  const measured = stateOf(record([data, run('rnn'), step('rnn', 1, 2, 0.5, 0.5), step('rnn', 2, 2, 0.7, 0.4)]));
  expect(measured.runs[0]).toMatchObject({ bestHeldOutLoss: 0.5, bestMetric: 0.5, ended: null });
  const done: RunEvent = {
    type: 'done',
    cell: 'rnn',
    outcome: 'diverged',
    because: 'the loss was not finite at step 3',
    steps: 3,
    bestLoss: 1,
    bestHeldOutLoss: 0.45,
    bestMetric: 0.55,
    seconds: 0.3,
    parameters: 11,
  };
  expect(foldEvents(measured, [done]).runs[0]).toMatchObject({
    step: 3,
    bestHeldOutLoss: 0.45,
    bestMetric: 0.55,
    parameters: 11,
    ended: { outcome: 'diverged', because: 'the loss was not finite at step 3' },
  });
});

test('a loss that is not finite is a gap', () => {
  const state = stateOf(record([data, run('rnn'), step('rnn', 1, 2), step('rnn', 2, Number.NaN), step('rnn', 3, 1)]));
  expect(state.runs[0]?.training.loss).toEqual([2, null, 1]);
});

test('a step that comes twice counts once', () => {
  const state = stateOf(record([data, run('rnn'), step('rnn', 1, 2), step('rnn', 2, 1)]));
  const repeated = foldEvents(state, [step('rnn', 2, 1), step('rnn', 3, 0.5)]);
  expect(repeated.runs[0]?.training).toEqual({ steps: [1, 2, 3], seconds: [0.1, 0.2, 0.3], loss: [2, 1, 0.5] });
});

test('a variant that moves to another device forgets the steps that come again', () => {
  const before = [
    data,
    run('rnn'),
    step('rnn', 1, 4, 3, 0.2),
    step('rnn', 2, 3, 2, 0.5),
    step('rnn', 3, 2),
    run('gru'),
  ];
  const moved: RunEvent = {
    ...{ type: 'moved', cell: 'rnn', step: 1, because: 'device was destroyed' },
    from: { backend: 'webgpu', device: 'a GPU' },
    to: { backend: 'wasm', device: 'WebAssembly' },
  };
  const [rnn] = stateOf(record([...before, moved])).runs;
  expect(rnn).toMatchObject({ backend: 'wasm', device: 'WebAssembly', step: 1, bestHeldOutLoss: 3, bestMetric: 0.2 });
  const [again] = stateOf(record([...before, moved, step('rnn', 2, 5)])).runs;
  expect(again?.training).toEqual({ steps: [1, 2], seconds: [0.1, 0.2], loss: [4, 5] });
  expect(again?.heldOut.steps).toEqual([1]);
});

test('a variant that another trainer goes on with keeps the steps that stand', () => {
  const moved: RunEvent = {
    ...{ type: 'moved', cell: 'rnn', step: 1, because: 'the trainer ended' },
    from: { backend: 'webgpu', device: 'a GPU' },
    to: { backend: 'wasm', device: 'CPU' },
  };
  const events = [
    data,
    run('rnn'),
    step('rnn', 1, 4, 3),
    step('rnn', 2, 3),
    data,
    run('rnn'),
    moved,
    step('rnn', 2, 5),
  ];
  const [rnn] = stateOf(record(events)).runs;
  expect(rnn?.training).toEqual({ steps: [1, 2], seconds: [0.1, 0.2], loss: [4, 5] });
  expect(rnn?.moves).toEqual([moved]);
});

test('a move that comes twice, in a record and in the batch that was under way, counts once', () => {
  const moved: RunEvent = {
    ...{ type: 'moved', cell: 'rnn', step: 1, because: 'device was destroyed' },
    from: { backend: 'webgpu', device: 'a GPU' },
    to: { backend: 'wasm', device: 'CPU' },
  };
  const shown = stateOf(record([data, run('rnn'), step('rnn', 1, 4), step('rnn', 2, 3), moved, step('rnn', 2, 5)]));
  const [rnn] = foldEvents(shown, [moved, step('rnn', 2, 5)]).runs;
  expect(rnn?.moves).toEqual([moved]);
  expect(rnn?.training.loss).toEqual([4, 5]);
});

test('a variant that starts again starts empty', () => {
  const state = stateOf(record([data, run('rnn'), step('rnn', 1, 2), run('rnn'), step('rnn', 1, 5)]));
  expect(state.runs).toHaveLength(1);
  expect(state.runs[0]?.training.loss).toEqual([5]);
});

describe('everything else an event can say is kept', () => {
  test('obstacles', () => {
    const obstacles = [{ message: 'No.', file: 'm.py', line: 3 }];
    expect(stateOf(record([{ type: 'rejected', obstacles }])).obstacles).toEqual(obstacles);
  });
  test('gradient reach and verdict', () => {
    const verdict: RunEvent = { type: 'verdict', ranking: ['rnn'], statement: 's', beatsBaseline: null };
    const state = stateOf(record([data, run('rnn'), { type: 'gradientReach', cell: 'rnn', byLag: [1, 0.5] }, verdict]));
    expect(state.runs[0]?.gradientReach).toEqual([1, 0.5]);
    expect(state.verdict).toEqual(verdict);
  });
  test('events of a variant that never started', () => {
    expect(stateOf(record([data, step('lstm', 1, 2)])).runs).toEqual([]);
  });
  test('a change of status', () => {
    const failed = withStatus(stateOf(record([data, run('rnn'), step('rnn', 1, 2)])), 'failed', 'Killed.');
    expect(failed).toMatchObject({ status: 'failed', failure: 'Killed.' });
    expect(failed.runs[0]?.training.loss).toEqual([2]);
    const events = [data, run('rnn'), step('rnn', 1, 2), { type: 'failed', message: 'Killed.' } as const];
    expect(stateOf(record(events))).toEqual(failed);
  });
});
