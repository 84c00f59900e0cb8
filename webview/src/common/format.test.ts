/** How numbers are written. */
import { describe, expect, test } from 'vitest';
import { formatBytes as formatBytesOfModel } from '../../../model/units';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatImprovement,
  formatLargeCount,
  formatLoss,
  formatRate,
  formatTick,
} from './format';

describe('a loss keeps four significant digits at every size', () => {
  test.each([
    [null, '–'],
    [undefined, '–'],
    [Number.NaN, 'not finite'],
    [Number.POSITIVE_INFINITY, 'not finite'],
    [0, '0'],
    [1234.56, '1,235'],
    [123.456, '123.5'],
    [12.3456, '12.35'],
    [1.23456, '1.235'],
    [1, '1.000'],
    [0.123456, '0.1235'],
    [0.00123456, '0.001235'],
    [0.000123456, '0.0001235'],
    [0.0000123456, '1.235e-5'],
    [3.2e-9, '3.200e-9'],
    [-0.5, '-0.5000'],
    [2.5e7, '2.500e+7'],
  ])('%s → %s', (value, text) => expect(formatLoss(value)).toBe(text));
});

test.each([
  [0, '0'],
  [0.1 + 0.2, '0.3'],
  [250, '250'],
  [1500, '1,500'],
  [0.0002, '2e-4'],
  [2e6, '2e+6'],
])('tick %s → %s', (value, text) => expect(formatTick(value)).toBe(text));

test.each([
  [null, '–'],
  [0, '0'],
  [999, '999'],
  [66369, '66,369'],
])('count %s → %s', (value, text) => expect(formatCount(value)).toBe(text));

test.each([
  [null, '–'],
  [0, '0'],
  [999, '999'],
  [1234, '1.23 k'],
  [99950, '100 k'],
  [999600, '1.00 M'],
  [1234567, '1.23 M'],
  [45.6e9, '45.6 G'],
])('large count %s → %s', (value, text) => expect(formatLargeCount(value)).toBe(text));

test.each([
  [null, '–'],
  [512, '512 B'],
  [265476, '259 KB'],
  [31_000_000, '30 MB'],
])('bytes %s → %s', (value, text) => expect(formatBytes(value)).toBe(text));

test('bytes read the same on a page as in the editor and the terminal', () => {
  const values = Array.from({ length: 50 }, (_, power) => Math.floor(1.9 ** power));
  for (const value of [0, 1023, 1024, 10_188, 101_990, 1_048_400, ...values]) {
    expect(formatBytes(value)).toBe(formatBytesOfModel(value));
  }
});

test.each([
  [null, '–'],
  [0.44, '0.4 s'],
  [9.94, '9.9 s'],
  [9.96, '10 s'],
  [59.4, '59 s'],
  [59.6, '1 min 00 s'],
  [125, '2 min 05 s'],
  [3599.7, '1 h 00 min'],
  [4500, '1 h 15 min'],
])('duration %s → %s', (value, text) => expect(formatDuration(value)).toBe(text));

test.each([
  [null, '–'],
  [3.26, '3.3'],
  [1234.5, '1,235'],
])('rate %s → %s', (value, text) => expect(formatRate(value)).toBe(text));

test.each([
  [null, '–'],
  [0.123, '12.3% better'],
  [-0.041, '4.1% worse'],
  [0.0001, 'same'],
  [-12, '1,200% worse'],
])('improvement %s → %s', (value, text) => expect(formatImprovement(value)).toBe(text));
