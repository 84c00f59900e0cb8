/** Lists of a known length, whose every part is there. */

/** Throws an Error where there are others than two. */
export function two<T>(parts: readonly T[]): readonly [T, T] {
  const [first, second, ...others] = parts;
  if (first === undefined || second === undefined || others.length > 0) throw wrongCount(2, parts.length);
  return [first, second];
}

/** As `two`. */
export function three<T>(parts: readonly T[]): readonly [T, T, T] {
  const [first, second, third, ...others] = parts;
  if (first === undefined || second === undefined || third === undefined || others.length > 0) {
    throw wrongCount(3, parts.length);
  }
  return [first, second, third];
}

/** As `two`. */
export function four<T>(parts: readonly T[]): readonly [T, T, T, T] {
  const [first, ...others] = parts;
  if (first === undefined || others.length !== 3) throw wrongCount(4, parts.length);
  return [first, ...three(others)];
}

function wrongCount(expected: number, actual: number): Error {
  return new Error(`TensorFlow.js gave ${actual} tensors where there should be ${expected}`);
}
