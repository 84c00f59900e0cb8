/** A table as its file has it, before anyone asks which of its columns are numbers. */
import type { Obstacle } from '../../../protocol/trainer';

/** Null where a cell is empty or missing. */
export type Cell = string | number | null;

export interface CellTable {
  readonly names: readonly string[];
  /** One for each name, of `rowCount` cells. */
  readonly columns: readonly ArrayLike<Cell>[];
  readonly rowCount: number;
  /** What a row is called, "line 5" or "row 5", and its line where the file has lines. */
  rowName(row: number): { readonly name: string; readonly line: number | null };
  /** The line that names the columns, where one does. */
  readonly headerLine: number | null;
}

export type CellTableResult =
  | { readonly kind: 'cells'; readonly cells: CellTable }
  | { readonly kind: 'obstacles'; readonly obstacles: readonly Obstacle[] };

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
export function numericTable(cells: CellTable, file: string, wanted: readonly string[] | null): TableResult {
  const { names, rowCount, headerLine } = cells;
  const refused = (message: string): TableResult => refusedFile(message, file, headerLine);
  const missing = (wanted ?? []).filter((name) => !names.includes(name));
  if (missing.length > 0) {
    return refused(
      `There is no column ${missing.map(quoted).join(', ')}. The columns are ${names.map(quoted).join(', ')}.`,
    );
  }
  const columns: NumericColumn[] = [];
  const ignored: string[] = [];
  const obstacles: Obstacle[] = [];
  names.forEach((name, position) => {
    const column = cells.columns[position] ?? [];
    const isNumeric = isNumericColumn(column);
    if (wanted === null ? !isNumeric : !wanted.includes(name)) {
      if (!isNumeric) ignored.push(name);
      return;
    }
    const values = new Float64Array(rowCount);
    for (let row = 0; row < rowCount; row++) {
      const cell = column[row] ?? null;
      values[row] = Number(cell);
      if (isNumber(cell) || obstacles.length >= obstacleLimit) continue;
      const place = cells.rowName(row);
      const found =
        cell === null || cell === '' ? `its cell in ${place.name} is empty` : `${place.name} holds ${quoted(cell)}`;
      const kind = isTooLarge(cell) ? 'numbers of ordinary size' : 'numbers';
      obstacles.push({
        message: `Column ${quoted(name)} should hold ${kind}, but ${found}. Correct the cell or remove the row.`,
        file,
        line: place.line,
      });
    }
    columns.push({ name, values });
  });
  if (obstacles.length > 0) return { kind: 'obstacles', obstacles };
  if (columns.length === 0) {
    const hasDecimalCommas = cells.columns.some((column) =>
      Array.prototype.some.call(column, (cell: Cell) => typeof cell === 'string' && /^\s*-?\d+,\d+\s*$/.test(cell)),
    );
    const advice = hasDecimalCommas ? ' Numbers are read with a decimal point: 1.5, not 1,5.' : '';
    return refused(`No column holds numbers. The columns are ${names.map(quoted).join(', ')}.${advice}`);
  }
  const taken = columns.map(({ name }) => name);
  const repeated = taken.find((name, index) => taken.indexOf(name) !== index);
  if (repeated !== undefined) {
    return refused(`Two columns are called ${quoted(repeated)}. Rename one, so that it is certain which is meant.`);
  }
  return { kind: 'table', table: { columns, ignored, rowCount } };
}

/** Whether more than half of the cells are numbers. */
export function isNumericColumn(column: ArrayLike<Cell>): boolean {
  let count = 0;
  for (let row = 0; row < column.length; row++) count += isNumber(column[row] ?? null) ? 1 : 0;
  return count > column.length / 2;
}

/** Squares of larger numbers, which scaling and losses take, leave the range of 64-bit floats. */
const largestMagnitude = 1e150;

export function isNumber(cell: Cell): boolean {
  return cell !== null && cell !== '' && Math.abs(Number(cell)) <= largestMagnitude;
}

function isTooLarge(cell: Cell): boolean {
  return cell !== null && cell !== '' && Math.abs(Number(cell)) > largestMagnitude;
}

export function refusedFile(
  message: string,
  file: string,
  line: number | null = null,
): { readonly kind: 'obstacles'; readonly obstacles: readonly Obstacle[] } {
  return { kind: 'obstacles', obstacles: [{ message, file, line }] };
}

export function quoted(text: Cell): string {
  return `"${text}"`;
}
