/** The rule fires on wide layers that start from an orthogonal matrix. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';

const { checkFindings, checkFix } = checksOf('tfjs-slow-initializer');

const program = (layer: string): string =>
  `import * as tf from '@tensorflow/tfjs';\nconst shared = { recurrentInitializer: 'zeros' };\nconst m = tf.sequential({ layers: [${layer}] });\n`;

describe('fires', () => {
  it('on the layer', () => {
    checkFindings(
      `import * as tf from '@tensorflow/tfjs';
const m = tf.sequential();
m.add(tf.layers.lstm({ units: 128, inputShape: [3, 2] }));
//    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ tfjs-slow-initializer
`,
      'model.js',
    );
  });
});

describe('does not fire', () => {
  it.each([
    'tf.layers.lstm({ units: 64, inputShape: [3, 2] })',
    'tf.layers.gru({ units: 64, inputShape: [3, 2] })',
    "tf.layers.lstm({ units: 128, recurrentInitializer: 'glorotNormal', inputShape: [3, 2] })",
    'tf.layers.lstm({ units: 128, inputShape: [3, 2], ...shared })',
  ])('on %s', (layer) => checkFindings(program(layer), 'model.js'));

  it('in Keras, where it takes milliseconds', () => {
    checkFindings('import keras\nm = keras.Sequential([keras.Input((3, 2)), keras.layers.LSTM(512)])\n');
  });
});

describe('fixes', () => {
  it.each([
    [
      'tf.layers.simpleRNN({ units: 256, inputShape: [3, 2] })',
      "tf.layers.simpleRNN({ units: 256, inputShape: [3, 2], recurrentInitializer: 'glorotNormal' })",
    ],
    [
      "tf.layers.gru({ recurrentInitializer: 'orthogonal', units: 128, inputShape: [3, 2] })",
      "tf.layers.gru({ recurrentInitializer: 'glorotNormal', units: 128, inputShape: [3, 2] })",
    ],
  ])('%s', (before, after) => checkFix(program(before), program(after), 'model.js'));
});
