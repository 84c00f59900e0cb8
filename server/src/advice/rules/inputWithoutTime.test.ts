/** The rule fires on an input of two axes, and leaves steps, stacks and unknown shapes alone. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';

const { checkFindings, checkNoFix } = checksOf('input-without-time');

const imports = 'import keras\nfrom keras import layers\n';

describe('fires', () => {
  it('on the layer', () => {
    checkFindings(`${imports}
model = keras.Sequential([
    keras.Input((30,)),
    layers.LSTM(64),
#   ^^^^^^^^^^^^^^^ input-without-time
])
`);
  });

  it.each([
    'layers.GRU(64, input_shape=(30,))',
    'keras.Input((keras.ops.size([1, 2]),)), layers.GRU(64)',
    'layers.GRU(64, input_dim=keras.ops.size([1]))',
    'keras.Input((30, 8)), layers.Flatten(), layers.LSTM(64)',
    'keras.Input((30, 8)), layers.GlobalMaxPooling1D(), layers.Dropout(0.1), layers.LSTM(64)',
    'keras.Input((30,)), layers.Dense(16), layers.Bidirectional(layers.LSTM(64))',
  ])('on %s', (stack) => checkNoFix(`${imports}model = keras.Sequential([${stack}])\n`));

  it('in JavaScript', () => {
    checkNoFix(
      "import * as tf from '@tensorflow/tfjs';\nconst m = tf.sequential({ layers: [tf.layers.lstm({ units: 4, inputShape: [30] })] });\n",
      'model.js',
    );
  });
});

describe('does not fire', () => {
  it.each([
    ['on three axes', 'keras.Input((30, 8)), layers.LSTM(64)'],
    ['behind an embedding', 'keras.Input((30,)), layers.Embedding(9, 4), layers.LSTM(64)'],
    ['on a stack, which has a rule of its own', 'keras.Input((30, 8)), layers.LSTM(64), layers.LSTM(64)'],
    ['behind a repetition', 'keras.Input((30,)), layers.RepeatVector(4), layers.LSTM(64)'],
    ['behind a change of shape', 'keras.Input((30,)), layers.Reshape((30, 1)), layers.LSTM(64)'],
    ['on a size of features for Keras 2', 'layers.LSTM(64, input_dim=8)'],
    ['where no shape is stated', 'layers.LSTM(64)'],
    ['on every outer step', 'keras.Input((5, 30, 8)), layers.TimeDistributed(layers.LSTM(64))'],
    ['on a shape that is not known', 'keras.Input(shape), layers.LSTM(64)'],
  ])('%s', (_, stack) => checkFindings(`${imports}model = keras.Sequential([${stack}])\n`));

  it('on a class that takes its inputs apart', () => {
    checkFindings(`${imports}
class Pair(keras.Model):
    def __init__(self):
        super().__init__()
        self.shared = layers.LSTM(5)
    def call(self, inputs):
        left, right = inputs
        return self.shared(left) + self.shared(right)
pair = Pair()
pair([keras.ops.zeros((2, 6, 3)), keras.ops.zeros((2, 8, 3))])
`);
  });

  it('on a single step', () => {
    checkFindings(`${imports}
x = keras.Input((8,))
h = keras.Input((4,))
y, _ = layers.GRUCell(4)(x, [h])
model = keras.Model([x, h], y)
`);
  });
});
