/** Losses and their gradients. Rows count by their weights; one of weight 0 is not looked at, whatever stands in it. */
import type { ElementwiseLoss, Matrix, Span } from '../backend';
import { addAt, load } from './memory';

export function softmaxCrossEntropy(
  memory: Float64Array,
  logits: Matrix,
  classes: Span,
  weights: Span | null,
  rowLosses: Span,
  gradient: Matrix,
): void {
  const shares = sharesOf(memory, weights, logits.rows);
  for (let row = 0; row < logits.rows; row++) {
    const first = logits.offset + row * logits.rowStride;
    const firstGradient = gradient.offset + row * gradient.rowStride;
    const share = shares(row);
    if (share === 0) {
      leaveOut(memory, rowLosses.offset + row, firstGradient, logits.columns);
      continue;
    }
    const target = load(memory, classes.offset + row);
    // Subtracting the largest logit keeps the exponentials finite and changes no probability.
    let largest = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < logits.columns; j++) largest = Math.max(largest, load(memory, first + j));
    let sum = 0;
    for (let j = 0; j < logits.columns; j++) sum += Math.exp(load(memory, first + j) - largest);
    memory[rowLosses.offset + row] = Math.log(sum) + largest - load(memory, first + target);
    for (let j = 0; j < logits.columns; j++) {
      memory[firstGradient + j] = (Math.exp(load(memory, first + j) - largest) / sum) * share;
    }
    addAt(memory, firstGradient + target, -share);
  }
}

export function elementwiseLoss(
  memory: Float64Array,
  loss: ElementwiseLoss,
  predictions: Matrix,
  targets: Matrix,
  weights: Span | null,
  rowLosses: Span,
  gradient: Matrix,
): void {
  const shares = sharesOf(memory, weights, predictions.rows);
  for (let row = 0; row < predictions.rows; row++) {
    const firstGradient = gradient.offset + row * gradient.rowStride;
    const share = shares(row);
    if (share === 0) {
      leaveOut(memory, rowLosses.offset + row, firstGradient, predictions.columns);
      continue;
    }
    let sum = 0;
    for (let j = 0; j < predictions.columns; j++) {
      const prediction = load(memory, predictions.offset + row * predictions.rowStride + j);
      const target = load(memory, targets.offset + row * targets.rowStride + j);
      const element = elementLoss(loss, prediction, target);
      sum += element.value;
      memory[firstGradient + j] = (element.slope * share) / predictions.columns;
    }
    memory[rowLosses.offset + row] = sum / predictions.columns;
  }
}

/** The loss of one number, and its derivative with respect to the prediction. */
function elementLoss(
  loss: ElementwiseLoss,
  prediction: number,
  target: number,
): { readonly value: number; readonly slope: number } {
  const difference = prediction - target;
  switch (loss) {
    case 'meanSquaredError':
      return { value: difference * difference, slope: 2 * difference };
    case 'meanAbsoluteError':
      return { value: Math.abs(difference), slope: Math.sign(difference) };
    case 'huber':
      return Math.abs(difference) <= 1
        ? { value: difference ** 2 / 2, slope: difference }
        : { value: Math.abs(difference) - 1 / 2, slope: Math.sign(difference) };
    case 'binaryCrossEntropy':
      // −t·ln σ(x) − (1 − t)·ln(1 − σ(x)), without the exponential of a positive number.
      return {
        value: Math.max(prediction, 0) - prediction * target + Math.log1p(Math.exp(-Math.abs(prediction))),
        slope: 1 / (1 + Math.exp(-prediction)) - target,
      };
  }
}

/** Of each row: its weight as a share of all weights, 0 for all where nothing counts. */
function sharesOf(memory: Float64Array, weights: Span | null, rows: number): (row: number) => number {
  if (weights === null) return () => 1 / rows;
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += load(memory, weights.offset + row);
  return (row) => (sum === 0 ? 0 : load(memory, weights.offset + row) / sum);
}

function leaveOut(memory: Float64Array, rowLoss: number, firstGradient: number, columns: number): void {
  memory[rowLoss] = 0;
  memory.fill(0, firstGradient, firstGradient + columns);
}
