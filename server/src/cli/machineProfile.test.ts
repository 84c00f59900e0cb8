import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../protocol/trainer';
import { cacheFolder } from './cacheFolder';
import { measuredSteps, measuredStepText } from './measuredTimes';

describe('the cache folder', () => {
  test.each([
    ['linux', {}, '/home/me/.cache/unroll'],
    ['linux', { XDG_CACHE_HOME: '/var/cache/me' }, '/var/cache/me/unroll'],
    // The specification says that what is not absolute is to be ignored.
    ['linux', { XDG_CACHE_HOME: 'cache' }, '/home/me/.cache/unroll'],
    ['linux', { XDG_CACHE_HOME: '' }, '/home/me/.cache/unroll'],
    ['darwin', {}, '/home/me/Library/Caches/unroll'],
    ['win32', { LOCALAPPDATA: '/local' }, '/local/unroll/cache'],
    ['win32', {}, '/home/me/AppData/Local/unroll/cache'],
  ] as const)('on %s with %o is %s', (platform, environment, folder) => {
    expect(cacheFolder(platform, environment, '/home/me')).toBe(folder);
  });
});

describe('what a comparison measured', () => {
  const run = {
    type: 'run',
    cell: 'gru',
    parameters: 10,
    backend: 'wasm',
    device: '',
    steps: 100,
    remarks: [],
  } as const;
  const done = {
    type: 'done',
    cell: 'gru',
    outcome: 'finished',
    because: null,
    steps: 100,
    bestLoss: null,
    bestHeldOutLoss: null,
    bestMetric: null,
    seconds: 0.33,
    parameters: 10,
  } as const;
  const predicted = { seconds: 0.0031, low: 0.002, high: 0.004 };

  test('is said with the error of the prediction', () => {
    const events: RunEvent[] = [{ ...run, predicted }, done];
    expect(measuredSteps('Net', 32, events).map(measuredStepText)).toEqual([
      'GRU: 3.3 ms a training step (3.1 ms predicted, 6% too little)',
    ]);
  });

  test.each([
    ['nothing was predicted', [run, done]],
    [
      'no step was made',
      [
        { ...run, predicted },
        { ...done, steps: 0 },
      ],
    ],
    ['it never ended', [{ ...run, predicted }]],
  ] as const)('is left out where %s', (_, events) => {
    expect(measuredSteps('Net', 32, events)).toEqual([]);
  });
});
