/** Numbers that stand for many, on the few where they are easily got wrong. */
import { describe, expect, test } from 'vitest';
import { geometricMean, median } from '../../bench/statistics';

describe('median', () => {
  test.each([
    { values: [3, 1, 2], expected: 2 },
    { values: [10, 9, 100, 8], expected: 9.5 },
    { values: [5], expected: 5 },
    { values: [], expected: Number.NaN },
  ])('of $values', ({ values, expected }) => expect(median(values)).toBe(expected));
});

describe('geometric mean', () => {
  test.each([
    { values: [0.5, 2], expected: 1 },
    { values: [1, 10, 100], expected: 10 },
  ])('of $values', ({ values, expected }) => expect(geometricMean(values)).toBeCloseTo(expected, 12));

  test('of nothing is nothing', () => expect(geometricMean([])).toBeNull());
});
