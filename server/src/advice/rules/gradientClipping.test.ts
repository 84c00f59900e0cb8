/** The rule fires on loops that train a recurrent model without clipping; the fix clips between backward and step. */
import { describe, expect, it } from 'vitest';
import { analyseFile } from '../../analysis';
import { findingsOf } from '../findings';
import { checksOf } from '../testing/checkFindings';
import { torchModule } from '../testing/torchModule';

const code = 'no-gradient-clipping';
const { checkFindings, checkFix, checkNoFix } = checksOf(code);

const lstm = torchModule(
  ['self.rnn = nn.LSTM(8, 16)', 'self.fc = nn.Linear(16, 2)'],
  ['out, _ = self.rnn(x)', 'return self.fc(out[-1])'],
);
const indented = (lines: readonly string[]): string =>
  lines.map((line) => (line.startsWith('#') ? line : `    ${line}`)).join('\n');

function loop(
  lines: readonly string[],
  optimizer = 'torch.optim.Adam(model.parameters(), lr=1e-3)',
  model = lstm,
): string {
  return `${model}\nfrom corpus import batches\n\nmodel = Net()\noptimizer = ${optimizer}\nfor x, y in batches:\n${indented(lines)}\n`;
}

const forward = 'loss = criterion(model(x), y)';
const plain = [forward, 'loss.backward()', 'optimizer.step()'];
const clipped = [
  forward,
  'loss.backward()',
  'torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)',
  'optimizer.step()',
];

it('fires on a loop without clipping', () => {
  checkFindings(loop([forward, 'loss.backward()', `#   ^^^^^^^^^^^^^^^ ${code}`, 'optimizer.step()']));
});

it('is a warning for a plain RNN that reads many steps', () => {
  const severity = (cell: string, steps: number): readonly (string | undefined)[] => {
    const model = torchModule(
      [`self.rnn = nn.${cell}(8, 16, batch_first=True)`],
      [`return self.rnn(x.view(-1, ${steps}, 8))[0]`],
    );
    return findingsOf(analyseFile('model.py', loop(plain, undefined, model)))
      .filter((finding) => finding.code === code)
      .map((finding) => finding.severity);
  };
  expect(severity('RNN', 500)).toEqual(['warning']);
  expect(severity('RNN', 50)).toEqual(['information']);
  expect(severity('LSTM', 500)).toEqual(['information']);
});

it('fires on what the program makes itself where that is long', () => {
  const model = lstm.replace('self.rnn(x)', 'self.rnn(x.view(400, -1, 8))');
  const program = loop(plain, undefined, model).replace('from corpus import batches\n', 'batches = waves()\n');
  expect(findingsOf(analyseFile('model.py', program)).map((finding) => finding.code)).toContain(code);
});

describe('does not fire', () => {
  it.each([
    ['where the norm is clipped', loop(clipped)],
    [
      'where values are clamped',
      loop([forward, 'loss.backward()', 'for p in model.parameters(): p.grad.clamp_(-1, 1)', 'optimizer.step()']),
    ],
    ['on sequences of a few steps', `n_step = 5\n${loop(plain)}`],
    ['on a window of a few steps', `TIME_STEP = 10\n${loop(plain)}`],
    [
      'where a function of the program clips',
      loop([forward, 'loss.backward()', 'grad_clipping(model, 5)', 'optimizer.step()']),
    ],
    [
      'on the few sentences that the program holds itself',
      loop(plain).replace('from corpus import batches\n', "batches = encode(['the cat sat', 'a dog ran'])\n"),
    ],
    ['on a model that reads a few steps', loop(plain).replace('self.rnn(x)', 'self.rnn(x.view(6, -1, 8))')],
    [
      'on gradients of several machines',
      `import torch.distributed.autograd as dist_autograd\n${loop([forward, 'dist_autograd.backward(context, [loss])', 'optimizer.step(context)'])}`,
    ],
    ['where a gradient is only looked at', loop([forward, 'loss.backward()', 'show(x.grad)'])],
    [
      'on a model without recurrent layers',
      loop(plain).replace('self.rnn = nn.LSTM(8, 16)', 'self.rnn = nn.Linear(8, 16)'),
    ],
    [
      'on the model beside the recurrent one',
      `${lstm}\nclass Critic(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(2, 1)\n    def forward(self, x):\n        return self.fc(x)\n\ncritic = Critic()\noptimizer = torch.optim.Adam(critic.parameters())\nfor x, y in batches:\n${indented(plain)}\n`,
    ],
  ])('%s', (_, program) => checkFindings(program));
});

describe('fixes', () => {
  it('what the optimizer is given', () => checkFix(loop(plain), loop(clipped)));

  it('what a function puts into training mode', () => {
    const program = (lines: readonly string[]): string =>
      `${lstm}\nfrom corpus import batches\n\ndef train(net, optimizer):\n    net.train()\n    for x, y in batches:\n        loss = criterion(net(x), y)\n        loss.backward()\n${lines.join('\n')}`;
    checkFix(
      program(['        optimizer.step()']),
      program(['        torch.nn.utils.clip_grad_norm_(net.parameters(), max_norm=1.0)', '        optimizer.step()']),
    );
  });

  it.each([
    ['several groups of parameters', loop(plain, 'torch.optim.Adam(groups)')],
    ['a scaled loss', loop([forward, 'scaler.scale(loss).backward()', 'optimizer.step()'])],
  ])('leaves %s to the author', (_, program) => checkNoFix(program));
});
