/** The rule fires on one length repeated, and on nothing else: packing is right for lengths that differ. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';
import { torchModule } from '../testing/torchModule';

const code = 'packed-equal-lengths';
const { checkFindings, checkNoFix } = checksOf(code);

const program = (...forward: readonly string[]): string =>
  torchModule(['self.rnn = nn.GRU(8, 16, batch_first=True)'], [...forward, 'return self.rnn(packed)[1]'], 'x, lengths');

const pack = 'packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)';
const mark = `#                ${'^'.repeat(63)} ${code}`;

describe('fires', () => {
  it.each(['lengths = [x.size(1)] * x.size(0)', 'lengths = torch.full((x.size(0),), 20)'])('on %s', (made) => {
    checkFindings(program(made, pack, mark));
    checkNoFix(program(made, pack));
  });
});

describe('does not fire', () => {
  it.each([
    ['on lengths that are given', [pack]],
    ['on counted lengths', ['lengths = [len(s) for s in x]', pack]],
    ['on a list that repeats two', ['lengths = [9, 4] * 8', pack]],
    ['on lengths that are changed afterwards', ['lengths = torch.full((4,), 20)', 'lengths = cut(lengths)', pack]],
  ])('%s', (_, forward) => checkFindings(program(...forward)));
});
