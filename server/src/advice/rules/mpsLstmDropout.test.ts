/** The rule fires on what MPS gets wrong: several LSTM layers, dropout between them, and the device. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';
import { torchModule } from '../testing/torchModule';

const { checkFindings, checkNoFix } = checksOf('mps-lstm-dropout');

const model = (layer: string, device: string, ...mark: readonly string[]): string =>
  `${torchModule([`self.rnn = ${layer}`, ...mark], ['return self.rnn(x)[0]'])}\nnet = Net().to(${device})\n`;

const stacked = 'nn.LSTM(8, 16, 2, dropout=0.3)';
const choice = '"mps" if torch.backends.mps.is_available() else "cpu"';

it('fires', () => {
  checkFindings(model(stacked, '"mps"', '#                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ mps-lstm-dropout'));
  checkNoFix(model(stacked, choice));
});

describe('does not fire', () => {
  it.each([
    ['on another device', stacked, '"cuda"  # not "mps"'],
    ['where MPS is only asked for', stacked, '"cpu" if torch.backends.mps.is_available() else "cuda"'],
    ['on a GRU', 'nn.GRU(8, 16, 2, dropout=0.3)', '"mps"'],
    ['without dropout', 'nn.LSTM(8, 16, 2)', '"mps"'],
  ])('%s', (_, layer, device) => checkFindings(model(layer, device)));
});
