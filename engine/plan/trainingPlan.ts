/** What the engine trains: layers with every size settled and what each of them reads, made from a model graph by `engine/plan`. */
import type { Cell } from '../../model/graph';
import type { OptimiserChoice } from '../../protocol/trainer';
import type { ElementwiseLoss, PointwiseActivation } from '../backend';

/**
 * Whose first values of weights and whose form of optimisers are used, and whose habits with padding and with the statistics of
 * batches.
 */
export type Convention = 'keras' | 'torch' | 'flax';

/** A value that a layer reads: what the network is given, or an output of an earlier layer, both counted from 0. */
export type Source = 'input' | { readonly layer: number; readonly output: number };

/**
 * Its outputs: the hidden states of every step; the hidden state after the last step; of an LSTM, the cell state after it.
 * It reads a sequence and perhaps initial states: the hidden one and then the cell, of both directions one after another.
 */
export interface RecurrentPlan {
  readonly kind: 'recurrent';
  readonly path: string;
  readonly cell: Cell;
  readonly hiddenSize: number;
  /** Of the plain cell only; gated cells use tanh. */
  readonly activation: 'tanh' | 'relu';
  /**
   * No bias, one vector per gate, or one for the input and one for the recurrent product; of a GRU that resets after the
   * product, `candidate` has the latter for the candidate alone, as Flax has it.
   */
  readonly bias: 'none' | 'input' | 'both' | 'candidate';
  /** Of the GRU only: the reset gate is applied after the recurrent product. */
  readonly resetAfter: boolean;
  /** `backward` visits the steps from the last to the first and gives each its state where it stands; `both` joins the two. */
  readonly direction: 'forward' | 'backward' | 'both';
  /** How `both` joins each of its outputs. */
  readonly merge: Join;
  /** Width of an LSTM's state where it is projected. */
  readonly projection?: number;
  /** Of the LSTM only: whether its gates see the cell state. */
  readonly peepholes?: boolean;
  /** Gates are `clip(slope·x + 1/2, 0, 1)` rather than the logistic function. */
  readonly hardSigmoidSlope?: number;
}

/**
 * How several sequences of the same steps become one: side by side, or element by element. `multiply` takes a number a step
 * for every column of the others.
 */
export type Join = 'concat' | 'sum' | 'average' | 'multiply';

/**
 * What lies beyond the ends of a sequence, all of it zeros to a convolution: nothing; as much as makes ⌈steps / stride⌉
 * outputs, one more after the end where it is odd; all before the first step; or so many steps at either end.
 */
export type Padding = 'valid' | 'same' | 'causal' | number;

/** Each output step sees `kernelSize` input steps, `dilation` apart; the next one starts `stride` later. Masks end here. */
export interface ConvolutionPlan {
  readonly kind: 'conv1d';
  readonly path: string;
  readonly filters: number;
  readonly kernelSize: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: Padding;
  /** Parts of the columns that are convolved apart; they and the filters are divisible by it. */
  readonly groups: number;
  readonly bias: boolean;
  readonly activation: PointwiseActivation | null;
}

/** Windows of `size` steps, each as one. Masks end here. */
export interface PoolingPlan {
  readonly kind: 'pool';
  readonly path: string;
  readonly how: 'max' | 'average';
  readonly size: number;
  readonly stride: number;
  readonly padding: Exclude<Padding, 'causal'>;
  /** Whether an average takes the padding for zeros, as PyTorch does and Keras does not. */
  readonly countsPadding: boolean;
}

/** Columns brought to mean 0 and variance 1, then multiplied by a trained factor and moved by a trained bias. */
export interface NormalisationPlan {
  /** Over the columns of each step alone, or over the batch and all its steps for each column. */
  readonly kind: 'layerNorm' | 'batchNorm';
  readonly path: string;
  readonly epsilon: number;
  readonly scale: boolean;
  readonly bias: boolean;
  /** Of batch norm: what the running statistics keep of themselves at each step. Keras' momentum, or 1 less PyTorch's. */
  readonly momentum?: number;
}

/**
 * Reads queries, keys and values: the values are the keys where it reads two, and the queries as well where it reads one.
 * Queries may have another number of steps than keys and values. Keys that are padding get no weight. Its output has a step
 * for each query, and is zero where that is padding.
 */
export interface AttentionPlan {
  readonly kind: 'attention';
  readonly path: string;
  /** The score of query q and key k: `q·k`, or `v·tanh(q + k)` (Bahdanau et al. 2015). */
  readonly score: 'dot' | 'additive';
  /**
   * Of a dot product: a factor, 1/√width or a trained number that starts at 1. Of an additive score: v, trained or all ones.
   */
  readonly scale: 'none' | 'rootOfWidth' | 'trained';
  /** Whether a query sees no key after its own step. */
  readonly causal: boolean;
  /** Share of the weights dropped while training. */
  readonly dropout?: number;
}

/** Scaled dot products of `heads` projections each (Vaswani et al. 2017). Reads what `AttentionPlan` reads. */
export interface MultiHeadAttentionPlan {
  readonly kind: 'multiHeadAttention';
  readonly path: string;
  readonly heads: number;
  /** Width of a head's queries and keys; in PyTorch the width of all over the number of heads. */
  readonly keyWidth: number;
  readonly valueWidth: number;
  readonly outputWidth: number;
  readonly bias: boolean;
  readonly causal: boolean;
  readonly dropout?: number;
}

export type LayerPlan =
  | RecurrentPlan
  | {
      readonly kind: 'embedding';
      readonly path: string;
      readonly vocabulary: number;
      readonly width: number;
      /** The token that marks a step as padding, for what follows to leave out. */
      readonly paddingToken?: number;
    }
  | {
      readonly kind: 'dense';
      readonly path: string;
      readonly units: number;
      readonly bias: boolean;
      readonly activation: PointwiseActivation | null;
      /** The parameter whose transpose the weights are, as in `embedding.table`. */
      readonly tiedTo?: string;
    }
  | ConvolutionPlan
  | PoolingPlan
  /** All steps as one. An average leaves out padding; a maximum and a sum do not, as Keras' do not. */
  | { readonly kind: 'poolOverTime'; readonly path: string; readonly how: 'max' | 'average' | 'sum' }
  | NormalisationPlan
  | AttentionPlan
  | MultiHeadAttentionPlan
  /** Each column of each sequence as weights of its steps, which are positive and sum to 1; none for padding. */
  | { readonly kind: 'softmaxOverTime'; readonly path: string }
  /** A normal number of this deviation added to each, while training. */
  | { readonly kind: 'gaussianNoise'; readonly path: string; readonly standardDeviation: number }
  | {
      readonly kind: 'dropout';
      readonly path: string;
      readonly rate: number;
      /**
       * One mask for all time steps, as Keras drops the inputs of recurrent layers, and as layers do that drop whole
       * channels: Keras' SpatialDropout1D, PyTorch's Dropout1d.
       */
      readonly sharedOverTime: boolean;
    }
  | { readonly kind: 'activation'; readonly path: string; readonly activation: PointwiseActivation }
  /** One time step alone, counted from the end where negative. */
  | { readonly kind: 'step'; readonly path: string; readonly step: number }
  /** All time steps side by side. */
  | { readonly kind: 'flatten'; readonly path: string }
  /** The time steps in reverse order. */
  | { readonly kind: 'reverse'; readonly path: string }
  /** A single step, so many times. */
  | { readonly kind: 'repeat'; readonly path: string; readonly timeSteps: number }
  /** Several sequences as one. */
  | { readonly kind: 'join'; readonly path: string; readonly how: Join }
  /**
   * What the network is to predict, one step later, after a step of zeros: the input of a decoder that is taught by the
   * right answers (teacher forcing, Williams and Zipser 1989). Classes come by number where the width is 1, else one-hot.
   * Reads nothing.
   */
  | { readonly kind: 'delayedTargets'; readonly path: string; readonly timeSteps: number; readonly width: number };

/** A layer and what it reads; left out, that is the first output of the layer before it, or the input. */
export type PlannedLayer = LayerPlan & { readonly reads?: readonly Source[] };

export type InputPlan =
  | { readonly kind: 'features'; readonly width: number }
  | { readonly kind: 'tokens'; readonly vocabulary: number };

/** Cross-entropy of classes given by number, or of the numbers of each step. */
export type Loss = 'crossEntropy' | ElementwiseLoss;

export interface TrainingPlan {
  readonly convention: Convention;
  readonly timeSteps: number;
  readonly input: InputPlan;
  /** In an order in which each reads only what stands before it. */
  readonly layers: readonly PlannedLayer[];
  readonly output: {
    readonly steps: 'every' | 'last';
    /** Numbers or classes per predicted step. */
    readonly width: number;
    /** What is trained; left out, the first output of the last layer. */
    readonly source?: Source;
  };
  /** Of the steps that the mask of what is trained does not leave out, averaged over those. */
  readonly loss: Loss;
  /** Left out, Adam. */
  readonly optimiser?: OptimiserChoice;
  /** How the plan differs from the source, in sentences for people. */
  readonly remarks: readonly string[];
}

/** What is trained of a plan. */
export function outputSource({ layers, output }: Pick<TrainingPlan, 'layers' | 'output'>): Source {
  return output.source ?? { layer: layers.length - 1, output: 0 };
}

/** What the layer at `index` of a plan reads, whether or not its steps are settled. */
export function sourcesOf(layers: readonly Pick<PlannedLayer, 'kind' | 'reads'>[], index: number): readonly Source[] {
  const layer = layers[index];
  if (layer?.reads !== undefined) return layer.reads;
  if (layer?.kind === 'delayedTargets') return [];
  return [index === 0 ? 'input' : { layer: index - 1, output: 0 }];
}

/** Whether a layer at `index` reads these without saying so: the first output of the layer before it, or the input. */
export function areReadUntold(reads: readonly Source[], index: number): boolean {
  const [only, ...others] = reads;
  if (only === undefined || others.length > 0) return false;
  return only === 'input' ? index === 0 : only.layer === index - 1 && only.output === 0;
}
