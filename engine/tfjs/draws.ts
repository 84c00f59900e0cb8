/**
 * What dropout drops and which noise is added: the engine's own numbers, computed on the host and carried over, so that a run
 * that moves between backends goes on with the same ones.
 */
import type { DropoutPlaces } from '../backend';
import { dropout } from '../reference/dropout';
import { addNoise } from '../reference/noise';
import type { Tensor, TensorFlow } from './tensorflow';

/** 0 where a number is dropped, else what the others grow by. */
export function dropoutMask(
  tf: TensorFlow,
  shape: number[],
  rate: number,
  key: number,
  places: (length: number) => DropoutPlaces,
): Tensor {
  const length = lengthOf(shape);
  const mask = new Float64Array(length).fill(1);
  const span = { offset: 0, length };
  dropout(mask, span, span, rate, key, places(length));
  return tf.tensor(Float32Array.from(mask), shape);
}

export function noise(tf: TensorFlow, shape: number[], standardDeviation: number, key: number): Tensor {
  const length = lengthOf(shape);
  const numbers = new Float64Array(length);
  const span = { offset: 0, length };
  addNoise(numbers, span, span, standardDeviation, key);
  return tf.tensor(Float32Array.from(numbers), shape);
}

/** Each number at its own place. */
export function inOrder(length: number): DropoutPlaces {
  return { first: 0, length, stride: 0 };
}

function lengthOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
