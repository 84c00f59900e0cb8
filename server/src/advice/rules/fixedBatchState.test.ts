/** The rule fires where a loader's last batch meets a state of fixed size; the fix asks the batch, or drops the last one. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';

const code = 'fixed-batch-state';
const { checkFindings, checkFix, checkNoFix } = checksOf(code);

const program = (...lines: readonly string[]): string => `import torch
from torch import nn
from torch.utils.data import DataLoader

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 16, batch_first=True)

    def forward(self, x, hidden):
        return self.lstm(x, hidden)

    def init_hidden(self, size):
        return torch.zeros(1, size, 16), torch.zeros(1, size, 16)

batch_size = 50
model = Net()
${lines.join('\n')}
`;

const loader = 'loader = DataLoader(data, batch_size=batch_size, shuffle=True)';
const inside = [
  'for x, y in loader:',
  '    hidden = model.init_hidden(batch_size)',
  '    out, hidden = model(x, hidden)',
];
const before = [
  'hidden = model.init_hidden(batch_size)',
  'for i, (x, y) in enumerate(loader):',
  '    out, hidden = model(x, hidden)',
];

describe('fires', () => {
  it('in the loop', () => {
    const [head = '', made = '', use = ''] = inside;
    checkFindings(program(loader, head, made, `#            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ ${code}`, use));
    checkFindings(
      program(
        'loader = DataLoader(data, 50)',
        head,
        '    hidden = model.init_hidden(batch_size)',
        `#            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ ${code}`,
        use,
      ),
    );
  });

  it('before it', () => {
    const [made = '', ...loop] = before;
    checkFindings(program(loader, made, `#        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ ${code}`, ...loop));
  });
});

describe('does not fire', () => {
  it.each([
    ['where the last batch is dropped', [loader.replace(')', ', drop_last=True)'), ...inside]],
    ['where the batch is asked', [loader, 'for x, y in loader:', '    hidden = model.init_hidden(x.size(0))']],
    [
      'on one sequence at a time',
      ['loader = DataLoader(data, batch_size=1)', 'for x, y in loader:', '    hidden = model.init_hidden(1)'],
    ],
    ['on another size', [loader, 'for x, y in loader:', '    hidden = model.init_hidden(16)']],
    [
      'where a smaller batch is skipped',
      [loader, 'for x, y in loader:', '    if x.size(0) != batch_size:', '        continue', ...inside.slice(1)],
    ],
    ['where the size of the data is known', ['data = MNIST(root)', loader, ...inside]],
    ['on batches of the file’s own making', ['for x, y in get_batches(data, batch_size):', ...inside.slice(1)]],
  ])('%s', (_, lines) => checkFindings(program(...lines)));
});

describe('fixes', () => {
  it('asks the batch', () => {
    const [head = '', , use = ''] = inside;
    checkFix(program(loader, ...inside), program(loader, head, '    hidden = model.init_hidden(x.size(0))', use));
  });

  it('drops the last batch of a loop that trains', () => {
    const training = [...before, '    criterion(out, y).backward()'];
    checkFix(
      program(loader, ...training),
      program('loader = DataLoader(data, batch_size=batch_size, shuffle=True, drop_last=True)', ...training),
    );
  });

  it('drops nothing of a loop that evaluates', () => checkNoFix(program(loader, ...before)));
});
