/** From runs to lines. */
import { describe, expect, test } from 'vitest';
import {
  alignLines,
  gradientReachLines,
  logarithmicTicks,
  metricLines,
  nearestMeasurement,
  smooth,
  trainingLossLines,
} from './chartData';
import { type ChartSettings, initialSettings, toggleHidden } from './settings';
import type { PreviewState, VariantRun } from './state';

const run: VariantRun = {
  cell: 'rnn',
  parameters: 1,
  backend: 'wasm',
  device: 'CPU',
  plannedSteps: 3,
  remarks: [],
  training: { steps: [1, 2, 3], seconds: [0.5, 0.6, 0.7], loss: [4, 2, 0] },
  heldOut: { steps: [0, 3], seconds: [0, 0.7], loss: [5, 1], metric: [3, null] },
  step: 3,
  seconds: 0.7,
  sequencesPerSecond: 1,
  bestHeldOutLoss: 1,
  bestMetric: 3,
  gradientReach: [1, 0.5, 0],
  moves: [],
  before: null,
  ended: null,
};
const state: PreviewState = {
  id: 'a',
  modelName: 'm',
  fileName: 'm.py',
  startedAt: '',
  status: 'running',
  failure: null,
  obstacles: [],
  data: null,
  runs: [run, { ...run, cell: 'gru' }],
  verdict: null,
};
const settings = (changes: Partial<ChartSettings>): ChartSettings => ({ ...initialSettings, smoothing: 0, ...changes });

test('without smoothing there is one line a variant, with it the raw one stands behind', () => {
  expect(trainingLossLines(state, settings({})).map(({ cell, role }) => [cell, role])).toEqual([
    ['rnn', 'measured'],
    ['gru', 'measured'],
  ]);
  expect(trainingLossLines(state, settings({ smoothing: 0.5 })).map(({ cell, role }) => [cell, role])).toEqual([
    ['rnn', 'raw'],
    ['rnn', 'smoothed'],
    ['gru', 'raw'],
    ['gru', 'smoothed'],
  ]);
});

test('the x axis is steps or seconds', () => {
  expect(trainingLossLines(state, settings({}))[0]?.x).toEqual([1, 2, 3]);
  expect(trainingLossLines(state, settings({ xAxis: 'time' }))[0]?.x).toEqual([0.5, 0.6, 0.7]);
});

test('what a logarithmic axis cannot show is left out', () => {
  expect(trainingLossLines(state, settings({ logarithmicLoss: true }))[0]?.y).toEqual([4, 2, null]);
  expect(metricLines(state, settings({ logarithmicX: true }))[0]).toMatchObject({ x: [3], y: [null] });
  expect(gradientReachLines(state, settings({}))[0]).toMatchObject({ x: [0, 1, 2], y: [1, 0.5, null] });
});

test('a hidden variant has no line', () => {
  const hidden = toggleHidden(settings({}), 'rnn');
  expect(trainingLossLines(state, hidden).map(({ cell }) => cell)).toEqual(['gru']);
  expect(trainingLossLines(state, toggleHidden(hidden, 'rnn'))).toHaveLength(2);
});

describe('smoothing', () => {
  test('leaves a constant as it is, from the first value on', () =>
    smooth([3, 3, 3, 3], 0.9).forEach((value) => void expect(value).toBeCloseTo(3, 12)));
  test('is the weighted mean of what came before', () => {
    // Weights 1, 1/2, 1/4 from the newest back.
    const [, second, third] = smooth([8, 2, 4], 0.5);
    expect(second).toBeCloseTo((2 + 8 / 2) / 1.5, 12);
    expect(third).toBeCloseTo((4 + 2 / 2 + 8 / 4) / 1.75, 12);
  });
  test('goes over gaps', () => {
    const [first, gap, third] = smooth([8, null, 2], 0.5);
    expect([first, gap]).toEqual([8, null]);
    expect(third).toBeCloseTo((2 + 8 / 2) / 1.5, 12);
  });
});

test('lines of different x are aligned on their union', () => {
  const line = { cell: 'rnn', role: 'measured' } as const;
  const aligned = alignLines([
    { ...line, x: [1, 3], y: [10, null] },
    { ...line, x: [2, 3], y: [20, 30] },
  ]);
  expect(aligned).toEqual({
    x: [1, 2, 3],
    y: [
      [10, undefined, null],
      [undefined, 20, 30],
    ],
  });
  expect(alignLines([])).toEqual({ x: [], y: [] });
});

test.each([
  [1, 1],
  [2, 1],
  [3, 4],
  [0, null],
  [5, null],
])('the measurement nearest to index %i is at %s', (from, expected) =>
  expect(nearestMeasurement([undefined, 5, undefined, null, 6, undefined], from)).toBe(expected),
);

test.each([
  ['whole powers over many decades', 1e-6, 0.05, 6, [1e-6, 1e-5, 1e-4, 1e-3, 1e-2]],
  ['every third power when they crowd', 1e-8, 1, 4, [1e-6, 1e-3, 1]],
  ['1, 2, 5 over two decades', 0.1, 10, 7, [0.1, 0.2, 0.5, 1, 2, 5, 10]],
  ['every digit within one', 2, 9, 8, [2, 3, 4, 5, 6, 7, 8, 9]],
  ['round numbers within a digit', 0.31, 0.38, 6, [0.32, 0.34, 0.36, 0.38]],
  ['round numbers within two digits', 1.9, 3.3, 6, [2, 2.5, 3]],
])('%s', (_name, low, high, most, ticks) => expect(logarithmicTicks(low, high, most)).toEqual(ticks));
