/** The time of a device that several compute on belongs to each in equal parts, and to one alone as a whole. */
import { expect, test } from 'vitest';
import { createDeviceClock } from '../trainer/deviceClock';

test('what overlaps is shared, what does not is not', () => {
  let now = 100;
  const clock = createDeviceClock(() => now);
  const first = clock.enter();
  now += 10;
  expect(first.ms).toBe(10);
  const second = clock.enter();
  now += 20;
  expect([first.ms, second.ms]).toEqual([20, 10]);
  first.leave();
  now += 5;
  expect([first.ms, second.ms]).toEqual([20, 15]);
  second.leave();
  now += 1000;
  const third = clock.enter();
  now += 3;
  expect([first.ms, second.ms, third.ms]).toEqual([20, 15, 3]);
});
