/** Where the source leaves open what a model holds, no number is given, and the reason is said. */
import { describe, expect, test } from 'vitest';
import { formatAmount } from '../../model/costs/amount';
import { modelCosts } from '../../model/costs/model';
import { analyseFile } from '../../server/src/analysis';

const modules: Readonly<Record<string, { readonly body: string; readonly because: RegExp }>> = {
  'a layer class chosen at run time': {
    body: 'self.rnn = getattr(nn, kind)(4, 4)',
    because: /getattr\(nn, kind\)/,
  },
  'a layer that only one branch makes': {
    body: 'if flag:\n            self.rnn = nn.GRU(4, 4)',
    because: /only under a condition/,
  },
  'two layers of which a condition picks one': {
    body: 'self.rnn = nn.GRU(4, 4) if flag else nn.LSTM(4, 4)',
    because: /GRU layer or LSTM layer/,
  },
  'a class that is not found': {
    body: 'from .blocks import Block\n        self.rnn = Block(4)',
    because: /\.blocks\.Block is not found in the workspace/,
  },
  'a module from outside': { body: 'self.rnn = kind', because: /no call gives kind/ },
  'a loop that may stop early': {
    body: 'self.all = nn.ModuleList()\n        for i in range(3):\n            if flag:\n                break\n            self.all.append(nn.Linear(2, 2))',
    because: /only under a condition/,
  },
  'as many layers as something unknown has items': {
    body: 'self.all = nn.ModuleList([nn.Linear(2, 2) for _ in flag])',
    because: /not known/,
  },
  'weights replaced by something else': {
    body: 'self.rnn = nn.Linear(2, 2)\n        self.rnn.weight = load()',
    because: /its weight is replaced/,
  },
};

describe('PyTorch', () => {
  test.each(Object.entries(modules))('%s', (_, { body, because }) => {
    const source = `from torch import nn\nclass Model(nn.Module):\n    def __init__(self, kind, flag):\n        super().__init__()\n        self.first = nn.Linear(2, 3)\n        ${body}\n    def forward(self, x):\n        return self.rnn(self.first(x))\n`;
    const [model] = analyseFile('model.py', source).models;
    const parameters = model && modelCosts(model).parameters;
    expect(parameters?.grade).toBe('unknown');
    expect(parameters?.because).toMatch(because);
  });

  test('layers in a plain list belong to nobody', () => {
    const source =
      'from torch import nn\nclass Model(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.first = nn.Linear(2, 3)\n        self.others = [nn.Linear(9, 9)]\n';
    const [model] = analyseFile('model.py', source).models;
    expect(model && modelCosts(model).parameters.value).toBe(9);
  });
});

const keras: Readonly<Record<string, string>> = {
  'a layer added under a condition':
    'model = keras.Sequential([keras.Input((5, 2)), layers.LSTM(3)])\nif flag:\n    model.add(layers.Dense(7))\n',
  'a branch of a functional model':
    'i = keras.Input((5, 2))\nx = layers.LSTM(3)(i)\nif flag:\n    x = layers.Dense(3)(x)\nmodel = keras.Model(i, x)\n',
  'a layer that is not described': 'model = keras.Sequential([keras.Input((5, 2)), layers.MysteryLayer(3)])\n',
  'layers from somewhere else': 'model = keras.Sequential(load_layers())\n',
  'an input without a shape': 'model = keras.Sequential([layers.LSTM(3)])\n',
};

describe('Keras', () => {
  test.each(Object.entries(keras))('%s', (_, body) => {
    const { models } = analyseFile('model.py', `import keras\nfrom keras import layers\n${body}`);
    expect(models.map((model) => modelCosts(model).parameters.grade)).toEqual(['unknown']);
  });
});

test('a model built in a method that nothing calls is found', () => {
  const source =
    'import keras\nfrom keras import layers\nclass Builder:\n    def __init__(self, units=4):\n        self.units = units\n    def build(self):\n        model = keras.Sequential([keras.Input((5, 2)), layers.LSTM(self.units)])\n        return model\n';
  const { models } = analyseFile('model.py', source);
  expect(models.map((model) => modelCosts(model).parameters.value)).toEqual([112]);
});

test('two inputs of open length have two lengths, and each model counts its own', () => {
  const source =
    'import keras\nfrom keras import layers\na = keras.Input((None, 4))\nb = keras.Input((None, 4))\nx, h, c = layers.LSTM(3, return_state=True)(a)\ny = layers.LSTM(3, return_sequences=True)(b, initial_state=[h, c])\nm = keras.Model([a, b], y)\nd = keras.Input((None, 4))\nn = keras.Model(d, layers.GRU(3)(d))\n';
  const [two, one] = analyseFile('model.py', source).models;
  const macs = [two, one].map((model) => model && formatAmount(modelCosts(model).macs));
  expect(macs).toEqual(['84·T + 84·T_2', '63·T']);
});
