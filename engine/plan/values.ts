/** What the values of a model's flow are to a plan: sequences and vectors that layers give, and what is still on its way to one. */
import type { Source } from './trainingPlan';

/**
 * What runs along an axis of a value, as the source has it. The engine's own order is always time, batch, width; `rows` are
 * time and batch in one, `one` is an axis of length 1 that the engine does not have, `copies` repeats the same number,
 * `keys` are the steps that are attended to, and `states` PyTorch's final states of all layers and directions.
 */
export type Axis = 'batch' | 'time' | 'width' | 'rows' | 'one' | 'copies' | 'keys' | 'states';

/** How many steps a value has. Lengths of the same key are equal, also where the model leaves their number open. */
export interface Length {
  readonly key: string;
  readonly count: number | null;
}

export const inputLength = 'input';
export const oneStep: Length = { key: '1', count: 1 };

export function lengthOf(count: number): Length {
  return { key: String(count), count };
}

export function areEqual(left: Length, right: Length): boolean {
  return left.key === right.key || (left.count !== null && left.count === right.count);
}

export type OutputActivation = 'none' | 'softmax' | 'tanh' | 'relu' | 'sigmoid';

/** What a layer of the plan gives. */
export interface Tensor {
  readonly kind: 'tensor';
  readonly source: Source;
  readonly axes: readonly Axis[];
  /** Null for the input of a model that leaves its width open. Without an axis of its own it is 1. */
  readonly width: number | null;
  /** One step where there is no axis of time. */
  readonly steps: Length;
  /** What its numbers last passed through; a softmax is not computed but left to the loss. */
  readonly activation: OutputActivation;
}

/** The final state of one direction of a layer that has both; they are parted once one is asked for alone. */
export interface HalfState {
  readonly kind: 'half';
  readonly layer: number;
  readonly path: string;
  /** As the engine numbers a recurrent layer's outputs: 1 for the hidden state, 2 for an LSTM's cell state. */
  readonly output: 1 | 2;
  readonly direction: 'forward' | 'backward';
}

export type State = Tensor | HalfState;

/** PyTorch's `h_n` or `c_n`: from the lowest layer to the highest, the two directions of each side by side. */
export interface States {
  readonly kind: 'states';
  readonly items: readonly State[];
  readonly axes: readonly Axis[];
}

/** Products of queries and keys, before or after their softmax: no layer until they weigh values. */
export interface Scores {
  readonly kind: 'scores';
  readonly query: Tensor;
  readonly key: Tensor;
  readonly axes: readonly Axis[];
  readonly scale: 'none' | 'rootOfWidth';
  readonly areWeights: boolean;
  readonly dropout: number;
}

/** Values times their weights, not yet summed. */
export interface Weighted {
  readonly kind: 'weighted';
  readonly weights: Scores;
  readonly values: Tensor;
  readonly axes: readonly Axis[];
}

/** What was refused, or cannot be told: whatever depends on it is refused without another word. */
export interface Refused {
  readonly kind: 'refused';
}

export type Value = Tensor | HalfState | States | Scores | Weighted | Refused;

export const refused: Refused = { kind: 'refused' };

/** The place of an axis that may be counted from the end; null where there is none. */
export function axisAt(axes: readonly Axis[], axis: number | null): number | null {
  if (axis === null) return null;
  const position = axis < 0 ? axes.length + axis : axis;
  return position >= 0 && position < axes.length ? position : null;
}

export function areAxes(axes: readonly Axis[], ...wanted: readonly Axis[]): boolean {
  return axes.length === wanted.length && axes.every((axis, position) => axis === wanted[position]);
}

export function without(axes: readonly Axis[], position: number): readonly Axis[] {
  return axes.toSpliced(position, 1);
}

export function isSameSource(left: Source, right: Source): boolean {
  if (left === 'input' || right === 'input') return left === right;
  return left.layer === right.layer && left.output === right.output;
}
