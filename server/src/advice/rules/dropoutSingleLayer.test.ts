/** The rule fires where dropout does nothing, is quiet where it does something, and its fix changes no result. */
import { describe, expect, it } from 'vitest';
import { analyseFile } from '../../analysis';
import { findingsOf } from '../findings';
import { checksOf } from '../testing/checkFindings';

const { checkFindings, checkFix } = checksOf('dropout-single-layer');

function module(layer: string, parameters = ''): string {
  return `import torch
from torch import nn

class Net(nn.Module):
    def __init__(self${parameters}):
        super().__init__()
        self.rnn = ${layer}

    def forward(self, x):
        return self.rnn(x)[0]
`;
}

describe('fires', () => {
  it('with the default of one layer', () => {
    checkFindings(
      module('nn.LSTM(8, 16, dropout=0.5)\n#                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ dropout-single-layer'),
    );
  });

  it('with one layer written out', () => {
    checkFindings(
      module('nn.GRU(8, 16, 1, dropout=0.5)\n#                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ dropout-single-layer'),
    );
  });

  it('with a default that a construction of the class takes', () => {
    checkFindings(
      `${module('nn.GRU(8, 16, n, dropout=0.5)\n#                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ dropout-single-layer', ', n=1')}\nnet = Net()\n`,
    );
  });
});

it.each([
  ['takes the default', 'Net()', ['dropout-single-layer']],
  ['asks for several layers', 'Net(n=3)', []],
])('judges by another file, which %s', (_, construction, codes) => {
  const files = new Map([
    ['net.py', module('nn.LSTM(8, 16, n, dropout=0.5)', ', n=1')],
    ['train.py', `from net import Net\n\nmodel = ${construction}\n`],
  ]);
  const workspace = { read: (path: string) => files.get(path), importersOf: () => ['train.py'] };
  const found = findingsOf(analyseFile('net.py', files.get('net.py') ?? '', workspace));
  expect(found.map(({ code }) => code)).toEqual(codes);
});

describe('does not fire', () => {
  it('with the default of a class that is only named, with a type', () => {
    checkFindings(`${module('nn.LSTM(8, 16, n, dropout=0.5)', ', n: int = 1')}
models = {'net': Net}
`);
  });

  it.each([
    ['with two layers', 'nn.LSTM(8, 16, num_layers=2, dropout=0.5)'],
    ['without dropout', 'nn.LSTM(8, 16)'],
    ['with a dropout of zero', 'nn.LSTM(8, 16, dropout=0.0)'],
  ])('%s', (_, layer) => {
    checkFindings(module(layer));
  });

  it('where dropout depends on the number of layers', () => {
    checkFindings(module('nn.LSTM(8, 16, n, dropout=0.5 if n > 1 else 0.0)', ', n=1'));
  });

  it.each([
    ['n', ''],
    ['num_layers=self.n', '        self.n = n\n'],
  ])('with the default of a parameter that nobody takes, given as %s', (argument, statement) => {
    const layer = `nn.LSTM(8, 16, ${argument}, dropout=0.5)`;
    checkFindings(module(layer, ', n=1').replace('        self.rnn', `${statement}        self.rnn`));
  });

  it('where another call of the class has several layers', () => {
    checkFindings(`${module('nn.LSTM(8, 16, n, dropout=0.5)', ', n')}
small = Net(1)
large = Net(3)
`);
  });
});

describe('fixes', () => {
  it.each([
    ['nn.LSTM(8, 16, dropout=0.5)', 'nn.LSTM(8, 16)'],
    ['nn.LSTM(8, 16, dropout=0.5, batch_first=True)', 'nn.LSTM(8, 16, batch_first=True)'],
    [
      'nn.LSTM(\n            8,\n            16,\n            dropout=0.5,\n        )',
      'nn.LSTM(\n            8,\n            16,\n        )',
    ],
  ])('%j', (before, after) => {
    checkFix(module(before), module(after));
  });

  it('keeps the dropout for those who ask for more layers', () => {
    checkFix(
      `${module('nn.LSTM(8, 16, n, dropout=p)', ', n=1, p=0.5')}net = Net()\n`,
      `${module('nn.LSTM(8, 16, n, dropout=p if n > 1 else 0.0)', ', n=1, p=0.5')}net = Net()\n`,
    );
  });
});
