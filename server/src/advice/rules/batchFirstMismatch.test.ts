/** The rule fires on two signs of the wrong layout, is quiet on one or on signs that disagree, and its fix turns the layer round. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';
import { mark, torchModule } from '../testing/torchModule';

const code = 'batch-first-mismatch';
const { checkFindings, checkFix } = checksOf(code);

const gru = 'nn.GRU(8, 16)';
const state = 'h0 = torch.zeros(1, x.size(0), 16)';
const withState = [state, 'out, _ = self.rnn(x, h0)', 'return out[:, -1]'];

function net(rnn: string, ...forward: readonly string[]): string {
  return torchModule([`self.rnn = ${rnn}`], forward);
}

function marked(rnn: string, ...forward: readonly string[]): string {
  const line = `self.rnn = ${rnn}`;
  return torchModule([line, mark(line, rnn, code)], forward);
}

describe('fires', () => {
  it.each([
    ['on a state and a slice', gru, withState],
    ['on a name and a slice', gru, ['batch_size = x.size(0)', 'out, _ = self.rnn(x)', 'return out[:, -1, :]']],
    ['on names of all axes', gru, ['batch, seq_len, _ = x.shape', 'out, _ = self.rnn(x)', 'return out[:, -1]']],
    ['on a reshape and a slice', gru, ['out, _ = self.rnn(x.view(batch_size, -1, 8))', 'return out[:, -1]']],
    [
      'the other way round',
      'nn.GRU(8, 16, batch_first=True)',
      ['seq_len, batch, _ = x.size()', 'out, _ = self.rnn(x)', 'return out[-1]'],
    ],
  ])('%s', (_, rnn, forward) => checkFindings(marked(rnn, ...forward)));

  const training = (loader: string): string => `
from torch.utils.data import DataLoader
model = Net()
loader = ${loader}
for i, (xs, ys) in enumerate(loader):
    xs, ys = xs.to(device), ys.to(device)
    loss = criterion(model(xs), ys)
`;
  const read = ['out, _ = self.rnn(x)', 'return out[:, -1]'];

  it('on batches of a loader and a slice', () => {
    checkFindings(marked(gru, ...read) + training('DataLoader(data, batch_size=4)'));
  });

  it.each([
    ['that puts batches together itself', 'DataLoader(data, batch_size=4, collate_fn=collate)'],
    ['of another library', 'my_batches(data)'],
  ])('not on a loader %s', (_, loader) => checkFindings(net(gru, ...read) + training(loader)));

  it('not on a loader whose batches are turned round', () => {
    const text = training('DataLoader(data, batch_size=4)').replace('xs.to(device), ys', 'xs.transpose(0, 1), ys');
    checkFindings(net(gru, ...read) + text);
  });
});

describe('does not fire', () => {
  it.each([
    ['on the default alone', gru, ['out, _ = self.rnn(x)', 'return out']],
    ['on a slice alone', gru, ['out, _ = self.rnn(x)', 'return out[:, -1]']],
    ['on a layer that fits', 'nn.GRU(8, 16, batch_first=True)', withState],
    ['on time-major data', gru, ['h0 = torch.zeros(1, x.size(1), 16)', 'out, _ = self.rnn(x, h0)', 'return out[-1]']],
    [
      'where the axes are moved before',
      gru,
      ['batch = x.size(0)', 'out, _ = self.rnn(x.transpose(0, 1))', 'return out[-1]'],
    ],
    [
      'where the name is another tensor by then',
      gru,
      ['batch = x.size(0)', 'x = x.transpose(0, 1)', 'out, _ = self.rnn(x)', 'return out[:, -1]'],
    ],
    ['on signs that disagree', gru, [state, 'out, _ = self.rnn(x, h0)', 'return out[:, -1] + out[-1]']],
    [
      'on a packed sequence',
      gru,
      ['batch = x.size(0)', 'p = nn.utils.rnn.pack_padded_sequence(x, n)', 'out, _ = self.rnn(x)', 'return out[:, -1]'],
    ],
  ])('%s', (_, rnn, forward) => checkFindings(net(rnn, ...forward)));
});

describe('fixes', () => {
  it('the default', () => checkFix(net(gru, ...withState), net('nn.GRU(8, 16, batch_first=True)', ...withState)));

  it('what is written', () => {
    checkFix(
      net('nn.GRU(8, 16, batch_first=False)', ...withState),
      net('nn.GRU(8, 16, batch_first=True)', ...withState),
    );
  });
});
