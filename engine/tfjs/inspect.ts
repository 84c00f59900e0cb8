/** Looks into tensors for numbers that are not finite, or the largest. */
import type { Tensor, TensorFlow } from './tensorflow';

/** Tensors of a layer. */
export interface LayerTensors {
  readonly path: string;
  readonly tensors: readonly Tensor[];
}

/** The numbers of a tensor, which is given back. */
export async function readOnce(tensor: Tensor): Promise<Float32Array> {
  try {
    return await tensor.data<'float32'>();
  } finally {
    tensor.dispose();
  }
}

export async function areFinite(tf: TensorFlow, values: Tensor): Promise<boolean> {
  const [flag] = await readOnce(tf.tidy(() => tf.cast(tf.all(tf.isFinite(values)), 'float32')));
  return flag === 1;
}

/** The first layer that has a number which is not finite; null where all are. */
export async function firstNonFinite(tf: TensorFlow, layers: readonly LayerTensors[]): Promise<string | null> {
  for (const { path, tensors } of layers) {
    for (const tensor of tensors) if (!(await areFinite(tf, tensor))) return path;
  }
  return null;
}

/** The layer that has the number furthest from 0. */
export async function largestOf(
  tf: TensorFlow,
  layers: readonly LayerTensors[],
): Promise<{ readonly path: string; readonly magnitude: number }> {
  let largest = { path: '', magnitude: -1 };
  for (const { path, tensors } of layers) {
    for (const tensor of tensors) {
      const [magnitude = 0] = await readOnce(tf.tidy(() => tf.max(tf.abs(tensor))));
      if (magnitude > largest.magnitude) largest = { path, magnitude };
    }
  }
  return largest;
}
