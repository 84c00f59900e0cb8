/**
 * What a model is: layers with their weights, and the flow of tensors between them. Plain data without behaviour, made by
 * the analyser, read by costs, advice, the editor and the training engine, and sent between processes as JSON.
 */
import type { Computation } from './computation';
import { type Expression, integerOf } from './expression';

export type Framework = 'keras' | 'torch' | 'flax' | 'tfjs' | 'keras-config';
export type ModelForm = 'module' | 'sequential' | 'functional' | 'subclass' | 'config';
export type Cell = 'rnn' | 'gru' | 'lstm';

/**
 * A stretch of a source file. Offsets count UTF-16 units from 0; `line` and `column` of its start count from 1.
 *
 * Of a notebook, offsets are those of its code cells written one after another, and lines are counted within their cell.
 */
export interface SourceLocation {
  readonly file: string;
  readonly from: number;
  readonly to: number;
  readonly line: number;
  readonly column: number;
  /** Of a notebook: the place of the cell among all its cells, counted from 1. */
  readonly cell?: number;
}

/** A size that the source determines (perhaps in terms of symbols), or the phrase that says why it does not. */
export type Quantity =
  | { readonly kind: 'known'; readonly value: Expression }
  | { readonly kind: 'unknown'; readonly because: string };

/** The axes of a tensor from the outermost in, or why not even their number is known; its last axis may be all the same. */
export type Shape =
  | { readonly kind: 'known'; readonly axes: readonly Quantity[] }
  | { readonly kind: 'unknown'; readonly because: string; readonly last?: Quantity };

export interface TensorType {
  readonly shape: Shape;
  readonly element: 'float' | 'integer' | 'boolean' | 'unknown';
}

/** Where the value of a symbol would have come from, so that a person can supply it. */
export interface SymbolOrigin {
  readonly name: string;
  /** A phrase: "batch size", "time steps", "parameter hidden_size of CharRNN, which is never called". */
  readonly meaning: string;
  readonly location?: SourceLocation;
}

/** What the symbol of a batch stands for, by which it is the same wherever it is made. */
export const batchMeaning = 'batch size';
/** What the symbols of open lengths of sequences stand for. */
export const timeMeaning = 'time steps';

/** One trained array of a layer, named as its framework names it. */
export interface Weight {
  readonly name: string;
  readonly shape: readonly Quantity[];
  /** Null where the source leaves open whether it is trained. */
  readonly trainable: boolean | null;
}

/** Whether the arrays of a layer are known one by one, where else there is only the reason why they are not. */
export function isListed(weights: Layer['weights']): weights is readonly Weight[] {
  return Array.isArray(weights);
}

export type RecurrentMerge = 'concat' | 'sum' | 'mul' | 'ave' | 'none';

/** A recurrent layer, or a stack of them made by one call (`num_layers` in PyTorch), as its framework computes it. */
export interface RecurrentOperation {
  readonly op: 'recurrent';
  readonly cell: Cell;
  /** A single step (`nn.LSTMCell`) rather than a loop over time. */
  readonly singleStep: boolean;
  readonly inputSize: Quantity;
  readonly hiddenSize: Quantity;
  /** Layers stacked by one call. */
  readonly layers: Quantity;
  readonly directions: 1 | 2;
  /** How the two directions are joined; `concat` where there is one. */
  readonly merge: RecurrentMerge;
  /** Width after the projection of an LSTM's output, null without one. */
  readonly projection: Quantity | null;
  /** Bias vectors per gate: 2 in PyTorch, 1 in Keras, 0 without bias. */
  readonly biasVectors: 0 | 1 | 2;
  /** GRU: the reset gate is applied after the recurrent product (PyTorch; Keras since TF 2). Null for other cells. */
  readonly resetAfter: boolean | null;
  readonly activation: string;
  readonly recurrentActivation: string;
  readonly batchFirst: boolean;
  /** Whether the layer gives every step or only the last. */
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly stateful: boolean;
  readonly goBackwards: boolean;
  /** Fraction dropped from the inputs (Keras) or between stacked layers (PyTorch); null when not known. */
  readonly dropout: number | null;
  readonly recurrentDropout: number | null;
}

export type Operation =
  | RecurrentOperation
  | { readonly op: 'input' }
  | {
      readonly op: 'embedding';
      readonly vocabulary: Quantity;
      readonly width: Quantity;
      /** Keras `mask_zero`. */
      readonly maskZero: boolean;
      /** PyTorch `padding_idx`. */
      readonly paddingIndex: number | null;
    }
  | {
      readonly op: 'dense';
      readonly inputSize: Quantity;
      readonly units: Quantity;
      readonly bias: boolean;
      readonly activation: string;
    }
  /** A convolution over time: every `kernel` steps of the input become `filters` values. */
  | {
      readonly op: 'conv1d';
      /** Channels that one filter sees: those of the input, divided by the groups. */
      readonly inputSize: Quantity;
      readonly filters: Quantity;
      readonly kernel: Quantity;
      readonly bias: boolean;
      readonly activation: string;
      /** How its window moves, where that is known. */
      readonly computes?: Computation;
    }
  | {
      readonly op: 'dropout';
      readonly rate: number | null;
      /** Whether it drops a number at every step or at none. */
      readonly sharedOverTime?: true;
    }
  | {
      readonly op: 'activation';
      readonly activation: string;
      /** Along which axis a softmax goes, where that is said. */
      readonly axis?: number;
    }
  | {
      readonly op: 'normalisation';
      readonly kind: 'batch' | 'layer';
      readonly size: Quantity;
      readonly epsilon: number;
      /** Whether it has a learned scale and offset. */
      readonly affine: boolean;
      /** Of `batch`: what the running statistics keep of themselves, as Keras counts it. */
      readonly momentum?: number;
    }
  | { readonly op: 'flatten' }
  /** A layer that is counted by its weights and by how much it multiplies. */
  | {
      readonly op: 'other';
      readonly because: string;
      /** All its multiply-adds, none for a layer that only moves, compares or sums; left out where they are not known. */
      readonly products?: readonly Products[];
      /** Values that backpropagation keeps beside the output, counted in the units of the products. */
      readonly kept?: readonly Products[];
      /** Layers of a loop over the second axis that it holds, each of them one step after another. */
      readonly loops?: Quantity;
      /** Whether it takes the batch before the steps, where that is its choice. */
      readonly batchFirst?: boolean;
      /** What it does, where that is more than its numbers say. */
      readonly computes?: Computation;
    };

/** Multiply-adds of a layer: `count` for each of what `per` names. */
export interface Products {
  readonly count: Quantity;
  readonly per: ProductUnit;
}

/** Inputs are counted from 0, in the order in which the flow has them. A vector runs along the last axis. */
export type ProductUnit =
  /** Every so many values of the output: a convolution sums up so many products for each of its filters. */
  | { readonly kind: 'outputValues'; readonly values: Quantity }
  | { readonly kind: 'inputValue' }
  | { readonly kind: 'vector'; readonly input: number }
  /** Each vector of one input with each of another, within a sequence. */
  | { readonly kind: 'pair'; readonly inputs: readonly [number, number] };

export interface Layer {
  /** How the source reaches it: `encoder.lstm` in PyTorch, the layer's name in Keras. Unique within a model. */
  readonly path: string;
  /** The constructor as the framework names it: `LSTM`, `Bidirectional(GRU)`, `Linear`. */
  readonly type: string;
  readonly operation: Operation;
  /** The whole call that constructs the layer; of a wrapped layer, the wrapper's. */
  readonly location: SourceLocation;
  /** The call that constructs the inner layer of a wrapper, else the same as `location`. Edits of arguments go here. */
  readonly coreLocation: SourceLocation;
  readonly weights: readonly Weight[] | { readonly unknown: string };
  /** What each application of the layer gives, in order of application; empty when it is never applied. */
  readonly outputs: readonly (readonly TensorType[])[];
}

/** One output of one node of the flow. */
export interface ValueReference {
  readonly node: number;
  readonly output: number;
}

/** One step of an index expression such as `[:, -1]`. */
export type IndexStep =
  | { readonly kind: 'at'; readonly position: Quantity }
  | {
      readonly kind: 'slice';
      readonly from: Quantity | null;
      readonly to: Quantity | null;
      readonly step: Quantity | null;
    }
  | { readonly kind: 'newAxis' }
  | { readonly kind: 'ellipsis' }
  | { readonly kind: 'other' };

export type FlowOperation =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'layer'; readonly path: string }
  | { readonly kind: 'index'; readonly steps: readonly IndexStep[] }
  /** A function of tensors, by its canonical name (`concatenate`, `permute`, `softmax`, `add`). */
  | ({ readonly kind: 'function'; readonly name: string; readonly axis: number | null } & FunctionDetails);

/** What a function of tensors is told besides the tensors. */
export interface FunctionDetails {
  /** Of `permute`: which axis of the input each axis of the result is. */
  readonly order?: readonly number[];
  /** The same of a tensor whose number of axes is not known: two axes that change places, counted from the end where negative. */
  readonly swapped?: readonly [number, number];
  /** The number beside the tensor: the divisor of `divide`, the rate of `dropout`. */
  readonly operand?: number;
  /** Of `einsum`. */
  readonly equation?: string;
}

/** A trained array that a model computes with by itself, outside of any layer. */
export interface OwnArray {
  /** The same for every use of one array. */
  readonly name: string;
  readonly shape: Shape;
}

export interface FlowNode {
  readonly id: number;
  readonly operation: FlowOperation;
  readonly inputs: readonly ValueReference[];
  readonly outputs: readonly TensorType[];
  readonly location: SourceLocation;
  /** Inside a branch, or a round of a loop, of which it is not known whether or how often it runs. */
  readonly isConditional?: true;
  /** Of a recurrent layer that is given initial states: their types, `h` and then the `c` of an LSTM. */
  readonly initialStates?: readonly TensorType[];
  /** Of a layer: what else it is told where it is applied that changes what it computes (`attention_mask`). */
  readonly told?: readonly string[];
  /** Arrays of the model itself among the operands of a function, after the tensors that are its inputs. */
  readonly arrays?: readonly OwnArray[];
}

/** Something that keeps part of a model from being known. */
export interface GraphProblem {
  readonly message: string;
  readonly location: SourceLocation;
}

export interface ModelGraph {
  readonly name: string;
  readonly framework: Framework;
  readonly form: ModelForm;
  /** The class definition or the construction of the model: where its code lens stands. */
  readonly location: SourceLocation;
  /** The whole text of the definition: a cursor inside it means this model. */
  readonly extent: SourceLocation;
  readonly layers: readonly Layer[];
  /** In order of execution; a node's id is its index. Empty when the model is never applied to a tensor we can follow. */
  readonly flow: readonly FlowNode[];
  readonly outputs: readonly ValueReference[];
  readonly symbols: readonly SymbolOrigin[];
  readonly problems: readonly GraphProblem[];
  /** The loss it is compiled with or that its output is fed to, by canonical name, when the source says so. */
  readonly loss: string | null;
  /** Where a loss is computed of its results, as far as the source is followed. */
  readonly losses?: readonly LossApplication[];
}

/** A loss that is given results of a model. */
export interface LossApplication {
  /** Canonical name: `crossEntropy`. */
  readonly name: string;
  /** Which of several results it is given, counted from 0; null where the model gives one. */
  readonly output: number | null;
  /** Whether it is given the result itself: axes may have been moved or joined, the values are untouched. */
  readonly isDirect: boolean;
  /** Keras' `from_logits`; null where the loss has none, or what it is set to is open. */
  readonly fromLogits: boolean | null;
  /** The call that computes it, or that says what is to be computed. */
  readonly location: SourceLocation;
}

export function known(value: Expression): Quantity {
  return { kind: 'known', value };
}

/** The number that a quantity is; null where it is not known or depends on symbols. */
export function knownInteger(quantity: Quantity): number | null {
  return quantity.kind === 'known' ? (integerOf(quantity.value) ?? null) : null;
}

export function unknown(because: string): { readonly kind: 'unknown'; readonly because: string } {
  return { kind: 'unknown', because };
}
