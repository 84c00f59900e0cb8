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
  const { data, errors } = parse<string[]>(text, { delimiter: separatorOf(text), skipEmptyLines: false });
  const [header, ...rest] = withLines(data);
  const brokenQuote = errors.find(({ type }) => type === 'Quotes');
  if (brokenQuote !== undefined) {
    const line = withLines(data)[brokenQuote.row ?? 0]?.line ?? 1;
    return refused(
      `The quotes in line ${line} do not pair up. Close them, or double those inside a quoted cell.`,
      line,
    );
  }
  const names = namesIn(header?.cells ?? []);
  // Blank lines, as at the end of most files, hold nothing.
  const rows = rest.filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
  if (isRowOfValues(names, rows)) {
    return refused('The first line holds values, not names. Add a header line with the names of the columns.', 1);
  }
  if (rows.length === 0) return refused('The file has a header line but no rows.', 1);
  const longRow = rows.find(({ cells }) => cells.slice(names.length).some((cell) => cell.trim() !== ''));
  if (longRow !== undefined) {
    return refused(
      `Line ${longRow.line} has ${longRow.cells.length} cells, but the header names ${names.length}. ` +
        'Quote cells that hold the separator, or correct the row.',
      longRow.line,
    );
  }
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
      const kind = isTooLarge(cell.text) ? 'numbers of ordinary size' : 'numbers';
      obstacles.push({
        message: `Column ${quoted(name)} should hold ${kind}, but ${found}. Correct the cell or remove the row.`,
        file,
        line: cell.line,
      });
    }
    columns.push({ name, values: Float64Array.from(cells, (cell) => Number(cell.text)) });
  });
  if (obstacles.length > 0) return { kind: 'obstacles', obstacles };
  if (columns.length === 0) {
    const hasDecimalCommas = rows.some(({ cells }) => cells.some((cell) => /^\s*-?\d+,\d+\s*$/.test(cell)));
    const advice = hasDecimalCommas ? ' Numbers are read with a decimal point: 1.5, not 1,5.' : '';
    return refused(`No column holds numbers. The columns are ${names.map(quoted).join(', ')}.${advice}`, 1);
  }
  const taken = columns.map(({ name }) => name);
  const repeated = taken.find((name, index) => taken.indexOf(name) !== index);
  if (repeated !== undefined) {
    return refused(`Two columns are called ${quoted(repeated)}. Rename one, so that it is certain which is meant.`, 1);
  }
  return { kind: 'table', table: { columns, ignored, rowCount: rows.length } };
}

/** Names of the columns as the first line gives them, whether they hold numbers or not. */
export function columnNames(text: string): readonly string[] {
  return namesIn(parse<string[]>(text, { delimiter: separatorOf(text), preview: 1 }).data[0] ?? []);
}

/** An unnamed column is what writing a table with its row numbers gives. */
function namesIn(header: readonly string[]): readonly string[] {
  return header.map((name, index) => name.trim() || `column ${index + 1}`);
}

/** The separator that divides the header into the most cells; a guess from the rows would take decimal commas for one. */
function separatorOf(text: string): string {
  const cellCount = (delimiter: string): number =>
    parse<string[]>(text, { delimiter, preview: 1 }).data[0]?.length ?? 0;
  return [',', ';', '\t', '|'].reduce((best, separator) => (cellCount(separator) > cellCount(best) ? separator : best));
}

/** Rows with the line, counted from 1, in which each begins: a quoted cell may go over several. */
function withLines(rows: readonly string[][]): { readonly cells: readonly string[]; readonly line: number }[] {
  let next = 1;
  return rows.map((cells) => {
    const line = next;
    next += 1 + cells.reduce((count, cell) => count + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0);
    return { cells, line };
  });
}

/**
 * Whether the first line is a row like the others: every cell is a number, a date, or a text that its column holds again, as
 * a category does. Where no cell is a number, names of columns may stand in the middle of the file again, so that is none.
 */
function isRowOfValues(first: readonly string[], rows: readonly { readonly cells: readonly string[] }[]): boolean {
  const recurs = (text: string, column: number): boolean => rows.some(({ cells }) => cells[column]?.trim() === text);
  const isValue = (text: string, column: number): boolean => isNumber(text) || isDate(text) || recurs(text, column);
  return first.some(isNumber) && first.every(isValue);
}

/** A date as tables hold it, perhaps with a time: 2012-01-31, 31.1.2012, 1/31/12. */
function isDate(text: string): boolean {
  return /^\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?:[T ].*)?$/.test(text);
}

/** Squares of larger numbers, which scaling and losses take, leave the range of 64-bit floats. */
const largestMagnitude = 1e150;

function isNumber(text: string): boolean {
  return text.trim() !== '' && Math.abs(Number(text)) <= largestMagnitude;
}

function isTooLarge(text: string): boolean {
  return text.trim() !== '' && Math.abs(Number(text)) > largestMagnitude;
}

function quoted(text: string): string {
  return `"${text}"`;
}
