/** Notebooks: cells in order as one program, every result in its cell, IPython's own lines without effect. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAmount } from '../../model/costs/amount';
import { modelCosts } from '../../model/costs/model';
import { format } from '../../model/expression';
import { analyseCells } from '../../server/src/analysers/notebook';
import { analyseFile } from '../../server/src/analysis';
import { joinCells } from '../../server/src/syntax/notebook';
import { withoutMagics } from '../../server/src/syntax/python/magics';

function analyse(...texts: readonly string[]) {
  return analyseCells(
    'model.ipynb',
    texts.map((text, index) => ({ cell: index + 1, text })),
    null,
  );
}

function modelsOf(...texts: readonly string[]): readonly string[] {
  return analyse(...texts).models.map((graph) => {
    const { expression } = modelCosts(graph).parameters;
    return `${graph.name} ${expression === null ? 'unknown' : format(expression)} cell ${graph.location.cell}:${graph.location.line}`;
  });
}

const imports = 'import keras\nfrom keras import layers';

describe('cells are one program', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    [
      'a size set in an earlier cell',
      [imports, 'units = 8', '\nmodel = keras.Sequential([keras.Input((5, 2)), layers.LSTM(units)])'],
      ['model 352 cell 3:2'],
    ],
    [
      'names used again for another model',
      [
        imports,
        'inputs = keras.Input((5, 2))\nx = layers.LSTM(8)(inputs)\nmodel = keras.Model(inputs, layers.Dense(1)(x))',
        'inputs = keras.Input((5, 3))\nx = layers.GRU(4)(inputs)\nmodel = keras.Model(inputs, layers.Dense(1)(x))',
      ],
      ['model 361 cell 2:3', 'model 113 cell 3:3'],
    ],
    [
      'a constant that a later cell sets anew',
      [
        `${imports}\nunits = 8`,
        'def build():\n    return keras.Sequential([keras.Input((5, 2)), layers.LSTM(units)])\na = build()',
        'units = 16\nb = build()',
      ],
      ['build 352 cell 2:2', 'build 1,216 cell 2:2'],
    ],
    [
      'a class defined anew',
      [
        'from torch import nn',
        'class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.rnn = nn.LSTM(4, 8)\na = Net()',
        'class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.rnn = nn.GRU(4, 8)\nb = Net()',
      ],
      ['Net 448 cell 2:1', 'Net 336 cell 3:1'],
    ],
    [
      'a cell that is not Python',
      [
        imports,
        'for epoch in range(10:\n    if (',
        'model = keras.Sequential([keras.Input((5, 2)), layers.LSTM(8)])',
        '"""open',
        'other = keras.Sequential([keras.Input((5, 2)), layers.GRU(8)])',
      ],
      ['model 352 cell 3:1', 'other 288 cell 5:1'],
    ],
    [
      'non-breaking spaces',
      [imports, 'model\u00A0=\u00A0keras.Sequential(\n\u00A0\u00A0[keras.Input((5,\u00A02)), layers.LSTM(8)])'],
      ['model 352 cell 2:1'],
    ],
    ['no cell at all', [], []],
  ])('%s', (_, cells, models) => expect(modelsOf(...cells)).toEqual(models));

  test('a line that fails to set a name does not bring back an earlier value', () => {
    const net = (head: string) => `i = keras.Input((4,))\nx = layers.Dense(2)(i)\n${head}\nmodel = keras.Model(i, o)`;
    const cells = [imports, net('o = layers.Dense(1)(x)'), net('o layers.Dense(7)(x)')];
    const { models, syntaxErrors } = analyse(...cells);
    expect(models.map((graph) => [graph.location.cell, modelCosts(graph).parameters.value])).toEqual([
      [2, 13],
      [3, null],
    ]);
    expect(syntaxErrors.map(({ cell, line }) => [cell, line])).toContainEqual([3, 3]);
  });

  test('a syntax error is in the cell that holds it', () => {
    const { syntaxErrors } = analyse(imports, 'x = 1\ny = (', 'z = 2');
    expect(syntaxErrors.map(({ cell, line }) => [cell, line])).toEqual([[2, 2]]);
  });

  test('sizes of several cells that look alike stay apart', () => {
    const net = (units: string) => `model = keras.Sequential([keras.Input((5, 2)), layers.LSTM(${units})])`;
    const cells = [1, 2, 3].map((n) => `units = load(${n})\n${net('units')}`);
    expect(modelsOf(imports, ...cells)).toEqual([
      'model 4·units² + 12·units cell 2:2',
      'model 4·units@3:1² + 12·units@3:1 cell 3:2',
      'model 4·units@4:1² + 12·units@4:1 cell 4:2',
    ]);
  });

  test('comments of any cell supply sizes', () => {
    expect(
      modelsOf(imports, 'model = keras.Sequential([keras.Input((5, n)), layers.LSTM(8)])', '# unroll: n=2'),
    ).toEqual(['model 352 cell 2:1']);
  });
});

describe("IPython's own", () => {
  test.each<[string, string, string]>([
    ['a line magic', '%matplotlib inline\nx = 1', '0#atplotlib inline\nx = 1'],
    ['a command', '!ls', '0#s'],
    ['a command in a block', 'if a:\n    !ls -l', 'if a:\n    0#s -l'],
    ['a command over several lines', '!pip install a \\\n   b\nx = 1', '0#ip install a \\\n#  b\nx = 1'],
    ['help', '?print\nkeras.layers.LSTM?\nmodel??', '0#rint\n0#ras.layers.LSTM?\n0#del??'],
    ['a timed statement', '%time x = f(1)', '0   ; x = f(1)'],
    ['what a command gives', 'files = !ls', 'files = __ '],
    ['what a magic gives', 'a, b = %sql select', 'a, b = __()#select'],
    ['a cell magic over Python', '%%time\nx = 1', '0#time\nx = 1'],
    ['a cell in another language', '%%bash\nls "\n\n echo', '#%bash\n#s "\n\n#echo'],
    ['a remainder that begins a line', 'x = (7\n%2)', 'x = (7\n%2)'],
    ['a remainder after a backslash', 'x = 7 \\\n%2', 'x = 7 \\\n%2'],
    ['a text that holds a magic', 's = """\n%time\n!ls"""\n!ls', 's = """\n%time\n!ls"""\n0#s'],
    ['a comment with a bracket', '# (\n!ls', '# (\n0#s'],
    ['comparison', 'a = b != c', 'a = b != c'],
    ['non-breaking spaces', 'x\u00A0= "\u00A0"', 'x = "\u00A0"'],
  ])('%s', (_, cell, expected) => expect(withoutMagics(cell)).toBe(expected));

  test('no character moves, whatever the cell', () => {
    const pieces = fc.constantFrom(
      '%time',
      '%%bash',
      '!ls',
      '?',
      '\n',
      '"""',
      "'",
      '(',
      ')',
      '\\',
      '\u00A0',
      ' = ',
      'x',
      '#',
      '\r\n',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const cell = parts.join('');
        const program = withoutMagics(cell);
        expect(program.length).toBe(cell.length);
        expect(program.split('\n').length).toBe(cell.split('\n').length);
      }),
      { numRuns: 500, seed: 3 },
    );
  });

  test('a value that a command gives is not known', () => {
    expect(modelsOf(imports, 'n = !nproc', 'model = keras.Sequential([keras.Input((5, 2)), layers.LSTM(n)])')).toEqual([
      'model 4·n² + 12·n cell 3:1',
    ]);
  });
});

const folder = path.join(import.meta.dirname, '../fixtures/notebooks');
const names = readdirSync(folder).filter((name) => name.endsWith('.ipynb'));
const truth = JSON.parse(readFileSync(path.join(folder, 'truth.json'), 'utf8')) as {
  notebooks: Record<string, readonly { readonly cell: number; readonly total: number }[]>;
};

describe.each(names)('%s', (name) => {
  const { models } = analyseFile(name, readFileSync(path.join(folder, name), 'utf8'));

  test('has the parameters that the frameworks count when the cells are run', () => {
    const counted = truth.notebooks[name]?.map(({ total }) => total);
    expect(models.map((graph) => modelCosts(graph).parameters.value)).toEqual(counted);
  });
});

function file(notebook: object): string {
  return JSON.stringify(notebook);
}

describe('files', () => {
  const code = `${imports}\nmodel = keras.Sequential([keras.Input((5, 2)), layers.LSTM(8)])\n`;

  test.each<[string, string, readonly (number | undefined)[], RegExp | null]>([
    [
      'format 4, lines in a list',
      file({
        cells: [
          { cell_type: 'markdown', source: ['# model = 1'] },
          { cell_type: 'raw', source: 'model = (' },
          { cell_type: 'code', source: code.split(/(?<=\n)/) },
        ],
      }),
      [3],
      null,
    ],
    ['format 4, one text', file({ cells: [{ cell_type: 'code', source: code }] }), [1], null],
    ['format 3', file({ worksheets: [{ cells: [{ cell_type: 'code', input: [code] }] }] }), [1], null],
    [
      'another language',
      file({ metadata: { kernelspec: { language: 'R' } }, cells: [{ cell_type: 'code', source: code }] }),
      [],
      /written in R/,
    ],
    ['not JSON', '{"cells": [', [], /not valid JSON/],
    ['not a notebook', '[1, 2]', [], /no cells/],
    [
      'cells of other kinds',
      file({ cells: [null, 3, { cell_type: 'code' }, { cell_type: 'code', source: 4 }] }),
      [],
      null,
    ],
  ])('%s', (_, text, cells, problem) => {
    const { models, problems = [] } = analyseFile('a.ipynb', text);
    expect(models.map(({ location }) => location.cell)).toEqual(cells);
    expect(problems.map(({ message }) => message).join()).toMatch(problem ?? /^$/);
  });

  const sources = names.map((name) => readFileSync(path.join(folder, name), 'utf8'));

  test('truncated and mutated notebooks', () => {
    const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
    fc.assert(
      fc.property(
        fc.constantFrom(...sources),
        place,
        fc.array(
          fc.tuple(place, fc.nat(12), fc.constantFrom('', '"', '\\n', '[', ']', '{', '}', ',', 'null', '%', '!')),
          {
            maxLength: 5,
          },
        ),
        (source, kept, edits) => {
          const mutated = edits.reduce((text, [at, removed, inserted]) => {
            const from = Math.floor(text.length * at);
            return text.slice(0, from) + inserted + text.slice(from + removed);
          }, source);
          for (const text of [mutated, mutated.slice(0, mutated.length * kept)]) {
            for (const model of analyseFile('fuzzed.ipynb', text).models) modelCosts(model);
          }
        },
      ),
      { numRuns: 60, seed: 4 },
    );
  });

  test('truncated cells', () => {
    const cells = ['%time x = 1\n', code, 'def f(units):\n    """text"""\n    return layers.LSTM(units)\n'];
    for (let length = 0; length < 160; length++) {
      const { models } = analyse(...cells.map((cell) => cell.slice(0, length)));
      for (const model of models) modelCosts(model);
    }
  });
});

test('what a command gives is said to be known when it runs, and keeps its name', () => {
  const model =
    'import keras\nfrom keras import layers\nm = keras.Sequential([keras.Input((5, 2)), layers.LSTM(len(files))])\n';
  const [graph] = analyse('!pip install keras\nfiles = !ls data\n', model).models;
  const costs = graph && modelCosts(graph);
  expect(costs && formatAmount(costs.parameters)).toBe('4·len(files)² + 12·len(files)');
  expect(graph?.symbols.map(({ meaning }) => meaning)).toContain(
    'what a command of the notebook gives is only known when it runs',
  );
});

test('the parts of the joined text are those of the cells', () => {
  const cells = ['a = 1', '', 'b = (', 'c = 3\n'].map((text, index) => ({ cell: 2 * index + 1, text }));
  const { text, starts, tree } = joinCells(cells);
  expect(starts.map(({ cell, from }) => [cell, text.slice(from, from + 3)])).toEqual([
    [1, 'a ='],
    [3, '\nb '],
    [5, 'b ='],
    [7, 'c ='],
  ]);
  expect(text.slice(tree.resolveInner(text.indexOf('c'), 1).from)).toBe('c = 3\n');
});
