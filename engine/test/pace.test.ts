/** How many pieces of work a device is given at once. */
import { expect, test } from 'vitest';
import { createPace } from '../trainer/pace';

/** Pieces that take so long each, besides what each time costs, given as many as the pace says. */
function countsWith(msEach: number, msEachTime: number, times: number): number[] {
  const pace = createPace(16, 100);
  return Array.from({ length: times }, () => {
    const { count } = pace;
    pace.took(count, msEachTime + count * msEach);
    return count;
  });
}

test.each([
  {
    name: 'twice as many each time, until they fill the stretch',
    msEach: 1,
    msEachTime: 0,
    counts: [1, 2, 4, 8, 16, 16],
  },
  { name: 'never more than it may be', msEach: 0, msEachTime: 0, counts: [1, 2, 4, 8, 16, 32, 64, 100, 100] },
  { name: 'one, however long that takes', msEach: 500, msEachTime: 0, counts: [1, 1, 1] },
  { name: 'fewer where each time costs something itself', msEach: 1, msEachTime: 4, counts: [1, 2, 4, 8, 10, 11, 11] },
])('$name', ({ msEach, msEachTime, counts }) => {
  expect(countsWith(msEach, msEachTime, counts.length)).toEqual(counts);
});

test('fewer than it was, where the device has become slower', () => {
  const pace = createPace(16, 100);
  for (let time = 0; time < 5; time++) pace.took(pace.count, pace.count);
  pace.took(16, 64);
  expect(pace.count).toBe(4);
});

test('a few that were left over say nothing, unless even they took too long', () => {
  const pace = createPace(16, 100);
  for (let time = 0; time < 5; time++) pace.took(pace.count, pace.count);
  pace.took(2, 8);
  expect(pace.count).toBe(16);
  pace.took(2, 32);
  expect(pace.count).toBe(1);
});
