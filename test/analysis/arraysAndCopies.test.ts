/** Models whose sizes come from NumPy's arrays, and copies of models, with the parameters that PyTorch and Keras count. */
import { describe, expect, test } from 'vitest';
import { formatAmount } from '../../model/costs/amount';
import { modelCosts } from '../../model/costs/model';
import { analyseFile } from '../../server/src/analysis';

function parametersOf(source: string, which: 'parameters' | 'trainable' = 'parameters'): string {
  const models = analyseFile('model.py', source).models.filter(({ name }) => /^[MN]$/.test(name));
  const amounts = models.map((model) => modelCosts(model)[which]);
  return amounts.map((amount) => (amount.grade === 'unknown' ? '?' : formatAmount(amount))).join(' | ');
}

const torch = (body: string): string =>
  `import copy
from functools import partial
import numpy as np, torch, torch.nn as nn
class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(2, 3)
        self.w = nn.Parameter(torch.zeros(5))
class M(nn.Module):
    def __init__(self):
        super().__init__()
        ${body.replaceAll('\n', '\n        ')}
`;

const modules: Readonly<Record<string, readonly [body: string, parameters: string]>> = {
  'copies of a layer': [
    'layer = nn.GRU(4, 8)\nself.layers = nn.ModuleList([copy.deepcopy(layer) for _ in range(3)])',
    '1,008',
  ],
  'one layer several times': ['layer = nn.GRU(4, 8)\nself.layers = nn.ModuleList([layer for _ in range(3)])', '336'],
  'a copy of a list': [
    'self.one = nn.ModuleList([nn.Linear(2, 3), nn.Linear(3, 4)])\nself.two = copy.deepcopy(self.one)',
    '50',
  ],
  'a copy keeps what is shared within': [
    'pair = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8))\npair[1].weight = pair[0].weight\nself.pair = pair\nself.two = copy.deepcopy(pair)',
    '160',
  ],
  'copies of a module': [
    'self.x = Inner()\nself.y = copy.deepcopy(self.x)\nself.z = nn.ModuleList([copy.deepcopy(self.x) for _ in range(2)])',
    '56',
  ],
  'a copy that is changed': ['self.x = Inner()\nself.y = copy.deepcopy(self.x)\nself.y.a = nn.Linear(1, 1)', '21'],
  'a copy of a parameter': ['self.p = nn.Parameter(torch.zeros(3))\nself.q = copy.deepcopy(self.p)', '6'],
  'a class with arguments bound': [
    'Rnn = partial(nn.LSTM, batch_first=True, num_layers=2)\nself.a = Rnn(4, 8)',
    '1,024',
  ],
  'embeddings of an array': [
    'weights = np.zeros((50, 8))\nself.e = nn.Embedding.from_pretrained(torch.from_numpy(weights / 2), freeze=False)',
    '400',
  ],
  'embeddings of a tensor': ['self.e = nn.Embedding.from_pretrained(torch.randn(10, 3))', '30'],
  'embeddings of a list': [
    'self.e = nn.Embedding.from_pretrained(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))',
    '6',
  ],
  'embeddings of something loaded': ['self.e = nn.Embedding.from_pretrained(torch.load("x.pt"))', '?'],
};

describe('PyTorch', () => {
  test.each(Object.entries(modules))('%s', (_, [body, parameters]) => {
    expect(parametersOf(torch(body))).toBe(parameters);
  });

  test.each([
    ['self.e = nn.Embedding.from_pretrained(torch.randn(10, 3))', '0'],
    ['self.e = nn.Embedding.from_pretrained(torch.randn(10, 3), freeze=False)', '30'],
  ])('%s trains %s', (body, trainable) => {
    expect(parametersOf(torch(body), 'trainable')).toBe(trainable);
  });
});

const keras = (body: string): string =>
  `from functools import reduce
import numpy as np
import keras
from keras import layers
${body}
`;

const programs: Readonly<Record<string, readonly [body: string, parameters: string]>> = {
  'shapes through arithmetic': [
    'x = np.random.rand(100, 20, 3).astype("float32") / 255\ny = np.zeros((100, 2))\nM = keras.Sequential([keras.Input(x.shape[1:]), layers.LSTM(4), layers.Dense(y.shape[-1])])',
    '138',
  ],
  'a reshaped array': [
    'x = np.ones((100, 20, 3))\nM = keras.Sequential([keras.Input(x.reshape((100, -1, 6)).shape[1:]), layers.LSTM(len(x[0, :2]))])',
    '72',
  ],
  'an array of a list': [
    'data = np.array([[1, 2, 3], [4, 5, 6]], dtype=float)\nM = keras.Sequential([keras.Input((None, data[:, 1:].shape[1])), layers.LSTM(4)])',
    '112',
  ],
  'an axis of its own': [
    'x = np.expand_dims(np.ones((7, 5)), -1)\nM = keras.Sequential([keras.Input(x.shape[1:]), layers.LSTM(4)])',
    '96',
  ],
  'data of a known kind, asked for twice': [
    '(x, _), _ = keras.datasets.mnist.load_data()\nx = x / 255\nM = keras.Sequential([keras.Input((5, x.shape[2])), layers.LSTM(4), layers.Dense(x.shape[2])])',
    '21·x.shape[2] + 80',
  ],
  'data that are loaded, asked for twice': [
    'raw = np.loadtxt("a.csv")\nM = keras.Sequential([keras.Input((None, raw.shape[-1])), layers.LSTM(4), layers.Dense(raw.shape[-1])])',
    '21·raw.shape[-1] + 80',
  ],
  'data of two files': [
    'x = np.loadtxt("a.csv")\nn = x.shape[-1]\nx = np.loadtxt("b.csv")\nM = keras.Sequential([keras.Input((None, n)), layers.LSTM(4), layers.Dense(x.shape[-1])])',
    '16·n + 5·x@7.shape[-1] + 80',
  ],
  'an array that takes another shape': [
    'x = np.ones((4, 6))\nx.shape = (8, 3)\nM = keras.Sequential([keras.Input((5, x.shape[1])), layers.LSTM(4)])',
    '128',
  ],
  'an array that may take another shape': [
    'x = np.ones((4, 6))\nif flag:\n    x.resize((8, 3))\nM = keras.Sequential([keras.Input((5, x.shape[1])), layers.LSTM(4)])',
    '?',
  ],
  'layers applied by reduce': [
    'i = keras.Input((5, 2))\no = reduce(lambda x, l: l(x), [layers.LSTM(3, return_sequences=True), layers.GRU(4)], i)\nM = keras.Model(i, o)',
    '180',
  ],
};

describe('Keras', () => {
  test.each(Object.entries(programs))('%s', (_, [body, parameters]) => {
    expect(parametersOf(keras(body))).toBe(parameters);
  });
});
