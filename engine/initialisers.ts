/** How frameworks draw the first values of weights. Matrices are row-major, `[inputs, outputs]`. */
import type { RandomSource } from './random';

/** Draws the `rows · columns` first values of a parameter. */
export type Initialiser = (rows: number, columns: number, random: RandomSource) => Float64Array;

export const zeros: Initialiser = (rows, columns) => new Float64Array(rows * columns);

export function uniform(limit: number): Initialiser {
  return (rows, columns, random) =>
    Float64Array.from({ length: rows * columns }, () => (2 * random.uniform() - 1) * limit);
}

export const normal: Initialiser = (rows, columns, random) =>
  Float64Array.from({ length: rows * columns }, () => random.normal());

export const ones: Initialiser = (rows, columns) => new Float64Array(rows * columns).fill(1);

/** Glorot and Bengio 2010: uniform with variance 2 / (inputs + outputs). Keras' default for kernels. */
export const glorotUniform: Initialiser = (rows, columns, random) =>
  glorotUniformBetween(rows, columns)(rows, columns, random);

/** The same where a weight is not one of so many inputs and outputs as its matrix has rows and columns. */
export function glorotUniformBetween(inputs: number, outputs: number): Initialiser {
  return uniform(Math.sqrt(6 / (inputs + outputs)));
}

/**
 * LeCun et al. 1998: normal with variance 1 / inputs, cut off at two deviations, as Flax draws its kernels. The deviation of a
 * normal cut off so is 0.8796 of what it was.
 */
export const lecunNormal: Initialiser = (rows, columns, random) => lecunNormalOf(rows)(rows, columns, random);

/** The same where a weight is not one of so many inputs as its matrix has rows. */
export function lecunNormalOf(inputs: number): Initialiser {
  const deviation = Math.sqrt(1 / inputs) / 0.87962566103423978;
  return (rows, columns, random) =>
    Float64Array.from({ length: rows * columns }, () => {
      let drawn = random.normal();
      while (Math.abs(drawn) > 2) drawn = random.normal();
      return drawn * deviation;
    });
}

/** Normal with variance 1 / columns, as Flax draws the rows of a table. */
export const normalOfWidth: Initialiser = (rows, columns, random) =>
  Float64Array.from({ length: rows * columns }, () => random.normal() / Math.sqrt(columns));

/** Square orthogonal matrices side by side, one for each gate. */
export const orthogonalByGate: Initialiser = (rows, columns, random) => {
  const matrix = new Float64Array(rows * columns);
  for (let gate = 0; gate < columns; gate += rows) {
    const own = orthogonal(rows, rows, random);
    for (let row = 0; row < rows; row++) {
      matrix.set(own.subarray(row * rows, (row + 1) * rows), row * columns + gate);
    }
  }
  return matrix;
};

/**
 * A random matrix whose shorter axis is orthonormal (Saxe et al. 2014), Keras' default for recurrent kernels: the Q of a
 * normal matrix' QR decomposition with a positive diagonal of R, by Gram and Schmidt.
 */
export const orthogonal: Initialiser = (rows, columns, random) => {
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const vector = Float64Array.from({ length }, () => random.normal());
    // Twice, because one pass loses orthogonality to rounding.
    for (const basis of [...vectors, ...vectors]) {
      const overlap = dot(basis, vector);
      for (let i = 0; i < length; i++) vector[i] = (vector[i] ?? 0) - overlap * (basis[i] ?? 0);
    }
    const norm = Math.sqrt(dot(vector, vector));
    vectors.push(vector.map((value) => value / norm));
  }
  const matrix = new Float64Array(rows * columns);
  vectors.forEach((vector, index) => {
    vector.forEach((value, position) => {
      const [row, column] = rows <= columns ? [index, position] : [position, index];
      matrix[row * columns + column] = value;
    });
  });
  return matrix;
};

/** An LSTM's bias of zeros, with ones for the forget gate (Jozefowicz et al. 2015), the second of four. */
export const unitForgetBias: Initialiser = (rows, columns) => {
  const hiddenSize = columns / 4;
  return new Float64Array(rows * columns).fill(1, hiddenSize, 2 * hiddenSize);
};

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < left.length; i++) sum += (left[i] ?? 0) * (right[i] ?? 0);
  return sum;
}
