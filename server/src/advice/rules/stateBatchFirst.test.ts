/** The rule fires on states read or made batch-first, is quiet on what moves axes first, and its fix turns them round. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';
import { mark, torchModule } from '../testing/torchModule';

const module = (layers: readonly string[], ...forward: readonly string[]): string => torchModule(layers, forward);

const code = 'state-batch-first';
const { checkFindings, checkFix, checkNoFix } = checksOf(code);

const gru = 'self.rnn = nn.GRU(8, 16, num_layers=2, batch_first=True)';
const call = 'out, h = self.rnn(x)';

describe('reading fires', () => {
  it.each(['h[:, -1]', 'h[:, -1, :]'])('on %s', (read) => {
    const line = `return ${read}`;
    checkFindings(module([gru], call, line, mark(line, read, code)));
  });

  it('on the state of an LSTM', () => {
    const line = 'return c[:, -1]';
    checkFindings(
      module(['self.rnn = nn.LSTM(8, 16)'], 'out, (h, c) = self.rnn(x)', line, mark(line, 'c[:, -1]', code)),
    );
  });
});

describe('reading does not fire', () => {
  it.each([
    ['on the output', 'out[:, -1]'],
    ['on the last layer', 'h[-1]'],
    ['after a transpose', 'h.transpose(0, 1)[:, -1]'],
    ['after a permute', 'h.permute(1, 0, 2)[:, -1]'],
    ['on one sequence that is asked for', 'h[:, 0]'],
    ['on the features', 'h[:, :, -1]'],
  ])('%s', (_, read) => checkFindings(module([gru], call, `return ${read}`)));

  it('on the state of a single step', () => {
    checkFindings(module(['self.rnn = nn.GRUCell(8, 16)'], 'h = self.rnn(x)', 'return h[:, -1]'));
  });
});

describe('an initial state', () => {
  const made = (zeros: string): string => module([gru], `h0 = ${zeros}`, 'out, h = self.rnn(x, h0)', 'return out');

  it('fires with the batch in front', () => {
    const line = 'out, h = self.rnn(x, h0)';
    checkFindings(
      module([gru], 'h0 = torch.zeros(x.size(0), 2, 16)', line, mark(line, 'self.rnn(x, h0)', code), 'return out'),
    );
  });

  it.each([
    ['with the layers in front', 'torch.zeros(2, x.size(0), 16)'],
    ['of sizes that are not known', 'torch.zeros(n, 2, 16)'],
    ['that is turned round', 'torch.zeros(x.size(0), 2, 16).transpose(0, 1)'],
  ])('does not fire %s', (_, zeros) => checkFindings(made(zeros)));

  it('is made as PyTorch wants it', () => {
    checkFix(made('torch.zeros(x.size(0), 2, 16)'), made('torch.zeros(2, x.size(0), 16)'));
    checkFix(made('torch.zeros(x.size(0), 2, 16).to(x.device)'), made('torch.zeros(2, x.size(0), 16).to(x.device)'));
  });

  it('is made so for both states of an LSTM', () => {
    const pair = (sizes: string): string =>
      module(
        ['self.rnn = nn.LSTM(8, 16, 2, batch_first=True)'],
        `h0 = torch.zeros(${sizes}, 16)`,
        `c0 = torch.zeros(${sizes}, 16)`,
        'out, _ = self.rnn(x, (h0, c0))',
        'return out',
      );
    checkFix(pair('x.size(0), 2'), pair('2, x.size(0)'));
  });
});

describe('fixes', () => {
  const reading = (layer: string, read: string): string => module([layer], call, `return ${read}`);

  it('reads the last layer', () => checkFix(reading(gru, 'h[:, -1, :]'), reading(gru, 'h[-1]')));

  it('leaves two directions to the author', () => {
    checkNoFix(reading('self.rnn = nn.GRU(8, 16, bidirectional=True)', 'h[:, -1]'));
  });
});
