/** Operations on single numbers, rows and columns: fill, add, multiply, copy, broadcast, sum, dot products, activations. */
import type { Matrix, PointwiseActivation, Span } from '../backend';
import { addAt, load } from './memory';

export function add(memory: Float64Array, target: Span, source: Span): void {
  for (let i = 0; i < target.length; i++) addAt(memory, target.offset + i, load(memory, source.offset + i));
}

export function scale(memory: Float64Array, target: Span, factor: number): void {
  for (let i = target.offset; i < target.offset + target.length; i++) memory[i] = load(memory, i) * factor;
}

export function multiplyElements(memory: Float64Array, left: Span, right: Span, target: Span): void {
  for (let i = 0; i < target.length; i++) {
    memory[target.offset + i] = load(memory, left.offset + i) * load(memory, right.offset + i);
  }
}

export function scaleRows(memory: Float64Array, source: Matrix, factors: Span, target: Matrix): void {
  for (let row = 0; row < target.rows; row++) {
    const factor = load(memory, factors.offset + row);
    for (let column = 0; column < target.columns; column++) {
      const value = load(memory, source.offset + row * source.rowStride + column);
      memory[target.offset + row * target.rowStride + column] = value * factor;
    }
  }
}

export function addScaledColumns(memory: Float64Array, source: Matrix, factors: Span, target: Matrix): void {
  for (let row = 0; row < target.rows; row++) {
    for (let column = 0; column < target.columns; column++) {
      const value = load(memory, source.offset + row * source.rowStride + column);
      addAt(memory, target.offset + row * target.rowStride + column, value * load(memory, factors.offset + column));
    }
  }
}

export function copyMatrix(memory: Float64Array, source: Matrix, target: Matrix): void {
  for (let row = 0; row < target.rows; row++) {
    const from = source.offset + row * source.rowStride;
    memory.copyWithin(target.offset + row * target.rowStride, from, from + target.columns);
  }
}

export function broadcastRow(memory: Float64Array, row: Span, target: Matrix): void {
  for (let i = 0; i < target.rows; i++) {
    memory.copyWithin(target.offset + i * target.rowStride, row.offset, row.offset + target.columns);
  }
}

export function sumRows(memory: Float64Array, source: Matrix, sums: Span): void {
  memory.fill(0, sums.offset, sums.offset + sums.length);
  for (let row = 0; row < source.rows; row++) {
    for (let column = 0; column < source.columns; column++) {
      addAt(memory, sums.offset + column, load(memory, source.offset + row * source.rowStride + column));
    }
  }
}

export function rowDots(memory: Float64Array, left: Matrix, right: Matrix, dots: Span): void {
  memory.fill(0, dots.offset, dots.offset + left.rows);
  eachProduct(memory, left, right, (product, row) => addAt(memory, dots.offset + row, product));
}

export function columnDots(memory: Float64Array, left: Matrix, right: Matrix, dots: Span): void {
  memory.fill(0, dots.offset, dots.offset + left.columns);
  eachProduct(memory, left, right, (product, _row, column) => addAt(memory, dots.offset + column, product));
}

function eachProduct(
  memory: Float64Array,
  left: Matrix,
  right: Matrix,
  add: (product: number, row: number, column: number) => void,
): void {
  for (let row = 0; row < left.rows; row++) {
    for (let column = 0; column < left.columns; column++) {
      const factor = load(memory, left.offset + row * left.rowStride + column);
      add(factor * load(memory, right.offset + row * right.rowStride + column), row, column);
    }
  }
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export function activated(activation: PointwiseActivation, x: number): number {
  switch (activation) {
    case 'tanh':
      return Math.tanh(x);
    case 'relu':
      return Math.max(0, x);
    case 'sigmoid':
      return sigmoid(x);
  }
}

/** The derivative of an activation where its value is `y`. */
export function slopeAt(activation: PointwiseActivation, y: number): number {
  switch (activation) {
    case 'tanh':
      return 1 - y * y;
    case 'relu':
      return y > 0 ? 1 : 0;
    case 'sigmoid':
      return y * (1 - y);
  }
}

export function activate(memory: Float64Array, activation: PointwiseActivation, values: Span): void {
  for (let i = values.offset; i < values.offset + values.length; i++) {
    memory[i] = activated(activation, load(memory, i));
  }
}

export function activateBackward(
  memory: Float64Array,
  activation: PointwiseActivation,
  values: Span,
  gradient: Span,
): void {
  for (let i = 0; i < values.length; i++) {
    const slope = slopeAt(activation, load(memory, values.offset + i));
    memory[gradient.offset + i] = load(memory, gradient.offset + i) * slope;
  }
}
