/** Models as data sees them, and what datasets fill batches with, for tests. */
import type { Dataset, DatasetResult, Part } from '../data/dataset';
import type { ModelEnds } from '../data/modelEnds';

/** Reads any number of values, answers once with one number. */
export function endsWith(changes: Partial<ModelEnds> = {}): ModelEnds {
  return {
    name: 'Model',
    input: { kind: 'features', width: null },
    inputLayer: { location: { file: 'model.py', line: 2 } },
    outputLine: { file: 'model.py', line: 3 },
    timeSteps: null,
    layers: [{ kind: 'recurrent', direction: 'forward' }],
    outputSteps: 'last',
    outputWidth: 1,
    outputActivation: 'none',
    reservedToken: null,
    loss: null,
    ...changes,
  };
}

export function datasetIn(result: DatasetResult): Dataset {
  if (result.kind === 'obstacles') throw new Error(messageOf(result));
  return result.dataset;
}

export function messageOf(result: DatasetResult): string {
  return result.kind === 'dataset' ? 'a dataset' : result.obstacles.map(({ message }) => message).join('\n');
}

/** The batch of some sequences: `inputs[sequence][time]` and `targets[sequence][step]`, vectors where they are wider than 1. */
export function batchOf(
  dataset: Dataset,
  part: Part,
  sequences: readonly number[],
  targetSteps = 1,
  targetWidth = 1,
): { readonly inputs: number[][][]; readonly targets: number[][][] } {
  const inputWidth = dataset.input.kind === 'tokens' ? 1 : dataset.input.width;
  const batch = sequences.length;
  const inputs = new Float32Array(dataset.timeSteps * batch * inputWidth);
  const targets = new Float32Array(targetSteps * batch * targetWidth);
  const shape = { batch, inputSteps: dataset.timeSteps, inputWidth, targetSteps, targetWidth };
  dataset.fill(part, sequences, shape, inputs, targets);
  const unpacked = (values: Float32Array, steps: number, width: number): number[][][] =>
    sequences.map((_, position) =>
      Array.from({ length: steps }, (_step, time) => {
        const place = (time * batch + position) * width;
        return Array.from(values.subarray(place, place + width));
      }),
    );
  return {
    inputs: unpacked(inputs, dataset.timeSteps, inputWidth),
    targets: unpacked(targets, targetSteps, targetWidth),
  };
}

export function allOf(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
