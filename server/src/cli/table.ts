/** Tables of text whose columns line up in a terminal. */

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** Rows under their titles, two spaces between columns, no space at the end of a line. */
export function alignedTable(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => widthOf(cells[index] ?? ''))));
  return lines.map((cells) =>
    columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? '';
        const space = ' '.repeat((widths[index] ?? 0) - widthOf(cell));
        return align === 'left' ? cell + space : space + cell;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Characters as a terminal counts them; formulas have no wide ones. */
function widthOf(text: string): number {
  return [...text].length;
}
