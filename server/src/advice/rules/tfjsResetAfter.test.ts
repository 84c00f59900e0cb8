/** The rule fires on GRUs that TensorFlow.js cannot make or load. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';

const { checkFindings, checkFix, checkNoFix } = checksOf('tfjs-gru-reset-after');

const program = (layer: string): string =>
  `import * as tf from '@tensorflow/tfjs';\nconst shared = { resetAfter: true };\nconst m = tf.sequential({ layers: [${layer}] });\n`;

const saved = (resetAfter: boolean, topology = 'modelTopology'): string =>
  JSON.stringify({
    [topology]: {
      class_name: 'Sequential',
      config: {
        name: 'sequential',
        layers: [
          {
            class_name: 'GRU',
            config: { name: 'gru', units: 4, reset_after: resetAfter, batch_input_shape: [null, 3, 2] },
          },
        ],
      },
    },
  });

describe('fires', () => {
  it('on the option', () => {
    checkFindings(
      `import * as tf from '@tensorflow/tfjs';
const layer = tf.layers.gru({ units: 4, resetAfter: true, inputShape: [3, 2] });
//                                      ^^^^^^^^^^^^^^^^ tfjs-gru-reset-after
`,
      'model.js',
    );
  });

  it('on a saved model', () => checkNoFix(saved(true), 'model.json'));
});

describe('does not fire', () => {
  it.each([
    'tf.layers.gru({ units: 4, inputShape: [3, 2] })',
    'tf.layers.gru({ units: 4, resetAfter: false, inputShape: [3, 2] })',
    'tf.layers.gru({ units: 4, resetAfter: true, ...shared })',
    'tf.layers.lstm({ units: 4, inputShape: [3, 2] })',
  ])('on %s', (layer) => checkFindings(program(layer), 'model.js'));

  it('on a saved model that resets before', () => checkFindings(saved(false), 'model.json'));
  it('on a model of Keras, which can', () => {
    const { modelTopology } = JSON.parse(saved(true)) as { modelTopology: unknown };
    checkFindings(JSON.stringify(modelTopology), 'model.json');
  });
});

describe('fixes', () => {
  it('the option', () => {
    checkFix(
      program('tf.layers.gru({ units: 4, resetAfter: true, inputShape: [3, 2] })'),
      program('tf.layers.gru({ units: 4, inputShape: [3, 2] })'),
      'model.js',
    );
  });
});
