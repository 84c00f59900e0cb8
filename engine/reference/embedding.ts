/** Looking rows up in a table, and sending their gradients back to it. */
import type { Matrix, Span } from '../backend';
import { addAt, load } from './memory';

export function gather(memory: Float64Array, table: Matrix, indices: Span, output: Matrix): void {
  for (let i = 0; i < indices.length; i++) {
    const row = table.offset + load(memory, indices.offset + i) * table.rowStride;
    memory.copyWithin(output.offset + i * output.rowStride, row, row + table.columns);
  }
}

export function scatterAdd(memory: Float64Array, tableGradient: Matrix, indices: Span, gradient: Matrix): void {
  for (let i = 0; i < indices.length; i++) {
    const row = tableGradient.offset + load(memory, indices.offset + i) * tableGradient.rowStride;
    for (let j = 0; j < gradient.columns; j++) {
      addAt(memory, row + j, load(memory, gradient.offset + i * gradient.rowStride + j));
    }
  }
}

export function markUnequal(memory: Float64Array, values: Span, value: number, marks: Span): void {
  for (let i = 0; i < marks.length; i++) memory[marks.offset + i] = load(memory, values.offset + i) === value ? 0 : 1;
}
