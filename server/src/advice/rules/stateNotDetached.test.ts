/** The rule fires on states that keep their history over batches, is quiet where it is cut or begun anew, and its fix cuts it. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';

const code = 'state-not-detached';
const { checkFindings, checkFix, checkNoFix } = checksOf(code);

/** A model with one recurrent layer that takes a state and gives it back, and a training loop. */
function program(layer: string, ...training: readonly string[]): string {
  return `import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.${layer}(8, 16, batch_first=True)
        self.fc = nn.Linear(16, 2)

    def forward(self, x, state):
        out, state = self.rnn(x, state)
        return self.fc(out), state

model = Net()
${training.join('\n')}
`;
}

const carry = '    out, hidden = model(x, hidden)';
const found = `#   ${'^'.repeat(carry.length - 4)} ${code}`;
const loop = ['hidden = None', 'for x, y in loader:'];
const end = ['    loss = criterion(out, y)', '    loss.backward()', '    optimizer.step()'];

describe('fires', () => {
  it.each([
    ['on a state that is carried', end],
    ['where the graph is retained', ['    criterion(out, y).backward(retain_graph=True)']],
    ['where only the loss is detached', [...end, '    total += loss.detach().item()']],
  ])('%s', (_, rest) => checkFindings(program('GRU', ...loop, carry, found, ...rest)));

  it('on a state made once an epoch', () => {
    const inner = [carry, found, ...end].map((line) =>
      line.startsWith('#') ? line.replace('#', '#    ') : `    ${line}`,
    );
    checkFindings(program('LSTM', 'for epoch in range(3):', '    hidden = None', '    for x, y in loader:', ...inner));
  });

  it('on both states of an LSTM', () => {
    const both = '    out, (h, c) = model(x, (h, c))';
    checkFindings(
      program(
        'LSTM',
        'h = c = torch.zeros(1, 4, 16)',
        'for x, y in loader:',
        both,
        `#   ${'^'.repeat(both.length - 4)} ${code}`,
        ...end,
      ),
    );
  });

  it('in a function that trains', () => {
    checkFindings(
      program(
        'GRU',
        'def train(model, loader, hidden):',
        '    for x, y in loader:',
        `    ${carry}`,
        `#       ${'^'.repeat(carry.length - 4)} ${code}`,
        ...end.map((line) => `    ${line}`),
      ),
    );
  });
});

describe('does not fire', () => {
  it.each([
    [
      'where the state is detached before',
      [...loop, '    hidden = hidden.detach() if hidden is not None else None', carry, ...end],
    ],
    ['where it is detached after', [...loop, carry, '    hidden = tuple(h.detach() for h in hidden)', ...end]],
    ['where it is detached in the call', [...loop, '    out, hidden = model(x, hidden.detach())', ...end]],
    ['where its data are taken', [...loop, carry, '    hidden = hidden.data', ...end]],
    ['where a function repackages it', [...loop, '    hidden = repackage_hidden(hidden)', carry, ...end]],
    ['where it is detached in place', [...loop, carry, ...end, '    hidden.detach_()']],
    [
      'where each is detached in place',
      [...loop, carry, ...end, '    for state in hidden:', '        state.detach_()'],
    ],
    ['where each batch begins anew', ['for x, y in loader:', '    hidden = None', carry, ...end]],
    [
      'over the steps of one sequence',
      [
        'for xs, y in loader:',
        '    hidden = model.start()',
        '    for x in xs:',
        `    ${carry}`,
        '    criterion(out, y).backward()',
      ],
    ],
    ['where nothing is trained', [...loop, carry]],
    [
      'on another program’s state',
      [...loop, '    reward, state = environment.step(state)', '    out = model(x)', ...end],
    ],
  ])('%s', (_, training) => checkFindings(program('GRU', ...training)));

  it('where the model detaches', () => {
    checkFindings(
      program('GRU', ...loop, carry, ...end).replace('self.fc(out), state', 'self.fc(out), state.detach()'),
    );
  });
});

describe('fixes', () => {
  it.each([
    ['GRU', '    hidden = hidden.detach()'],
    ['LSTM', '    hidden = tuple(state.detach() for state in hidden)'],
  ])('the state of %s', (layer, line) => {
    checkFix(program(layer, ...loop, carry, ...end), program(layer, ...loop, carry, line, ...end));
  });

  it('both states', () => {
    const both = ['for x, y in loader:', '    out, (h, c) = model(x, (h, c))'];
    checkFix(program('LSTM', ...both, ...end), program('LSTM', ...both, '    h, c = h.detach(), c.detach()', ...end));
  });

  it('and lets go of the graph', () => {
    const backward = (given: string): string => `    criterion(out, y).backward(${given})`;
    checkFix(
      program('GRU', ...loop, carry, backward('retain_graph=True')),
      program('GRU', ...loop, carry, '    hidden = hidden.detach()', backward('')),
    );
  });

  it('nothing where the loss may rest on the state', () => {
    checkNoFix(program('GRU', ...loop, carry, '    criterion(hidden, y).backward()'));
  });
});

describe('a state that the module keeps', () => {
  const net = (layer: string, forward: readonly string[], ...more: readonly string[]): string => `import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.${layer}(8, 16)
        self.hidden = self.init_hidden()

    def init_hidden(self):
        return torch.zeros(1, 4, 16)

    def forward(self, x):
${forward.map((line) => (line.startsWith('#') ? line : `        ${line}`)).join('\n')}
        return out

model = Net()
for x, y in loader:
${['loss = criterion(model(x), y)', 'loss.backward()', ...more].map((line) => `    ${line}`).join('\n')}
`;
  const line = 'out, self.hidden = self.rnn(x, self.hidden)';

  it('is found', () => checkFindings(net('GRU', [line, `#       ${'^'.repeat(line.length)} ${code}`])));

  it.each([
    ['is made anew', net('GRU', [line], 'model.hidden = model.init_hidden()')],
    ['is detached', net('GRU', [line, 'self.hidden = self.hidden.detach()'])],
    ['is detached outside', net('GRU', [line], 'model.hidden = model.hidden.detach()')],
  ])('may be carried where it %s', (_, text) => checkFindings(text));

  it('is detached', () => {
    checkFix(net('GRU', [line]), net('GRU', [line, 'self.hidden = self.hidden.detach()']));
    checkFix(net('LSTM', [line]), net('LSTM', [line, 'self.hidden = tuple(state.detach() for state in self.hidden)']));
  });
});
