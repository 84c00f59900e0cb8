/** Line and column of offsets in a text. */
import type { SourceLocation } from '../../../model/graph';

/** Where a cell of a notebook begins in the text that its cells make together. */
export interface CellStart {
  /** The cell's place among all cells of the notebook, counted from 1. */
  readonly cell: number;
  readonly from: number;
}

/** The lines of a text, found once so that each offset afterwards costs a binary search. */
export class LineMap {
  private readonly starts: number[];
  private readonly cellStarts: readonly number[];

  constructor(
    readonly file: string,
    text: string,
    /** Of a notebook: its cells in order, the first at 0. Lines are then counted within their cell. */
    private readonly cells: readonly CellStart[] = [],
  ) {
    this.cellStarts = cells.map((cell) => cell.from);
    this.starts = [0];
    for (let index = text.indexOf('\n'); index !== -1; index = text.indexOf('\n', index + 1)) {
      this.starts.push(index + 1);
    }
  }

  /** Line and column of an offset, both counted from 1; the column in UTF-16 units. */
  positionOf(offset: number): { readonly line: number; readonly column: number } {
    const line = lastAtOrBefore(this.starts, offset);
    return { line: line + 1, column: offset - (this.starts[line] ?? 0) + 1 };
  }

  /** Where the notebook's cell that holds an offset begins; 0 in any other text. */
  cellStartOf(offset: number): number {
    return this.cellStarts[lastAtOrBefore(this.cellStarts, offset)] ?? 0;
  }

  locate(span: { readonly from: number; readonly to: number }): SourceLocation {
    const location = { file: this.file, from: span.from, to: span.to, ...this.positionOf(span.from) };
    const cell = this.cells[lastAtOrBefore(this.cellStarts, span.from)];
    if (cell === undefined) return location;
    return { ...location, line: location.line - this.positionOf(cell.from).line + 1, cell: cell.cell };
  }
}

/** The index of the last of the ascending numbers that is no larger than `offset`; 0 when there is none. */
function lastAtOrBefore(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
