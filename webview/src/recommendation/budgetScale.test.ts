/** Sliders of budgets: there and back, both ends, limits outside of the range. */
import { expect, test } from 'vitest';
import { limitAt, noLimit, positionOf } from './budgetScale';

const range = { from: 137, to: 98_765 };

test.each([0, 1, 50, 117, 198])('position %i is where its limit is', (position) => {
  const limit = limitAt(position, range, true);
  expect(limit).not.toBeNull();
  expect(Math.abs(positionOf(limit, range) - position)).toBeLessThanOrEqual(1);
});

test.each<[string, number, number | null]>([
  ['the first is not below the range', 0, 137],
  ['the last sets no limit', noLimit, null],
  ['the one before takes everything in', noLimit - 1, 98_800],
])('%s', (_, position, limit) => expect(limitAt(position, range, true)).toBe(limit));

test.each<[number | null, number]>([
  [null, noLimit],
  [1, 0],
  [1e9, noLimit - 1],
])('a limit of %s is shown at %i', (limit, position) => expect(positionOf(limit, range)).toBe(position));
