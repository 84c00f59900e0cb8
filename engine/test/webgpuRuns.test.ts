/**
 * A whole run on WebGPU whose device is destroyed on the way: what it reports until then is the reference's curve but for rounding, and
 * so is what it goes on with. Other moments are those of `deviceLoss.test.ts`.
 */
import { expect, test } from 'vitest';
import { standingEvents } from '../../protocol/runEvents';
import type { RunEvent } from '../../protocol/trainer';
import type { PreviewHost } from '../trainer/host';
import type { Gpu } from '../webgpu/gpu';
import { chainGraph, dense, kerasRecurrent, tensor } from './graphs';
import { eventsOf, only, specWith, testHost } from './host';
import { openTestGpu } from './webgpuBackend';

const steps = 24;
const table = ['a,b', ...Array.from({ length: 60 }, (_, row) => `${row % 7},${(row * 3) % 11}`)].join('\n');
const spec = specWith({
  graph: chainGraph(
    [
      { layer: kerasRecurrent('gru', 2, 4), path: 'gru' },
      { layer: dense(4, 1), path: 'dense' },
    ],
    { input: tensor('B', 5, 2) },
  ),
  data: { kind: 'table', path: '/data/x.csv', features: ['a', 'b'], target: 'b' },
  variants: ['gru', 'rnn'],
  budget: { steps, batchSize: 4, learningRate: 0.01 },
  backend: 'webgpu',
});

const lossesOf = (events: readonly RunEvent[]): ReadonlyMap<string, number> =>
  new Map(only(events, 'step').map(({ cell, step, loss }) => [`${cell} ${step}`, loss]));

// A software adapter compiles its kernels for longer than it computes.
test('a device that is destroyed in the middle of a run costs no run', { timeout: 180_000 }, async () => {
  const opened: Gpu[] = [];
  const host: PreviewHost = {
    ...testHost({ '/data/x.csv': table }),
    openGpu: async () => {
      const gpu = await openTestGpu();
      opened.push(gpu);
      return { kind: 'gpu', gpu };
    },
  };
  const events = await eventsOf(spec, host, (sofar) => {
    if (only(sofar, 'step').length > 20) for (const { device } of opened) device.destroy();
    return false;
  });
  expect(opened).toHaveLength(1);
  expect(only(events, 'run').map(({ backend }) => backend)).toEqual(['webgpu', 'webgpu']);
  const moves = only(events, 'moved');
  expect(moves.map(({ cell, from, to }) => [cell, from.backend, to.backend]).sort()).toEqual([
    ['gru', 'webgpu', 'wasm'],
    ['rnn', 'webgpu', 'wasm'],
  ]);
  for (const { because } of moves) expect(because).toMatch(/destroyed/i);
  expect(only(events, 'done').map(({ outcome, steps: done }) => [outcome, done])).toEqual([
    ['finished', steps],
    ['finished', steps],
  ]);

  const wanted = lossesOf(await eventsOf({ ...spec, backend: 'reference' }, host));
  const onDevice = lossesOf(events.slice(0, events.indexOf(moves[0] ?? { type: 'finished' })));
  const standing = lossesOf(standingEvents(events));
  expect(onDevice.size).toBeGreaterThan(20);
  expect([...standing.keys()].sort()).toEqual([...wanted.keys()].sort());
  for (const losses of [onDevice, standing]) {
    for (const [step, loss] of losses) expect(loss, step).toBeCloseTo(wanted.get(step) ?? Number.NaN, 3);
  }
});
