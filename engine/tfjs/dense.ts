/** Products with weights, and activations. */
import type { PointwiseActivation } from '../backend';
import type { Tensor, Tensor2D, Tensor3D, TensorFlow } from './tensorflow';
import { rowsOf } from './values';

export function activate<T extends Tensor>(tf: TensorFlow, activation: PointwiseActivation | null, value: T): T {
  switch (activation) {
    case null:
      return value;
    case 'tanh':
      return tf.tanh(value);
    case 'relu':
      return tf.relu(value);
    case 'sigmoid':
      return tf.sigmoid(value);
  }
}

/**
 * Every step times the same weights, `[inputs, outputs]`, plus a bias of one row.
 *
 * @param transposed whether the weights are given as `[outputs, inputs]`
 */
export function project(
  tf: TensorFlow,
  value: Tensor3D,
  weights: Tensor2D,
  bias: Tensor2D | null,
  transposed = false,
): Tensor3D {
  const [timeSteps, batch] = value.shape;
  const product = tf.matMul(rowsOf(tf, value), weights, false, transposed);
  const sum = bias === null ? product : tf.add(product, bias);
  return tf.reshape(sum, [timeSteps, batch, sum.shape[1] ?? 0]);
}
