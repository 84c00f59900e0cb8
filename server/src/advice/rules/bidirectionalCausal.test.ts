/** The rule fires where a backward direction has nothing to read, or reads the answer. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';

const { checkFindings, checkNoFix } = checksOf('bidirectional-causal');

const imports = 'import keras\nfrom keras import layers\n';
const shift = 'x, y = tokens[:, :-1], tokens[:, 1:]\n';
const language = (stack: string): string => `model = keras.Sequential([layers.Embedding(1000, 16), ${stack}])\n`;

describe('fires', () => {
  it('on a stateful layer', () => {
    checkFindings(`${imports}
model = keras.Sequential([
    keras.Input(batch_shape=(4, 30, 8)),
    layers.Bidirectional(layers.LSTM(64, stateful=True)),
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ bidirectional-causal
])
`);
  });

  it('on a layer that is given one step', () => {
    checkNoFix(`${imports}model = keras.Sequential([keras.Input((1, 8)), layers.Bidirectional(layers.GRU(64))])\n`);
  });

  it('on a language model that predicts every next token', () => {
    checkNoFix(
      imports +
        shift +
        language(
          "layers.Bidirectional(layers.LSTM(64, return_sequences=True)), layers.Dense(1000, activation='softmax')",
        ),
    );
  });

  it('in PyTorch', () => {
    checkFindings(`from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(1000, 16)
        self.rnn = nn.LSTM(16, 32, batch_first=True, bidirectional=True)
#                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ bidirectional-causal
        self.head = nn.Linear(64, 1000)
    def forward(self, x):
        out, _ = self.rnn(self.embedding(x))
        return self.head(out)
loss = criterion(net(tokens[:, :-1]), tokens[:, 1:])
`);
  });
});

describe('does not fire', () => {
  it.each([
    ['on one direction', shift + language('layers.LSTM(64, return_sequences=True), layers.Dense(1000)')],
    ['on a model of whole prefixes', shift + language('layers.Bidirectional(layers.LSTM(64)), layers.Dense(1000)')],
    ['on a tagger', shift + language('layers.Bidirectional(layers.LSTM(64, return_sequences=True)), layers.Dense(17)')],
    [
      'where nothing is shifted',
      language('layers.Bidirectional(layers.LSTM(64, return_sequences=True)), layers.Dense(1000)'),
    ],
    ['on a classifier', 'model = keras.Sequential([keras.Input((30, 8)), layers.Bidirectional(layers.LSTM(64))])\n'],
  ])('%s', (_, program) => checkFindings(imports + program));
});
