/** The rule fires where a row holds several sequences, is quiet where nothing is mixed, and its fix brings the batch to the front. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';
import { mark, torchModule } from '../testing/torchModule';

const module = (layers: readonly string[], ...forward: readonly string[]): string => torchModule(layers, forward);

const code = 'state-reshaped';
const { checkFindings, checkFix } = checksOf(code);

const both = 'self.rnn = nn.GRU(8, 16, batch_first=True, bidirectional=True)';
const call = 'out, h = self.rnn(x)';

describe('fires', () => {
  it.each([
    ['with all features in a row', both, 'h.view(-1, 32)'],
    ['with as many rows as sequences', both, 'h.view(x.size(0), -1)'],
    ['on reshape', both, 'h.reshape(x.size(0), 32)'],
    ['on the last layer of several', 'self.rnn = nn.GRU(8, 16, 2, bidirectional=True)', 'h[-2:].reshape(-1, 32)'],
    ['on stacked layers', 'self.rnn = nn.GRU(8, 16, num_layers=3)', 'h.view(-1, 48)'],
    ['with an axis of one beside', both, 'h.view(-1, 32, 1)'],
    ['on rows that are called a batch', both, 'h.view(batch_size, -1)'],
  ])('%s', (_, layer, read) => {
    const line = `return ${read}`;
    checkFindings(module([layer], call, line, mark(line, read, code)));
  });
});

describe('does not fire', () => {
  it.each([
    ['on one layer and direction', 'self.rnn = nn.GRU(8, 16)', 'h.view(-1, 16)'],
    ['on one layer that is squeezed', 'self.rnn = nn.GRU(8, 16)', 'h.view(x.size(1), -1)'],
    ['where layers and directions are told apart', both, 'h.view(1, 2, -1, 16)'],
    ['where each state keeps its row', both, 'h.reshape(-1, 16)'],
    ['after the batch was brought to the front', both, 'h.transpose(0, 1).reshape(-1, 32)'],
    ['after a permute', both, 'h.permute(1, 0, 2).contiguous().view(-1, 32)'],
    ['on one of the states', both, 'h[-1].view(-1, 16)'],
    ['for a batch of one', both, 'h.view(1, -1)'],
    ['on joined states', both, 'torch.cat((h[0], h[1]), 1).view(-1, 32)'],
    ['on the output', both, 'out.reshape(-1, 32)'],
  ])('%s', (_, layer, read) => checkFindings(module([layer], call, `return ${read}`)));
});

it('brings the batch to the front', () => {
  const net = (read: string): string => module([both], call, `return ${read}`);
  checkFix(net('h.view(x.size(0), -1)'), net('h.transpose(0, 1).reshape(x.size(0), -1)'));
  checkFix(net('h.reshape(-1, 32)'), net('h.transpose(0, 1).reshape(-1, 32)'));
  checkFix(net('torch.reshape(h, (-1, 32))'), net('h.transpose(0, 1).reshape((-1, 32))'));
});
