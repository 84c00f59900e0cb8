/** Networks that TensorFlow.js trains against the reference: predictions, losses, ten updates, reach, and runs that move over. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { createNetwork, type Network } from '../network';
import type { TrainingPlan } from '../plan/trainingPlan';
import { createReferenceBackend } from '../reference/backend';
import { createTensorFlowNetwork } from '../tfjs/network';
import { randomBatch } from './batches';
import { dense, optimiserChoices, planCases, recurrent, regression } from './plans';

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
