/** Between `[timeSteps, columns]` and `[columns, timeSteps]`, for what goes along time. */
import { type Backend, columnsOf, type Matrix, matrixOf, type Span } from '../backend';

export interface Transposition {
  /** From time-major to one row for each column. */
  toRows(backend: Backend, timeMajor: Span, rows: Span): void;
  toColumns(backend: Backend, rows: Span, timeMajor: Span): void;
}

export function transposition(timeSteps: number, columns: number): Transposition {
  const indices = Array.from({ length: columns }, (_, index) => index);
  const columnOf = (timeMajor: Span, index: number): Matrix =>
    columnsOf(matrixOf(timeMajor, timeSteps, columns), index, 1);
  const rowOf = ({ offset }: Span, index: number): Matrix =>
    matrixOf({ offset: offset + index * timeSteps, length: timeSteps }, timeSteps, 1);
  return {
    toRows: (backend, timeMajor, rows) => {
      for (const index of indices) backend.copyMatrix(columnOf(timeMajor, index), rowOf(rows, index));
    },
    toColumns: (backend, rows, timeMajor) => {
      for (const index of indices) backend.copyMatrix(rowOf(rows, index), columnOf(timeMajor, index));
    },
  };
}
