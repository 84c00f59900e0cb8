/** The rule fires under DataParallel only, and not where the weights are put together. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';
import { torchModule } from '../testing/torchModule';

const { checkFindings, checkFix, checkNoFix } = checksOf('flatten-parameters');

const program = (wrap: string, ...forward: readonly string[]): string =>
  `${torchModule(['self.lstm = nn.LSTM(8, 16)'], forward)}\n${wrap}\n`;

const forward = ['out, _ = self.lstm(x)', 'return out'];
const wrapped = 'model = nn.DataParallel(Net())';

describe('fires', () => {
  it.each([wrapped, 'model = Net().cuda()\nmodel = torch.nn.DataParallel(model, device_ids=[0, 1])'])('%s', (wrap) => {
    checkFindings(
      program(wrap, 'out, _ = self.lstm(x)', '#                ^^^^^^^^^^^^ flatten-parameters', 'return out'),
    );
  });
});

describe('does not fire', () => {
  it.each([
    ['on one device', ['model = Net()', ...forward]],
    ['under DistributedDataParallel', ['model = nn.parallel.DistributedDataParallel(Net())', ...forward]],
    ['on another model', ['model = Net()\nother = nn.DataParallel(Critic())', ...forward]],
    ['where it is called', [wrapped, 'self.lstm.flatten_parameters()', ...forward]],
  ])('%s', (_, [wrap = '', ...lines]) => checkFindings(program(wrap, ...lines)));
});

it('fixes with a line before the call', () => {
  checkFix(program(wrapped, ...forward), program(wrapped, 'self.lstm.flatten_parameters()', ...forward));
});

it('leaves a layer under another name', () => {
  checkNoFix(program(wrapped, 'rnn = self.lstm', 'return rnn(x)[0]'));
});

describe('weight drop', () => {
  const drop = (...more: readonly string[]): string => `import torch
from torch import nn

class WeightDrop(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module
        weight = module.weight_hh_l0
        del module._parameters["weight_hh_l0"]
        self.raw = nn.Parameter(weight.data)

    def forward(self, *given):
        dropped = nn.functional.dropout(self.raw, 0.5, self.training)
        setattr(self.module, "weight_hh_l0", dropped)
${more.map((line) => `        ${line}\n`).join('')}        return self.module(*given)
`;

  it('is found where it scatters the weights', () => {
    const text = drop();
    checkFindings(text.replace('dropped)\n', `dropped)\n#       ${'^'.repeat(45)} flatten-parameters\n`));
    checkNoFix(text);
  });

  it('is not where they are gathered, nor where a weight is only renamed', () => {
    checkFindings(drop('self.module.flatten_parameters()'));
    checkFindings(drop().replace('del module._parameters["weight_hh_l0"]', 'pass'));
  });
});
