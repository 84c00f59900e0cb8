/** Changing the cell of a TensorFlow.js model: text in, text out, and what is refused rather than guessed. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Cell } from '../../../../model/graph';
import { analyseFile } from '../../analysis';
import { changeCell } from '../cell';
import { applyEdits } from '../edits';

function rewrite(text: string, cell: Cell, file = 'model.ts'): string {
  const analysis = analyseFile(file, text);
  const [graph] = analysis.models;
  if (graph === undefined) throw new Error('the fixture has a model');
  const result = changeCell(analysis, graph, cell);
  return result.kind === 'refused' ? `refused: ${result.message}` : applyEdits(text, result.edits);
}

/** A model around one expression for its recurrent layer. */
function program(bindings: string, layer: string): string {
  return `import * as tf from '@tensorflow/tfjs';\n${bindings}\nconst input = tf.input({ shape: [30, 4] });\nconst output = ${layer}.apply(input);\nconst model = tf.model({ inputs: input, outputs: output });\n`;
}

describe('names', () => {
  it.each<[string, Cell, string, string, string, string]>([
    ['the full path', 'gru', '', 'tf.layers.lstm({ units: 8 })', '', 'tf.layers.gru({ units: 8 })'],
    ['the full path', 'rnn', '', 'tf.layers.gru({ units: 8 })', '', 'tf.layers.simpleRNN({ units: 8 })'],
    [
      'a member of what is taken out of the library',
      'gru',
      'const { layers } = tf;',
      'layers.lstm({ units: 8 })',
      'const { layers } = tf;',
      'layers.gru({ units: 8 })',
    ],
    ['a member by its text', 'gru', '', "tf.layers['lstm']({ units: 8 })", '', "tf.layers['gru']({ units: 8 })"],
    ['an assertion', 'gru', '', '(tf.layers as any).lstm!({ units: 8 })', '', '(tf.layers as any).gru!({ units: 8 })'],
    [
      'a destructured name',
      'lstm',
      'const { dense, gru } = tf.layers;',
      'gru({ units: 8 })',
      'const { dense, lstm } = tf.layers;',
      'lstm({ units: 8 })',
    ],
    [
      'a destructured name that something else needs',
      'lstm',
      'const { gru } = tf.layers;\nexport const cells = { gru };',
      'gru({ units: 8 })',
      'const { gru, lstm } = tf.layers;\nexport const cells = { gru };',
      'lstm({ units: 8 })',
    ],
    [
      'a destructured name beside the new one',
      'lstm',
      'const { gru, lstm } = tf.layers;',
      'gru({ units: 8 })',
      'const { gru, lstm } = tf.layers;',
      'lstm({ units: 8 })',
    ],
    [
      'a name destructured in depth',
      'rnn',
      'const { layers: { lstm } } = tf;',
      'lstm({ units: 8 })',
      'const { layers: { simpleRNN } } = tf;',
      'simpleRNN({ units: 8 })',
    ],
    [
      'a destructured alias',
      'gru',
      'const { lstm: recurrent } = tf.layers;',
      'recurrent({ units: 8 })',
      'const { gru: recurrent } = tf.layers;',
      'recurrent({ units: 8 })',
    ],
    [
      'a variable',
      'gru',
      'const recurrent: Maker = tf.layers.lstm;',
      'recurrent({ units: 8 })',
      'const recurrent: Maker = tf.layers.gru;',
      'recurrent({ units: 8 })',
    ],
    [
      'an import of the collection',
      'gru',
      "import { layers } from '@tensorflow/tfjs';",
      'layers.lstm({ units: 8 })',
      "import { layers } from '@tensorflow/tfjs';",
      'layers.gru({ units: 8 })',
    ],
    [
      'the cell of a loop over time',
      'gru',
      '',
      'tf.layers.rnn({ cell: tf.layers.lstmCell({ units: 8 }) })',
      '',
      'tf.layers.rnn({ cell: tf.layers.gruCell({ units: 8 }) })',
    ],
    [
      'the layer in both directions',
      'gru',
      '',
      'tf.layers.bidirectional({ layer: tf.layers.lstm({ units: 8 }) as tf.RNN })',
      '',
      'tf.layers.bidirectional({ layer: tf.layers.gru({ units: 8 }) as tf.RNN })',
    ],
  ])('%s → %s', (_, cell, bindings, layer, bindingsAfter, layerAfter) => {
    expect(rewrite(program(bindings, layer), cell)).toBe(program(bindingsAfter, layerAfter));
  });
});

describe('options', () => {
  it.each<[string, Cell, string]>([
    [
      "tf.layers.lstm({ units: 8, recurrentActivation: 'sigmoid', unitForgetBias: true, dropout: 0.1 })",
      'rnn',
      'tf.layers.simpleRNN({ units: 8, dropout: 0.1 })',
    ],
    [
      'tf.layers.lstm({ unitForgetBias: true, implementation: 1, units: 8 })',
      'rnn',
      'tf.layers.simpleRNN({ units: 8 })',
    ],
    [
      'tf.layers.lstm({\n  units: 8, // wide\n  unitForgetBias: true,\n  stateful: false,\n})',
      'gru',
      'tf.layers.gru({\n  units: 8, // wide\n  stateful: false,\n})',
    ],
    ["tf.layers.gru({ 'resetAfter': false, units: 8 })", 'lstm', 'tf.layers.lstm({ units: 8 })'],
    ['tf.layers.gru({ ...options, units: 8 })', 'lstm', 'tf.layers.lstm({ ...options, units: 8 })'],
  ])('%s → %s', (before, cell, after) => {
    const options = 'const options = { dropout: 0.1 };';
    expect(rewrite(program(options, before), cell)).toBe(program(options, after));
  });
});

describe('refuses', () => {
  it.each<[string, Cell, string, string, RegExp]>([
    [
      'a name that is bound twice',
      'gru',
      'const { lstm } = tf.layers;\nexport function other(lstm: number) { return lstm; }',
      'lstm({ units: 8 })',
      /^refused: Line 5: lstm is not a plain name of lstm/,
    ],
    [
      'a function of another object',
      'gru',
      'const makers = { lstm: tf.layers.lstm };\nconst { lstm } = makers;',
      'lstm({ units: 8 })',
      /^refused: Line 5: lstm is not a plain name/,
    ],
    [
      'an alias that something else needs',
      'gru',
      'const recurrent = tf.layers.lstm;\nexport { recurrent };',
      'recurrent({ units: 8 })',
      /^refused: Line 5: recurrent is not a plain name of lstm/,
    ],
    [
      'a kind chosen by a variable',
      'gru',
      "const kind = 'lstm';",
      'tf.layers[kind]({ units: 8 })',
      /^refused: Line 4: tf\.layers\[kind\] is not a plain name/,
    ],
  ])('%s', (_, cell, bindings, layer, message) => {
    expect(rewrite(program(bindings, layer), cell)).toMatch(message);
  });

  it('states that are returned', () => {
    const text = program('', '(tf.layers.lstm({ units: 8, returnState: true })').replace(
      '.apply(input)',
      '.apply(input) as any)[1]',
    );
    expect(rewrite(text, 'gru')).toMatch(/^refused: Line 4: LSTM returns its states, and a GRU has one fewer/);
    expect(rewrite(text.replace('lstm', 'gru'), 'rnn')).toContain('simpleRNN(');
  });

  it.each([
    '.apply([input, h, c])',
    '.apply(input, { initialState: [h, c] })',
    '.apply(input, { initialState: made(h) })',
  ])('states that are given by %s', (application) => {
    const states = 'const h = tf.input({ shape: [8] });\nconst c = tf.input({ shape: [8] });';
    const text = program(states, 'tf.layers.lstm({ units: 8 })').replace('.apply(input)', application);
    expect(rewrite(text, 'gru')).toMatch(/^refused: Line 5: LSTM is given its initial states/);
  });
});

it('changes one of several layers, and a layer made in a loop once', () => {
  const text = [
    "import * as tf from '@tensorflow/tfjs';",
    'const model = tf.sequential();',
    'for (const units of [8, 4]) model.add(tf.layers.lstm({ units, returnSequences: true, inputShape: [9, 2] }));',
    'model.add(tf.layers.lstm({ units: 3 }));',
    '',
  ].join('\n');
  expect(rewrite(text, 'gru', 'model.mjs')).toBe(text.replaceAll('lstm', 'gru'));
  const analysis = analyseFile('model.js', text);
  const [graph] = analysis.models;
  const path = graph?.layers.at(-1)?.path;
  if (graph === undefined || path === undefined) throw new Error('the fixture has layers');
  const alone = changeCell(analysis, graph, 'rnn', path);
  expect(alone.kind === 'edits' && applyEdits(text, alone.edits)).toBe(
    text.replace('lstm({ units: 3', 'simpleRNN({ units: 3'),
  );
});

describe('fixtures', () => {
  const folder = path.resolve(import.meta.dirname, '../../../../test/fixtures/models');
  const cases = readdirSync(folder)
    .filter((name) => /^tfjs_.*\.[jt]s$/.test(name))
    .flatMap((name) =>
      analyseFile(name, readFileSync(path.join(folder, name), 'utf8')).models.map(({ name: model }) => [name, model]),
    )
    .flatMap(([name = '', model = '']) =>
      (['rnn', 'gru', 'lstm'] as const).map((cell) => [name, model, cell] as const),
    );

  it.each(cases)('%s: %s as %s has such cells and the same shapes, or a reason', (name, model, cell) => {
    const text = readFileSync(path.join(folder, name), 'utf8');
    const before = analyseFile(name, text);
    const graph = before.models.find((candidate) => candidate.name === model);
    if (graph === undefined) throw new Error(`${name} has ${model}`);
    const result = changeCell(before, graph, cell);
    if (result.kind === 'refused') {
      expect(result.message).toMatch(
        /already|no recurrent layer|not made by a call|not a plain name|its(?: initial)? states/,
      );
      return;
    }
    const after = analyseFile(name, applyEdits(text, result.edits));
    const changed = after.models.find((candidate) => candidate.name === model);
    const cells = changed?.layers.flatMap(({ operation }) => (operation.op === 'recurrent' ? [operation.cell] : []));
    expect(after.syntaxErrors).toEqual([]);
    expect(new Set(cells)).toEqual(new Set([cell]));
    expect(changed?.layers.map(({ outputs }) => outputs[0]?.[0]?.shape)).toEqual(
      graph.layers.map(({ outputs }) => outputs[0]?.[0]?.shape),
    );
  });
});
