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
