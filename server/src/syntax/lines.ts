/** Line and column of offsets in a text. */
import type { SourceLocation } from '../../../model/graph';

/** The lines of a text, found once so that each offset afterwards costs a binary search. */
export class LineMap {
  private readonly starts: number[];

  constructor(
    readonly file: string,
    text: string,
  ) {
    this.starts = [0];
    for (let index = text.indexOf('\n'); index !== -1; index = text.indexOf('\n', index + 1)) {
      this.starts.push(index + 1);
    }
  }

  /** Line and column of an offset, both counted from 1; the column in UTF-16 units. */
  positionOf(offset: number): { readonly line: number; readonly column: number } {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.starts[low] ?? 0) + 1 };
  }

  locate(span: { readonly from: number; readonly to: number }): SourceLocation {
    return { file: this.file, from: span.from, to: span.to, ...this.positionOf(span.from) };
  }
}
