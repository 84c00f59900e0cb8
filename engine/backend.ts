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

/** Columns are packed in panels of no more than this many; the last panel is filled up with zeros. */
export const packedPanelWidth = 16;

export type PointwiseActivation = 'tanh' | 'relu' | 'sigmoid';

/** Which input steps each output step of a convolution or of pooling sees: `size` of them, `dilation` apart. */
export interface TimeWindows {
  readonly inputSteps: number;
  readonly outputSteps: number;
  readonly size: number;
  /** Input steps from one window to the next. */
  readonly stride: number;
  readonly dilation: number;
  /** Steps of padding before the first input step. */
  readonly before: number;
}

/** Which columns of a row of scores count. The rows of a sequence lie one after another, as many for each. */
export interface ScoreMask {
  readonly sequences: number;
  /** `[columns, sequences]`: 0 for a column that is padding, else 1. Null where none is. */
  readonly columns: Span | null;
  /** Row i sees columns 0 … i modulo this alone; null where every row sees all. */
  readonly causalPeriod: number | null;
}

/** Numbers read back: 64-bit from the reference, 32-bit elsewhere. */
export type Numbers = Float32Array | Float64Array;

/**
 * The loop of a recurrent layer over its time steps, in one direction. Blocks are `[batch, …]`, one a time step in the order
 * of time, whichever way they are visited.
 */
export interface RecurrentLoop {
  readonly timeSteps: number;
  readonly batch: number;
  readonly hiddenSize: number;
  /** Whether steps are visited from the last to the first. */
  readonly isBackward: boolean;
  /**
   * `[timeSteps, batch, gates·hiddenSize]`, gates side by side. Forward: what the inputs and biases contribute becomes the
   * values of the gates. Backward: those become the gradients of what went into them.
   */
  readonly gates: Span;
  /** The state that each step starts from, `stateWidth` wide; of the first step visited it is given. */
  readonly previousHidden: Span;
  /** The state after each step. One stretch with `previousHidden`, a block later, or earlier where the loop is backward. */
  readonly hidden: Span;
  /** Width of what is fed back: the hidden size, or that of an LSTM's projection. */
  readonly stateWidth: number;
  /** `[stateWidth, gates·hiddenSize]`, packed. */
  readonly weights: PackedMatrix;
  /** The same, transposed, packed: for backward. */
  readonly weightsTransposed: PackedMatrix;
  /** Gradient of the loss that reaches the states of every step from above; null where nothing reads the steps. */
  readonly outputGradient: Span | null;
  /** `[batch, stateWidth]`. Backward: in, the gradient of the last state visited; out, that of the state it all starts from. */
  readonly hiddenGradient: Span;
  /** Gates are `clip(slope·x + 1/2, 0, 1)`; null for the logistic function. A plain cell has no gates. */
  readonly hardSigmoidSlope: number | null;
  /** `[timeSteps, batch]`: 0 for a step that leaves the state of its sequence as it was (padding), else 1. Null for none. */
  readonly mask: Span | null;
}

export interface RnnLoop extends RecurrentLoop {
  readonly activation: 'tanh' | 'relu';
}

/** Gates: input, forget, candidate, output. */
export interface LstmLoop extends RecurrentLoop {
  /** Cell states, laid out as the hidden ones, `hiddenSize` wide. */
  readonly previousCell: Span;
  readonly cell: Span;
  /** `[batch, hiddenSize]`, as `hiddenGradient`. */
  readonly cellGradient: Span;
  /** `[batch, hiddenSize]`, for backward. */
  readonly scratch: Span;
  /** Weights from the cell state to the input, forget and output gates (Gers and Schmidhuber 2000), `[3, hiddenSize]`. */
  readonly peepholes: { readonly value: Span; readonly gradient: Span } | null;
  readonly projection: LstmProjection | null;
}

/** `h = W (o·tanh(c))`, which makes the state narrower than the cell (Sak et al. 2014). */
export interface LstmProjection {
  /** `[timeSteps, batch, hiddenSize]`: `o·tanh(c)`. */
  readonly unprojected: Span;
  /** `[hiddenSize, stateWidth]`, packed, and transposed. */
  readonly weights: PackedMatrix;
  readonly weightsTransposed: PackedMatrix;
  /** `[timeSteps, batch, stateWidth]`: backward leaves the whole gradient of each step's state here. */
  readonly stateGradients: Span;
  /** `[batch, hiddenSize]`, for backward. */
  readonly scratch: Span;
}

/** Gates: update, reset, candidate. */
export interface GruLoop extends RecurrentLoop {
  /** Whether the reset gate is applied after the recurrent product rather than before it. */
  readonly resetAfter: boolean;
  /** Of the candidate alone; `weights` are those of the update and reset gates. */
  readonly candidateWeights: PackedMatrix;
  readonly candidateWeightsTransposed: PackedMatrix;
  /**
   * `[timeSteps, batch, hiddenSize]`. Reset after: the recurrent product of the candidate, which forward adds to the bias it
   * finds here, and backward replaces by its gradient. Reset before: the reset state `r·h`, the left factor of that product.
   */
  readonly candidate: Span;
  /** `[batch, hiddenSize]`, for backward. */
  readonly scratch: Span;
}

/** A loss that is the mean of what each number of a row loses. */
export type ElementwiseLoss =
  | 'meanSquaredError'
  | 'meanAbsoluteError'
  /** Squared up to a difference of 1, absolute beyond (Huber 1964). */
  | 'huber'
  /** Of probabilities between 0 and 1 against predictions that are logits. */
  | 'binaryCrossEntropy';

/**
 * Where the numbers of a stretch stand among those of a whole batch, which a part of it agrees with on what is dropped: number
 * i at `first + ⌊i / length⌋·stride + i mod length`.
 */
export interface DropoutPlaces {
  readonly first: number;
  readonly length: number;
  readonly stride: number;
}

/** How an optimiser makes weights smaller. */
export interface WeightDecaySettings {
  /** So many times the parameters are added to the gradients. */
  readonly decayIntoGradient: number;
  /** What the parameters are multiplied by before the step. */
  readonly kept: number;
}

/** `v ← momentum·v + intoVelocity·g`; the parameters lose `intoParameters·v`, or what the next velocity will be (Nesterov). */
export interface SgdSettings extends WeightDecaySettings {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly intoVelocity: number;
  readonly intoParameters: number;
}

/** As `SgdSettings`, of gradients divided by the root of the running mean of their squares. */
export interface RmspropSettings extends WeightDecaySettings {
  /** Of the running means. */
  readonly decay: number;
  readonly epsilonInRoot: number;
  readonly epsilonAfterRoot: number;
  readonly momentum: number;
  readonly intoVelocity: number;
  readonly intoParameters: number;
}

export interface AdamSettings extends WeightDecaySettings {
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
  /** Whether operations are carried out later than they are issued, so that issuing several steps before reading is faster. */
  readonly isQueued: boolean;

  /** Copies the values at once, so that whoever gave them may change them. */
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
  /** `target[i, j] = source[i, j] · factors[i]`; `target` may be `source`. */
  scaleRows(source: Matrix, factors: Span, target: Matrix): void;
  /** `target[i, j] += source[i, j] · factors[j]`. */
  addScaledColumns(source: Matrix, factors: Span, target: Matrix): void;
  /** Copies a matrix, or a block of columns, between matrices of the same shape. */
  copyMatrix(source: Matrix, target: Matrix): void;
  /** Every row of `target` becomes `row`. */
  broadcastRow(row: Span, target: Matrix): void;
  /** `sums[j] = Σ_i source[i, j]`. */
  sumRows(source: Matrix, sums: Span): void;
  /** `dots[i] = Σ_j left[i, j] · right[i, j]`. */
  rowDots(left: Matrix, right: Matrix, dots: Span): void;
  /** `dots[j] = Σ_i left[i, j] · right[i, j]`. */
  columnDots(left: Matrix, right: Matrix, dots: Span): void;

  /** Rearranges `source`, or its transpose, to be a right factor. */
  pack(source: Matrix, transpose: boolean, packed: PackedMatrix): void;
  /** `result = left · right`, or `result += …` when accumulating. */
  multiply(left: Matrix, right: PackedMatrix, result: Matrix, accumulate: boolean): void;
  /** `result = leftᵀ · right`, the product that gives the gradient of weights. */
  multiplyTransposed(left: Matrix, right: Matrix, result: Matrix): void;
  /**
   * `result = left · weights`, with each of `biases` added to as many first columns as it has; the first has all of them.
   * `packed` is where the weights are packed by a backend that does not read them as they lie.
   */
  linear(left: Matrix, weights: Matrix, packed: PackedMatrix, biases: readonly Span[], result: Matrix): void;
  /** Backward of `linear`: `weights = leftᵀ · right`, and each of `biases` becomes the sum of the rows of `right`. */
  linearGradients(left: Matrix, right: Matrix, weights: Matrix, biases: readonly Span[]): void;

  activate(activation: PointwiseActivation, values: Span): void;
  /** `gradient *= activation′`, in terms of the activated `values`. */
  activateBackward(activation: PointwiseActivation, values: Span, gradient: Span): void;

  /** Softmax of every row, in place; a row of which no column counts becomes zero. */
  softmaxRows(scores: Matrix, mask: ScoreMask): void;
  /** `gradient = weights · (gradient − Σ_j weights · gradient)`: from that of the weights of each row to that of its scores. */
  softmaxRowsBackward(weights: Matrix, gradient: Matrix): void;

  /** `target[i] = (source[i] − mean) · inverseDeviations[i]`, of which the latter is 1 / √(variance of the row + epsilon). */
  standardiseRows(source: Matrix, epsilon: number, target: Matrix, inverseDeviations: Span): void;
  /** In place, from the gradient of standardised rows to that of what they were made from. */
  standardiseRowsBackward(standardised: Matrix, inverseDeviations: Span, gradient: Matrix): void;
  /** `target = 1 / √(values + epsilon)`. */
  inverseRoot(values: Span, epsilon: number, target: Span): void;

  /** Over `[steps, batch·width]`: the largest of each window, and in `choices` which input step it is, the first of equals. */
  maxOverTime(windows: TimeWindows, input: Span, output: Span, choices: Span): void;
  /** `inputGradient` is overwritten. */
  maxOverTimeBackward(windows: TimeWindows, outputGradient: Span, choices: Span, inputGradient: Span): void;

  rnnForward(loop: RnnLoop): void;
  /** `squaredNorms`, where given, gets for each time step the squared norm of the whole gradient of its hidden state. */
  rnnBackward(loop: RnnLoop, squaredNorms: Span | null): void;
  lstmForward(loop: LstmLoop): void;
  lstmBackward(loop: LstmLoop, squaredNorms: Span | null): void;
  gruForward(loop: GruLoop): void;
  gruBackward(loop: GruLoop, squaredNorms: Span | null): void;

  /** `output[i] = table[indices[i]]`. Indices are kept as numbers, exact up to 2²⁴. */
  gather(table: Matrix, indices: Span, output: Matrix): void;
  /** `marks[i]` is 0 where `values[i]` is `value`, else 1: a mask of what is no padding. */
  markUnequal(values: Span, value: number, marks: Span): void;
  /** `tableGradient[indices[i]] += gradient[i]`. */
  scatterAdd(tableGradient: Matrix, indices: Span, gradient: Matrix): void;

  /**
   * `target[i] = source[i] / (1 − rate)`, or 0 with probability `rate`, decided by `key` and the place of number i alone; the
   * same call on gradients is its own backward.
   */
  dropout(source: Span, target: Span, rate: number, key: number, places: DropoutPlaces): void;
  /** `target[i] = source[i] + standardDeviation · n`, where n is a standard normal number decided by `key` and i alone. */
  addNoise(source: Span, target: Span, standardDeviation: number, key: number): void;

  /**
   * `rowLosses[i] = −ln softmax(logits[i])[classes[i]]`, and in `gradient` that of their mean with respect to the logits. Rows
   * count in the mean by their `weights`, all alike where there are none; a row of weight 0 loses 0, whatever stands in it.
   */
  softmaxCrossEntropy(logits: Matrix, classes: Span, weights: Span | null, rowLosses: Span, gradient: Matrix): void;
  /** `rowLosses[i]` is the mean over row i; weights and `gradient` as above. */
  elementwiseLoss(
    loss: ElementwiseLoss,
    predictions: Matrix,
    targets: Matrix,
    weights: Span | null,
    rowLosses: Span,
    gradient: Matrix,
  ): void;

  /** `result[0] = Σ values²`. */
  squaredNorm(values: Span, result: Span): void;
  /**
   * Scales `values` by `limit / (norm + margin)` where that is below 1; their norm is given as its square. Does nothing when
   * it is no finite number.
   */
  clipByNorm(values: Span, squaredNorm: Span, limit: number, margin: number): void;
  /** Brings every finite number to between `−limit` and `limit`; others stay, for whoever looks where they come from. */
  clipByValue(values: Span, limit: number): void;
  /** Without a velocity there is no momentum. */
  sgd(parameters: Span, gradients: Span, velocity: Span | null, settings: SgdSettings): void;
  /** With a mean gradient, squares are taken around it. Without a velocity there is no momentum. */
  rmsprop(
    parameters: Span,
    gradients: Span,
    meanSquare: Span,
    meanGradient: Span | null,
    velocity: Span | null,
    settings: RmspropSettings,
  ): void;
  adam(parameters: Span, gradients: Span, firstMoment: Span, secondMoment: Span, settings: AdamSettings): void;

  /** Gives back the memory of a device; pending reads reject, and nothing is to be asked afterwards. */
  release(): void;
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
