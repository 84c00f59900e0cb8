/** Losses and their gradients. */
import type { Matrix, Span } from '../backend';
import { addAt, load } from './memory';

export function softmaxCrossEntropy(
  memory: Float64Array,
  logits: Matrix,
  classes: Span,
  rowLosses: Span,
  gradient: Matrix,
): void {
  for (let row = 0; row < logits.rows; row++) {
    const first = logits.offset + row * logits.rowStride;
    const firstGradient = gradient.offset + row * gradient.rowStride;
    const target = load(memory, classes.offset + row);
    // Subtracting the largest logit keeps the exponentials finite and changes no probability.
    let largest = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < logits.columns; j++) largest = Math.max(largest, load(memory, first + j));
    let sum = 0;
    for (let j = 0; j < logits.columns; j++) sum += Math.exp(load(memory, first + j) - largest);
    memory[rowLosses.offset + row] = Math.log(sum) + largest - load(memory, first + target);
    for (let j = 0; j < logits.columns; j++) {
      memory[firstGradient + j] = Math.exp(load(memory, first + j) - largest) / sum / logits.rows;
    }
    addAt(memory, firstGradient + target, -1 / logits.rows);
  }
}

export function meanSquaredError(
  memory: Float64Array,
  predictions: Matrix,
  targets: Matrix,
  rowLosses: Span,
  gradient: Matrix,
): void {
  for (let row = 0; row < predictions.rows; row++) {
    let sum = 0;
    for (let j = 0; j < predictions.columns; j++) {
      const difference =
        load(memory, predictions.offset + row * predictions.rowStride + j) -
        load(memory, targets.offset + row * targets.rowStride + j);
      sum += difference * difference;
      memory[gradient.offset + row * gradient.rowStride + j] =
        (2 * difference) / (predictions.rows * predictions.columns);
    }
    memory[rowLosses.offset + row] = sum / predictions.columns;
  }
}
