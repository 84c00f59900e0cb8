/** Operations on whole rows: dot products, softmax, standardising, and losses. */
import type { Backend, ElementwiseLoss, Matrix, Span } from '../backend';
import type { CommandQueue, Kernel } from './commandQueue';
import elementwiseLossSource from './kernels/elementwiseLoss.wgsl';
import numbersSource from './kernels/numbers.wgsl';
import rowDotsSource from './kernels/rowDots.wgsl';
import rowsSource from './kernels/rows.wgsl';
import sharesSource from './kernels/shares.wgsl';
import softmaxCrossEntropySource from './kernels/softmaxCrossEntropy.wgsl';
import softmaxRowsSource from './kernels/softmaxRows.wgsl';
import softmaxRowsBackwardSource from './kernels/softmaxRowsBackward.wgsl';
import standardiseRowsSource from './kernels/standardiseRows.wgsl';
import standardiseRowsBackwardSource from './kernels/standardiseRowsBackward.wgsl';
import { sumNumbers } from './sums';
import { maxWorkgroups } from './workgroups';

/** Invocations of a workgroup: `threads` of `kernels/rows.wgsl`. */
const threads = 256;

/** As `kernels/elementwiseLoss.wgsl` numbers them. */
const lossCodes: Readonly<Record<ElementwiseLoss, number>> = {
  meanSquaredError: 0,
  meanAbsoluteError: 1,
  huber: 2,
  binaryCrossEntropy: 3,
};

/** Invocations that take a row together, by its columns: each a few of them. */
function lanesOf(columns: number): number {
  if (columns <= 4) return 1;
  if (columns <= 64) return 8;
  return columns <= 1024 ? 32 : threads;
}

/** A kernel for every set of constants it is asked for. */
function rowKernel(name: string, ...sources: readonly string[]): (constants: Kernel['constants']) => Kernel {
  const source = [rowsSource, ...sources].join('\n');
  const known = new Map<string, Kernel>();
  return (constants) => {
    const key = Object.values(constants).join();
    const kernel = known.get(key) ?? { name, source, constants };
    known.set(key, kernel);
    return kernel;
  };
}

const kernels = {
  rowDots: rowKernel('rowDots', rowDotsSource),
  softmaxRows: rowKernel('softmaxRows', numbersSource, softmaxRowsSource),
  softmaxRowsBackward: rowKernel('softmaxRowsBackward', softmaxRowsBackwardSource),
  standardiseRows: rowKernel('standardiseRows', standardiseRowsSource),
  standardiseRowsBackward: rowKernel('standardiseRowsBackward', standardiseRowsBackwardSource),
  softmaxCrossEntropy: rowKernel('softmaxCrossEntropy', numbersSource, sharesSource, softmaxCrossEntropySource),
  elementwiseLoss: rowKernel('elementwiseLoss', numbersSource, sharesSource, elementwiseLossSource),
};

export type RowOperations = Pick<
  Backend,
  | 'rowDots'
  | 'softmaxRows'
  | 'softmaxRowsBackward'
  | 'standardiseRows'
  | 'standardiseRowsBackward'
  | 'softmaxCrossEntropy'
  | 'elementwiseLoss'
>;

/** @param scratch operations that use it are done with it before the next one begins */
export function rowOperations(queue: CommandQueue, scratch: Span): RowOperations {
  const overRows = (
    kernel: (constants: Kernel['constants']) => Kernel,
    { rows, columns }: Matrix,
    constants: Kernel['constants'],
    integers: readonly number[],
    floats: readonly number[] = [],
  ): void => {
    const lanes = lanesOf(columns);
    const workgroups = Math.min(maxWorkgroups, Math.ceil((rows * lanes) / threads));
    queue.dispatch(kernel({ lanes, ...constants }), [workgroups], integers, floats);
  };
  /** Leaves the sum of the weights in scratch. */
  const weightOperands = (weights: Span | null): number[] => {
    if (weights === null) return [0, 0];
    const sum = { offset: scratch.offset + scratch.length - 1, length: 1 };
    sumNumbers(queue, scratch, weights, sum);
    return [weights.offset, sum.offset];
  };
  return {
    rowDots: (left, right, dots) =>
      overRows(kernels.rowDots, left, {}, [
        ...[left.offset, left.rowStride, right.offset, right.rowStride],
        ...[dots.offset, left.rows, left.columns],
      ]),
    softmaxRows: (scores, { sequences, columns, causalPeriod }) =>
      overRows(
        kernels.softmaxRows,
        scores,
        { has_counted_columns: columns === null ? 0 : 1, is_causal: causalPeriod === null ? 0 : 1 },
        [
          ...[scores.offset, scores.rowStride, scores.rows, scores.columns],
          ...[scores.rows / sequences, sequences, columns?.offset ?? 0, causalPeriod ?? 0],
        ],
      ),
    softmaxRowsBackward: (weights, gradient) =>
      overRows(kernels.softmaxRowsBackward, weights, {}, [
        ...[weights.offset, weights.rowStride, gradient.offset, gradient.rowStride],
        ...[weights.rows, weights.columns],
      ]),
    standardiseRows: (source, epsilon, target, inverseDeviations) =>
      overRows(
        kernels.standardiseRows,
        source,
        {},
        [
          ...[source.offset, source.rowStride, target.offset, target.rowStride],
          ...[inverseDeviations.offset, source.rows, source.columns],
        ],
        [epsilon],
      ),
    standardiseRowsBackward: (standardised, inverseDeviations, gradient) =>
      overRows(kernels.standardiseRowsBackward, standardised, {}, [
        ...[standardised.offset, standardised.rowStride, inverseDeviations.offset],
        ...[gradient.offset, gradient.rowStride, standardised.rows, standardised.columns],
      ]),
    softmaxCrossEntropy: (logits, classes, weights, rowLosses, gradient) =>
      overRows(kernels.softmaxCrossEntropy, logits, { has_weights: weights === null ? 0 : 1 }, [
        ...[logits.offset, logits.rowStride, classes.offset, ...weightOperands(weights)],
        ...[rowLosses.offset, gradient.offset, gradient.rowStride, logits.rows, logits.columns],
      ]),
    elementwiseLoss: (loss, predictions, targets, weights, rowLosses, gradient) =>
      overRows(kernels.elementwiseLoss, predictions, { loss: lossCodes[loss], has_weights: weights === null ? 0 : 1 }, [
        ...[predictions.offset, predictions.rowStride, targets.offset, targets.rowStride],
        ...[...weightOperands(weights), rowLosses.offset, gradient.offset, gradient.rowStride],
        ...[predictions.rows, predictions.columns],
      ]),
  };
}
