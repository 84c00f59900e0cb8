/** What a comparison leaves behind for recommendations. */
import { expect, test } from 'vitest';
import type { PreviewRecord } from '../../../protocol/panel';
import type { RunEvent, Variant } from '../../../protocol/trainer';
import { MeasuredComparisons, measuredComparison } from './measuredComparison';

const data: RunEvent = {
  type: 'data',
  description: 'weather.csv, 1,000 sequences',
  trainingSequences: 1_000,
  heldOutSequences: 100,
  metric: { name: 'RMSE (temp_max)', lowerIsBetter: true },
  baseline: null,
};

function done(cell: Variant, bestMetric: number | null): RunEvent {
  const measured = { bestLoss: bestMetric, bestHeldOutLoss: bestMetric, bestMetric, seconds: 1, parameters: 100 };
  return { type: 'done', cell, outcome: 'finished', because: null, steps: 10, ...measured };
}

function verdict(ranking: readonly Variant[], tied?: readonly Variant[]): RunEvent {
  return { type: 'verdict', ranking, statement: '', beatsBaseline: null, ...(tied === undefined ? {} : { tied }) };
}

function record(events: readonly RunEvent[]): PreviewRecord {
  const subject = { modelName: 'Net', fileName: 'net.py', uri: 'file:///net.py', line: 3 };
  return { id: '1', startedAt: '2026-11-20T10:00:00.000Z', status: 'finished', failure: null, events, ...subject };
}

test.each<[string, readonly RunEvent[], readonly (readonly [Variant, boolean])[] | null]>([
  [
    'ties',
    [data, done('lstm', 2), done('gru', 1), verdict(['gru', 'lstm'], ['gru', 'lstm'])],
    [
      ['gru', true],
      ['lstm', true],
    ],
  ],
  [
    'no ties, as an earlier version wrote it',
    [data, done('lstm', 2), done('gru', 1), verdict(['gru', 'lstm'])],
    [
      ['gru', true],
      ['lstm', false],
    ],
  ],
  ['a single variant', [data, done('gru', 1), verdict(['gru'], ['gru'])], null],
  ['no verdict', [data, done('gru', 1), done('lstm', 2)], null],
])('%s', (_, events, results) => {
  const comparison = measuredComparison(record(events));
  expect(comparison?.results.map(({ variant, tiesWithBest }) => [variant, tiesWithBest]) ?? null).toEqual(results);
});

test('the last comparison of a model is found again, and no other', async () => {
  const values = new Map<string, unknown>();
  const comparisons = new MeasuredComparisons({
    keys: () => [...values.keys()],
    get: <Value>(key: string, otherwise?: Value) => (values.has(key) ? (values.get(key) as Value) : otherwise) as Value,
    update: async (key: string, value: unknown) => void values.set(key, value),
  });
  const events = (best: Variant, other: Variant) => [data, done('gru', 1), done('lstm', 2), verdict([best, other])];
  await comparisons.keep(record(events('lstm', 'gru')));
  await comparisons.keep(record(events('gru', 'lstm')));
  await comparisons.keep(record([data]));
  expect(comparisons.of('file:///net.py', 'Net')?.results[0]?.variant).toBe('gru');
  expect(comparisons.of('file:///net.py', 'Other')).toBeNull();
});
