/** Figures and sentences derived from the state. */
import { describe, expect, test } from 'vitest';
import {
  announcement,
  groupedRemarks,
  improvementOverBaseline,
  moveSentences,
  rankedRuns,
  runRemark,
  secondsLeft,
  statusLine,
} from './figures';
import type { DataEvent, PreviewState, VariantRun } from './state';

const run = (changes: Partial<VariantRun> = {}): VariantRun => ({
  cell: 'gru',
  parameters: 10,
  backend: 'wasm',
  device: 'CPU',
  plannedSteps: 100,
  remarks: [],
  training: { steps: [], seconds: [], loss: [] },
  heldOut: { steps: [], seconds: [], loss: [], metric: [] },
  step: 0,
  seconds: 0,
  sequencesPerSecond: null,
  bestHeldOutLoss: null,
  bestMetric: null,
  gradientReach: null,
  moves: [],
  before: null,
  ended: null,
  ...changes,
});
const data = (changes: Partial<DataEvent> = {}): DataEvent => ({
  type: 'data',
  description: 'd',
  trainingSequences: 8,
  heldOutSequences: 2,
  metric: { name: 'RMSE', lowerIsBetter: true },
  baseline: { name: 'mean', metric: 4, loss: 2 },
  ...changes,
});
const state = (changes: Partial<PreviewState> = {}): PreviewState => ({
  id: 'a',
  modelName: 'm',
  fileName: 'm.py',
  startedAt: '2026-01-01T00:00:00Z',
  status: 'running',
  failure: null,
  obstacles: [],
  data: null,
  runs: [],
  verdict: null,
  ...changes,
});
const finished = { outcome: 'finished', because: null } as const;

describe('time left', () => {
  // The first step took 2 s (it compiled), every other one 0.1 s.
  const trained = (step: number): VariantRun =>
    run({ step, seconds: 2 + 0.1 * (step - 1), training: { steps: [1], seconds: [2], loss: [1] } });
  test('is hidden for the first ten steps', () => expect(secondsLeft(trained(10))).toBeNull());
  test('follows the pace since the first report', () => expect(secondsLeft(trained(11))).toBeCloseTo(8.9, 10));
  test('does not go below zero', () => expect(secondsLeft({ ...trained(50), plannedSteps: 40 })).toBe(0));
  test('is over at the end', () => expect(secondsLeft({ ...trained(50), ended: finished })).toBeNull());
  test('needs two reports', () =>
    expect(secondsLeft(run({ step: 20, seconds: 3, training: { steps: [20], seconds: [3], loss: [1] } }))).toBeNull());
});

describe('improvement over the baseline', () => {
  test.each([
    ['a lower metric', run({ bestMetric: 3 }), data(), 0.25],
    ['a higher error', run({ bestMetric: 5 }), data(), -0.25],
    ['accuracy', run({ bestMetric: 5 }), data({ metric: { name: 'accuracy', lowerIsBetter: false } }), 0.25],
    ['the loss where there is no metric', run({ bestHeldOutLoss: 1 }), data(), 0.5],
    ['nothing measured', run(), data(), null],
    ['no baseline', run({ bestMetric: 3 }), data({ baseline: null }), null],
    ['no data yet', run({ bestMetric: 3 }), null, null],
    ['a baseline of zero', run({ bestMetric: 3 }), data({ baseline: { name: 'b', metric: 0, loss: 0 } }), null],
  ])('%s', (_name, of, on, expected) => expect(improvementOverBaseline(of, on)).toBe(expected));
});

test('a verdict puts the runs in its order, and those it does not name last', () => {
  const runs = [run({ cell: 'rnn' }), run({ cell: 'gru' }), run({ cell: 'lstm' })];
  const verdict = { type: 'verdict', ranking: ['lstm', 'rnn'], statement: 's', beatsBaseline: true } as const;
  expect(rankedRuns(state({ runs })).map(({ cell }) => cell)).toEqual(['rnn', 'gru', 'lstm']);
  expect(rankedRuns(state({ runs, verdict })).map(({ cell }) => cell)).toEqual(['lstm', 'rnn', 'gru']);
});

test.each([
  [state(), 'Reading the data'],
  [state({ data: data() }), 'Preparing the first variant'],
  [state({ runs: [run({ step: 5 })] }), 'Training GRU · step 5 of 100'],
  [state({ runs: [run(), run({ cell: 'lstm' })] }), 'Training GRU, LSTM'],
  [state({ runs: [run({ ended: finished })] }), 'Between two variants'],
  [state({ status: 'finished' }), 'Finished'],
  [state({ status: 'stopped' }), 'Stopped; what was reached is kept'],
  [state({ status: 'failed' }), 'Failed; the curves up to then are kept'],
  [state({ status: 'failed', obstacles: [{ message: 'No.', file: null, line: null }] }), 'Not started'],
])('status %#: %s', (of, line) => expect(statusLine(of)).toBe(line));

test.each([
  [run(), 'running', ''],
  [run(), 'failed', 'cut off'],
  [run({ ended: finished }), 'finished', ''],
  [run({ ended: { outcome: 'stopped', because: null } }), 'stopped', 'stopped'],
  [
    run({ ended: { outcome: 'diverged', because: 'the loss was not finite' } }),
    'running',
    'diverged: the loss was not finite',
  ],
] as const)('remark %#', (of, status, text) => expect(runRemark(of, status)).toBe(text));

describe('what a screen reader says', () => {
  const training = state({ data: data(), runs: [run({ step: 1 })] });
  test('the start of a variant', () =>
    expect(announcement(state({ data: data() }), training)).toBe('GRU has started.'));
  test('not a step', () =>
    expect(announcement(training, state({ data: data(), runs: [run({ step: 2 })] }))).toBeNull());
  test('the end of a variant, with its best metric', () => {
    const ended = state({ data: data(), runs: [run({ step: 100, seconds: 4.2, bestMetric: 2.5, ended: finished })] });
    expect(announcement(training, ended)).toBe('GRU has finished after 4.2 s, best RMSE 2.500.');
  });
  test('a failure', () =>
    expect(announcement(training, { ...training, status: 'failed', failure: 'x' })).toBe(
      'Failed; the curves up to then are kept.',
    ));
  test('a verdict, once', () => {
    const verdict = { type: 'verdict', ranking: ['gru'], statement: 'GRU it is.', beatsBaseline: true } as const;
    const decided = { ...training, verdict };
    expect(announcement(training, decided)).toBe('GRU it is.');
    expect(announcement(decided, { ...decided, runs: [run({ step: 2 })] })).toBeNull();
  });
  test('another run from its beginning', () =>
    expect(announcement(training, { ...training, id: 'b' })).toBe('GRU has started.'));
});

test('variants that moved together are told of together', () => {
  const move = (cell: 'rnn' | 'gru', step: number): VariantRun['moves'][number] => ({
    ...{ type: 'moved', cell, step, because: 'device was destroyed' },
    from: { backend: 'webgpu', device: 'a GPU' },
    to: { backend: 'wasm', device: 'CPU' },
  });
  const runs = [run({ cell: 'rnn', moves: [move('rnn', 0)] }), run({ cell: 'gru', moves: [move('gru', 9)] })];
  expect(moveSentences(state({ runs }))).toEqual([
    'Moved from a GPU to CPU: RNN from its start, GRU after step 9. Reason: device was destroyed.',
  ]);
});

test('remarks that all variants share are listed once', () => {
  const runs = [run({ cell: 'rnn', remarks: ['a', 'b'] }), run({ cell: 'gru', remarks: ['a'] })];
  expect(groupedRemarks(runs).map(({ run: of, remarks }) => [of?.cell ?? null, remarks])).toEqual([
    [null, ['a']],
    ['rnn', ['b']],
  ]);
  expect(groupedRemarks([run({ remarks: ['a'] })]).map(({ run: of }) => of?.cell)).toEqual(['gru']);
  expect(groupedRemarks([run()])).toEqual([]);
});
