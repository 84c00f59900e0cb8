/** Whole models as other architectures: the texts, what they count, and what real Keras and PyTorch made of them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelCosts } from '../../../../model/costs/model';
import type { ModelGraph } from '../../../../model/graph';
import type { Architecture } from '../../../../protocol/recommendation';
import { architectures, currentArchitecture, referenceWidth } from '../../advice/architectures';
import { variantParameters } from '../../advice/variantModel';
import { analyseFile, type FileAnalysis } from '../../analysis';
import { applyEdits } from '../edits';
import { changeArchitecture } from './change';

const folder = path.resolve(import.meta.dirname, '../../../../test/fixtures/rewrites');
const names = Object.keys(architectures) as Architecture[];

/** What `bench/truth/rewrites.py` saw when it built and ran the rewritten fixtures. */
const truth: Readonly<Record<string, { readonly parameters: number; readonly output: readonly number[] }>> = JSON.parse(
  readFileSync(path.join(folder, 'truth.json'), 'utf8'),
).models;

function modelOf({ models }: FileAnalysis): ModelGraph {
  const graph = models.findLast(({ layers }) => layers.some(({ operation }) => operation.op === 'recurrent'));
  if (graph === undefined) throw new Error('the fixture has a model');
  return graph;
}

function rewrite(file: string, text: string, architecture: Architecture, width: number | null = null): string {
  const analysis = analyseFile(file, text);
  const result = changeArchitecture(analysis, modelOf(analysis), { architecture, width }, (edits) =>
    analyseFile(file, applyEdits(text, edits)),
  );
  return result.kind === 'refused' ? `refused: ${result.message}` : applyEdits(text, result.edits);
}

const fixtures = readdirSync(folder).filter((name) => /\.py$/.test(name));

describe('whole files', () => {
  const cases = fixtures.flatMap((file) =>
    names.flatMap((architecture) => [
      { file, architecture, width: null, after: file.replace('.py', `.${architecture}.py`) },
      ...(architecture === 'bigru' || architecture === 'cnn-lstm'
        ? [{ file, architecture, width: 12, after: file.replace('.py', `.${architecture}-12.py`) }]
        : []),
    ]),
  );

  it.each(cases)('$after', async ({ file, architecture, width, after }) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const before = modelOf(analyseFile(file, text));
    const isThere = currentArchitecture(before) === architecture && width === null;
    const changed = rewrite(file, text, architecture, width);
    if (isThere) {
      expect(changed).toMatch(/^refused: .* already\.$/);
      return;
    }
    if (file.endsWith('_every_step.py') && architecture === 'cnn-lstm-attention') {
      expect(changed).toMatch(/^refused: Line \d+: .* every step/);
      return;
    }
    await expect(changed).toMatchFileSnapshot(path.join(folder, 'after', after));
    const analysis = analyseFile(file, changed);
    const graph = modelOf(analysis);
    const units = width ?? referenceWidth(before);
    if (units === null) throw new Error('the fixture says its widths');
    expect(analysis.syntaxErrors).toEqual([]);
    expect(currentArchitecture(graph)).toBe(architecture);
    expect(referenceWidth(graph)).toBe(units);
    const { value } = modelCosts(graph).parameters;
    expect(value).toBe(variantParameters(before, architecture, units));
    expect(value).toBe(truth[after]?.parameters);
  });

  it.each(fixtures)('%s: the frameworks give outputs of the same shape for every architecture', (file) => {
    const own = Object.entries(truth).filter(([after]) => after.startsWith(file.replace('.py', '.')));
    expect(own.length).toBeGreaterThan(names.length);
    expect(new Set(own.map(([, { output }]) => JSON.stringify(output))).size).toBe(1);
  });
});

/** A module around the lines of its constructor and of `forward`. */
function torch(construction: readonly string[], forward: readonly string[], parameters = 'x'): string {
  return [
    'import torch',
    'from torch import nn',
    '',
    'class Net(nn.Module):',
    '    def __init__(self):',
    '        super().__init__()',
    ...construction.map((line) => `        ${line}`),
    '        self.fc = nn.Linear(16, 2)',
    '',
    `    def forward(self, ${parameters}):`,
    ...forward.map((line) => `        ${line}`),
    '',
  ].join('\n');
}

function keras(...layers: readonly string[]): string {
  return `import keras\nfrom keras import layers\n\nmodel = keras.Sequential([\n${layers.map((layer) => `    ${layer},\n`).join('')}])\n`;
}

const lstm = 'self.lstm = nn.LSTM(8, 16, batch_first=True)';
const call = 'out, (h, c) = self.lstm(x)';

describe('refuses, with the line', () => {
  it.each<[string, Architecture, string, RegExp]>([
    [
      'a step that the program picks',
      'bilstm',
      torch([lstm], [call, 'return self.fc(out[torch.arange(x.size(0)), lengths - 1])'], 'x, lengths'),
      /^refused: Line 12: what becomes of this with two directions/,
    ],
    [
      'the first step',
      'bigru',
      torch([lstm], ['out, _ = self.lstm(x)', 'return self.fc(out[:, 0])']),
      /^refused: Line 12: what becomes of this with two directions/,
    ],
    [
      'a state that the caller gives',
      'bilstm',
      torch([lstm], ['out, hx = self.lstm(x, hx)', 'return self.fc(out), hx'], 'x, hx=None'),
      /^refused: Line \d+: /,
    ],
    [
      'every step, where attention would give one vector',
      'cnn-lstm-attention',
      torch([lstm], ['out, _ = self.lstm(x)', 'return self.fc(out)']),
      /^refused: Line 7: what follows LSTM is given every step/,
    ],
    [
      'packed sequences',
      'cnn-lstm',
      torch(
        [lstm],
        [
          'packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)',
          '_, (h, _) = self.lstm(packed)',
          'return self.fc(h[-1])',
        ],
        'x, lengths',
      ),
      /^refused: Line 7: LSTM reads packed sequences/,
    ],
    [
      'layers in a loop',
      'cnn-lstm',
      torch(
        ['self.layers = nn.ModuleList([nn.LSTM(16, 16, batch_first=True) for _ in range(2)])'],
        ['for layer in self.layers:', '    x, _ = layer(x)', 'return self.fc(x[:, -1])'],
      ),
      /^refused: Line 7: where a convolution in front of LSTM would go/,
    ],
    [
      'a mask, which a convolution would lose',
      'cnn-lstm',
      keras('keras.Input((20,))', 'layers.Embedding(100, 8, mask_zero=True)', 'layers.LSTM(16)', 'layers.Dense(1)'),
      /^refused: Line 6: Embedding hides padded steps/,
    ],
    [
      'steps that are all used',
      'cnn-lstm-attention',
      keras('keras.Input((20, 4))', 'layers.LSTM(16, return_sequences=True)', 'layers.Dense(1)'),
      /^refused: Line 6: LSTM gives every step/,
    ],
    [
      'returned states',
      'bigru',
      'import keras\nx = keras.Input((9, 3))\ny, h = keras.layers.GRU(8, return_state=True)(x)\nmodel = keras.Model(x, keras.layers.Dense(1)(h))\n',
      /^refused: Line 3: GRU returns its states/,
    ],
    [
      'layers beside each other',
      'cnn-lstm',
      'import keras\nfrom keras import layers\nx = keras.Input((9, 3))\na = layers.LSTM(8)(x)\nb = layers.LSTM(8)(x)\nmodel = keras.Model(x, layers.Dense(1)(layers.add([a, b])))\n',
      /^refused: Line 4: model has recurrent layers beside each other/,
    ],
    [
      'a layer made in a loop',
      'cnn-lstm',
      'import keras\nfrom keras import layers\nmodel = keras.Sequential([keras.Input((9, 3))])\nfor _ in range(2):\n    model.add(layers.LSTM(8, return_sequences=True))\nmodel.add(layers.Dense(1))\n',
      /^refused: Line 5: where a convolution in front of LSTM would go/,
    ],
    [
      'another wrapper',
      'bilstm',
      keras(
        'keras.Input((5, 20, 4))',
        'layers.TimeDistributed(layers.LSTM(16))',
        'layers.Flatten()',
        'layers.Dense(1)',
      ),
      /^refused: Line 6: /,
    ],
  ])('%s', (_, architecture, text, message) => {
    expect(rewrite('model.py', text, architecture)).toMatch(message);
  });

  it.each<[string, Architecture, string, RegExp]>([
    [
      'a second method that calls the layer, for a convolution',
      'cnn-lstm',
      `${torch([lstm], [call, 'return self.fc(h[-1])'])}
    def embed(self, x):
        return self.lstm(x)[1][0]
`,
      /^refused: Line 15: self\.lstm is called here too/,
    ],
    [
      'a second method that calls the layer, for two directions',
      'bilstm',
      `${torch([lstm], [call, 'return self.fc(h[-1])'])}
    def embed(self, x):
        return self.lstm(x)[1][0]
`,
      /^refused: Line 15: self\.lstm is called here too/,
    ],
    [
      'a loop of unknown length that calls the layer again',
      'cnn-lstm',
      torch(
        [lstm],
        [call, 'y = self.fc(h[-1])', 'for _ in range(more):', '    y = self.fc(self.lstm(x)[0][:, -1])', 'return y'],
        'x, more=0',
      ),
      /^refused: Line 14: self\.lstm is called here too/,
    ],
    [
      'a function that calls the layer of a model',
      'gru',
      `${torch([lstm], [call, 'return self.fc(h[-1])'])}
def features(model, x):
    out, (h, c) = model.lstm(x)
    return h[-1]
`,
      /^refused: Line 15: the layer is called here too/,
    ],
    [
      'a residual connection around one direction',
      'bigru',
      `${torch(
        ['self.lstm = nn.LSTM(16, 16, batch_first=True)'],
        ['out, _ = self.lstm(x)', 'out = out + x', 'return self.fc(out.mean(1))'],
      )}\nNet()(torch.randn(2, 5, 16))\n`,
      /^refused: Line 4: Net is put together in a way/,
    ],
    [
      'an early return of the steps',
      'bilstm',
      torch([lstm], [call, 'if every:', '    return out', 'return self.fc(h[-1])'], 'x, every=False'),
      /^refused: Line 13: a result of lstm is returned here, in one of several ways out/,
    ],
    [
      'an initial cell state that is trained',
      'gru',
      torch(
        [lstm, 'self.h0 = nn.Parameter(torch.zeros(1, 1, 16))', 'self.c0 = nn.Parameter(torch.zeros(1, 1, 16))'],
        [
          'n = x.size(0)',
          'out, _ = self.lstm(x, (self.h0.repeat(1, n, 1), self.c0.repeat(1, n, 1)))',
          'return self.fc(out[:, -1])',
        ],
      ),
      /^refused: Line 14: the initial cell state is trained/,
    ],
    [
      'a caller that takes the hidden state of the pair',
      'gru',
      'import torch\nfrom torch import nn\n\nclass Encoder(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.rnn = nn.LSTM(8, 16, batch_first=True)\n\n    def forward(self, x):\n        out, hidden = self.rnn(x)\n        return out, hidden\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.encoder = Encoder()\n        self.fc = nn.Linear(16, 2)\n\n    def forward(self, x):\n        out, (h, c) = self.encoder(x)\n        return self.fc(h[-1])\n\nNet()(torch.randn(2, 5, 8))\n',
      /^refused: Line 13: Net is put together in a way that cannot be made a GRU/,
    ],
    [
      'a Lambda layer whose output shape is written out',
      'bilstm',
      keras(
        'keras.Input((20, 4))',
        'layers.LSTM(16)',
        'layers.Lambda(lambda x: x * 2, output_shape=(16,))',
        'layers.Dense(1)',
      ),
      /^refused: Line 7: the output_shape written here would no longer be right/,
    ],
    [
      'a layer that the program looks up by its number',
      'cnn-lstm',
      `${keras('keras.Input((20, 4))', 'layers.LSTM(16)', 'layers.Dense(1)')}print(model.layers[0].units)\n`,
      /^refused: Line 9: a layer is looked up here by its number/,
    ],
    [
      'a layer that the program looks up by a name made of its class',
      'bilstm',
      `${keras('keras.Input((20, 4))', 'layers.LSTM(16)', 'layers.Dense(1)')}print(model.get_layer("lstm").units)\n`,
      /^refused: Line 9: a layer is looked up here by the name that its class gives it/,
    ],
  ])('%s', (_, architecture, text, message) => {
    expect(rewrite('model.py', text, architecture)).toMatch(message);
  });

  it.each<[string, string, Architecture]>([
    ['a shape that is a function of the input', 'lambda shape: shape', 'bilstm'],
    ['a shape of which nothing changes', '(16,)', 'gru'],
  ])('nothing on account of a Lambda layer with %s', (_, shape, architecture) => {
    const lambda = `layers.Lambda(lambda x: x * 2, output_shape=${shape})`;
    const text = keras('keras.Input((20, 4))', 'layers.LSTM(16)', lambda, 'layers.Dense(1)');
    expect(rewrite('model.py', text, architecture)).not.toMatch(/^refused/);
  });

  it('a width that comes from elsewhere', () => {
    const text = `import sys\n${keras('keras.Input((20, 4))', 'layers.LSTM(units)', 'layers.Dense(1)').replace(
      '\nmodel',
      '\nunits = 2 * 8\nmodel',
    )}`;
    expect(rewrite('model.py', text, 'gru', 8)).toMatch(/^refused: Line 8: where the width of gru comes from/);
  });

  it('a framework of which only cells are changed', () => {
    const text = `import flax.linen as nn\n\nclass Net(nn.Module):\n    @nn.compact\n    def __call__(self, x):\n        return nn.Dense(1)(nn.RNN(nn.LSTMCell(8))(x))\n`;
    expect(rewrite('model.py', text, 'bilstm')).toMatch(/^refused: /);
  });
});

describe('the width', () => {
  it.each<[string, string, string]>([
    ['of a literal', 'layers.LSTM(32)', 'layers.LSTM(8)'],
    ['of a keyword', 'layers.LSTM(units=32)', 'layers.LSTM(units=8)'],
    [
      'of a stack',
      'layers.LSTM(32, return_sequences=True),\n    layers.LSTM(16)',
      'layers.LSTM(8, return_sequences=True),\n    layers.LSTM(4)',
    ],
  ])('%s', (_, before, after) => {
    const text = (layers: string): string => keras('keras.Input((20, 4))', layers, 'layers.Dense(1)');
    expect(rewrite('model.py', text(before), 'lstm', 8)).toBe(text(after));
  });
});

it('uses the attention that an earlier rewrite defined', () => {
  const model = (name: string): string =>
    `${name} = keras.Sequential([keras.Input((9, 3)), layers.LSTM(8), layers.Dense(1)])\n`;
  const once = rewrite('model.py', `import keras\nfrom keras import layers\n\n${model('first')}`, 'cnn-lstm-attention');
  const twice = rewrite('model.py', once + model('second'), 'cnn-lstm-attention');
  expect(twice.match(/class AttentionPooling/g)).toHaveLength(1);
  expect(twice.match(/AttentionPooling\(\)/g)).toHaveLength(2);
});
