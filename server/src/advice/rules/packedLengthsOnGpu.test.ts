/** The rule fires on lengths that were moved to a GPU, is quiet where they stay or come back, and its fix brings them back. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';
import { torchModule } from '../testing/torchModule';

const code = 'packed-lengths-on-gpu';
const { checkFindings, checkFix } = checksOf(code);

const program = (...forward: readonly string[]): string =>
  `${torchModule(
    ['self.rnn = nn.GRU(8, 16, batch_first=True)'],
    [...forward, 'return self.rnn(packed)[1]'],
    'x, lengths',
  )}\ndevice = torch.device("cuda" if torch.cuda.is_available() else "cpu")\n`.replace(
    'from torch import nn',
    'from torch import nn\nfrom torch.nn.utils.rnn import pack_padded_sequence',
  );

const pack = 'packed = pack_padded_sequence(x, lengths, batch_first=True)';
const mark = `#                                        ^^^^^^^ ${code}`;

describe('fires', () => {
  it.each([
    'lengths = lengths.cuda()',
    'lengths = lengths.to(device).long()',
    'lengths = torch.tensor(sizes, device=device)',
  ])('on %s', (made) => checkFindings(program(made, pack, mark)));

  it('on what is moved in the call', () => {
    checkFindings(
      program(
        'packed = pack_padded_sequence(x, lengths.to(x.device))',
        `#                                        ^^^^^^^^^^^^^^^^^^^^ ${code}`,
      ),
    );
  });
});

describe('does not fire', () => {
  it.each([
    ['on lengths that are given', [pack]],
    ['on lengths that come back', ['lengths = lengths.to(device)', pack.replace('lengths,', 'lengths.cpu(),')]],
    ['on a list', ['lengths = lengths.cuda().tolist()', pack]],
    ['on a device that is the CPU', ['lengths = lengths.to("cpu")', pack]],
    ['on a change of type', ['lengths = lengths.to(torch.int64)', pack]],
    ['on a move in another branch', ['if masked:', '    lengths = lengths.cuda()', '    return lengths', pack]],
  ])('%s', (_, lines) => checkFindings(program(...lines)));
});

it('fixes the argument', () => {
  checkFix(
    program('lengths = lengths.cuda()', pack),
    program('lengths = lengths.cuda()', pack.replace('lengths,', 'lengths.cpu(),')),
  );
  checkFix(
    program(pack.replace('lengths,', 'lengths.long().cuda(),')),
    program(pack.replace('lengths,', 'lengths.long().cpu(),')),
  );
});
