/** The rule fires where runs are meant to be equal to the last bit, and not on a seed alone. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';
import { torchModule } from '../testing/torchModule';

const { checkFindings, checkFix } = checksOf('seed-without-determinism');

const program = (lines: readonly string[], cell = 'LSTM'): string =>
  `${torchModule([`self.rnn = nn.${cell}(8, 16)`], ['return self.rnn(x)[0]'])}\nif __name__ == "__main__":\n${lines
    .map((line) => (line.startsWith('#') ? line : `    ${line}`))
    .join('\n')}\n`;

const seed = 'torch.manual_seed(1)';
const deterministic = 'torch.backends.cudnn.deterministic = True';
const workspace = 'os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:2"';

it('fires where cuDNN is asked to be deterministic', () => {
  checkFindings(program([seed, '#   ^^^^^^^^^^^^^^^^^^^^ seed-without-determinism', deterministic]));
});

describe('does not fire', () => {
  it.each([
    ['on a seed alone', program([seed])],
    ['where the workspace is set', program([workspace, seed, deterministic])],
    [
      'where algorithms must be deterministic',
      program([seed, deterministic, 'torch.use_deterministic_algorithms(True)']),
    ],
    ['on single cells', program([seed, deterministic], 'LSTMCell')],
    ['on other layers', program([seed, deterministic], 'Linear')],
  ])('%s', (_, fixture) => checkFindings(fixture));
});

describe('fixes', () => {
  it('where os is imported', () => {
    const withOs = (text: string): string => `import os\n${text}`;
    checkFix(withOs(program([seed, deterministic])), withOs(program([workspace, seed, deterministic])));
  });

  it('and imports it where it is not', () => {
    checkFix(program([seed, deterministic]), `import os\n${program([workspace, seed, deterministic])}`);
  });
});
