/** Loss and metric of a network over the held-out part, steps counting as they do in training. */
import type { Numbers } from '../backend';
import type { Dataset } from '../data/dataset';
import type { BatchShape, Network } from '../network';

export interface Evaluation {
  readonly loss: number;
  readonly metric: number;
  /** Mean loss of each held-out sequence over its steps that count, in chronological order; 0 where none does. */
  readonly sequenceLosses: Float64Array;
}

/** Reused from one evaluation to the next. */
export interface BatchArrays {
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
}

export function batchArraysOf({ batchShape: shape }: Network): BatchArrays {
  return {
    inputs: new Float32Array(shape.inputSteps * shape.batch * shape.inputWidth),
    targets: new Float32Array(shape.targetSteps * shape.batch * shape.targetWidth),
  };
}

/** The last batch may hold fewer sequences; what else is in it is computed and not counted. */
export async function evaluate(
  network: Network,
  dataset: Dataset,
  { inputs, targets }: BatchArrays,
): Promise<Evaluation> {
  const { batchShape: shape } = network;
  const sequenceLosses = new Float64Array(dataset.heldOutSequences);
  let [squaredErrors, right, lossSum, predicted] = [0, 0, 0, 0];
  for (let first = 0; first < dataset.heldOutSequences; first += shape.batch) {
    const count = Math.min(shape.batch, dataset.heldOutSequences - first);
    const sequences = Array.from({ length: count }, (_, index) => first + index);
    dataset.fill('heldOut', sequences, shape, inputs, targets);
    network.loadBatch(inputs, targets);
    const { losses, weights } = await network.evaluate();
    const predictions = dataset.metricRule.kind === 'bits' ? null : await network.predictions();
    for (let position = 0; position < count; position++) {
      let [sum, counted] = [0, 0];
      for (let step = 0; step < shape.targetSteps; step++) {
        const row = step * shape.batch + position;
        const weight = weights === null ? 1 : (weights[row] ?? Number.NaN);
        if (weight === 0) continue;
        sum += weight * (losses[row] ?? Number.NaN);
        counted += weight;
        if (predictions === null) continue;
        if (dataset.metricRule.kind === 'rootMeanSquare') {
          const place = row * shape.targetWidth + dataset.metricRule.column;
          squaredErrors += weight * ((predictions[place] ?? Number.NaN) - (targets[place] ?? Number.NaN)) ** 2;
        } else if (classAt(predictions, row, shape) === targets[row]) {
          right += weight;
        }
      }
      sequenceLosses[first + position] = counted === 0 ? 0 : sum / counted;
      lossSum += sum;
      predicted += counted;
    }
  }
  const loss = predicted === 0 ? 0 : lossSum / predicted;
  switch (dataset.metricRule.kind) {
    case 'bits':
      return { loss, metric: (dataset.metricRule.scale * loss) / Math.LN2, sequenceLosses };
    case 'accuracy':
      return { loss, metric: predicted === 0 ? 0 : right / predicted, sequenceLosses };
    case 'rootMeanSquare': {
      const meanSquare = predicted === 0 ? 0 : squaredErrors / predicted;
      return { loss, metric: Math.sqrt(meanSquare) * dataset.metricRule.scale, sequenceLosses };
    }
  }
}

/** The class of the largest logit of a row; of a single logit, whether it is positive. NaN where logits are no numbers. */
function classAt(logits: Numbers, row: number, { targetSteps, batch }: BatchShape): number {
  const width = logits.length / (targetSteps * batch);
  let [best, largest] = [Number.NaN, Number.NEGATIVE_INFINITY];
  if (width === 1) return Number((logits[row] ?? Number.NaN) > 0);
  for (let index = 0; index < width; index++) {
    const logit = logits[row * width + index] ?? Number.NaN;
    if (logit > largest) [best, largest] = [index, logit];
  }
  return best;
}
