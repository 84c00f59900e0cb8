/** The rule fires on ReLU in gated cells of Keras and TensorFlow.js, leaves vanilla RNNs alone, and its fix takes the default. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';

const { checkFindings, checkFix, checkNoFix } = checksOf('relu-in-gated-cell');

const model = (layer: string): string => `import keras
from keras import layers
name = 'relu'
options = {'activation': 'relu'}
model = keras.Sequential([keras.Input((30, 8)), ${layer}, layers.Dense(1, activation='relu')])
`;

const program = (layer: string): string =>
  `import * as tf from '@tensorflow/tfjs';\nconst model = tf.sequential({ layers: [${layer}] });\n`;

describe('fires', () => {
  it('on the layer', () => {
    checkFindings(`from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import LSTM, Dense
model = Sequential()
model.add(LSTM(50, activation='relu', input_shape=(3, 1)))
#         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ relu-in-gated-cell
model.add(Dense(1))
`);
  });

  it.each([
    'layers.GRU(64, activation=name)',
    'layers.LSTM(64, **options)',
    'layers.LSTM(64, activation=keras.activations.relu)',
  ])('without a fix on %s', (layer) => checkNoFix(model(layer)));
});

describe('does not fire', () => {
  it.each([
    ['on the default', 'layers.LSTM(64)'],
    ['on an identity RNN', "layers.SimpleRNN(64, activation='relu', recurrent_initializer='identity')"],
    ['on a layer behind', "layers.LSTM(64), layers.Activation('relu')"],
    ['on ReLU of the gates', "layers.LSTM(64, recurrent_activation='hard_sigmoid')"],
  ])('%s', (_, layer) => checkFindings(model(layer)));
});

describe('fixes', () => {
  it.each([
    ["layers.LSTM(64, activation='relu')", 'layers.LSTM(64)'],
    ['layers.GRU(64, activation="relu", return_sequences=True)', 'layers.GRU(64, return_sequences=True)'],
    ["layers.Bidirectional(layers.LSTM(64, activation='relu'))", 'layers.Bidirectional(layers.LSTM(64))'],
  ])('%s', (before, after) => checkFix(model(before), model(after)));

  it('JavaScript', () => {
    checkFix(
      program("tf.layers.lstm({ units: 18, activation: 'relu', inputShape: [5, 2] })"),
      program('tf.layers.lstm({ units: 18, inputShape: [5, 2] })'),
      'model.js',
    );
  });
});
