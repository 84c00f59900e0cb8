/** Changing the cell of a model: text in, text out, and what is refused rather than guessed. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Cell } from '../../../model/graph';
import { analyseFile } from '../analysis';
import { changeCell } from './cell';
import { applyEdits } from './edits';

function rewrite(text: string, cell: Cell): string {
  const analysis = analyseFile('model.py', text);
  const [graph] = analysis.models;
  if (graph === undefined) throw new Error('the fixture has a model');
  const result = changeCell(analysis, graph, cell);
  return result.kind === 'refused' ? `refused: ${result.message}` : applyEdits(text, result.edits);
}

/** A Keras model around one expression for its recurrent layer. */
function keras(imports: string, layer: string): string {
  return `import keras\n${imports}\nmodel = keras.Sequential([keras.Input((30, 4)), ${layer}, keras.layers.Dense(1)])\n`;
}

describe('Keras', () => {
  it.each<[string, Cell, string, string, string, string]>([
    [
      'a member of a module',
      'gru',
      'from keras import layers',
      'layers.LSTM(64)',
      'from keras import layers',
      'layers.GRU(64)',
    ],
    ['the full path', 'rnn', '', 'keras.layers.LSTM(64)', '', 'keras.layers.SimpleRNN(64)'],
    ['a bare name', 'gru', 'from keras.layers import LSTM', 'LSTM(64)', 'from keras.layers import GRU', 'GRU(64)'],
    [
      'a bare name among others',
      'gru',
      'from keras.layers import Dense, LSTM',
      'LSTM(64)',
      'from keras.layers import Dense, GRU',
      'GRU(64)',
    ],
    [
      'a name that is there already',
      'gru',
      'from keras.layers import GRU, LSTM',
      'LSTM(64)',
      'from keras.layers import GRU, LSTM',
      'GRU(64)',
    ],
    [
      'the cell of a loop over time',
      'gru',
      '',
      'keras.layers.RNN(keras.layers.LSTMCell(64))',
      '',
      'keras.layers.RNN(keras.layers.GRUCell(64))',
    ],
    [
      'an alias',
      'lstm',
      'from keras.layers import GRU as Cell',
      'Cell(64)',
      'from keras.layers import LSTM as Cell',
      'Cell(64)',
    ],
    ['a variable', 'gru', 'RNN = keras.layers.LSTM', 'RNN(64)', 'RNN = keras.layers.GRU', 'RNN(64)'],
    [
      'two of the same',
      'gru',
      'from keras import layers',
      'layers.LSTM(8, return_sequences=True), layers.LSTM(4)',
      'from keras import layers',
      'layers.GRU(8, return_sequences=True), layers.GRU(4)',
    ],
    [
      'inside a wrapper',
      'gru',
      'from keras import layers',
      'layers.Bidirectional(layers.LSTM(8))',
      'from keras import layers',
      'layers.Bidirectional(layers.GRU(8))',
    ],
    [
      'arguments only an LSTM takes',
      'rnn',
      '',
      'keras.layers.LSTM(8, recurrent_activation="sigmoid", unit_forget_bias=True, dropout=0.1)',
      '',
      'keras.layers.SimpleRNN(8, dropout=0.1)',
    ],
    ['arguments only a GRU takes', 'lstm', '', 'keras.layers.GRU(8, reset_after=False)', '', 'keras.layers.LSTM(8)'],
  ])('%s → %s', (_, cell, imports, layer, importsAfter, layerAfter) => {
    expect(rewrite(keras(imports, layer), cell)).toBe(keras(importsAfter, layerAfter));
  });

  it('keeps an import that something else needs', () => {
    const text = `${keras('from keras.layers import LSTM', 'LSTM(64)')}other = LSTM\n`;
    expect(rewrite(text, 'gru')).toContain('from keras.layers import LSTM, GRU\n');
  });

  it('changes no cell of a stack alone', () => {
    const stack = 'keras.layers.RNN([keras.layers.LSTMCell(8), keras.layers.LSTMCell(8)])';
    expect(rewrite(keras('', stack), 'gru')).toMatch(/^refused: /);
  });

  it('says that there is nothing to do', () => {
    expect(rewrite(keras('', 'keras.layers.GRU(8)'), 'gru')).toMatch(
      /refused: Every recurrent layer of .* is a GRU already\./,
    );
  });

  it('leaves returned states to the author, with the line', () => {
    const text = [
      'import keras',
      'inputs = keras.Input((30, 4))',
      'out, h, c = keras.layers.LSTM(8, return_state=True)(inputs)',
      'model = keras.Model(inputs, keras.layers.Dense(1)(c))',
      '',
    ].join('\n');
    expect(rewrite(text, 'gru')).toMatch(/^refused: Line 3: LSTM returns its states/);
    expect(rewrite(text.replace('LSTM', 'GRU').replace('h, c', 'h').replace('(c)', '(h)'), 'rnn')).toContain(
      'out, h = keras.layers.SimpleRNN(',
    );
  });
});

/** A functional Keras model whose second recurrent layer is `call`, with tensors `x`, `h` and `c` at hand. */
function kerasWithStates(call: string): string {
  return [
    'import keras',
    'from keras import layers',
    'x = keras.Input((30, 4))',
    'h = keras.Input((8,))',
    'c = keras.Input((8,))',
    `y = ${call}`,
    'model = keras.Model([x, h, c], layers.Dense(1)(y))',
    '',
  ].join('\n');
}

describe('Keras, with initial states', () => {
  it.each<[string, Cell]>([
    ['layers.GRU(8)(x, initial_state=h)', 'lstm'],
    ['layers.GRU(8)(x, initial_state=[h])', 'lstm'],
    ['layers.LSTM(8)(x, initial_state=[h, c])', 'gru'],
    ['layers.LSTM(8)(x, initial_state=made_elsewhere(h))', 'gru'],
    ['layers.LSTM(8)([x, h, c])', 'rnn'],
  ])('refuses %s → %s, which takes another number of them', (call, cell) => {
    expect(rewrite(kerasWithStates(call), cell)).toMatch(/^refused: Line 6: (GRU|LSTM) is given its initial states/);
  });

  it.each<[string, Cell, string]>([
    ['layers.GRU(8)(x, initial_state=h)', 'rnn', 'layers.SimpleRNN(8)(x, initial_state=h)'],
    ['layers.GRU(8)(x, initial_state=None)', 'lstm', 'layers.LSTM(8)(x, initial_state=None)'],
    ['layers.GRU(8)(x)', 'lstm', 'layers.LSTM(8)(x)'],
  ])('changes %s → %s', (call, cell, after) => {
    expect(rewrite(kerasWithStates(call), cell)).toBe(kerasWithStates(after));
  });
});

/** A PyTorch module around one constructor and the body of `forward`. */
function torch(construction: string, ...body: readonly string[]): string {
  return [
    'import torch',
    'from torch import nn',
    '',
    'class Net(nn.Module):',
    '    def __init__(self):',
    '        super().__init__()',
    `        self.lstm = ${construction}`,
    '        self.fc = nn.Linear(16, 2)',
    '',
    '    def forward(self, x, hx=None):',
    ...body.map((line) => `        ${line}`),
    '',
  ].join('\n');
}

describe('PyTorch, LSTM to GRU', () => {
  const from = 'nn.LSTM(8, 16, batch_first=True)';
  const to = 'nn.GRU(8, 16, batch_first=True)';

  it.each<[string, readonly string[], readonly string[]]>([
    [
      'an ignored state',
      ['out, _ = self.lstm(x)', 'return self.fc(out)'],
      ['out, _ = self.lstm(x)', 'return self.fc(out)'],
    ],
    [
      'the pair',
      ['out, (h, c) = self.lstm(x)', 'return self.fc(h[-1])'],
      ['out, h = self.lstm(x)', 'return self.fc(h[-1])'],
    ],
    [
      'half a pair',
      ['_, (h, _) = self.lstm(x)', 'return self.fc(h[-1])'],
      ['_, h = self.lstm(x)', 'return self.fc(h[-1])'],
    ],
    [
      'a named pair',
      ['out, hidden = self.lstm(x)', 'return self.fc(hidden[0][-1])'],
      ['out, hidden = self.lstm(x)', 'return self.fc(hidden[-1])'],
    ],
    [
      'a pair unpacked later',
      ['out, hidden = self.lstm(x)', 'h, c = hidden', 'return self.fc(h[-1])'],
      ['out, hidden = self.lstm(x)', 'h = hidden', 'return self.fc(h[-1])'],
    ],
    ['a subscript of the call', ['return self.fc(self.lstm(x)[0])'], ['return self.fc(self.lstm(x)[0])']],
    ['a state out of a subscript', ['return self.fc(self.lstm(x)[1][0][-1])'], ['return self.fc(self.lstm(x)[1][-1])']],
    [
      'a state handed on',
      ['out, hx = self.lstm(x, hx)', 'return self.fc(out), hx'],
      ['out, hx = self.lstm(x, hx)', 'return self.fc(out), hx'],
    ],
    [
      'an initial pair of zeros',
      [
        'h0 = torch.zeros(1, x.size(0), 16)',
        'c0 = torch.zeros(1, x.size(0), 16)',
        'out, _ = self.lstm(x, (h0, c0))',
        'return self.fc(out)',
      ],
      ['h0 = torch.zeros(1, x.size(0), 16)', 'out, _ = self.lstm(x, h0)', 'return self.fc(out)'],
    ],
    [
      'an initial pair with a name',
      [
        'h0 = torch.zeros(1, x.size(0), 16)',
        'hidden = (h0, h0)',
        'out, (h, c) = self.lstm(x, hidden)',
        'return self.fc(out)',
      ],
      ['h0 = torch.zeros(1, x.size(0), 16)', 'hidden = h0', 'out, h = self.lstm(x, hidden)', 'return self.fc(out)'],
    ],
  ])('%s', (_, before, after) => {
    expect(rewrite(torch(from, ...before), 'gru')).toBe(torch(to, ...after));
  });

  it.each<[string, readonly string[], RegExp]>([
    [
      'the cell state is read',
      ['out, (h, c) = self.lstm(x)', 'return self.fc(c[-1])'],
      /^refused: Line 12: the cell state c is used/,
    ],
    [
      'the cell state is taken by index',
      ['out, s = self.lstm(x)', 'return self.fc(s[1][-1])'],
      /^refused: Line 12: the cell state is used/,
    ],
    [
      'output and state leave together',
      ['return self.lstm(x)'],
      /^refused: Line 11: the layer’s output and state are passed on together/,
    ],
    [
      'the pair is taken apart in a loop',
      ['out, s = self.lstm(x)', 's = [t.detach() for t in s]', 'return self.fc(out)'],
      /^refused: Line 12: /,
    ],
  ])('refuses where %s', (_, body, message) => {
    expect(rewrite(torch(from, ...body), 'gru')).toMatch(message);
  });

  it('refuses a projection, which no other cell has', () => {
    expect(rewrite(torch('nn.LSTM(8, 32, proj_size=16)', 'return self.fc(self.lstm(x)[0])'), 'gru')).toMatch(
      /refused: Line 7: proj_size/,
    );
  });
});

describe('what another cell would make something else of', () => {
  it.each<[string, string, RegExp]>([
    [
      'a stretch of a bias, taken from all parameters',
      "for name, p in self.lstm.named_parameters():\n            if 'bias' in name:\n                n = p.size(0)\n                p.data[n // 4 : n // 2].fill_(1.0)",
      /^refused: Line \d+: a stretch of the weights is taken here/,
    ],
    [
      'a stretch of a bias by its name',
      'self.lstm.bias_hh_l0.data[16:32].fill_(1.0)',
      /^refused: Line \d+: a stretch of the weights is taken here/,
    ],
    [
      'a bias in its gates',
      'i, f, g, o = self.lstm.bias_hh_l0.chunk(4)',
      /^refused: Line \d+: a stretch of the weights is taken here/,
    ],
    [
      'a layer that is known by its class',
      'for m in self.modules():\n            if isinstance(m, nn.LSTM):\n                nn.init.orthogonal_(m.weight_hh_l0)',
      /^refused: Line \d+: a layer is asked here whether it is of the class LSTM/,
    ],
  ])('%s', (_, statement, message) => {
    const text = torch('nn.LSTM(8, 16, batch_first=True)', 'return self.fc(self.lstm(x)[0])');
    const changed = text.replace('\n\n    def forward', `\n        ${statement}\n\n    def forward`);
    expect(changed).not.toBe(text);
    expect(rewrite(changed, 'gru')).toMatch(message);
  });

  it.each([
    'for p in self.lstm.parameters():\n            nn.init.normal_(p)',
    'for m in self.modules():\n            if isinstance(m, (nn.LSTM, nn.GRU)):\n                m.flatten_parameters()',
  ])('but not %j', (statement) => {
    const text = torch('nn.LSTM(8, 16, batch_first=True)', 'return self.fc(self.lstm(x)[0])');
    const changed = text.replace('\n\n    def forward', `\n        ${statement}\n\n    def forward`);
    expect(rewrite(changed, 'gru')).toBe(changed.replace('nn.LSTM(8', 'nn.GRU(8'));
  });

  it('weights of Keras that are taken apart', () => {
    const text = `${keras('', 'keras.layers.LSTM(8)')}kernel, recurrent, bias = model.get_layer(index=0).get_weights()\nbias[8:16] = 1\n`;
    expect(rewrite(text, 'gru')).toMatch(/^refused: Line 5: a stretch of the weights/);
  });
});

describe('states with types and older ways to make them', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    [
      'Variable',
      [
        'h0 = Variable(torch.zeros(1, 4, 16))',
        'c0 = Variable(torch.zeros(1, 4, 16))',
        'out, _ = self.lstm(x, (h0, c0))',
      ],
      ['h0 = Variable(torch.zeros(1, 4, 16))', 'out, _ = self.lstm(x, h0)'],
    ],
    [
      'new_zeros',
      ['h0 = x.new_zeros(1, 4, 16)', 'c0 = x.new_zeros(1, 4, 16)', 'out, _ = self.lstm(x, (h0, c0))'],
      ['h0 = x.new_zeros(1, 4, 16)', 'out, _ = self.lstm(x, h0)'],
    ],
  ])('%s', (_, before, after) => {
    const end = 'return self.fc(out)';
    expect(rewrite(torch('nn.LSTM(8, 16)', ...before, end), 'gru')).toBe(torch('nn.GRU(8, 16)', ...after, end));
  });

  it.each<[string, RegExp]>([
    ['hx: Optional[Tuple[Tensor, Tensor]] = None', /^refused: Line \d+: hx is annotated as Optional\[Tuple/],
    ['hx', /^refused: Line \d+: the caller makes the initial state hx.*give it a default of None/],
  ])('a parameter %s', (parameter, message) => {
    const text = torch('nn.LSTM(8, 16)', 'out, hx = self.lstm(x, hx)', 'return self.fc(out), hx');
    const changed = text.replace(/hx ?= ?None/, parameter);
    expect(changed).not.toBe(text);
    expect(rewrite(changed, 'gru')).toMatch(message);
  });
});

describe('PyTorch, GRU to LSTM', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    [
      'an ignored state',
      ['out, _ = self.lstm(x)', 'return self.fc(out)'],
      ['out, _ = self.lstm(x)', 'return self.fc(out)'],
    ],
    [
      'a state computed with',
      ['_, h = self.lstm(x)', 'return self.fc(h[-1])'],
      ['_, (h, _) = self.lstm(x)', 'return self.fc(h[-1])'],
    ],
    ['a state out of a subscript', ['return self.fc(self.lstm(x)[1][-1])'], ['return self.fc(self.lstm(x)[1][0][-1])']],
    [
      'an initial state of zeros',
      ['h0 = torch.zeros(1, x.size(0), 16)', 'out, _ = self.lstm(x, h0)', 'return self.fc(out)'],
      [
        'h0 = torch.zeros(1, x.size(0), 16)',
        'out, _ = self.lstm(x, (h0, torch.zeros_like(h0)))',
        'return self.fc(out)',
      ],
    ],
  ])('%s', (_, before, after) => {
    expect(rewrite(torch('nn.GRU(8, 16)', ...before), 'lstm')).toBe(torch('nn.LSTM(8, 16)', ...after));
  });

  it('drops nonlinearity, which only nn.RNN takes', () => {
    const before = torch("nn.RNN(8, 16, nonlinearity='relu', batch_first=True)", 'return self.fc(self.lstm(x)[0])');
    expect(rewrite(before, 'lstm')).toBe(torch('nn.LSTM(8, 16, batch_first=True)', 'return self.fc(self.lstm(x)[0])'));
  });

  it('refuses a state that is both handed on and computed with', () => {
    const body = ['out, hx = self.lstm(x, hx)', 'return self.fc(hx[-1]), hx'];
    expect(rewrite(torch('nn.GRU(8, 16)', ...body), 'lstm')).toMatch(
      /^refused: Line 12: the state is computed with here and handed on/,
    );
  });
});

it('changes a layer made in a loop once', () => {
  const text = keras('from keras import layers', '*[layers.LSTM(8, return_sequences=True) for _ in range(3)]');
  expect(rewrite(text, 'gru')).toBe(text.replace('LSTM', 'GRU'));
});

describe('samples', () => {
  const folder = path.resolve(import.meta.dirname, '../../../samples');
  const cases = readdirSync(folder)
    .filter((name) => name.endsWith('.py'))
    .flatMap((name) => (['rnn', 'gru', 'lstm'] as const).map((cell) => [name, cell] as const));

  it.each(cases)('%s reads as a %s model after the change, with the same shapes', (name, cell) => {
    const text = readFileSync(path.join(folder, name), 'utf8');
    const before = analyseFile(name, text);
    const [graph] = before.models;
    if (graph === undefined) throw new Error(`${name} has a model`);
    const result = changeCell(before, graph, cell);
    const after = analyseFile(name, result.kind === 'edits' ? applyEdits(text, result.edits) : text);
    if (result.kind === 'refused') expect(result.message).toContain('already');
    const recurrent = after.models[0]?.layers.filter(({ operation }) => operation.op === 'recurrent') ?? [];
    expect(recurrent.length).toBeGreaterThan(0);
    for (const { operation } of recurrent) expect(operation).toMatchObject({ cell });
    expect(after.models[0]?.layers.map(({ outputs }) => outputs[0]?.[0]?.shape)).toEqual(
      graph.layers.map(({ outputs }) => outputs[0]?.[0]?.shape),
    );
    expect(after.syntaxErrors).toEqual([]);
  });
});

it('refuses a layer that another file makes, wherever in that file', () => {
  const text = keras('', 'keras.layers.LSTM(8)');
  const analysis = analyseFile('model.py', text);
  const [graph] = analysis.models;
  if (graph === undefined) throw new Error('the fixture has a model');
  const layers = graph.layers.map((layer) => ({ ...layer, coreLocation: { ...layer.coreLocation, file: 'base.py' } }));
  expect(changeCell(analysis, { ...graph, layers }, 'gru')).toEqual({
    kind: 'refused',
    message: 'lstm is not made by a call in this file.',
  });
});
