/** The rule fires on the pair of an LSTM, is quiet on the tensor of a GRU, and its fix maps over the pair. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';
import { torchModule } from '../testing/torchModule';

const { checkFindings, checkFix, checkNoFix } = checksOf('lstm-state-as-tensor');

const lstm = ['self.rnn = nn.LSTM(8, 16)'];
const code = 'lstm-state-as-tensor';

function training(cell: string, ...loop: readonly string[]): string {
  return `${torchModule([`self.rnn = nn.${cell}(8, 16)`], ['out, hidden = self.rnn(x, hidden)', 'return out, hidden'], 'x, hidden')}
model = Net()
hidden = None
for batch in batches:
    out, hidden = model(batch, hidden)
${loop.map((line) => (line.startsWith('#') ? line : `    ${line}`)).join('\n')}
`;
}

describe('fires', () => {
  it('in forward', () => {
    checkFindings(
      torchModule(lstm, [
        'out, hidden = self.rnn(x)',
        'print(hidden.size())',
        `#             ^^^^^^^^^^^^^ ${code}`,
        'return out, hidden.detach()',
        `#                   ^^^^^^^^^^^^^^^ ${code}`,
      ]),
    );
  });

  it('on a state that the module keeps', () => {
    checkFindings(
      torchModule(lstm, [
        'self.hidden = self.hidden.detach()',
        `#                     ^^^^^^^^^^^^^^^^^^^^ ${code}`,
        'out, self.hidden = self.rnn(x, self.hidden)',
        'return out',
      ]),
    );
  });

  it('in the loop that trains the model', () => {
    checkFindings(training('LSTM', 'hidden.detach_()', `#   ^^^^^^^^^^^^^^^^ ${code}`));
  });

  it('on the state of the round before', () => {
    const rounds = (...lines: readonly string[]): string =>
      training('LSTM', 'losses.append(out)').replace(
        '    out, hidden = model',
        `${lines.map((line) => (line.startsWith('#') ? line : `    ${line}`)).join('\n')}\n    out, hidden = model`,
      );
    checkFindings(
      rounds('if hidden is not None:', '    hidden = hidden.detach()', `#                ^^^^^^^^^^^^^^^ ${code}`),
    );
    checkFindings(rounds('hidden = start(batch)', 'print(hidden.shape)'));
    checkFindings(rounds('hidden = hidden and repackage(hidden)', 'print(hidden.shape)'));
  });
});

describe('on a state that a method makes', () => {
  const made = (returned: string, ...lines: readonly string[]): string =>
    `${torchModule(lstm, ['return self.rnn(x, hidden)'], 'x, hidden')}
    def init_hidden(self, size):
        h = torch.zeros(1, size, 16)
        return ${returned}

model = Net()
hidden = model.init_hidden(4)
if torch.cuda.is_available():
${lines.map((line) => (line.startsWith('#') ? line : `    ${line}`)).join('\n')}
`;

  it('fires on a pair', () => {
    checkFindings(made('(h, h.clone())', 'hidden = hidden.cuda()', `#            ^^^^^^^^^^^^^ ${code}`));
    checkFix(
      made('h, h.clone()', 'hidden = hidden.cuda()'),
      made('h, h.clone()', 'hidden = tuple(state.cuda() for state in hidden)'),
    );
  });

  it('does not on a tensor', () => checkFindings(made('h', 'hidden = hidden.cuda()')));
});

describe('does not fire', () => {
  it.each([
    ['on the tensors of the pair', ['out, (h, c) = self.rnn(x)', 'return out, h.detach(), c.detach()']],
    ['on one of the two', ['out, hidden = self.rnn(x)', 'return hidden[0].size()']],
    ['on another value of that name', ['out, hidden = self.rnn(x)', 'hidden = hidden[0]', 'return hidden.detach()']],
    [
      'where the kind is asked for',
      ['out, hidden = self.rnn(x)', 'if not isinstance(hidden, tuple):', '    hidden = hidden.detach()', 'return out'],
    ],
  ])('%s', (_, forward) => checkFindings(torchModule(lstm, forward)));

  it('on the state of a GRU', () => {
    checkFindings(torchModule(['self.rnn = nn.GRU(8, 16)'], ['out, hidden = self.rnn(x)', 'return hidden.detach()']));
    checkFindings(training('GRU', 'hidden.detach_()'));
  });

  it('on a layer that is an LSTM only for some arguments', () => {
    checkFindings(`from torch import nn

class Net(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.rnn = nn.LSTM(8, 16) if cell == "lstm" else nn.GRU(8, 16)

    def forward(self, x):
        out, hidden = self.rnn(x)
        return out, hidden.detach()
`);
  });
});

describe('fixes', () => {
  it.each([
    ['hidden = hidden.detach()', 'hidden = tuple(state.detach() for state in hidden)'],
    ['hidden.detach_()', 'hidden = tuple(state.detach() for state in hidden)'],
    ['hidden = hidden.to("cpu")', 'hidden = tuple(state.to("cpu") for state in hidden)'],
  ])('%s', (before, after) => checkFix(training('LSTM', before), training('LSTM', after)));

  it('a pair that is called a state itself', () => {
    const named = (line: string): string => training('LSTM', line).replaceAll('hidden', 'state');
    checkFix(
      named('hidden = hidden.detach()'),
      named('hidden = PAIR').replace('PAIR', 'tuple(tensor.detach() for tensor in state)'),
    );
  });

  it('leaves what a pair cannot answer', () => checkNoFix(training('LSTM', 'print(hidden.shape)')));
});
