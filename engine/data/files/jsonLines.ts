/** The cells of a file with a JSON value a line: objects with fields, arrays of cells, or single values. */
import { type Cell, type CellTableResult, quoted, refusedFile } from './cells';

type Row = ReadonlyMap<string, Cell>;

/** Fields that hold arrays or objects of their own are left as their JSON text, which is no number. */
export function readJsonLines(text: string, file: string): CellTableResult {
  const rows: Row[] = [];
  const lines: number[] = [];
  const names = new Set<string>();
  let form: string | null = null;
  for (const [index, written] of text.split(/\r\n|\r|\n/).entries()) {
    if (written.trim() === '') continue;
    const line = index + 1;
    const value = parsed(written);
    if (value === undefined) {
      return refusedFile(`Line ${line} is no JSON value. Each line is one, as in {"x": 1, "y": 2}.`, file, line);
    }
    const { form: itsForm, fields } = fieldsOf(value);
    form ??= itsForm;
    if (itsForm !== form) {
      return refusedFile(
        `Line ${line} holds ${itsForm}, and the lines before it ${form}. Make them alike.`,
        file,
        line,
      );
    }
    const [first] = rows;
    if (form === 'an array' && first !== undefined && fields.length !== first.size) {
      const message = `Line ${line} has ${fields.length} numbers, and the lines before it ${first.size}. Make them alike.`;
      return refusedFile(message, file, line);
    }
    for (const [name] of fields) names.add(name);
    rows.push(new Map(fields));
    lines.push(line);
  }
  if (rows.length === 0)
    return refusedFile(`The file is empty. Each line is one JSON value, as in {"x": 1, "y": 2}.`, file);
  if (names.size === 0) return refusedFile(`The objects of the file have no fields, such as ${quoted('x')}.`, file, 1);
  return {
    kind: 'cells',
    cells: {
      names: [...names],
      columns: [...names].map((name) => rows.map((row) => row.get(name) ?? null)),
      rowCount: rows.length,
      rowName: (row) => ({ name: `line ${lines[row]}`, line: lines[row] ?? null }),
      headerLine: null,
    },
  };
}

/** Undefined where the text is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): { readonly form: string; readonly fields: readonly (readonly [string, Cell])[] } {
  if (Array.isArray(value)) {
    return { form: 'an array', fields: value.map((item, index) => [`column ${index + 1}`, cellOf(item)]) };
  }
  if (value !== null && typeof value === 'object') {
    return { form: 'an object', fields: Object.entries(value).map(([name, item]) => [name, cellOf(item)]) };
  }
  return { form: 'a single value', fields: [['value', cellOf(value)]] };
}

function cellOf(value: unknown): Cell {
  switch (typeof value) {
    case 'number':
      return value;
    case 'string':
      return value.trim();
    case 'boolean':
      return value ? 1 : 0;
    default:
      return value === null || value === undefined ? null : JSON.stringify(value);
  }
}
