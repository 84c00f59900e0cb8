/** The loop of a recurrent layer over time: what it computes from, and what it gives. */
import type { RecurrentPlan } from '../plan/trainingPlan';
import type { Tensor2D, Tensor3D, TensorFlow } from './tensorflow';

/** What a loop in one direction is computed from. Gates lie side by side in the order of the engine's steps. */
export interface CellOperands {
  readonly tf: TensorFlow;
  readonly plan: RecurrentPlan;
  /** `[timeSteps, batch, inputs]`, in the order in which the steps are visited. */
  readonly input: Tensor3D;
  /** `[timeSteps, batch]`, in the same order: 0 for a step that leaves the states as they were. */
  readonly mask: Tensor2D | null;
  /** `[batch, stateWidth]`. */
  readonly hidden: Tensor2D;
  /** `[batch, hiddenSize]`, of an LSTM. */
  readonly cell: Tensor2D;
  /** `[inputs, gates·hiddenSize]`. */
  readonly inputWeights: Tensor2D;
  /** `[stateWidth, gates·hiddenSize]`. */
  readonly recurrentWeights: Tensor2D;
  /** `[1, gates·hiddenSize]`; zeros where the layer has none. */
  readonly inputBias: Tensor2D;
  readonly recurrentBias: Tensor2D;
  /** `[3, hiddenSize]`, from the cell state to the input, forget and output gates. */
  readonly peepholes: Tensor2D | null;
  /** `[hiddenSize, stateWidth]`. */
  readonly projection: Tensor2D | null;
  /** `[timeSteps, batch, stateWidth]`, added to the states as they are computed; in the order of the visits. */
  readonly probe: Tensor3D | null;
}

export interface CellStates {
  /** After every step, in the order of the visits. */
  readonly hidden: Tensor3D;
  /** After the last one, `[1, batch, hiddenSize]`; null of cells that have none. */
  readonly finalCell: Tensor3D | null;
}
