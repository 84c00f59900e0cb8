/** The rule fires on lengths in no order, is quiet where something sorts or the order is open, and its fix lets PyTorch sort. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';

const code = 'packed-unsorted';
const { checkFindings, checkFix } = checksOf(code);

const program = (...lines: readonly string[]): string => `import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

rnn = nn.GRU(8, 16)

def encode(batch):
${lines.map((line) => (line.startsWith('#') ? line : `    ${line}`)).join('\n')}
    return rnn(packed)
`;

const counted = 'lengths = [len(s) for s in batch]';
const padded = 'x = pad_sequence(batch)';
const pack = 'packed = pack_padded_sequence(x, lengths)';
const mark = `#            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ ${code}`;
const free = 'packed = pack_padded_sequence(x, lengths, enforce_sorted=False)';

describe('fires', () => {
  it.each([
    ['on lengths of a batch that is padded here', [counted, padded]],
    ['on a tensor of them', ['lengths = torch.tensor([len(s) for s in batch])', padded]],
    ['on lengths counted from a mask', ['x = pad_sequence(batch)', 'lengths = (x != 0).sum(0)']],
    ['on a list in no order', ['lengths = [2, 5, 3]', 'x = batch']],
  ])('%s', (_, lines) => checkFindings(program(...lines, pack, mark)));
});

describe('does not fire', () => {
  it.each([
    ['where PyTorch may sort', [counted, padded, free]],
    ['where the batch is sorted', ['batch = sorted(batch, key=len, reverse=True)', counted, padded, pack]],
    ['on a list in order', ['lengths = [5, 3, 3]', 'x = batch', pack]],
    ['on lengths that are given', ['x, lengths = batch', pack]],
    ['on a batch that another function may have sorted', [counted, 'x = stack(batch)', pack]],
  ])('%s', (_, lines) => checkFindings(program(...lines)));
});

it('fixes by letting PyTorch sort', () => checkFix(program(counted, padded, pack), program(counted, padded, free)));
