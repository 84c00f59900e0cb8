/** The rule fires on long sequences only, and not where biases are set. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';
import { torchModule } from '../testing/torchModule';

const { checkFindings, checkFix } = checksOf('forget-bias');

const model = (steps: string, ...layers: readonly string[]): string =>
  torchModule(layers, [`x = x.view(-1, ${steps}, 8)`, 'return self.rnn(x)[0]']);

const layer = 'self.rnn = nn.LSTM(8, 16, batch_first=True)';
const opened = [
  'for name, bias in self.rnn.named_parameters():',
  '    if name.startswith("bias_ih"):',
  '        bias.data.chunk(4)[1].fill_(1.0)',
];

it('fires on a long sequence', () => {
  checkFindings(model('500', layer, '#                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ forget-bias'));
});

describe('does not fire', () => {
  it.each([
    ['on a short sequence', '28', [layer]],
    ['on one of open length', 'x.size(1)', [layer]],
    ['on a GRU', '500', [layer.replace('LSTM', 'GRU')]],
    ['on a layer without biases', '500', [layer.replace(')', ', bias=False)')]],
    ['where a loop sets them', '500', [layer, ...opened]],
  ])('%s', (_, steps, layers) => checkFindings(model(steps, ...layers)));
});

it('fixes by a loop after the layer', () => checkFix(model('500', layer), model('500', layer, ...opened)));
