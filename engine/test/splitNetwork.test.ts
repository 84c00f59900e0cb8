/** Networks split over threads against the same on one: they are to be one network but for rounding. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createNetwork, type EngineNetwork } from '../network';
import { partsOf, whyUndivided } from '../parallel/batchParts';
import type { PartWorker } from '../parallel/partConnection';
import { createSplitNetwork, type SplitBackend } from '../parallel/splitNetwork';
import { WorkerLostError } from '../parallel/workerHandle';
import type { TrainingPlan } from '../plan/trainingPlan';
import { createReferenceBackend } from '../reference/backend';
import { startNodeWorker } from '../trainer/nodeWorkers';
import { wasmBackendFactory } from '../wasm/backend';
import { supportedKernelBuild } from '../wasm/kernels';
import { kernelBytes } from './backends';
import { randomBatch } from './batches';
import { type BuiltTrainer, buildTrainer } from './builtTrainer';
import { dense, planCases, recurrent, regression } from './plans';

let built: BuiltTrainer;
const running: EngineNetwork[] = [];

beforeAll(async () => {
  built = await buildTrainer();
});

afterAll(() => built.remove());

const referenceBackend: SplitBackend = { name: 'reference', create: createReferenceBackend, kernels: null };
const kernels = { build: supportedKernelBuild() ?? 'simd', tiles: 'narrow' } as const;
const wasmBackend: SplitBackend = { name: 'wasm', create: wasmBackendFactory(kernelBytes, kernels), kernels };

function split(
  plan: TrainingPlan,
  batch: number,
  { others = 1, sharesMemory = true, backend = referenceBackend }: Partial<SplitOptions> = {},
): EngineNetwork {
  const workers = Array.from({ length: others }, (): PartWorker => startNodeWorker(built.folder));
  const network = createSplitNetwork(plan, batch, backend, 7, workers, sharesMemory);
  running.push(network);
  return network;
}

interface SplitOptions {
  readonly others: number;
  readonly sharesMemory: boolean;
  readonly backend: SplitBackend;
}

afterAll(() => {
  for (const network of running) network.end();
});

const divisible = planCases.filter(({ plan }) => whyUndivided(plan) === null);

describe('on two threads as on one', () => {
  test.each(divisible)('$name', async ({ plan }) => {
    const network = split(plan, 5);
    await expectSame(plan, network, createNetwork(plan, 5, createReferenceBackend, 7), 1e-9);
    network.end();
  });
});

const small = regression(
  [recurrent({}), { kind: 'dropout', path: 'dropout', rate: 0.4, sharedOverTime: false }, dense(2)],
  {
    output: { steps: 'every', width: 2 },
  },
);

test.each([
  { name: 'messages in place of shared memory', options: { sharesMemory: false } },
  { name: 'as many threads as sequences', options: { others: 4 } },
  { name: 'WebAssembly', options: { backend: wasmBackend } },
  {
    name: 'WebAssembly by messages on three threads',
    options: { backend: wasmBackend, others: 2, sharesMemory: false },
  },
])('$name', async ({ options }) => {
  const network = split(small, 5, options);
  await expectSame(small, network, createNetwork(small, 5, createReferenceBackend, 7), options.backend ? 1e-4 : 1e-9);
});

test('the same seed on as many threads gives the same numbers, bit by bit', async () => {
  const options = { backend: wasmBackend, others: 2 };
  const [first, second] = [split(small, 8, options), split(small, 8, options)];
  expect(await curveOf(small, first)).toEqual(await curveOf(small, second));
  expect(await first.snapshot()).toEqual(await second.snapshot());
});

test('it says on how many threads it runs', () => {
  expect(split(small, 3, { others: 2 }).device).toBe('plain TypeScript in 64-bit floats on 3 threads');
});

test('a snapshot of one thread goes on on two', async () => {
  const one = createNetwork(small, 4, createReferenceBackend, 3);
  const two = split(small, 4);
  two.restore(await one.snapshot());
  const { inputs, targets } = randomBatch(one, small, 5);
  for (const network of [one, two]) network.loadBatch(inputs, targets);
  expect((await two.evaluate()).losses[0]).toBeCloseTo((await one.evaluate()).losses[0] ?? Number.NaN, 12);
});

test.each([true, false])('a thread that is lost is reported, with shared memory %s', async (sharesMemory) => {
  const worker: PartWorker = startNodeWorker(`${built.folder}/nowhere`);
  const network = createSplitNetwork(small, 4, referenceBackend, 7, [worker], sharesMemory);
  await expect(network.differentiate(1)).rejects.toThrow(WorkerLostError);
  await expect(network.evaluate()).rejects.toThrow(/^A thread that trained ended unexpectedly \(.*Cannot find module/);
});

test('parts differ by one sequence at most', () => {
  expect(partsOf(8, 3).map(({ first, count }) => [first, count])).toEqual([
    [0, 3],
    [3, 3],
    [6, 2],
  ]);
});

async function expectSame(
  plan: TrainingPlan,
  actual: EngineNetwork,
  expected: EngineNetwork,
  tolerance: number,
): Promise<void> {
  const [numbers, wanted] = [await everythingOf(plan, actual), await everythingOf(plan, expected)];
  for (const [name, values] of wanted) {
    const scale = Math.max(...values.map(Math.abs), 1e-3);
    const worst = Math.max(
      0,
      ...values.map((value, index) => Math.abs(value - (numbers.get(name)?.[index] ?? Number.NaN))),
    );
    expect(numbers.get(name)?.length, name).toBe(values.length);
    expect(worst / scale, name).toBeLessThan(tolerance);
  }
}

/** Everything a network computes for a fixed batch, by name. */
async function everythingOf(plan: TrainingPlan, network: EngineNetwork): Promise<Map<string, number[]>> {
  const { inputs, targets } = randomBatch(network, plan, 11);
  network.loadBatch(inputs, targets);
  const { losses, weights } = await network.evaluate();
  const found = new Map([
    ['held-out losses', Array.from(losses)],
    ['weights of rows', Array.from(weights ?? [])],
    ['predictions', Array.from(await network.predictions())],
    ['gradient reach', await network.gradientReach()],
    ['training loss', [await network.differentiate(1)]],
    ['largest output', [(await network.findLargestOutput()).magnitude]],
  ]);
  for (const { name, gradient } of network.parameters) {
    found.set(`gradient of ${name}`, Array.from(await network.backend.read(gradient)));
  }
  for (const [name, values] of await curveOf(plan, network)) found.set(name, values);
  return found;
}

async function curveOf(plan: TrainingPlan, network: EngineNetwork): Promise<Map<string, number[]>> {
  const { inputs, targets } = randomBatch(network, plan, 12);
  network.loadBatch(inputs, targets);
  const curve = new Map<string, number[]>();
  for (let step = 1; step <= 3; step++) {
    const settings = { learningRate: 0.001, clipNorm: 0.5, measureReach: true };
    const { loss, gradientNorm, gradientReach } = await network.trainStep(step, settings);
    curve.set(`loss, norm and reach of step ${step}`, [loss, gradientNorm, ...(gradientReach ?? [])]);
  }
  return curve;
}
