/** Matrix products by their definition. */
import type { Matrix, PackedMatrix } from '../backend';
import { load } from './memory';

/** A packed matrix is a plain row-major copy here. */
export function pack(memory: Float64Array, source: Matrix, transpose: boolean, packed: PackedMatrix): void {
  for (let row = 0; row < packed.rows; row++) {
    for (let column = 0; column < packed.columns; column++) {
      const [sourceRow, sourceColumn] = transpose ? [column, row] : [row, column];
      memory[packed.span.offset + row * packed.columns + column] = load(
        memory,
        source.offset + sourceRow * source.rowStride + sourceColumn,
      );
    }
  }
}

export function multiply(
  memory: Float64Array,
  left: Matrix,
  right: PackedMatrix,
  result: Matrix,
  accumulate: boolean,
): void {
  for (let row = 0; row < result.rows; row++) {
    for (let column = 0; column < result.columns; column++) {
      const place = result.offset + row * result.rowStride + column;
      let sum = accumulate ? load(memory, place) : 0;
      for (let inner = 0; inner < right.rows; inner++) {
        sum +=
          load(memory, left.offset + row * left.rowStride + inner) *
          load(memory, right.span.offset + inner * right.columns + column);
      }
      memory[place] = sum;
    }
  }
}

export function multiplyTransposed(memory: Float64Array, left: Matrix, right: Matrix, result: Matrix): void {
  for (let row = 0; row < result.rows; row++) {
    for (let column = 0; column < result.columns; column++) {
      let sum = 0;
      for (let inner = 0; inner < left.rows; inner++) {
        sum +=
          load(memory, left.offset + inner * left.rowStride + row) *
          load(memory, right.offset + inner * right.rowStride + column);
      }
      memory[result.offset + row * result.rowStride + column] = sum;
    }
  }
}
