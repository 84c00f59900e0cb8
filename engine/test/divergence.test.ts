/** Training that goes wrong is noticed at the step where it does, with the layer where it starts, on every backend. */
import { describe, expect, test } from 'vitest';
import { createNetwork, type Network } from '../network';
import type { TrainingPlan } from '../plan/trainingPlan';
import { divergenceOf, type LossHistory } from '../trainer/divergence';
import { allBackends } from './backends';
import { randomBatch } from './batches';
import { eventsOf, only, specWith } from './host';
import { dense, planCases, recurrent, regression } from './plans';
import { webgpuBackend } from './webgpuBackend';

const forecast = regression([recurrent({}), { kind: 'step', path: 'last', step: -1 }, dense(2)]);

describe.each([...allBackends, webgpuBackend])('$name', ({ create }) => {
  test('a learning rate of a million is noticed within three steps', async () => {
    for (const optimiser of [{ name: 'adam' }, { name: 'sgd' }, { name: 'rmsprop' }] as const) {
      const message = await trainUntilDivergence(
        createNetwork({ ...forecast, optimiser }, 3, create, 7),
        forecast,
        1e6,
      );
      expect(message, optimiser.name).toMatch(
        /^At step [23] the loss leapt to \S+, from \S+ at its best; the largest numbers are in the output of dense\. Try a/,
      );
    }
  });

  test('an endless input is noticed in every kind of layer, and found in the data', async () => {
    for (const { name, plan } of planCases.filter(({ plan }) => plan.input.kind === 'features')) {
      const network = createNetwork(plan, 3, create, 7);
      const { inputs, targets } = randomBatch(network, plan, 11);
      inputs[1] = Number.POSITIVE_INFINITY;
      network.loadBatch(inputs, targets);
      const result = await network.trainStep(1, { learningRate: 0.01, clipNorm: 1 });
      expect(await divergenceOf(network, 1, result, null), name).toBe(
        'At step 1 the data had a value in what the model reads that is not a finite number. Look for extreme values in the data.',
      );
      network.end();
    }
  });

  test('an endless target is found in the data', async () => {
    const network = createNetwork(forecast, 3, create, 7);
    const { inputs, targets } = randomBatch(network, forecast, 11);
    targets[0] = Number.NEGATIVE_INFINITY;
    network.loadBatch(inputs, targets);
    const result = await network.trainStep(1, { learningRate: 0.01 });
    expect(await divergenceOf(network, 1, result, null)).toMatch(/ a value in what it is to predict that is not /);
  });

  test('weights that are no numbers are found in their layer, whichever it is', async () => {
    for (const { name, plan } of planCases) {
      const network = createNetwork(plan, 3, create, 7);
      for (const { name: parameter, value } of network.parameters) {
        const start = await network.backend.read(value);
        network.backend.write(value, start.slice().fill(Number.NaN));
        const { inputs, targets } = randomBatch(network, plan, 11);
        network.loadBatch(inputs, targets);
        const result = await network.trainStep(1, { learningRate: 0, clipNorm: 1 });
        const message = await divergenceOf(network, 1, result, null);
        const path = parameter.slice(0, parameter.lastIndexOf('.'));
        expect(message, `${name}: ${parameter}`).toContain(
          'the loss stopped being a finite number, first in the output of ',
        );
        // A layer of two directions has parameters for either, and a path of its own.
        const found = /output of (\S+)\./.exec(message ?? '')?.[1] ?? '';
        expect(path.startsWith(found) || found.startsWith(path), `${name}: ${parameter} and ${found}`).toBe(true);
        break;
      }
      network.end();
    }
  });
});

test('finite numbers whose squares are not: the layer with the largest gradient is named', async () => {
  for (const { create, name } of allBackends.slice(1)) {
    const network = createNetwork(forecast, 3, create, 7);
    const { inputs, targets } = randomBatch(network, forecast, 11);
    network.loadBatch(
      inputs,
      targets.map((target) => target * 1e25),
    );
    const result = await network.trainStep(1, { learningRate: 0.01, clipNorm: 1 });
    expect(result.gradientNorm, name).toBe(Number.POSITIVE_INFINITY);
    expect(await divergenceOf(network, 1, { ...result, loss: 1 }, null)).toMatch(
      /^At step 1 the gradient stopped being a finite number, first in the gradient of (dense|recurrent)\. /,
    );
  }
});

describe('a finite loss', () => {
  const network = {
    findNonFinite: () => Promise.reject(new Error('all is finite')),
    findLargestOutput: async () => ({ place: { kind: 'output', path: 'dense' }, magnitude: 1 }) as const,
  };
  const divergenceAt7 = (loss: number, history: LossHistory | null) =>
    divergenceOf(network, 7, { loss, gradientNorm: 1, gradientReach: null }, history);

  test.each([
    [0.9, { first: 1, best: 0.5 }],
    [4000, { first: 1, best: 0.5 }],
    // All but solved, and one hard batch.
    [2.5, { first: 2, best: 1e-6 }],
    [1e11, null],
  ])('of %d after %j is no divergence', async (loss, history) => {
    expect(await divergenceAt7(loss, history)).toBeNull();
  });

  test.each([
    [6000, { first: 1, best: 0.5 }],
    [250, { first: 2, best: 1e-6 }],
    [1e13, { first: 1e11, best: 1e11 }],
    [1e13, null],
  ])('of %d after %j is one', async (loss, history) => {
    expect(await divergenceAt7(loss, history)).toMatch(
      /^At step 7 the loss leapt to \S+; the largest numbers are in the output of dense\.|^At step 7 the loss leapt to \S+, from/,
    );
  });
});

test.each(['wasm', 'reference'] as const)(
  'a run at a learning rate of a million ends in words, on %s',
  async (backend) => {
    const budget = { steps: 10, batchSize: 4, learningRate: 1e6 };
    const events = await eventsOf(specWith({ variants: ['rnn', 'gru', 'lstm'], budget, sequenceLength: 5, backend }));
    const done = only(events, 'done');
    expect(done.map(({ outcome }) => outcome)).toEqual(['diverged', 'diverged', 'diverged']);
    for (const { because } of done) expect(because).toMatch(/^At step 2 the loss leapt to /);
  },
);

/** On the same batch over and over. */
async function trainUntilDivergence(
  network: Network,
  plan: TrainingPlan,
  learningRate: number,
): Promise<string | null> {
  const { inputs, targets } = randomBatch(network, plan, 11);
  network.loadBatch(inputs, targets);
  let [first, best] = [Number.NaN, Number.POSITIVE_INFINITY];
  for (let step = 1; step <= 20; step++) {
    const result = await network.trainStep(step, { learningRate, clipNorm: 1 });
    const message = await divergenceOf(network, step, result, step === 1 ? null : { first, best });
    if (message !== null) return message;
    if (step === 1) first = result.loss;
    best = Math.min(best, result.loss);
  }
  return null;
}
