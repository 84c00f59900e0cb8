/** The setting of budgets: what is taken over, and a sentence for what makes no sense. */
import { expect, test } from 'vitest';
import { budgetsOfSetting } from './budgets';

test.each<[string, unknown, unknown, RegExp | null]>([
  ['nothing', undefined, {}, null],
  [
    'limits',
    { parameters: 50_000, memoryMegabytes: 0.12, streaming: true },
    { maxParameters: 50_000, maxMemoryMegabytes: 0.12, streaming: true },
    null,
  ],
  [
    'a latency on a device',
    { latencyMs: 5, device: 'raspberry-pi-5' },
    { maxLatencyMs: 5, device: 'raspberry-pi-5' },
    null,
  ],
  ['this machine', { latencyMs: 5, device: 'this-machine' }, { maxLatencyMs: 5, device: 'this-machine' }, null],
  ['a latency on none', { latencyMs: 5 }, {}, /says nothing without a device/],
  ['an unknown device', { device: 'abacus' }, {}, /There is no device "abacus"/],
  ['a limit below zero', { parameters: -3 }, {}, /parameters takes a number above zero, not -3/],
  ['a text for a limit', { memoryMegabytes: '5' }, {}, /memoryMegabytes takes a number above zero/],
  ['another name', { params: 3 }, {}, /no entry "params"; there are parameters, memoryMegabytes/],
  ['no object', [1], {}, /takes an object of limits/],
])('%s', (_, value, budgets, mistake) => {
  const read = budgetsOfSetting(value);
  expect(read.budgets).toEqual(budgets);
  if (mistake === null) expect(read.mistakes).toEqual([]);
  else expect(read.mistakes.join()).toMatch(mistake);
});
