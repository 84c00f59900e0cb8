/** The cells of a CSV or TSV text, with the line of whatever is wrong in it. */
import { parse } from 'papaparse';
import { type Cell, type CellTableResult, isNumber, refusedFile } from './cells';

export function readCsv(text: string, file: string): CellTableResult {
  if (text.trim() === '') {
    return refusedFile('The file is empty. Choose a CSV file with a header line and rows of numbers.', file);
  }
  const { data, errors } = parse<string[]>(text, { delimiter: separatorOf(text), skipEmptyLines: false });
  const lines = withLines(data);
  const [header, ...rest] = lines;
  const brokenQuote = errors.find(({ type }) => type === 'Quotes');
  if (brokenQuote !== undefined) {
    const line = lines[brokenQuote.row ?? 0]?.line ?? 1;
    return refusedFile(
      `The quotes in line ${line} do not pair up. Close them, or double those inside a quoted cell.`,
      file,
      line,
    );
  }
  const names = namesIn(header?.cells ?? []);
  // Blank lines, as at the end of most files, hold nothing.
  const rows = rest.filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
  if (isRowOfValues(names, rows)) {
    const message = 'The first line holds values, not names. Add a header line with the names of the columns.';
    return refusedFile(message, file, 1);
  }
  if (rows.length === 0) return refusedFile('The file has a header line but no rows.', file, 1);
  const longRow = rows.find(({ cells }) => cells.slice(names.length).some((cell) => cell.trim() !== ''));
  if (longRow !== undefined) {
    return refusedFile(
      `Line ${longRow.line} has ${longRow.cells.length} cells, but the header names ${names.length}. ` +
        'Quote cells that hold the separator, or correct the row.',
      file,
      longRow.line,
    );
  }
  const lineOf = (row: number): number => rows[row]?.line ?? 1;
  return {
    kind: 'cells',
    cells: {
      names,
      columns: names.map((_, position) => rows.map(({ cells }): Cell => (cells[position] ?? '').trim())),
      rowCount: rows.length,
      rowName: (row) => ({ name: `line ${lineOf(row)}`, line: lineOf(row) }),
      headerLine: 1,
    },
  };
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
