/** Whether TensorFlow.js computes what the reference does: the gradients of a small layer of each cell, as one plain step shows them. */
import type { Numbers } from '../backend';
import { createNetwork, type Network } from '../network';
import type { TrainingPlan } from '../plan/trainingPlan';
import { createReferenceBackend } from '../reference/backend';
import { loadTestBatch, testBatchSize, testedPlan, testTolerance } from '../selfTest';
import { createTensorFlowNetwork, type TensorFlowDevice } from './network';

/** Fused operations have the gates of each cell in an order of their own. Parameters lose just their gradients in a step. */
const plans = (['lstm', 'gru', 'rnn'] as const).map(
  (cell): TrainingPlan => ({
    ...testedPlan,
    layers: testedPlan.layers.map((layer) => (layer.kind === 'recurrent' ? { ...layer, cell } : layer)),
    optimiser: { name: 'sgd' },
  }),
);
const learningRate = 1;

export async function agreesOn(device: TensorFlowDevice): Promise<boolean> {
  for (const plan of plans) {
    const expected = await gradients(createNetwork(plan, testBatchSize, createReferenceBackend, 1));
    const actual = await gradients(createTensorFlowNetwork(device, plan, testBatchSize, 1));
    const largest = Math.max(...expected.map(Math.abs));
    const agrees = (value: number, index: number): boolean =>
      Math.abs(value - (actual[index] ?? Number.NaN)) < testTolerance * largest;
    if (!expected.every(agrees)) return false;
  }
  return true;
}

async function gradients(network: Network): Promise<number[]> {
  try {
    loadTestBatch(network);
    const before = await parametersOf(network);
    await network.trainStep(1, { learningRate });
    const after = await parametersOf(network);
    return Array.from(before, (value, index) => value - (after[index] ?? Number.NaN));
  } finally {
    network.end();
  }
}

async function parametersOf(network: Network): Promise<Numbers> {
  const [parameters] = await network.snapshot();
  if (parameters === undefined) throw new Error('a snapshot holds no parameters');
  return parameters;
}
