/** Tables as people really have them: byte order marks, separators, quotes, holes, repeated names, constants, many rows. */
import { describe, expect, test } from 'vitest';
import { numericTable } from '../data/files/cells';
import { columnNames, readCsv } from '../data/files/csv';
import { chainGraph, dense, kerasRecurrent, tensor } from './graphs';
import { eventsOf, only, specWith, testHost } from './host';

/** Columns by name, or what is wrong, with its line. */
function read(text: string, wanted: readonly string[] | null = null): unknown {
  const cells = readCsv(text, 'x.csv');
  const result = cells.kind === 'cells' ? numericTable(cells.cells, 'x.csv', wanted) : cells;
  if (result.kind === 'obstacles') return result.obstacles.map(({ line, message }) => `${line}: ${message}`).join('\n');
  return Object.fromEntries(result.table.columns.map(({ name, values }) => [name, Array.from(values)]));
}

const tables: readonly { readonly name: string; readonly text: string; readonly expected: unknown }[] = [
  { name: 'a byte order mark', text: '\ufeffa,b\n1,2\n', expected: { a: [1], b: [2] } },
  { name: 'lines that end in CR LF', text: 'a,b\r\n1,2\r\n3,4\r\n', expected: { a: [1, 3], b: [2, 4] } },
  { name: 'semicolons', text: 'a;b\n1;2\n3;4\n', expected: { a: [1, 3], b: [2, 4] } },
  { name: 'tabs', text: 'a\tb\n1\t2\n3\t4\n', expected: { a: [1, 3], b: [2, 4] } },
  { name: 'quoted commas', text: 'city,a\n"Paris, France",1\n"Rome, Italy",2\n', expected: { a: [1, 2] } },
  { name: 'quoted numbers', text: '"a","b"\n"1","2"\n', expected: { a: [1], b: [2] } },
  { name: 'one numeric column alone', text: 'a\n1\n2\n', expected: { a: [1, 2] } },
  { name: 'a trailing comma', text: 'a,b\n1,2,\n3,4,\n', expected: { a: [1, 3], b: [2, 4] } },
  { name: 'row numbers without a name', text: ',a\n0,7\n1,8\n', expected: { 'column 1': [0, 1], a: [7, 8] } },
  {
    name: 'names repeated among columns of text',
    text: 'note,note,a\nx,y,1\nx,y,2\n',
    expected: { a: [1, 2] },
  },
  {
    name: 'names repeated among columns of numbers',
    text: 'a,a\n1,2\n3,4\n',
    expected: '1: Two columns are called "a". Rename one, so that it is certain which is meant.',
  },
  {
    name: 'an empty cell behind a quoted cell of two lines',
    text: 'note,a\n"one\ntwo",1\nthree,\nfour,2\nfive,3\n',
    expected: '4: Column "a" should hold numbers, but its cell in line 4 is empty. Correct the cell or remove the row.',
  },
  {
    name: 'NaN',
    text: 'a\n1\nNaN\n2\n',
    expected: '3: Column "a" should hold numbers, but line 3 holds "NaN". Correct the cell or remove the row.',
  },
  {
    name: 'a number beyond all bounds',
    text: 'a\n1\n1e300\n2\n',
    expected:
      '3: Column "a" should hold numbers of ordinary size, but line 3 holds "1e300". Correct the cell or remove the row.',
  },
  {
    name: 'decimal commas',
    text: 'a;b\n1,5;2,5\n3,5;4,5\n',
    expected:
      '1: No column holds numbers. The columns are "a", "b". Numbers are read with a decimal point: 1.5, not 1,5.',
  },
  ...['0.0,4.7', '2012-01-01,4.7', '1/31/2012,4.7', '2012-01-01T12:00:00,4.7'].map((first) => ({
    name: `no header but ${first}`,
    text: `${first}\n${first.replace('4.7', '5.1')}\n`,
    expected: '1: The first line holds values, not names. Add a header line with the names of the columns.',
  })),
  {
    name: 'no header but a row with a category',
    text: '2012-01-01,4.7,rain\n2012-01-02,5.1,sun\n2012-01-03,3.9,rain\n',
    expected: '1: The first line holds values, not names. Add a header line with the names of the columns.',
  },
  { name: 'years as names', text: 'country,2020,2021\nA,1,2\nB,3,4\n', expected: { 2020: [1, 3], 2021: [2, 4] } },
  {
    name: 'a header in the middle again',
    text: 'a\n1\na\n2\n3\n',
    expected: '3: Column "a" should hold numbers, but line 3 holds "a". Correct the cell or remove the row.',
  },
  {
    name: 'a row with more cells than the header',
    text: 'a,b\n1,2\n1,2,3\n',
    expected: '3: Line 3 has 3 cells, but the header names 2. Quote cells that hold the separator, or correct the row.',
  },
  {
    name: 'a quote that is never closed',
    text: 'a,b\n1,2\n"3,4\n5,6\n',
    expected: '3: The quotes in line 3 do not pair up. Close them, or double those inside a quoted cell.',
  },
];

test.each(tables)('$name', ({ text, expected }) => {
  expect(read(text)).toEqual(expected);
});

test('the names of columns, of text as well', () => {
  expect(columnNames('\ufeffday; a ;"b;c";\r\nx;1;2;3\r\n')).toEqual(['day', 'a', 'b;c', 'column 4']);
});

describe('whole runs', () => {
  const graph = chainGraph(
    [
      { layer: kerasRecurrent('gru', null, 8), path: 'gru' },
      { layer: dense(8, 1), path: 'dense' },
    ],
    { input: tensor('B', 30, null) },
  );
  const run = (text: string, target: string) =>
    eventsOf(
      specWith({
        graph,
        variants: ['gru'],
        data: { kind: 'table', path: '/data/x.csv', features: null, target },
        budget: { steps: 5, batchSize: 8, learningRate: 0.01 },
      }),
      testHost({ '/data/x.csv': new TextEncoder().encode(text) }),
    );

  test('a file as spreadsheets write it trains as the plain one does', async () => {
    const rows = Array.from({ length: 300 }, (_, row) => [row % 7, row % 5]);
    const plain = await run(`a,b\n${rows.map((row) => row.join(',')).join('\n')}`, 'b');
    const spreadsheet = await run(`\ufeffa;b\r\n${rows.map((row) => row.join(';')).join('\r\n')}\r\n`, 'b');
    const losses = (events: typeof plain) => only(events, 'step').map(({ loss }) => loss);
    expect(losses(plain)).toHaveLength(5);
    expect(losses(spreadsheet)).toEqual(losses(plain));
  });

  test('a constant column trains to finite numbers and is remarked', async () => {
    // A tenth is no sum of powers of two: its mean over many rows is not exactly itself.
    const rows = Array.from({ length: 400 }, (_, row) => `0.1,${row % 7}`);
    const events = await run(['a,b', ...rows].join('\n'), 'b');
    expect(only(events, 'run')[0]?.remarks).toContain(
      'Column "a" has one value throughout the training part, so nothing can be learned from it.',
    );
    expect(only(events, 'done')[0]).toMatchObject({ outcome: 'finished' });
  });

  test('one column forecasts itself', async () => {
    const rows = Array.from({ length: 300 }, (_, row) => `day ${row},${row % 7}`);
    const events = await run(['day,a', ...rows].join('\n'), 'a');
    expect(only(events, 'data')[0]?.description).toContain('1 column in (a), a one step ahead');
    expect(only(events, 'done')[0]).toMatchObject({ outcome: 'finished' });
  });

  test('a target that only the held-out part varies is remarked, though no feature', async () => {
    const rows = Array.from({ length: 400 }, (_, row) => `${row % 7},${row < 350 ? 0.1 : row % 3}`);
    const text = ['a,b', ...rows].join('\n');
    const data = { kind: 'table', path: '/data/x.csv', features: ['a'], target: 'b' } as const;
    const spec = { graph, variants: ['gru'] as const, data, budget: { steps: 5, batchSize: 8, learningRate: 0.01 } };
    const events = await eventsOf(specWith(spec), testHost({ '/data/x.csv': text }));
    expect(only(events, 'run')[0]?.remarks).toContain(
      'Column "b" has one value throughout the training part, so nothing can be learned from it.',
    );
    expect(only(events, 'done')[0]).toMatchObject({ outcome: 'finished' });
  });

  test('a constant target is forecast best by itself', async () => {
    const rows = Array.from({ length: 400 }, (_, row) => `0.1,${row % 7}`);
    const events = await run(['a,b', ...rows].join('\n'), 'a');
    expect(only(events, 'data')[0]?.baseline).toMatchObject({ metric: 0, loss: 0 });
    expect(only(events, 'done')[0]?.bestMetric).toBeLessThan(1);
    expect(only(events, 'verdict')[0]?.beatsBaseline).toBe(false);
  });

  test('a hundred thousand rows are measured on some of their windows', async () => {
    const rows = Array.from({ length: 100_000 }, (_, row) => `${row % 7},${row % 5}`);
    const events = await run(['a,b', ...rows].join('\n'), 'b');
    expect(only(events, 'data')[0]).toMatchObject({
      trainingSequences: 79_970,
      heldOutSequences: 1024,
      description: expect.stringContaining('measured on 1024 of their 19970 windows'),
    });
    expect(only(events, 'done')[0]).toMatchObject({ outcome: 'finished' });
  });
});
