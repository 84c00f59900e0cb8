/** The rule fires on the last step of a bidirectional output, is quiet on what is right, and its fix takes both final states. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';

const { checkFindings, checkFix, checkNoFix } = checksOf('bidirectional-last-step');

function module(layer: string, ...forward: readonly string[]): string {
  return `import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = ${layer}
        self.dropout = nn.Dropout(0.1)
        self.fc = nn.Linear(32, 2)

    def forward(self, x):
${forward.map((line) => (line.startsWith('#') ? line : `        ${line}`)).join('\n')}
`;
}

const lstm = 'nn.LSTM(8, 16, batch_first=True, bidirectional=True)';
const gru = 'nn.GRU(8, 16, batch_first=True, bidirectional=True)';

describe('fires', () => {
  it.each([
    ['[:, -1]', lstm, 'out[:, -1]', '^^^^^^^^^^'],
    ['[:, -1, :]', gru, 'out[:, -1, :]', '^^^^^^^^^^^^^'],
    ['[-1] of a time-major output', 'nn.LSTM(8, 16, bidirectional=True)', 'out[-1]', '^^^^^^^'],
  ])('on %s', (_, layer, subscript, carets) => {
    checkFindings(
      module(
        layer,
        'out, _ = self.rnn(x)',
        `return self.fc(${subscript})`,
        `#                      ${carets} bidirectional-last-step`,
      ),
    );
  });

  it('after dropout', () => {
    checkFindings(
      module(
        lstm,
        'out, _ = self.rnn(x)',
        'out = self.dropout(out)',
        'return self.fc(out[:, -1])',
        '#                      ^^^^^^^^^^ bidirectional-last-step',
      ),
    );
  });
});

describe('does not fire', () => {
  it.each([
    ['on one direction', 'nn.LSTM(8, 32, batch_first=True)', 'out[:, -1]'],
    ['on the first half of the features', lstm, 'torch.cat((out[:, -1, :16], out[:, 0, 16:]), dim=1)'],
    ['on another step', lstm, 'out[:, 0]'],
    ['beside the first step, where the other direction ends', lstm, 'torch.cat((out[:, 0], out[:, -1]), dim=1)'],
    ['on the last sequence of the batch', lstm, 'out[-1]'],
  ])('%s', (_, layer, expression) => {
    checkFindings(module(layer, 'out, _ = self.rnn(x)', `return self.fc(${expression})`));
  });
});

describe('fixes', () => {
  const fixed = 'return self.fc(torch.cat((h_n[-2], h_n[-1]), dim=1))';

  it.each([
    ['an ignored state of an LSTM', lstm, 'out, _ = self.rnn(x)', 'out, (h_n, _) = self.rnn(x)'],
    ['an ignored state of a GRU', gru, 'out, _ = self.rnn(x)', 'out, h_n = self.rnn(x)'],
    ['an ignored pair', lstm, 'out, (_, _) = self.rnn(x)', 'out, (h_n, _) = self.rnn(x)'],
    ['a state with that name', gru, 'out, h_n = self.rnn(x)', 'out, h_n = self.rnn(x)'],
  ])('%s', (_, layer, before, after) => {
    checkFix(module(layer, before, 'return self.fc(out[:, -1])'), module(layer, after, fixed));
  });

  it.each([
    ['a pair', lstm, 'out, (hidden, cell) = self.rnn(x)', 'torch.cat((hidden[-2], hidden[-1]), dim=1)'],
    ['a pair with one name', lstm, 'out, state = self.rnn(x)', 'torch.cat((state[0][-2], state[0][-1]), dim=1)'],
  ])('%s', (_, layer, call, expression) => {
    checkFix(
      module(layer, call, 'return self.fc(out[:, -1, :])'),
      module(layer, call, `return self.fc(${expression})`),
    );
  });

  it('imports torch where only its parts are', () => {
    const before = module(gru, 'out, h_n = self.rnn(x)', 'return self.fc(out[:, -1])').replace('import torch\n', '');
    checkFix(before, module(gru, 'out, h_n = self.rnn(x)', fixed));
  });

  it.each([
    [
      'the output goes through dropout first',
      ['out, _ = self.rnn(x)', 'out = self.dropout(out)', 'return self.fc(out[:, -1])'],
    ],
    ['the state has no name to be', ['h_n = x', 'out, _ = self.rnn(x)', 'return self.fc(out[:, -1])']],
    ['the output is not unpacked', ['return self.fc(self.rnn(x)[0][:, -1])']],
  ])('leaves it to the author where %s', (_, forward) => {
    checkNoFix(module(lstm, ...forward));
  });
});
