/** What the recommendation page derives from a recommendation. */
import { expect, test } from 'vitest';
import { inputFigures, placeLabels } from './view';

test.each([
  [[], []],
  [
    [false, false],
    ['1', '2'],
  ],
  [
    [false, true, false],
    ['1=', '1=', '3'],
  ],
  [
    [false, false, true, true, false],
    ['1', '2=', '2=', '2=', '5'],
  ],
])('ties %j give the places %j', (ties, places) =>
  expect(placeLabels(ties.map((tiesWithPrevious) => ({ tiesWithPrevious })))).toEqual(places),
);

test('budgets that nobody set are left out, and an unknown length says why', () => {
  const inputs = {
    sequenceLength: null,
    sequenceLengthSource: 'Input(shape=(None, 4)) at line 12',
    task: 'forecasting',
    taskSource: 'the loss mse',
    sequences: null,
    sequencesSource: '',
    streaming: false,
    maxParameters: null,
    maxMemoryMegabytes: 1.5,
    maxLatencyMs: null,
    device: null,
  } as const;
  expect(inputFigures(inputs)).toEqual([
    ['Sequence length', 'unknown (Input(shape=(None, 4)) at line 12)'],
    ['Task', 'forecasting'],
    ['Use', 'whole sequences'],
    ['Memory at most', '1.5 MB'],
  ]);
});
