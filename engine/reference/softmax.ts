/** Softmax of rows, of which not every column need count. */
import type { Matrix, ScoreMask } from '../backend';
import { load } from './memory';

export function softmaxRows(memory: Float64Array, scores: Matrix, mask: ScoreMask): void {
  for (let row = 0; row < scores.rows; row++) {
    const start = scores.offset + row * scores.rowStride;
    const columns = Array.from({ length: scores.columns }, (_, column) => column);
    const counted = columns.filter((column) => isCounted(memory, mask, scores.rows, row, column));
    const largest = Math.max(...counted.map((column) => load(memory, start + column)));
    const exponentials = new Map(counted.map((column) => [column, Math.exp(load(memory, start + column) - largest)]));
    let sum = 0;
    for (const value of exponentials.values()) sum += value;
    for (const column of columns) memory[start + column] = (exponentials.get(column) ?? 0) / (sum || 1);
  }
}

function isCounted(
  memory: Float64Array,
  { sequences, columns, causalPeriod }: ScoreMask,
  rows: number,
  row: number,
  column: number,
): boolean {
  if (causalPeriod !== null && column > row % causalPeriod) return false;
  const sequence = Math.floor(row / (rows / sequences));
  return columns === null || load(memory, columns.offset + column * sequences + sequence) !== 0;
}

export function softmaxRowsBackward(memory: Float64Array, weights: Matrix, gradient: Matrix): void {
  for (let row = 0; row < weights.rows; row++) {
    const [from, to] = [weights.offset + row * weights.rowStride, gradient.offset + row * gradient.rowStride];
    let sum = 0;
    for (let j = 0; j < weights.columns; j++) sum += load(memory, from + j) * load(memory, to + j);
    for (let j = 0; j < weights.columns; j++) memory[to + j] = load(memory, from + j) * (load(memory, to + j) - sum);
  }
}
