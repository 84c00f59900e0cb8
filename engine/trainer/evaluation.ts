/** Loss and metric of a network over the held-out part, steps counting as they do in training. */
import type { Numbers } from '../backend';
import type { Dataset } from '../data/dataset';
import type { BatchShape, Network, RowLosses } from '../network';
import type { PreviewHost } from './host';
import type { Pace } from './pace';

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

/** What the network makes of a batch of the held-out part. */
interface HeldOutBatch {
  readonly first: number;
  readonly count: number;
  readonly rows: RowLosses;
  /** Null where the metric needs none. */
  readonly predictions: Numbers | null;
  readonly targets: Float32Array;
}

/**
 * The last batch may hold fewer sequences; what else is in it is computed and not counted.
 *
 * @param pace of a queued network, which is given several batches before the first is awaited
 */
export async function evaluate(
  network: Network,
  dataset: Dataset,
  { inputs, targets }: BatchArrays,
  pace: Pace,
  { nowMs }: Pick<PreviewHost, 'nowMs'>,
): Promise<Evaluation> {
  const { batchShape: shape, isQueued } = network;
  const sequenceLosses = new Float64Array(dataset.heldOutSequences);
  let [squaredErrors, right, lossSum, predicted] = [0, 0, 0, 0];
  const compute = async (first: number): Promise<HeldOutBatch> => {
    const count = Math.min(shape.batch, dataset.heldOutSequences - first);
    const sequences = Array.from({ length: count }, (_, index) => first + index);
    dataset.fill('heldOut', sequences, shape, inputs, targets);
    network.loadBatch(inputs, targets);
    const losses = network.evaluate();
    if (!isQueued) await losses;
    const asked = dataset.metricRule.kind === 'bits' ? null : network.predictions();
    // The next batch is filled in before this one is answered.
    const ownTargets = isQueued && asked !== null ? targets.slice() : targets;
    const [rows, predictions] = await Promise.all([losses, asked]);
    return { first, count, rows, predictions, targets: ownTargets };
  };
  const add = ({ first, count, rows: { losses, weights }, predictions, targets: expected }: HeldOutBatch): void => {
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
          squaredErrors += weight * ((predictions[place] ?? Number.NaN) - (expected[place] ?? Number.NaN)) ** 2;
        } else if (classAt(predictions, row, shape) === expected[row]) {
          right += weight;
        }
      }
      sequenceLosses[first + position] = counted === 0 ? 0 : sum / counted;
      lossSum += sum;
      predicted += counted;
    }
  };
  for (let first = 0; first < dataset.heldOutSequences; ) {
    const startedMs = nowMs();
    const asked: Promise<HeldOutBatch>[] = [];
    for (; asked.length < (isQueued ? pace.count : 1) && first < dataset.heldOutSequences; first += shape.batch) {
      asked.push(compute(first));
    }
    for (const batch of await Promise.all(asked)) add(batch);
    pace.took(asked.length, nowMs() - startedMs);
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
