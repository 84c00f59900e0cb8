/** The rule fires where two known widths differ, is quiet where one is open, and its fix takes the width of the input. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';
import { torchModule } from '../testing/torchModule';

const { checkFindings, checkFix, checkNoFix } = checksOf('input-size-mismatch');

const forward = ['out, _ = self.rnn(self.embedding(x))', 'return out'];
const model = (layer: string, mark?: string): string =>
  torchModule(
    ['self.embedding = nn.Embedding(50, 100)', `self.rnn = ${layer}`, ...(mark === undefined ? [] : [mark])],
    forward,
  );

it('fires on a layer built for another width', () => {
  checkFindings(model('nn.LSTM(128, 16)', '#                  ^^^^^^^^^^^^^^^^ input-size-mismatch'));
  checkFindings(
    model(
      'nn.GRU(input_size=64, hidden_size=16)',
      '#                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ input-size-mismatch',
    ),
  );
});

it('fires on a stack whose second layer forgets the second direction', () => {
  checkFindings(
    torchModule(
      [
        'self.first = nn.GRU(8, 16, bidirectional=True)',
        'self.second = nn.GRU(16, 16)',
        '#                     ^^^^^^^^^^^^^^ input-size-mismatch',
      ],
      ['out, _ = self.first(x)', 'return self.second(out)[0]'],
    ),
  );
});

describe('does not fire', () => {
  it('on the same width', () => checkFindings(model('nn.LSTM(100, 16)')));

  it('on a width that is a parameter', () =>
    checkFindings(model('nn.LSTM(width, 16)').replace('__init__(self)', '__init__(self, width)')));

  it('on layers of two branches that read the same input', () => {
    checkFindings(
      torchModule(
        ['self.narrow = nn.GRU(8, 16)', 'self.wide = nn.GRU(32, 16)'],
        ['if wide:', '    return self.wide(x)[0]', 'return self.narrow(x)[0]'],
        'x, wide',
      ),
    );
  });
});

it('fixes a number, and leaves a name to the author', () => {
  checkFix(model('nn.LSTM(128, 16)'), model('nn.LSTM(100, 16)'));
  checkNoFix(model('nn.LSTM(hidden, 16)').replace('import torch\n', 'import torch\nhidden = 128\n'));
});
