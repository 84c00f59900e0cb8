/** What flows between the layers of a network of tensors, and what a layer works with. */
import type { Convention } from '../plan/trainingPlan';
import type { FusedCells } from './fusedCells';
import type { Tensor2D, Tensor3D, TensorFlow, Variable } from './tensorflow';

/** A sequence, time-major as everywhere in the engine. */
export interface Steps {
  /** `[timeSteps, batch, width]`. */
  readonly value: Tensor3D;
  /** `[timeSteps, batch]`: 0 where a step is padding, else 1; null where there is none. */
  readonly mask: Tensor2D | null;
}

/** What a layer may ask for while it runs forward. */
export interface LayerContext {
  readonly tf: TensorFlow;
  readonly convention: Convention;
  /** Operations that compute a recurrent layer's loop at once; null where there are none. */
  readonly fused: FusedCells | null;
  /** Whether dropout drops, noise is added, and batch norm takes the statistics of the batch. */
  readonly training: boolean;
  /** What this layer draws from in this pass. */
  readonly drawingKey: number;
  /** Zeros that are added to the hidden states of the layer of that path, whose gradient is then theirs. */
  readonly probe: { readonly path: string; readonly zeros: Tensor3D } | null;
  /** `[rows, columns]`, by the name that the engine gives it. */
  parameter(name: string): Tensor2D;
  /** What training changes without a gradient, `[length]`. */
  state(name: string): Variable;
  /** Whether anything reads the output of that number. */
  isRead(output: number): boolean;
}

/** The sequence that a layer of one input reads. */
export function soleInput(inputs: readonly Steps[]): Steps {
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) throw new Error(`a layer of one input is given ${inputs.length}`);
  return input;
}

/** All steps as rows, `[timeSteps·batch, width]`. */
export function rowsOf(tf: TensorFlow, value: Tensor3D): Tensor2D {
  const [timeSteps, batch, width] = value.shape;
  return tf.reshape(value, [timeSteps * batch, width]);
}

/** A mask with one column: `[timeSteps, batch, 1]`. */
export function columnOf(tf: TensorFlow, mask: Tensor2D): Tensor3D {
  return tf.expandDims(mask, 2);
}
