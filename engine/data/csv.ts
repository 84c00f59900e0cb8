/** Numeric columns of a CSV or TSV text, with the line of whatever is wrong in it. */
import { parse } from 'papaparse';
import type { Obstacle } from '../../protocol/trainer';

export interface NumericColumn {
  readonly name: string;
  readonly values: Float64Array;
}

export interface NumericTable {
  readonly columns: readonly NumericColumn[];
  /** Names of columns that hold no numbers and were left out. */
  readonly ignored: readonly string[];
  readonly rowCount: number;
}

export type TableResult =
  | { readonly kind: 'table'; readonly table: NumericTable }
  | { readonly kind: 'obstacles'; readonly obstacles: readonly Obstacle[] };

/** More obstacles than this only repeat themselves. */
const obstacleLimit = 5;

/**
 * A column counts as numeric when more than half of its cells are numbers, or when it is in `wanted`; any other cell of it is
 * then a mistake that is named. `wanted` null takes every numeric column.
 */
export function readTable(text: string, file: string, wanted: readonly string[] | null): TableResult {
  const refused = (message: string, line: number | null = null): TableResult => ({
    kind: 'obstacles',
    obstacles: [{ message, file, line }],
  });
  if (text.trim() === '')
    return refused('The file is empty. Choose a CSV file with a header line and rows of numbers.');
  const { data } = parse<string[]>(text, { skipEmptyLines: false });
  const [header = [], ...rest] = data;
  const names = header.map((name) => name.trim());
  // The header is line 1; blank lines, as at the end of most files, hold nothing.
  const rows = rest
    .map((cells, index) => ({ cells, line: index + 2 }))
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
  if (names.length > 0 && names.every(isNumber)) {
    return refused('The first line holds numbers. Add a header line with the names of the columns.', 1);
  }
  if (rows.length === 0) return refused('The file has a header line but no rows.', 1);
  const missing = (wanted ?? []).filter((name) => !names.includes(name));
  if (missing.length > 0) {
    return refused(
      `There is no column ${missing.map(quoted).join(', ')}. The columns are ${names.map(quoted).join(', ')}.`,
      1,
    );
  }

  const columns: NumericColumn[] = [];
  const ignored: string[] = [];
  const obstacles: Obstacle[] = [];
  names.forEach((name, position) => {
    const cells = rows.map(({ cells: row, line }) => ({ text: (row[position] ?? '').trim(), line }));
    const numericCount = cells.filter((cell) => isNumber(cell.text)).length;
    const isWanted = wanted === null ? numericCount > cells.length / 2 : wanted.includes(name);
    if (!isWanted) {
      if (numericCount <= cells.length / 2) ignored.push(name);
      return;
    }
    for (const cell of cells) {
      if (isNumber(cell.text) || obstacles.length >= obstacleLimit) continue;
      const found =
        cell.text === '' ? `its cell in line ${cell.line} is empty` : `line ${cell.line} holds ${quoted(cell.text)}`;
      obstacles.push({
        message: `Column ${quoted(name)} should hold numbers, but ${found}. Correct the cell or remove the row.`,
        file,
        line: cell.line,
      });
    }
    columns.push({ name, values: Float64Array.from(cells, (cell) => Number(cell.text)) });
  });
  if (obstacles.length > 0) return { kind: 'obstacles', obstacles };
  if (columns.length === 0)
    return refused(`No column holds numbers. The columns are ${names.map(quoted).join(', ')}.`, 1);
  return { kind: 'table', table: { columns, ignored, rowCount: rows.length } };
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}

function quoted(text: string): string {
  return `"${text}"`;
}
