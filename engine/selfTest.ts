/**
 * Whether kernels compute what the reference does: the gradients of a small LSTM, which takes the products and functions that an
 * engine may compile in an unusual way. A mistake of the JavaScript engine is then found before a run, and not in its curves.
 */
import type { BackendFactory, Numbers } from './backend';
import { createNetwork, type Network } from './network';
import type { TrainingPlan } from './plan/trainingPlan';
import { createReferenceBackend } from './reference/backend';

/** Sizes that leave something over in every tile and vector. */
export const testBatchSize = 11;
const inputWidth = 5;
const outputWidth = 3;

export const testedPlan: TrainingPlan = {
  convention: 'torch',
  timeSteps: 3,
  input: { kind: 'features', width: inputWidth },
  layers: [
    {
      kind: 'recurrent',
      path: 'lstm',
      cell: 'lstm',
      hiddenSize: 19,
      activation: 'tanh',
      bias: 'both',
      resetAfter: true,
      direction: 'forward',
      merge: 'concat',
    },
    {
      kind: 'dense',
      path: 'dense',
      units: outputWidth,
      bias: true,
      activation: 'sigmoid',
      reads: [{ layer: 0, output: 1 }],
    },
  ],
  output: { steps: 'last', width: outputWidth },
  loss: 'meanSquaredError',
  remarks: [],
};

/** Relative to the largest number of a gradient: 32-bit sums of a few dozen products stay far below. */
export const testTolerance = 1e-3;

export async function agreesWithReference(create: BackendFactory): Promise<boolean> {
  const expected = await gradients(createReferenceBackend);
  const actual = await gradients(create);
  return expected.every((numbers, index) => {
    const scale = Math.max(1e-6, ...Array.from(numbers, Math.abs));
    const others = actual[index];
    return Array.from(numbers).every(
      (value, place) => Math.abs(value - (others?.[place] ?? Number.NaN)) < testTolerance * scale,
    );
  });
}

/** Of `testedPlan`. */
export function loadTestBatch(network: Pick<Network, 'loadBatch'>): void {
  const wave = (length: number): Float32Array => Float32Array.from({ length }, (_, index) => Math.sin(index + 1));
  network.loadBatch(wave(testedPlan.timeSteps * testBatchSize * inputWidth), wave(testBatchSize * outputWidth));
}

async function gradients(create: BackendFactory): Promise<Numbers[]> {
  const network = createNetwork(testedPlan, testBatchSize, create, 1);
  loadTestBatch(network);
  await network.differentiate(1);
  try {
    return await Promise.all(network.parameters.map(({ gradient }) => network.backend.read(gradient)));
  } finally {
    network.end();
  }
}
