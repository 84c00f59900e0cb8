/** The rule fires on steps that are padding, is quiet where lengths are heeded, and its fix takes the final state. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';
import { torchModule } from '../testing/torchModule';

const code = 'last-step-of-padding';
const { checkFindings, checkFix, checkNoFix } = checksOf(code);

const layers = ['self.rnn = nn.LSTM(8, 16, batch_first=True)', 'self.fc = nn.Linear(16, 2)'];

function program(forward: readonly string[], imports: readonly string[], after = '', cell = layers): string {
  const text = torchModule(cell, forward, 'x, lengths').replace(
    'from torch import nn\n',
    `from torch import nn\n${imports.map((name) => `from torch.nn.utils.rnn import ${name}\n`).join('')}`,
  );
  return `${text}${after}`;
}

const packing = ['pack_padded_sequence', 'pad_packed_sequence'];
const packed = (state: string, ...rest: readonly string[]): readonly string[] => [
  'packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)',
  `out, ${state} = self.rnn(packed)`,
  'out, _ = pad_packed_sequence(out, batch_first=True)',
  ...rest,
];

const collate = '\ndef collate(batch):\n    return pad_sequence(batch, batch_first=True)\n';

describe('fires', () => {
  it('after unpacking', () => {
    checkFindings(
      program(
        packed('(h, c)', 'return self.fc(out[:, -1, :])', `#                      ^^^^^^^^^^^^^ ${code}`),
        packing,
      ),
    );
  });

  it('where a variable says that the batch comes first', () => {
    const text = program(packed('(h, c)', 'return out[:, -1]'), packing).replaceAll(
      'batch_first=True',
      'batch_first=first',
    );
    checkFindings(text.replace('class Net', 'first = False\nclass Net'));
    checkFix(
      text.replace('class Net', 'first = True\nclass Net'),
      text.replace('class Net', 'first = True\nclass Net').replace('out[:, -1]', 'h[-1]'),
    );
  });

  it('on a batch that the file pads', () => {
    const forward = ['out, _ = self.rnn(x)', 'return self.fc(out[:, -1])', `#                      ^^^^^^^^^^ ${code}`];
    checkFindings(program(forward, ['pad_sequence'], collate));
  });

  it('on the final state of one', () => {
    const forward = ['_, (h, _) = self.rnn(x)', 'return self.fc(h[-1])', `#                      ^^^^^ ${code}`];
    checkFindings(program(forward, ['pad_sequence'], collate));
  });
});

describe('does not fire', () => {
  const last = ['out, _ = self.rnn(x)', 'return self.fc(out[:, -1])'];
  it.each([
    ['on the final state of a packed batch', program(packed('(h, c)', 'return self.fc(h[-1])'), packing)],
    ['on every step', program(packed('(h, c)', 'return self.fc(out)'), packing)],
    ['on the step before each length', program(packed('(h, c)', 'return out[torch.arange(4), lengths - 1]'), packing)],
    ['on the last sequence of a batch', program(packed('(h, c)', 'return out[-1]'), packing)],
    ['where nothing is padded', program(last, [])],
    ['on padding in front', program(last, ['pad_sequence'], collate.replace('True', 'True, padding_side="left"'))],
    [
      'on sequences that are turned round',
      program(last, ['pad_sequence'], collate.replace('batch,', '[b.flip(0) for b in batch],')),
    ],
    ['on Keras’ way of padding, in front', program(last, [], '\ndata = pad_sequences(data, maxlen=9)\n')],
  ])('%s', (_, text) => checkFindings(text));
});

describe('fixes', () => {
  const end = 'return self.fc(out[:, -1])';
  it.each([
    ['(h, c)', '(h, c)', 'h[-1]'],
    ['_', '(h_n, _)', 'h_n[-1]'],
    ['state', 'state', 'state[0][-1]'],
  ])('a state called %s', (before, after, expression) => {
    // An underscore that the unpacking binds again is still never read.
    checkFix(program(packed(before, end), packing), program(packed(after, `return self.fc(${expression})`), packing));
  });

  it('leaves two directions, and a batch without packing, to the author', () => {
    const both = ['self.rnn = nn.LSTM(8, 16, batch_first=True, bidirectional=True)', 'self.fc = nn.Linear(32, 2)'];
    checkNoFix(program(packed('(h, c)', end), packing, '', both));
    checkNoFix(program(['out, _ = self.rnn(x)', end], ['pad_sequence'], collate));
  });
});
