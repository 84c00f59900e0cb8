/** The rule fires on what DataParallel splits or pads wrongly, and its fix gives the length of the whole batch. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';
import { torchModule } from '../testing/torchModule';

const code = 'data-parallel-state';
const { checkFindings, checkFix, checkNoFix } = checksOf(code);

const wrap = '\nmodel = Net()\nmodel = nn.DataParallel(model)\n';
const program = (parameters: string, forward: readonly string[], after = wrap): string =>
  torchModule(['self.rnn = nn.GRU(8, 16, batch_first=True)'], forward, parameters) + after;

const unpacked = (
  name: string,
  unpacking = 'nn.utils.rnn.pad_packed_sequence(out, batch_first=True)',
): readonly string[] => [
  `${name} = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)`,
  `out, _ = self.rnn(${name})`,
  `out, _ = ${unpacking}`,
  'return out',
];
const whole = 'nn.utils.rnn.pad_packed_sequence(out, batch_first=True, total_length=x.size(1))';

describe('fires', () => {
  it('on a state that is an argument', () => {
    const text = program('x, hidden', ['out, hidden = self.rnn(x, hidden)', 'return out']);
    checkFindings(text.replace('x, hidden):', `x, hidden):\n    #                    ^^^^^^ ${code}`));
    checkNoFix(text);
  });

  it('on a sequence that is unpacked', () => {
    const [pack = '', call = '', unpack = '', end = ''] = unpacked('packed');
    checkFindings(program('x, lengths', [pack, call, unpack, `#                ${'^'.repeat(55)} ${code}`, end]));
  });
});

describe('does not fire', () => {
  const taking = ['out, hidden = self.rnn(x, hidden)', 'return out'];
  it.each([
    ['on one device', program('x, hidden', taking, '\nmodel = Net()\n')],
    [
      'under DistributedDataParallel',
      program('x, hidden', taking, wrap.replace('nn.Data', 'nn.parallel.DistributedData')),
    ],
    ['along another dimension', program('x, hidden', taking, wrap.replace('(model)', '(model, dim=1)'))],
    ['on a state that forward makes', program('x', ['h = torch.zeros(1, x.size(0), 16)', 'return self.rnn(x, h)[0]'])],
    ['where the length is given', program('x, lengths', unpacked('packed', whole))],
    [
      'on the state of a cell, whose batch comes first',
      program('x, hidden', ['return self.rnn(x, hidden)']).replace(
        'nn.GRU(8, 16, batch_first=True)',
        'nn.GRUCell(8, 16)',
      ),
    ],
  ])('%s', (_, text) => checkFindings(text));
});

it('fixes by the length of the batch, where that still has a name', () => {
  checkFix(program('x, lengths', unpacked('packed')), program('x, lengths', unpacked('packed', whole)));
  checkNoFix(program('x, lengths', unpacked('x')));
});
