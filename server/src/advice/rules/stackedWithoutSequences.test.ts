/** The rule fires where a stack breaks, is quiet where it does not, and its fix mends the stack. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';

const { checkFindings, checkFix, checkNoFix } = checksOf('stacked-without-sequences');

const imports = 'import keras\nfrom keras import layers\n';

describe('fires', () => {
  it('in a sequential model', () => {
    checkFindings(`${imports}
model = keras.Sequential([
    keras.Input((30, 8)),
    layers.LSTM(64),
#   ^^^^^^^^^^^^^^^ stacked-without-sequences
    layers.LSTM(32),
])
`);
  });

  it('through dropout, in a functional model', () => {
    checkFindings(`${imports}
inputs = keras.Input((30, 8))
x = layers.GRU(64)(inputs)
#   ^^^^^^^^^^^^^^ stacked-without-sequences
x = layers.Dropout(0.1)(x)
x = layers.GRU(32)(x)
model = keras.Model(inputs, layers.Dense(1)(x))
`);
  });

  it('inside a bidirectional wrapper', () => {
    checkFindings(`${imports}
model = keras.Sequential([
    keras.Input((30, 8)),
    layers.Bidirectional(layers.LSTM(64)),
#                        ^^^^^^^^^^^^^^^ stacked-without-sequences
    layers.LSTM(32),
])
`);
  });

  it('when layers are added one by one', () => {
    checkFindings(`${imports}
model = keras.Sequential()
model.add(keras.Input((30, 8)))
model.add(layers.SimpleRNN(64))
#         ^^^^^^^^^^^^^^^^^^^^ stacked-without-sequences
model.add(layers.SimpleRNN(32))
`);
  });
});

describe('does not fire', () => {
  it.each([
    ['with return_sequences', 'layers.LSTM(64, return_sequences=True), layers.LSTM(32)'],
    ['on the last recurrent layer', 'layers.LSTM(64), layers.Dense(1)'],
    [
      'where every outer step has its own',
      'layers.Reshape((10, 3, 8)), layers.TimeDistributed(layers.LSTM(64)), layers.LSTM(32)',
    ],
    ['where the last step is repeated', 'layers.LSTM(64), layers.RepeatVector(5), layers.LSTM(32)'],
  ])('%s', (_, stack) => {
    checkFindings(`${imports}model = keras.Sequential([keras.Input((30, 8)), ${stack}])\n`);
  });
});

describe('fixes', () => {
  it.each([
    ['layers.LSTM(64), layers.LSTM(32)', 'layers.LSTM(64, return_sequences=True), layers.LSTM(32)'],
    [
      'layers.LSTM(64, return_sequences=False), layers.LSTM(32)',
      'layers.LSTM(64, return_sequences=True), layers.LSTM(32)',
    ],
    [
      'layers.LSTM(\n    64,\n    dropout=0.1,\n), layers.LSTM(32)',
      'layers.LSTM(\n    64,\n    dropout=0.1,\n    return_sequences=True,\n), layers.LSTM(32)',
    ],
    [
      'layers.Bidirectional(layers.LSTM(64)), layers.LSTM(32)',
      'layers.Bidirectional(layers.LSTM(64, return_sequences=True)), layers.LSTM(32)',
    ],
  ])('%j', (before, after) => {
    const model = (stack: string): string => `${imports}model = keras.Sequential([keras.Input((30, 8)), ${stack}])\n`;
    checkFix(model(before), model(after));
  });

  it('does not guess at options it cannot see', () => {
    checkNoFix(`${imports}
options = {"return_sequences": False}
model = keras.Sequential([keras.Input((30, 8)), layers.LSTM(64, **options), layers.LSTM(32)])
`);
  });
});

describe('fixes JavaScript', () => {
  const program = (stack: string): string =>
    `import * as tf from '@tensorflow/tfjs';\nconst shared = { units: 4 };\nconst model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [30, 8] }), ${stack}] });\n`;

  it.each([
    ['tf.layers.lstm({ units: 64 })', 'tf.layers.lstm({ units: 64, returnSequences: true })'],
    ['tf.layers.lstm({ units: 64, returnSequences: false })', 'tf.layers.lstm({ units: 64, returnSequences: true })'],
    [
      'tf.layers.gru({\n  units: 64,\n  dropout: 0.1,\n})',
      'tf.layers.gru({\n  units: 64,\n  dropout: 0.1,\n  returnSequences: true,\n})',
    ],
    ['tf.layers.gru({ units: 64, ...shared })', 'tf.layers.gru({ units: 64, ...shared, returnSequences: true })'],
    [
      'tf.layers.bidirectional({ layer: tf.layers.lstm({ units: 64 }) })',
      'tf.layers.bidirectional({ layer: tf.layers.lstm({ units: 64, returnSequences: true }) })',
    ],
  ])('%j', (before, after) => {
    const next = ', tf.layers.simpleRNN({ units: 3 })';
    checkFix(program(before + next), program(after + next), 'model.js');
  });

  it.each(['tf.layers.lstm(shared)', 'tf.layers.lstm({ units: 64, returnSequences: shared.units > 5 })'])(
    'does not guess at %s',
    (layer) => checkNoFix(program(`${layer}, tf.layers.simpleRNN({ units: 3 })`), 'model.js'),
  );
});
