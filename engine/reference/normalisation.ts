/** Rows brought to mean 0 and variance 1 (Ba et al. 2016), and what other normalisations need besides. */
import type { Matrix, Span } from '../backend';
import { load } from './memory';

export function standardiseRows(
  memory: Float64Array,
  source: Matrix,
  epsilon: number,
  target: Matrix,
  inverseDeviations: Span,
): void {
  for (let row = 0; row < source.rows; row++) {
    const start = source.offset + row * source.rowStride;
    const values = memory.slice(start, start + source.columns);
    const mean = meanOf(values);
    const inverse = 1 / Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)) + epsilon);
    memory[inverseDeviations.offset + row] = inverse;
    memory.set(
      values.map((value) => (value - mean) * inverse),
      target.offset + row * target.rowStride,
    );
  }
}

export function standardiseRowsBackward(
  memory: Float64Array,
  standardised: Matrix,
  inverseDeviations: Span,
  gradient: Matrix,
): void {
  for (let row = 0; row < standardised.rows; row++) {
    const from = standardised.offset + row * standardised.rowStride;
    const to = gradient.offset + row * gradient.rowStride;
    const values = memory.slice(from, from + standardised.columns);
    const gradients = memory.slice(to, to + gradient.columns);
    const mean = meanOf(gradients);
    const slope = meanOf(gradients.map((number, column) => number * (values[column] ?? 0)));
    const inverse = load(memory, inverseDeviations.offset + row);
    memory.set(
      gradients.map((number, column) => inverse * (number - mean - (values[column] ?? 0) * slope)),
      to,
    );
  }
}

export function inverseRoot(memory: Float64Array, values: Span, epsilon: number, target: Span): void {
  for (let i = 0; i < values.length; i++) {
    memory[target.offset + i] = 1 / Math.sqrt(load(memory, values.offset + i) + epsilon);
  }
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
