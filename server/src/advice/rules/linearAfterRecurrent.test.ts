/** The rule fires where a width is certainly wrong, is quiet where shapes are open or right, and its fix gives the right one. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';
import { mark, torchModule } from '../testing/torchModule';

const module = (layers: readonly string[], ...forward: readonly string[]): string => torchModule(layers, forward);

const code = 'linear-after-recurrent';
const { checkFindings, checkFix, checkNoFix } = checksOf(code);

const lstm = 'self.rnn = nn.LSTM(8, 16, batch_first=True, bidirectional=True)';
const call = 'out, (h, c) = self.rnn(x)';

function net(rnn: string, linear: string, ...forward: readonly string[]): string {
  return module([rnn, `self.fc = ${linear}`], ...forward);
}

function marked(rnn: string, linear: string, ...forward: readonly string[]): string {
  const line = `self.fc = ${linear}`;
  return module([rnn, line, mark(line, linear, code)], ...forward);
}

describe('fires', () => {
  it.each([
    ['on the output of two directions', lstm, 'nn.Linear(16, 2)', 'return self.fc(out)'],
    ['on a step of it', lstm, 'nn.Linear(16, 2)', 'return self.fc(out[:, -1])'],
    ['after dropout', lstm, 'nn.Linear(16, 2)', 'return self.fc(nn.functional.dropout(out, 0.5))'],
    ['on joined states', lstm, 'nn.Linear(16, 2)', 'return self.fc(torch.cat((h[-2], h[-1]), dim=1))'],
    ['on one state', lstm, 'nn.Linear(32, 2)', 'return self.fc(h[-1])'],
    ['on a projection', 'self.rnn = nn.LSTM(8, 16, proj_size=4)', 'nn.Linear(16, 2)', 'return self.fc(out)'],
  ])('%s', (_, rnn, linear, result) => checkFindings(marked(rnn, linear, call, result)));
});

describe('does not fire', () => {
  it.each([
    ['where the width is right', lstm, 'nn.Linear(32, 2)', 'return self.fc(out)'],
    ['on the sum of both directions', lstm, 'nn.Linear(16, 2)', 'return self.fc(out[:, :, :16] + out[:, :, 16:])'],
    [
      'on a reshape that splits the directions',
      lstm,
      'nn.Linear(16, 2)',
      'return self.fc(out.reshape(-1, 2, 16).sum(1))',
    ],
    ['on flattened steps, whose number is open', lstm, 'nn.Linear(640, 2)', 'return self.fc(out.flatten(1))'],
    ['after another layer', lstm, 'nn.Linear(5, 2)', 'return self.fc(nn.Linear(32, 5)(out))'],
    ['on what no recurrent layer gives', lstm, 'nn.Linear(5, 2)', 'return self.fc(torch.zeros(3, 4))'],
  ])('%s', (_, rnn, linear, result) => checkFindings(net(rnn, linear, call, result)));
});

describe('fixes', () => {
  it('a number', () => {
    checkFix(
      net(lstm, 'nn.Linear(16, 2)', call, 'return self.fc(out)'),
      net(lstm, 'nn.Linear(32, 2)', call, 'return self.fc(out)'),
    );
    checkFix(
      net(lstm, 'nn.Linear(out_features=2, in_features=16)', call, 'return self.fc(out)'),
      net(lstm, 'nn.Linear(out_features=2, in_features=32)', call, 'return self.fc(out)'),
    );
  });

  const withSizes = (linear: string): string =>
    net(
      'self.rnn = nn.GRU(8, hidden, bidirectional=True)',
      linear,
      'out, h = self.rnn(x)',
      'return self.fc(out)',
    ).replace('__init__(self)', '__init__(self, hidden)');

  it('a name', () => checkFix(withSizes('nn.Linear(hidden, 2)'), withSizes('nn.Linear(2 * hidden, 2)')));

  it('nothing that is computed', () => checkNoFix(withSizes('nn.Linear(hidden * 3, 2)')));
});
