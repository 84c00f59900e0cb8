/**
 * What an element of each element-wise operation takes: bytes read and written in 32-bit floats, and arithmetic. For devices
 * where the operation itself was not timed.
 */
import { bytesPerFloat } from '../costs/memory';
import type { PointwiseOperation } from './profile';

export interface PointwiseCosts {
  readonly bytes: number;
  /** Additions and multiplications; a tanh, sigmoid or exponential counts as 16, as polynomials of that accuracy take. */
  readonly operations: number;
}

/** Of cells an element is a hidden unit: an LSTM reads and writes its four gates, both states and reads the old ones. */
export const pointwiseCosts: Readonly<Record<PointwiseOperation, PointwiseCosts>> = {
  rnnForward: { bytes: 2 * bytesPerFloat, operations: 17 },
  rnnBackward: { bytes: 5 * bytesPerFloat, operations: 4 },
  gruForward: { bytes: 10 * bytesPerFloat, operations: 55 },
  gruBackward: { bytes: 13 * bytesPerFloat, operations: 20 },
  lstmForward: { bytes: 11 * bytesPerFloat, operations: 84 },
  lstmBackward: { bytes: 15 * bytesPerFloat, operations: 40 },
  activation: { bytes: 2 * bytesPerFloat, operations: 16 },
  activationBackward: { bytes: 3 * bytesPerFloat, operations: 3 },
  normalisation: { bytes: 3 * bytesPerFloat, operations: 6 },
  copy: { bytes: 2 * bytesPerFloat, operations: 0 },
  transpose: { bytes: 2 * bytesPerFloat, operations: 1 },
  sumRows: { bytes: bytesPerFloat, operations: 1 },
  gather: { bytes: 2 * bytesPerFloat, operations: 0 },
  scatterAdd: { bytes: 3 * bytesPerFloat, operations: 1 },
  softmaxLoss: { bytes: 5 * bytesPerFloat, operations: 36 },
  squaredLoss: { bytes: 3 * bytesPerFloat, operations: 4 },
  /** With the norm of the gradient and its clipping. */
  adam: { bytes: 10 * bytesPerFloat, operations: 24 },
};
