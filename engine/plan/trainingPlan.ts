/** What the engine trains: layers with every size settled and what each of them reads, made from a model graph by `engine/plan`. */
import type { Cell } from '../../model/graph';
import type { PointwiseActivation } from '../backend';

/** Whose first values of weights and whose form of Adam are used. */
export type Convention = 'keras' | 'torch';

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
  /** No bias, one vector per gate, or one for the input and one for the recurrent product. */
  readonly bias: 'none' | 'input' | 'both';
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

/** How several sequences of the same steps become one: side by side, or element by element. */
export type Join = 'concat' | 'sum' | 'average' | 'multiply';

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
    }
  | {
      readonly kind: 'dropout';
      readonly path: string;
      readonly rate: number;
      /** One mask for all time steps, as Keras drops the inputs of recurrent layers. */
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
   * right answers (teacher forcing, Williams and Zipser 1989). Reads nothing.
   */
  | { readonly kind: 'delayedTargets'; readonly path: string; readonly timeSteps: number; readonly width: number };

/** A layer and what it reads; left out, that is the first output of the layer before it, or the input. */
export type PlannedLayer = LayerPlan & { readonly reads?: readonly Source[] };

export type InputPlan =
  | { readonly kind: 'features'; readonly width: number }
  | { readonly kind: 'tokens'; readonly vocabulary: number };

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
  readonly loss: 'crossEntropy' | 'meanSquaredError';
  /** How the plan differs from the source, in sentences for people. */
  readonly remarks: readonly string[];
}

/** What is trained of a plan. */
export function outputSource({ layers, output }: Pick<TrainingPlan, 'layers' | 'output'>): Source {
  return output.source ?? { layer: layers.length - 1, output: 0 };
}

/** What the layer at `index` of a plan reads. */
export function sourcesOf(layers: readonly PlannedLayer[], index: number): readonly Source[] {
  const layer = layers[index];
  if (layer?.reads !== undefined) return layer.reads;
  if (layer?.kind === 'delayedTargets') return [];
  return [index === 0 ? 'input' : { layer: index - 1, output: 0 }];
}
