/** Files of data as NumPy, pandas and pyarrow write them (`bench/truth/data_files.py`), and as they are when something is wrong. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { numericTable } from '../data/files/cells';
import { readDataFile } from '../data/files/formats';

const folder = join(import.meta.dirname, '../../test/fixtures/data');

function read(name: string) {
  return readDataFile(readFileSync(join(folder, name)), name);
}

async function arraysOf(name: string) {
  const content = await read(name);
  if (content.kind !== 'arrays') throw new Error(`${name} holds no arrays`);
  return content.arrays.map((array) => ({ ...array, values: Array.from(array.values) }));
}

const counting = Array.from({ length: 24 }, (_, index) => index);
const halves = counting.map((index) => index / 2 - 2);
const shape = [2, 3, 4];

describe('arrays of NumPy', () => {
  test.each([
    ...['little-f2', 'little-f4', 'little-f8', 'big-f4', 'big-f8', 'fortran', 'version-2', 'version-3'].map(
      (name) => [name, halves, false] as const,
    ),
    ...[
      'i1',
      'little-i2',
      'little-i4',
      'little-i8',
      'big-i4',
      'big-i8',
      'u1',
      'little-u2',
      'little-u4',
      'little-u8',
    ].map((name) => [name, counting, true] as const),
    ['b1', counting.map((index) => (index % 3 === 0 ? 1 : 0)), true] as const,
  ])('%s', async (name, values, isInteger) => {
    expect(await arraysOf(`${name}.npy`)).toEqual([{ name: '', shape, values, isInteger }]);
  });

  test.each(['stored.npz', 'deflated.npz'])('%s', async (name) => {
    expect(await arraysOf(name)).toEqual([
      { name: 'x', shape, values: halves, isInteger: false },
      { name: 'y', shape: [2], values: [0, 1], isInteger: true },
    ]);
  });
});

describe('tables', () => {
  const rows = Array.from({ length: 40 }, (_, row) => row);
  test.each([
    ...['none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4', 'pandas-index'].map((name) => `${name}.parquet`),
    'table.jsonl',
  ])('%s', async (name) => {
    const content = await read(name);
    if (content.kind !== 'cells') throw new Error(JSON.stringify(content));
    const { cells } = content;
    const column = (wanted: string): unknown[] => Array.from(cells.columns[cells.names.indexOf(wanted)] ?? []);
    expect(cells.rowCount).toBe(40);
    expect(column('x')).toEqual(rows.map((row) => row / 2 - 3));
    expect(column('n')).toEqual(rows);
    expect(column('flag')).toEqual(rows.map((row) => (row % 3 === 0 ? 1 : 0)));
    expect(column('label')).toEqual(rows.map((row) => (row % 2 === 0 ? 'a' : 'b')));
    expect(column('gap')).toEqual(rows.map((row) => (row === 5 ? null : row)));
    if (name.endsWith('.parquet')) expect(column('when')[1]).toBe('2020-01-02T00:00:00.000Z');
    expect(numericTable(cells, name, ['gap'])).toMatchObject({
      kind: 'obstacles',
      obstacles: [
        {
          message: expect.stringMatching(/^Column "gap" should hold numbers, but its cell in (?:row|line) 6 is empty/),
        },
      ],
    });
    const numeric = numericTable(cells, name, ['x', 'n', 'flag']);
    expect(numeric.kind === 'table' && numeric.table.columns.map(({ name: its }) => its)).toEqual(['x', 'n', 'flag']);
  });

  test('lists in a column of a Parquet file are no numbers', async () => {
    const content = await read('lists.parquet');
    const table = content.kind === 'cells' ? numericTable(content.cells, 'lists.parquet', null) : null;
    expect(table).toMatchObject({ kind: 'table', table: { ignored: ['values'], rowCount: 2 } });
  });
});

function linesAs(text: string) {
  return readDataFile(new TextEncoder().encode(text), 'x.jsonl');
}

describe('JSON lines', () => {
  test.each([
    [
      'arrays',
      '[1, 2]\n[3, 4]\n',
      ['column 1', 'column 2'],
      [
        [1, 3],
        [2, 4],
      ],
    ],
    ['numbers', '1\n\n2.5\n', ['value'], [[1, 2.5]]],
    [
      'objects with other fields',
      '{"a": 1}\r\n{"b": true, "a": "2"}\r\n',
      ['a', 'b'],
      [
        [1, '2'],
        [null, 1],
      ],
    ],
  ])('%s', async (_, text, names, columns) => {
    expect(await linesAs(text)).toMatchObject({ kind: 'cells', cells: { names, columns } });
  });
});

test.each([
  ['x.jsonl', '{"a": 1}\n{"a": \n', 2, 'Line 2 is no JSON value. Each line is one, as in {"x": 1, "y": 2}.'],
  ['x.jsonl', '[1, 2]\n[3]\n', 2, 'Line 2 has 1 numbers, and the lines before it 2. Make them alike.'],
  ['x.jsonl', '[1, 2]\n{"a": 3}\n', 2, 'Line 2 holds an object, and the lines before it an array. Make them alike.'],
  ['x.jsonl', '\n', null, 'The file is empty. Each line is one JSON value, as in {"x": 1, "y": 2}.'],
  ['x.npy', 'no array', null, 'The file holds no array of NumPy. Write it with np.save or np.savez.'],
  ['x.parquet', 'no table', null, expect.stringMatching(/^The file could not be read as Parquet \(.+\)\./)],
])('refused: %s of %j', async (name, text, line, message) => {
  expect(await readDataFile(new TextEncoder().encode(text), name)).toEqual({
    kind: 'obstacles',
    obstacles: [{ file: name, line, message }],
  });
});

test('refused: an array of texts, and one that is cut off', async () => {
  const message = (content: Awaited<ReturnType<typeof read>>): unknown =>
    content.kind === 'obstacles' ? content.obstacles[0]?.message : content.kind;
  expect(message(await read('texts.npy'))).toMatch(/^The array has elements of kind "U1"\. Numbers are read/);
  const cut = readFileSync(join(folder, 'little-f8.npy')).subarray(0, 200);
  expect(message(await readDataFile(cut, 'cut.npy'))).toMatch(/^The array is cut off before its end/);
});
