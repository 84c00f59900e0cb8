/** What the recommendation page derives from a recommendation. */
import { expect, test } from 'vitest';
import { inputFigures, latencyText, placeLabels } from './view';

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

test('inputs say where they come from, and an unknown length why', () => {
  const inputs = {
    sequenceLength: null,
    sequenceLengthSource: 'Input(shape=(None, 4)) at line 12',
    task: 'forecasting',
    taskSource: 'the loss mse',
    sequences: 1_461,
    sequencesSource: 'the rows of weather.csv',
    streaming: true,
    streamingSource: 'lstm is stateful at line 5',
    maxParameters: null,
    maxMemoryMegabytes: 1.5,
    maxLatencyMs: null,
    device: null,
  } as const;
  expect(inputFigures(inputs)).toEqual([
    ['Sequence length', 'unknown (Input(shape=(None, 4)) at line 12)'],
    ['Task', 'forecasting (the loss mse)'],
    ['Training sequences', '1,461 (the rows of weather.csv)'],
    ['Streaming', 'lstm is stateful at line 5'],
  ]);
});

test.each([
  [null, '–'],
  [{ milliseconds: 3.14, low: 1.1, high: 9.42, because: '', keepsLimit: null }, '3.1 ms (1.1–9.4)'],
  [{ milliseconds: 123.4, low: 43.2, high: 370, because: '', keepsLimit: 'maybe' }, '120 ms (43–370)'],
] as const)('a latency of %j', (latency, text) => expect(latencyText(latency)).toBe(text));
