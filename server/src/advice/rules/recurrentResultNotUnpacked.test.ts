/** The rule fires where the pair goes into a layer, is quiet where it is taken apart, and its fix takes the output. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';
import { torchModule } from '../testing/torchModule';

const { checkFindings, checkFix, checkNoFix } = checksOf('recurrent-result-not-unpacked');

const layers = [
  'self.lstm = nn.LSTM(8, 16, batch_first=True)',
  'self.second = nn.GRU(16, 16, batch_first=True)',
  'self.cell = nn.GRUCell(8, 16)',
  'self.fc = nn.Linear(16, 2)',
];

const module = (...forward: readonly string[]): string => torchModule(layers, forward);

describe('fires', () => {
  it('on a call in a call', () => {
    checkFindings(
      module('return self.fc(self.lstm(x))', '#                      ^^^^^^^^^^^^ recurrent-result-not-unpacked'),
    );
  });

  it('on a variable, and on the next recurrent layer', () => {
    checkFindings(
      module(
        'out = self.lstm(x)',
        'out2, _ = self.second(out)',
        '#                             ^^^ recurrent-result-not-unpacked',
        'return self.fc(out2)',
      ),
    );
  });

  it('in nn.Sequential, where nothing can take the pair apart', () => {
    const model = 'import torch.nn as nn\nmodel = nn.Sequential(nn.LSTM(8, 16), nn.Linear(16, 2))\n';
    checkFindings(`${model}#                     ^^^^^^^^^^^^^^ recurrent-result-not-unpacked\n`);
    checkNoFix(model);
  });
});

describe('does not fire', () => {
  it.each([
    ['on the output taken by its index', ['return self.fc(self.lstm(x)[0])']],
    ['on a pair that is unpacked', ['out, _ = self.lstm(x)', 'return self.fc(out)']],
    ['on a pair that is unpacked later', ['out = self.lstm(x)', 'return self.fc(out[0])']],
    ['on a name that is taken again', ['out = self.lstm(x)', 'out = out[0]', 'return self.fc(out)']],
    ['on a cell that gives one tensor', ['return self.fc(self.cell(x))']],
  ])('%s', (_, forward) => checkFindings(module(...forward)));

  it('on a module of the file that takes the pair apart', () => {
    checkFindings(`import torch.nn as nn

class Last(nn.Module):
    def forward(self, pair):
        return pair[0][:, -1]

model = nn.Sequential(nn.LSTM(8, 16, batch_first=True), Last(), nn.Linear(16, 2))
`);
  });
});

it('fixes by taking the output', () => {
  checkFix(module('return self.fc(self.lstm(x))'), module('return self.fc(self.lstm(x)[0])'));
  checkFix(module('out = self.lstm(x)', 'return self.fc(out)'), module('out = self.lstm(x)', 'return self.fc(out[0])'));
});
