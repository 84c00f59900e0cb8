/** Checkpoints: going on from one gives the very numbers that an uninterrupted run gives, and one of another run is refused. */
import { describe, expect, test } from 'vitest';
import type { PreviewSpec, RunEvent } from '../../protocol/trainer';
import { createNetwork, type Network } from '../network';
import { backendFact, differenceOf } from '../trainer/checkpoint';
import { allBackends } from './backends';
import { randomBatch } from './batches';
import { chainGraph, dense as denseLayer, kerasRecurrent } from './graphs';
import { eventsOf, only, specWith, testHost } from './host';
import { classification, dense, optimiserChoices, recurrent } from './plans';
import { webgpuBackend } from './webgpuBackend';

const plan = classification([
  { kind: 'embedding', path: 'embedding', vocabulary: 6, width: 3 },
  recurrent({ cell: 'gru', bias: 'both' }),
  { kind: 'batchNorm', path: 'norm', epsilon: 1e-3, scale: true, bias: true },
  { kind: 'gaussianNoise', path: 'noise', standardDeviation: 0.1 },
  { kind: 'dropout', path: 'dropout', rate: 0.4, sharedOverTime: false },
  dense(6),
]);

describe.each([...allBackends, webgpuBackend])('a network, $name', ({ create }) => {
  test.each(optimiserChoices)('%j', async (optimiser) => {
    const network = (): Network => createNetwork({ ...plan, optimiser }, 3, create, 7);
    const [straight, interrupted, resumed] = [network(), network(), network()];
    const expected = await losses(straight, 1, 20);
    const before = await losses(interrupted, 1, 10);
    resumed.restore(await interrupted.snapshot());
    expect([...before, ...(await losses(resumed, 11, 20))]).toEqual(expected);
    expect(await resumed.snapshot()).toEqual(await straight.snapshot());
    // Held-out batches see the running statistics of batch norm, which no step does.
    expect(await resumed.evaluate()).toEqual(await straight.evaluate());
  });

  test('what is not its own does not fit', async () => {
    const network = createNetwork(plan, 3, create, 7);
    const other = createNetwork({ ...plan, optimiser: { name: 'sgd' } }, 3, create, 7);
    expect(network.fits(await other.snapshot())).toBe(false);
    expect(() => network.restore([])).toThrow('a snapshot of another network');
  });
});

/** Each step has a batch of its own. */
async function losses(network: Network, from: number, to: number): Promise<number[]> {
  const reached: number[] = [];
  for (let step = from; step <= to; step++) {
    const { inputs, targets } = randomBatch(network, plan, step);
    network.loadBatch(inputs, targets);
    reached.push((await network.trainStep(step, { learningRate: 0.05, clipNorm: 1 })).loss);
  }
  return reached;
}

const file = '/runs/first.checkpoint';
const table = (factor: number): string =>
  ['a,b', ...Array.from({ length: 200 }, (_, row) => `${row % 7},${(row * factor) % 11}`)].join('\n');
const hostWith = (factor: number) => testHost({ '/data/x.csv': table(factor) });
const graphOf = (hidden: number) =>
  chainGraph([
    { layer: kerasRecurrent('gru', 2, hidden), path: 'gru' },
    { layer: denseLayer(hidden, 1), path: 'dense' },
  ]);
const smallSpec = specWith({
  graph: graphOf(4),
  data: { kind: 'table', path: '/data/x.csv', features: ['a', 'b'], target: 'b' },
  sequenceLength: 8,
});

describe.each(['wasm', 'reference'] as const)('a run on %s', (backend) => {
  const spec: PreviewSpec = {
    ...smallSpec,
    variants: ['gru', 'rnn'],
    budget: {
      ...{ steps: 20, batchSize: 4, learningRate: 0.01 },
      optimiser: { name: 'rmsprop', momentum: 0.5 },
      schedule: { kind: 'exponential', factor: 0.9 },
    },
    backend,
  };
  const withSteps = (steps: number, changes: Partial<PreviewSpec>): PreviewSpec => ({
    ...spec,
    budget: { ...spec.budget, steps },
    ...changes,
  });

  test('goes on where it was, loss by loss', async () => {
    const host = hostWith(3);
    const expected = await eventsOf(spec, host);
    expect(curve(await eventsOf(spec, host))).toEqual(curve(expected));
    await eventsOf(withSteps(10, { checkpointFile: file }), host);
    const resumed = await eventsOf(withSteps(20, { resumeFile: file }), host);
    expect(curve(resumed)).toEqual(curve(expected).filter(([, step]) => Number(step) > 10));
    expect(only(resumed, 'step').map(({ step }) => step)).toContain(11);
    for (const run of only(resumed, 'run')) expect(run.remarks).toContain('Goes on after step 10 of a checkpoint.');
    const best = (events: readonly RunEvent[]) =>
      only(events, 'done').map(({ cell, bestLoss, bestHeldOutLoss, bestMetric, steps }) => [
        ...[cell, bestLoss, bestHeldOutLoss, bestMetric, steps],
      ]);
    expect(best(resumed).sort()).toEqual(best(expected).sort());
    expect(only(resumed, 'verdict')).toEqual(only(expected, 'verdict'));
  });

  test('that is stopped leaves a checkpoint of where it was', async () => {
    const host = hostWith(3);
    const endless = withSteps(1_000_000, { checkpointFile: file });
    const stopped = await eventsOf(endless, host, (sofar) => only(sofar, 'step').length > 4);
    const steps = new Map(only(stopped, 'done').map(({ cell, steps }) => [cell, steps]));
    const resumed = await eventsOf({ ...endless, resumeFile: file }, host, (sofar) => only(sofar, 'run').length === 2);
    expect(new Map(only(resumed, 'done').map(({ cell, steps }) => [cell, steps]))).toEqual(steps);
  });
});

describe('a checkpoint is refused', () => {
  const spec: PreviewSpec = {
    ...smallSpec,
    budget: { steps: 2, batchSize: 4, learningRate: 0.01 },
    checkpointFile: file,
  };
  const refusalOf = async (
    changes: Partial<PreviewSpec>,
    bytes?: (saved: Uint8Array) => Uint8Array,
  ): Promise<string> => {
    const host = hostWith(3);
    await eventsOf(spec, host);
    if (bytes !== undefined) await host.writeFile(file, bytes(await host.readFile(file)));
    const [rejected] = only(await eventsOf({ ...spec, resumeFile: file, ...changes }, host), 'rejected');
    expect(rejected?.obstacles).toHaveLength(1);
    expect(rejected?.obstacles[0]?.file).toBe(changes.resumeFile ?? file);
    return rejected?.obstacles[0]?.message ?? '';
  };
  const other = 'The checkpoint is one of another run: ';

  test.each<readonly [string, Partial<PreviewSpec>, string]>([
    ['of another model', { graph: graphOf(5) }, `${other}the model was another.`],
    ['of another seed', { seed: 2 }, `${other}the seed was 1 and is 2 now.`],
    ['of other variants', { variants: ['gru'] }, `${other}it holds lstm, and not gru.`],
    ['of other batches', { budget: { ...spec.budget, batchSize: 5 } }, `${other}the batch size was 4 and is 5 now.`],
    [
      'of another optimiser',
      { budget: { ...spec.budget, optimiser: { name: 'sgd' } } },
      `${other}the model was another.`,
    ],
    ['of another backend', { backend: 'reference' }, `${other}the backend was `],
    [
      'that is further than the run',
      { budget: { ...spec.budget, steps: 1 } },
      'The checkpoint is at step 2, and this run ends at 1. Ask for more steps.',
    ],
    ['that is not there', { resumeFile: '/nowhere' }, 'The checkpoint could not be read ('],
  ])('%s', async (_, changes, message) => {
    expect(await refusalOf(changes)).toContain(message);
  });

  test('of a device with a long name, which says what to ask for', () => {
    const was = 'SwiftShader driver 5.0.0, which computes on the processor (WebGPU)';
    const now = 'WebAssembly SIMD (relaxed) on 1 thread';
    expect(differenceOf({ [backendFact]: was }, { [backendFact]: now }, false)).toBe(
      `the backend was ${was} and is ${now} now; choose the one it was by name`,
    );
  });

  test('of other data with the same shape', async () => {
    const first = hostWith(3);
    await eventsOf(spec, first);
    const second = hostWith(5);
    await second.writeFile(file, await first.readFile(file));
    const [rejected] = only(await eventsOf({ ...spec, resumeFile: file }, second), 'rejected');
    expect(rejected?.obstacles[0]?.message).toBe(`${other}the data was another.`);
  });

  test('of another version', async () => {
    const older = (saved: Uint8Array): Uint8Array =>
      new TextEncoder().encode(new TextDecoder('latin1').decode(saved).replace('"version":2', '"version":1'));
    expect(await refusalOf({}, older)).toBe(
      'This checkpoint was written by another version of Unroll (its format is 1, not 2). Train from the start.',
    );
  });

  test('that is cut short, and what is none', async () => {
    expect(await refusalOf({}, (saved) => saved.subarray(0, saved.length - 4))).toBe(
      'This checkpoint is not whole. Train from the start.',
    );
    for (const text of ['', 'a,b\n1,2\n', 'null\n', '{"format":"x"}\n']) {
      const nothing = () => new TextEncoder().encode(text);
      expect(await refusalOf({}, nothing), text).toBe('This file is no checkpoint of a training run.');
    }
  });
});

test('a checkpoint that cannot be written stops the run before it starts, or is said at its end', async () => {
  const spec = { ...smallSpec, checkpointFile: file };
  const failing = { ...hostWith(3), writeFile: () => Promise.reject(new Error('no space left')) };
  expect(await eventsOf(spec, failing)).toEqual([
    {
      type: 'rejected',
      obstacles: [{ message: 'The checkpoint could not be written (no space left).', file, line: null }],
    },
  ]);
  let writes = 0;
  const filling = {
    ...hostWith(3),
    writeFile: async () => {
      writes += 1;
      if (writes > 1) throw new Error('no space left');
    },
  };
  const [verdict] = only(await eventsOf(spec, filling), 'verdict');
  expect(verdict?.statement).toMatch(/ The checkpoint could not be written \(no space left\)\.$/);
});

/** Every reported number of a run's curves, without the clock. */
function curve(events: readonly RunEvent[]): (string | number | null)[][] {
  return only(events, 'step')
    .map(({ cell, step, loss, heldOutLoss, metric }) => [cell, step, loss, heldOutLoss, metric])
    .sort(([a, b], [c, d]) => String(a).localeCompare(String(c)) || Number(b) - Number(d));
}
