/**
 * What a layer may ask of the machine that does the arithmetic. All tensors of a network lie in one arena that is planned
 * before the first step, so an operation names stretches of it and allocates nothing. Operations are issued in order; only
 * `read` waits for their results, which lets a backend queue them.
 *
 * Every operation is defined by `engine/reference`; another backend may round differently, no more.
 */
import type { BackendName } from '../protocol/trainer';

/** A stretch of the arena; both counted in numbers, not bytes. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** A row-major matrix in the arena. Rows may lie further apart than they are long, as the columns of a wider matrix do. */
export interface Matrix {
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
  readonly rowStride: number;
}

/** The right factor of matrix products, rearranged by `pack` into the order a backend reads it in. */
export interface PackedMatrix {
  readonly span: Span;
  readonly rows: number;
  readonly columns: number;
}

/** Columns are packed in panels of this many; the last panel is filled up with zeros. */
export const packedPanelWidth = 8;

export type PointwiseActivation = 'tanh' | 'relu' | 'sigmoid';

/** Numbers read back: 64-bit from the reference, 32-bit elsewhere. */
export type Numbers = Float32Array | Float64Array;

/** One time step of an LSTM. Gates lie side by side in a row: input, forget, candidate, output. */
export interface LstmStep {
  readonly batch: number;
  readonly hiddenSize: number;
  /** `[batch, 4·hiddenSize]`. Forward: pre-activations become gate values. Backward: those become their gradients. */
  readonly gates: Span;
  /** `[batch, hiddenSize]` each. */
  readonly previousCell: Span;
  readonly cell: Span;
  readonly hidden: Span;
  /** Gradient of the loss that reaches this step's hidden state from above. */
  readonly outputGradient: Span;
  /** Gradient from the step after; backward leaves the whole gradient of this step's hidden state here. */
  readonly hiddenGradient: Span;
  /** Gradient of the cell state, replaced by that of the previous step. */
  readonly cellGradient: Span;
}

/** One time step of a GRU. Gates lie side by side in a row: update, reset, candidate. */
export interface GruStep {
  readonly batch: number;
  readonly hiddenSize: number;
  /** `[batch, 3·hiddenSize]`. Forward: pre-activations become gate values. Backward: those become their gradients. */
  readonly gates: Span;
  /**
   * `[batch, hiddenSize]`. Reset after: the recurrent product of the candidate with its bias, which backward replaces by
   * its gradient. Reset before: the reset state `r·h`, the left factor of that product.
   */
  readonly candidate: Span;
  readonly previousHidden: Span;
  readonly hidden: Span;
  readonly outputGradient: Span;
  /**
   * Gradient from the step after; backward leaves the whole gradient of this step's hidden state here, and in
   * `previousGradient` the part of the previous step's that does not pass through a matrix.
   */
  readonly hiddenGradient: Span;
  readonly previousGradient: Span;
  /** Reset before: gradient of the reset state, computed between the two halves of backward. */
  readonly resetStateGradient: Span;
}

/** One time step of a plain recurrent cell. */
export interface RnnStep {
  readonly activation: 'tanh' | 'relu';
  /** `[batch, hiddenSize]` each. Backward replaces the pre-activations by their gradients. */
  readonly preActivations: Span;
  readonly hidden: Span;
  readonly outputGradient: Span;
  readonly hiddenGradient: Span;
}

export interface AdamSettings {
  /** Learning rate divided by `1 − beta1^step`. */
  readonly stepSize: number;
  readonly beta1: number;
  readonly beta2: number;
  /** `1 / √(1 − beta2^step)`, applied to the root of the second moment before `epsilon` is added. */
  readonly secondMomentScale: number;
  readonly epsilon: number;
}

export interface Backend {
  readonly name: BackendName;
  /** What computes, for people: "WebAssembly SIMD (relaxed) on 1 thread". */
  readonly device: string;

  write(span: Span, values: ArrayLike<number>): void;
  /** A copy of a stretch, after everything issued before has been done. */
  read(span: Span): Promise<Numbers>;

  fill(span: Span, value: number): void;
  /** `target += source`, element by element. */
  add(target: Span, source: Span): void;
  /** `target *= factor`. */
  scale(target: Span, factor: number): void;
  /** `target = left · right`, element by element; `target` may be either of them. */
  multiplyElements(left: Span, right: Span, target: Span): void;
  /** Copies a matrix, or a block of columns, between matrices of the same shape. */
  copyMatrix(source: Matrix, target: Matrix): void;
  /** Every row of `target` becomes `row`. */
  broadcastRow(row: Span, target: Matrix): void;
  /** `sums[j] = Σ_i source[i, j]`. */
  sumRows(source: Matrix, sums: Span): void;

  /** Rearranges `source`, or its transpose, to be a right factor. */
  pack(source: Matrix, transpose: boolean, packed: PackedMatrix): void;
  /** `result = left · right`, or `result += …` when accumulating. */
  multiply(left: Matrix, right: PackedMatrix, result: Matrix, accumulate: boolean): void;
  /** `result = leftᵀ · right`, the product that gives the gradient of weights. */
  multiplyTransposed(left: Matrix, right: Matrix, result: Matrix): void;

  activate(activation: PointwiseActivation, values: Span): void;
  /** `gradient *= activation′`, in terms of the activated `values`. */
  activateBackward(activation: PointwiseActivation, values: Span, gradient: Span): void;

  rnnForward(step: RnnStep): void;
  rnnBackward(step: RnnStep): void;
  lstmForward(step: LstmStep): void;
  lstmBackward(step: LstmStep): void;
  gruResetAfterForward(step: GruStep): void;
  gruResetAfterBackward(step: GruStep): void;
  /** First half: update and reset gates, and the reset state for the candidate's product. */
  gruResetBeforeGatesForward(step: GruStep): void;
  /** Second half: the candidate and the new hidden state. */
  gruResetBeforeCandidateForward(step: GruStep): void;
  gruResetBeforeCandidateBackward(step: GruStep): void;
  gruResetBeforeGatesBackward(step: GruStep): void;

  /** `output[i] = table[indices[i]]`. Indices are kept as numbers, exact up to 2²⁴. */
  gather(table: Matrix, indices: Span, output: Matrix): void;
  /** `tableGradient[indices[i]] += gradient[i]`. */
  scatterAdd(tableGradient: Matrix, indices: Span, gradient: Matrix): void;

  /**
   * `target[i] = source[i] / (1 − rate)`, or 0 with probability `rate`, decided by `key` and `i mod period` alone; the
   * same call on gradients is its own backward.
   */
  dropout(source: Span, target: Span, rate: number, key: number, period: number): void;

  /**
   * `rowLosses[i] = −ln softmax(logits[i])[classes[i]]` and the gradient of their mean with respect to the logits.
   */
  softmaxCrossEntropy(logits: Matrix, classes: Span, rowLosses: Span, gradient: Matrix): void;
  /** `rowLosses[i]` is the mean of squared differences in row i; `gradient` is that of the mean of all rows. */
  meanSquaredError(predictions: Matrix, targets: Matrix, rowLosses: Span, gradient: Matrix): void;

  /** `result[0] = Σ values²`. */
  squaredNorm(values: Span, result: Span): void;
  /** Scales `values` by `limit / norm` when their norm, given as its square, is above `limit`. */
  clipByNorm(values: Span, squaredNorm: Span, limit: number): void;
  adam(parameters: Span, gradients: Span, firstMoment: Span, secondMoment: Span, settings: AdamSettings): void;
}

/** Makes a backend whose arena holds so many numbers, all zero. */
export type BackendFactory = (arenaLength: number) => Backend;

export function spanOf(matrix: Matrix): Span {
  return { offset: matrix.offset, length: (matrix.rows - 1) * matrix.rowStride + matrix.columns };
}

export function matrixOf(span: Span, rows: number, columns: number): Matrix {
  return { offset: span.offset, rows, columns, rowStride: columns };
}

/** A block of neighbouring columns. */
export function columnsOf(matrix: Matrix, from: number, count: number): Matrix {
  return { offset: matrix.offset + from, rows: matrix.rows, columns: count, rowStride: matrix.rowStride };
}

/** Element ranges of a span, as of equal blocks one after another. */
export function blockOf(span: Span, index: number, length: number): Span {
  return { offset: span.offset + index * length, length };
}
