/** The rule fires on every setting that has no fused kernel, and is quiet where there is none to lose or the author chose. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';

const { checkFindings, checkFix, checkNoFix } = checksOf('no-fused-kernel');

const model = (layer: string, imports = ''): string => `${imports}import keras
from keras import layers
model = keras.Sequential([keras.Input((30, 8)), ${layer}, layers.Dense(1)])
`;

describe('fires', () => {
  it.each([
    'layers.LSTM(64, recurrent_dropout=0.2)',
    "layers.GRU(64, activation='selu')",
    "layers.LSTM(64, recurrent_activation='hard_sigmoid')",
    'layers.LSTM(64, use_bias=False)',
    'layers.GRU(64, reset_after=False)',
    'layers.LSTM(64, recurrent_dropout=0.2, unroll=True)',
  ])('on %s', (layer) => {
    checkNoFix(model(layer));
  });

  it('inside a bidirectional wrapper, on the layer itself', () => {
    checkFindings(`import keras
from keras import layers
model = keras.Sequential([
    keras.Input((30, 8)),
    layers.Bidirectional(layers.GRU(64, recurrent_dropout=0.1)),
    #                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no-fused-kernel
])
`);
  });
});

describe('does not fire', () => {
  it.each([
    ['on the defaults', 'layers.LSTM(64)'],
    [
      'on the defaults written out',
      "layers.GRU(64, activation='tanh', recurrent_activation='sigmoid', reset_after=True)",
    ],
    ['on dropout of the inputs', 'layers.LSTM(64, dropout=0.2)'],
    ['on a vanilla RNN, which has no such kernel', "layers.SimpleRNN(64, recurrent_dropout=0.2, activation='relu')"],
    ['on a loop around a cell', 'layers.RNN(layers.LSTMCell(64, recurrent_dropout=0.2))'],
    ['where cuDNN is not wanted', 'layers.LSTM(64, recurrent_dropout=0.2, use_cudnn=False)'],
    ['on ReLU, which has a rule of its own', "layers.LSTM(64, activation='relu')"],
  ])('%s', (_, layer) => {
    checkFindings(model(layer));
  });

  it.each(['from keras.layers import CuDNNLSTM\n', 'import tf_keras\n'])(
    'in a file for an older Keras: %j',
    (imports) => {
      checkFindings(model('layers.LSTM(64, recurrent_dropout=0.2)', imports));
    },
  );
});

describe('fixes', () => {
  it('unroll, which changes no result', () => {
    checkFix(model('layers.LSTM(64, unroll=True)'), model('layers.LSTM(64)'));
    checkFix(
      model('layers.GRU(64, unroll=True, return_sequences=True)'),
      model('layers.GRU(64, return_sequences=True)'),
    );
  });

  it('nothing among options that it cannot see', () => {
    checkNoFix(model('layers.LSTM(64, unroll=True, **options)', 'options = {"dropout": 0.1}\n'));
  });
});
