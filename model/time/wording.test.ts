import { describe, expect, test } from 'vitest';
import type { TimePrediction } from './predict';
import { formatSeconds, measuredText, timeText } from './wording';

test.each([
  [0.00314, '3.1 ms'],
  [0.0000421, '42 µs'],
  [0.25, '250 ms'],
  [1.26, '1.3 s'],
  [74, '74 s'],
  [0.0000004, '0.4 µs'],
  [0.001, '1 ms'],
])('%d s is %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

describe('a prediction in words', () => {
  const prediction: TimePrediction = { seconds: 0.00314, low: 0.0025, high: 0.0047, grade: 'estimated', because: '' };
  const here = { id: 'this-machine', label: 'Abacus 9' };
  const pi = { id: 'raspberry-pi-5', label: 'a Raspberry Pi 5' };

  test.each([
    [
      timeText(prediction, here, { mode: 'training', batch: 32 }),
      'about 3.1 ms a training step with 32 sequences on this machine (2.5–4.7), estimated',
    ],
    [
      timeText(prediction, pi, { mode: 'inference', batch: 1 }),
      'about 3.1 ms an answer on a Raspberry Pi 5 (2.5–4.7), estimated',
    ],
    [
      timeText({ unknown: 'the number of time steps is not known' }, here, { mode: 'inference', batch: 1 }),
      'an answer on this machine: not predicted, the number of time steps is not known',
    ],
    [
      measuredText(0.0033, 0.0031, here, { mode: 'training', batch: 32 }),
      '3.3 ms a training step with 32 sequences on this machine, measured (3.1 ms predicted, 6% too little)',
    ],
    [
      measuredText(0.002, 0.003, here, { mode: 'training', batch: 8 }),
      '2 ms a training step with 8 sequences on this machine, measured (3 ms predicted, 50% too much)',
    ],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected);
  });
});
