/** Budgets with and without units. */
import { expect, test } from 'vitest';
import { type AmountRead, readMemory, readMilliseconds, readParameters } from './amounts';

test.each<[(option: string, typed: string) => AmountRead, string, number]>([
  [readParameters, '50000', 50_000],
  [readParameters, '50,000', 50_000],
  [readParameters, '50_000', 50_000],
  [readParameters, '50k', 50_000],
  [readParameters, '2M', 2_000_000],
  [readParameters, '1.2M', 1_200_000],
  [readParameters, '1e3', 1_000],
  [readMemory, '1.5', 1.5],
  [readMemory, '120KB', 120 / 1024],
  [readMemory, '120 kib', 120 / 1024],
  [readMemory, '2 GB', 2048],
  [readMemory, '512 bytes', 512 / 1024 / 1024],
  [readMilliseconds, '5', 5],
  [readMilliseconds, '5 ms', 5],
  [readMilliseconds, '.5ms', 0.5],
  [readMilliseconds, '0.2s', 200],
  [readMilliseconds, '800us', 0.8],
])('%o of %s', (read, typed, value) => {
  expect(read('--option', typed)).toEqual({ value: expect.closeTo(value, 9) });
});

test.each<[(option: string, typed: string) => AmountRead, string, RegExp]>([
  [readParameters, '120KB', /counts parameters, not bytes: for 120KB of weights give --max-memory 120KB\./],
  [readParameters, '0.5', /takes a whole number from 1 on, not "0\.5": parameters, such as/],
  [readParameters, '1,5', /takes a whole number/],
  [readParameters, '5ms', /takes a whole number/],
  [readParameters, '', /takes a whole number/],
  [readMemory, '120k', /not "120k": megabytes, or a size such as 120KB/],
  [readMemory, '-3', /takes a number above zero/],
  [readMilliseconds, '0', /takes a number above zero/],
  [readMilliseconds, '5MB', /not "5MB": milliseconds, or a time such as 5ms/],
  [readMilliseconds, 'Infinity', /takes a number above zero/],
])('%o refuses %s with what it takes', (read, typed, sentence) => {
  const answer = read('--option', typed);
  expect('mistake' in answer ? answer.mistake : '').toMatch(sentence);
});
