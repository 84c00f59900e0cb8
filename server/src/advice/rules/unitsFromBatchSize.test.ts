/** The rule fires on a variable named after the batch, and on nothing else. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';

const { checkFindings, checkNoFix } = checksOf('units-from-batch-size');

const model = (layer: string): string => `import keras
from keras import layers
batch_size = 32
BATCH_SIZE = 32
hidden_size = batch_size
model = keras.Sequential([keras.Input((30, 8), batch_size=batch_size), ${layer}, layers.Dense(1)])
model.fit(x, y, batch_size=batch_size)
`;

describe('fires', () => {
  it('on the argument', () => {
    checkFindings(`import keras
from keras import layers
batch_size = 32
model = keras.Sequential([
    layers.LSTM(batch_size, input_shape=(30, 8)),
    #           ^^^^^^^^^^ units-from-batch-size
])
`);
  });

  it.each(['layers.GRU(units=BATCH_SIZE)', 'layers.Bidirectional(layers.LSTM(batch_size))'])('on %s', (layer) => {
    checkNoFix(model(layer));
  });

  it('in JavaScript', () => {
    checkNoFix(
      "import * as tf from '@tensorflow/tfjs';\nconst batchSize = 4;\nconst m = tf.sequential({ layers: [tf.layers.gru({ units: batchSize, inputShape: [3, 2] })] });\n",
      'model.js',
    );
  });
});

describe('does not fire', () => {
  it.each([
    ['on the same number', 'layers.LSTM(32)'],
    ['on a variable of another name', 'layers.LSTM(hidden_size)'],
    ['on a dense layer', 'layers.LSTM(8), layers.Dense(batch_size)'],
  ])('%s', (_, layer) => checkFindings(model(layer)));
});
