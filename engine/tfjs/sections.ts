/** All parameters as one stretch, each at its place in the engine's arena, with zeros between them. */
import type { Span } from '../backend';
import type { Tensor, Tensor1D, TensorFlow } from './tensorflow';

export interface Placed {
  readonly place: Span;
}

/** Stretches of a section, from its start to its end: those of `placed`, and the gaps between them. */
function stretchesOf<T extends Placed>(
  placed: readonly T[],
  length: number,
): { readonly size: number; readonly of: T | null }[] {
  const stretches: { readonly size: number; readonly of: T | null }[] = [];
  let next = 0;
  for (const one of [...placed].sort((left, right) => left.place.offset - right.place.offset)) {
    if (one.place.offset > next) stretches.push({ size: one.place.offset - next, of: null });
    stretches.push({ size: one.place.length, of: one });
    next = one.place.offset + one.place.length;
  }
  if (length > next) stretches.push({ size: length - next, of: null });
  return stretches;
}

/** @param tensorOf gives null for zeros */
export function joinSection<T extends Placed>(
  tf: TensorFlow,
  placed: readonly T[],
  length: number,
  tensorOf: (one: T) => Tensor | null,
): Tensor1D {
  const values = stretchesOf(placed, length).map(({ size, of }): Tensor1D => {
    const value = of && tensorOf(of);
    return value === null ? tf.zeros([size]) : tf.reshape(value, [size]);
  });
  return tf.concat(values);
}

/** Gives each its stretch, flat. */
export function splitSection<T extends Placed>(
  tf: TensorFlow,
  placed: readonly T[],
  section: Tensor1D,
  give: (one: T, value: Tensor1D) => void,
): void {
  const stretches = stretchesOf(placed, section.size);
  const values = tf.split<Tensor1D>(
    section,
    stretches.map(({ size }) => size),
  );
  stretches.forEach(({ of }, index) => {
    const value = values[index];
    if (of !== null && value !== undefined) give(of, value);
  });
}
