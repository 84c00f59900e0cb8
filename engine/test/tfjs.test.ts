/** Networks that TensorFlow.js trains against the reference: predictions, losses, ten updates, reach, and runs that move over. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { createNetwork, type Network } from '../network';
import type { RecurrentPlan, TrainingPlan } from '../plan/trainingPlan';
import { createReferenceBackend } from '../reference/backend';
import { fusedCells } from '../tfjs/fusedCells';
import { createTensorFlowNetwork } from '../tfjs/network';
import { randomBatch } from './batches';
import { fakeNodeBackend, plainCell } from './fusedOperations';
import { dense, optimiserChoices, type PlanCase, planCases, recurrent, regression } from './plans';

const batch = 3;
/** Of the largest number of what is compared: 32-bit sums of a few dozen products. */
const tolerance = 2e-4;

const optimised = (['torch', 'keras'] as const).flatMap((convention) =>
  optimiserChoices.map((optimiser) => ({
    name: `${convention}, ${JSON.stringify(optimiser)}`,
    plan: regression([recurrent({}), { kind: 'flatten', path: 'flatten' }, dense(2)], { convention, optimiser }),
  })),
);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function create(plan: TrainingPlan): Network {
  return createTensorFlowNetwork({ tf, fused: null, device: 'plain TensorFlow.js' }, plan, batch, 7);
}

describe('agrees with the reference', () => {
  test.each([...planCases, ...optimised])('$name', async ({ plan }) => {
    const expected = await run(plan, createNetwork(plan, batch, createReferenceBackend, 7));
    const network = create(plan);
    const actual = await run(plan, network);
    network.end();
    for (const [name, numbers] of expected) expectClose(actual.get(name) ?? [], numbers, name);
  });
});

/** Everything that a network computes of a fixed batch, by name. */
async function run(plan: TrainingPlan, network: Network): Promise<Map<string, ArrayLike<number>>> {
  const results = new Map<string, ArrayLike<number>>();
  const { inputs, targets } = randomBatch(network, plan, 11);
  network.loadBatch(inputs, targets);
  const evaluated = await network.evaluate();
  results.set('held-out losses', evaluated.losses);
  results.set('weights of them', evaluated.weights ?? []);
  results.set('predictions', await network.predictions());
  results.set('gradient reach', await network.gradientReach());
  const steps: Awaited<ReturnType<Network['trainStep']>>[] = [];
  for (let step = 1; step <= 10; step++) {
    steps.push(
      await network.trainStep(step, { learningRate: 0.01, clipNorm: 0.5, clipValue: 0.2, measureReach: step === 10 }),
    );
  }
  results.set(
    'losses of ten updates',
    steps.map(({ loss }) => loss),
  );
  results.set(
    'gradient norms of ten updates',
    steps.map(({ gradientNorm }) => gradientNorm),
  );
  results.set('gradient reach on the way', steps.at(-1)?.gradientReach ?? []);
  (await network.snapshot()).forEach((numbers, index) => {
    results.set(`stretch ${index} of the snapshot`, numbers);
  });
  return results;
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, name: string): void {
  expect(actual.length, name).toBe(expected.length);
  const scale = Math.max(...Array.from(expected, Math.abs), 1e-3);
  const worst = Math.max(0, ...Array.from(expected, (number, i) => Math.abs(number - (actual[i] ?? Number.NaN))));
  expect(worst / scale, name).toBeLessThan(tolerance);
}

describe.each([
  { name: 'cuDNN', isUsingGpuDevice: true },
  { name: 'BlockLSTM', isUsingGpuDevice: false },
])('fused by $name', ({ name: fusedName, isUsingGpuDevice }) => {
  const isRecurrent = ({ plan }: PlanCase): boolean => plan.layers.some(({ kind }) => kind === 'recurrent');

  test.each(planCases.filter(isRecurrent))('$name', async ({ plan }) => {
    const backend = fakeNodeBackend(isUsingGpuDevice);
    const fused = fusedCells(backend);
    expect(fused.name).toBe(fusedName);
    const expected = await run(plan, createNetwork(plan, batch, createReferenceBackend, 7));
    const network = createTensorFlowNetwork({ tf, fused, device: 'a stand-in' }, plan, batch, 7);
    const actual = await run(plan, network);
    network.end();
    for (const [name, numbers] of expected) expectClose(actual.get(name) ?? [], numbers, name);
    expect(backend.held.size, 'numbers held').toBe(0);
    // What is no loop is called once forward and once backward for each step.
    const fusedLayers = plan.layers.filter((layer) => layer.kind === 'recurrent' && fused.computes(layer));
    const hasMask = plan.layers.some((layer) => layer.kind === 'embedding' && layer.paddingToken !== undefined);
    expect(backend.calls.length > 0).toBe(fusedLayers.length > 0 && !hasMask);
  });
});

test('layers that are fused, by what computes them', () => {
  const cells = { cuDNN: fusedCells(fakeNodeBackend(true)), BlockLSTM: fusedCells(fakeNodeBackend(false)) };
  const plans: Readonly<Record<string, Partial<RecurrentPlan>>> = {
    rnn: { cell: 'rnn' },
    lstm: {},
    'lstm with peepholes': { peepholes: true },
    'lstm with a projection': { projection: 3 },
    'lstm with straight gates': { hardSigmoidSlope: 0.2 },
    'gru, reset after': { cell: 'gru' },
    'gru, reset before': { cell: 'gru', resetAfter: false },
  };
  const fused = Object.entries(cells).map(([name, { computes }]) => [
    name,
    Object.keys(plans).filter((key) => computes({ ...plainCell, ...plans[key] })),
  ]);
  expect(Object.fromEntries(fused)).toEqual({
    cuDNN: ['rnn', 'lstm', 'gru, reset after'],
    BlockLSTM: ['lstm', 'lstm with peepholes'],
  });
});

/** `bench/truth/block_lstm.py`. */
interface BlockVectors {
  readonly usePeephole: boolean;
  readonly timeSteps: number;
  readonly batch: number;
  readonly inputWidth: number;
  readonly hiddenSize: number;
  /** x, cs_prev, h_prev, w, wci, wcf, wco, b. */
  readonly inputs: readonly (readonly number[])[];
  readonly cs: readonly number[];
  readonly h: readonly number[];
  readonly outputGradients: readonly (readonly number[])[];
  /** Of the inputs. */
  readonly gradients: readonly (readonly number[])[];
}

test.each(['block-lstm', 'block-lstm-peepholes'])("the stand-in computes TensorFlow's %s", (file) => {
  const vectors: BlockVectors = JSON.parse(
    readFileSync(join(import.meta.dirname, 'tensorflowVectors', `${file}.json`), 'utf8'),
  );
  const { timeSteps, batch: sequences, inputWidth, hiddenSize, usePeephole } = vectors;
  const steps = [timeSteps, sequences, hiddenSize];
  const state = [sequences, hiddenSize];
  const shapes = [
    [timeSteps, sequences, inputWidth],
    state,
    state,
    [inputWidth + hiddenSize, 4 * hiddenSize],
    [hiddenSize],
    [hiddenSize],
    [hiddenSize],
    [4 * hiddenSize],
  ];
  const inputs = shapes.map((shape, index) => tf.tensor([...(vectors.inputs[index] ?? [])], shape));
  const outputGradients = vectors.outputGradients.map((numbers) => tf.tensor([...numbers], steps));
  const backend = fakeNodeBackend(false);
  const { binding } = backend;
  const attributes = [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'use_peephole', type: binding.TF_ATTR_BOOL, value: usePeephole },
  ];
  const dataId = backend.write(Int32Array.of(timeSteps, 0), [], 'int64');
  const length: tf.TensorInfo = { dataId, shape: [], dtype: 'int32' };
  const outputs = backend.executeMultipleOutputs('BlockLSTMV2', attributes, [length, ...inputs], 7);
  const lastStep = sequences * hiddenSize;
  expectClose(outputs[6]?.dataSync() ?? [], vectors.h, 'h');
  expectClose(outputs[1]?.dataSync().slice(-lastStep) ?? [], vectors.cs.slice(-lastStep), 'cs');
  const gradients = backend.executeMultipleOutputs(
    'BlockLSTMGradV2',
    attributes,
    [length, ...inputs, ...outputs, ...outputGradients],
    8,
  );
  vectors.gradients.forEach((numbers, index) => {
    expectClose(gradients[index]?.dataSync() ?? [], numbers, `gradient ${index}`);
  });
});

/** From one network to another after some steps, and back after some more. */
test.each(planCases)('a run moves from the engine to TensorFlow.js and back: $name', async ({ plan }) => {
  const whole = createNetwork(plan, batch, createReferenceBackend, 7);
  const start = createNetwork(plan, batch, createReferenceBackend, 7);
  const between = createTensorFlowNetwork({ tf, fused: null, device: 'plain TensorFlow.js' }, plan, batch, 7);
  const end = createNetwork(plan, batch, createReferenceBackend, 7);
  const networks: readonly [Network, Network, Network] = [start, between, end];
  const { inputs, targets } = randomBatch(whole, plan, 11);
  for (const network of [whole, ...networks]) network.loadBatch(inputs, targets);
  const settings = { learningRate: 0.01 };
  const losses: number[] = [];
  const expected: number[] = [];
  for (const [index, network] of networks.entries()) {
    const before = networks[index - 1];
    if (before !== undefined) network.restore(await before.snapshot());
    for (let step = 3 * index + 1; step <= 3 * index + 3; step++) {
      expected.push((await whole.trainStep(step, settings)).loss);
      losses.push((await network.trainStep(step, settings)).loss);
    }
  }
  between.end();
  expectClose(losses, expected, 'losses');
});

test.each([
  { name: 'loops', fused: null },
  { name: 'cuDNN', fused: fusedCells(fakeNodeBackend(true)) },
  { name: 'BlockLSTM', fused: fusedCells(fakeNodeBackend(false)) },
])('tensors are given back: $name', async ({ fused }) => {
  const before = tf.memory().numTensors;
  const plan = regression(
    [recurrent({}), { kind: 'batchNorm', path: 'norm', epsilon: 0.1, scale: true, bias: true }, dense(2)],
    {
      output: { steps: 'every', width: 2 },
    },
  );
  const network = createTensorFlowNetwork({ tf, fused, device: 'plain TensorFlow.js' }, plan, batch, 7);
  const { inputs, targets } = randomBatch(network, plan, 11);
  const counts: number[] = [];
  for (let step = 1; step <= 3; step++) {
    network.loadBatch(inputs, targets);
    await network.trainStep(step, { learningRate: 0.01, clipNorm: 1 });
    await network.evaluate();
    await network.gradientReach();
    await network.findNonFinite();
    await network.findLargestOutput();
    network.restore(await network.snapshot());
    counts.push(tf.memory().numTensors);
  }
  expect(new Set(counts).size, counts.join(', ')).toBe(1);
  network.end();
  network.end();
  expect(tf.memory().numTensors).toBe(before);
});

describe('says where numbers stop being finite', () => {
  const plan = regression([
    dense(3, { path: 'first', activation: 'tanh' }),
    dense(3, { path: 'second', activation: 'relu' }),
    { kind: 'step', path: 'last', step: -1 },
    dense(2, { path: 'third' }),
  ]);
  test.each([
    { name: 'inputs', input: Number.NaN, target: 0, learningRate: 0.01, expected: { kind: 'inputs' } },
    { name: 'targets', input: 1, target: Number.POSITIVE_INFINITY, learningRate: 0.01, expected: { kind: 'targets' } },
    { name: 'an output', input: 1, target: 1, learningRate: 1e38, expected: { kind: 'output', path: 'second' } },
    { name: 'a gradient', input: 1, target: 1e30, learningRate: 0.01, expected: { kind: 'gradient', path: 'third' } },
  ])('$name', async ({ input, target, learningRate, expected }) => {
    const network = create(plan);
    const { inputSteps, inputWidth, targetSteps, targetWidth } = network.batchShape;
    const fill = (length: number, value: number): number[] => Array.from({ length }, () => value);
    network.loadBatch(fill(inputSteps * batch * inputWidth, input), fill(targetSteps * batch * targetWidth, target));
    for (let step = 1; step <= 4; step++) {
      const { loss, gradientNorm } = await network.trainStep(step, { learningRate });
      if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) break;
    }
    expect(await network.findNonFinite()).toEqual(expected);
    network.end();
  });
});

test('finds the largest output as the engine does', async () => {
  const plan = regression([recurrent({}), { kind: 'flatten', path: 'flatten' }, dense(2)]);
  const networks = [create(plan), createNetwork(plan, batch, createReferenceBackend, 7)];
  const found: Awaited<ReturnType<Network['findLargestOutput']>>[] = [];
  for (const network of networks) {
    const { inputs, targets } = randomBatch(network, plan, 11);
    network.loadBatch(inputs, targets);
    await network.trainStep(1, { learningRate: 0.01 });
    found.push(await network.findLargestOutput());
    network.end();
  }
  expect(found[0]?.place).toEqual(found[1]?.place);
  expect(found[0]?.magnitude).toBeCloseTo(found[1]?.magnitude ?? Number.NaN, 5);
});
