/** What the engine trains: a chain of layers with every size settled, made from a model graph by `engine/plan`. */
import type { Cell } from '../../model/graph';
import type { PointwiseActivation } from '../backend';

/** Whose first values of weights and whose form of Adam are used. */
export type Convention = 'keras' | 'torch';

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
  /** `both` reads the sequence in both directions and concatenates. */
  readonly direction: 'forward' | 'both';
  /** The hidden states of every step, or each direction's state after its own last step. */
  readonly output: 'everyStep' | 'finalState';
}

export type LayerPlan =
  | RecurrentPlan
  | { readonly kind: 'embedding'; readonly path: string; readonly vocabulary: number; readonly width: number }
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
  /** The last time step alone. */
  | { readonly kind: 'lastStep'; readonly path: string }
  /** All time steps side by side. */
  | { readonly kind: 'flatten'; readonly path: string };

export type InputPlan =
  | { readonly kind: 'features'; readonly width: number }
  | { readonly kind: 'tokens'; readonly vocabulary: number };

export interface TrainingPlan {
  readonly convention: Convention;
  readonly timeSteps: number;
  readonly input: InputPlan;
  readonly layers: readonly LayerPlan[];
  readonly output: {
    readonly steps: 'every' | 'last';
    /** Numbers or classes per predicted step. */
    readonly width: number;
  };
  readonly loss: 'crossEntropy' | 'meanSquaredError';
  /** How the plan differs from the source, in sentences for people. */
  readonly remarks: readonly string[];
}
