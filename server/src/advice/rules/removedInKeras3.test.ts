/** The rule fires on what Keras 3 removed, as gravely as the file shows that Keras 3 runs it, and its fix says the same anew. */
import { describe, expect, it } from 'vitest';
import { analyseFile } from '../../analysis';
import { findingsOf } from '../findings';
import { checksOf } from '../testing/checkFindings';

const { checkFindings, checkFix, checkNoFix } = checksOf('removed-in-keras-3');

describe('fires', () => {
  it('on each removed argument', () => {
    checkFindings(`from keras import ops, layers, Sequential
model = Sequential()
model.add(layers.LSTM(32, stateful=True, batch_input_shape=(16, 30, 8)))
#                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ removed-in-keras-3
model.add(layers.Dense(1))
`);
    checkFindings(`import keras
from keras import layers
x = keras.Input((30, 8))
y = layers.LSTM(32, time_major=True)(x)
#                   ^^^^^^^^^^^^^^^ removed-in-keras-3
model = keras.Model(x, y)
`);
  });

  it('on layers named after cuDNN', () => {
    checkFindings(`from keras.models import Sequential
from keras.layers import CuDNNLSTM, Dense
model = Sequential()
model.add(CuDNNLSTM(32, input_shape=(30, 8)))
#         ^^^^^^^^^ removed-in-keras-3
model.add(Dense(1))
`);
  });

  const severityIn = (imports: string): readonly string[] => {
    const text = `${imports}\nimport keras\nmodel = keras.Sequential([keras.layers.LSTM(2, batch_input_shape=(1, 2, 3))])\n`;
    const findings = findingsOf(analyseFile('model.py', text));
    return findings.filter(({ code }) => code === 'removed-in-keras-3').map(({ severity }) => severity);
  };

  it.each([
    ['from keras import ops', ['error']],
    ["import os\nos.environ['KERAS_BACKEND'] = 'jax'", ['error']],
    ['# pip install keras==3.4', ['error']],
    ['# pip install tensorflow==2.16.1', ['error']],
    ['', ['information']],
    ['import tensorflow as tf', ['information']],
    ['import tf_keras', []],
    ["import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'", []],
    ['import tensorflow.compat.v1 as tf', []],
    ['# pip install tensorflow==2.15.0', []],
    ['# pip install keras==2.3.1', []],
  ])('with the gravity that the file gives evidence of: %j', (imports, expected) => {
    expect(severityIn(imports)).toEqual(expected);
  });
});

describe('does not fire', () => {
  it.each([
    ['on input_shape, which Keras 3 still takes', 'layers.LSTM(32, input_shape=(30, 8))'],
    [
      'on the input_length of an embedding, which it ignores',
      'layers.Embedding(100, 8, input_length=30), layers.LSTM(3)',
    ],
    ['on an Input', 'layers.Input(batch_shape=(16, 30, 8)), layers.LSTM(32, stateful=True)'],
  ])('%s', (_, stack) => {
    checkFindings(`from keras import layers, ops, Sequential\nmodel = Sequential([${stack}])\n`);
  });

  it('on a function of the program with such an argument', () => {
    checkFindings(`import keras
def build(time_major=False, batch_input_shape=None):
    return keras.Sequential([keras.Input((30, 8)), keras.layers.LSTM(3)])
model = build(time_major=True)
`);
  });
});

describe('fixes', () => {
  it('the first layer of a list', () => {
    checkFix(
      'from keras import layers, Sequential\nmodel = Sequential([layers.LSTM(32, stateful=True, batch_input_shape=(16, 30, 8)), layers.Dense(1)])\n',
      'from keras import layers, Sequential\nmodel = Sequential([layers.Input(batch_shape=(16, 30, 8)), layers.LSTM(32, stateful=True), layers.Dense(1)])\n',
    );
    checkFix(
      'import keras\nmodel = keras.models.Sequential([\n    keras.layers.GRU(8, batch_input_shape=[4, None, 3]),\n    keras.layers.Dense(1),\n])\n',
      'import keras\nmodel = keras.models.Sequential([\n    keras.layers.Input(batch_shape=[4, None, 3]),\n    keras.layers.GRU(8),\n    keras.layers.Dense(1),\n])\n',
    );
  });

  it('the first layer that is added', () => {
    checkFix(
      'from keras.models import Sequential\nfrom keras.layers import LSTM, Dense\nmodel = Sequential()\nmodel.add(LSTM(32, batch_input_shape=(1, 3, 2), stateful=True))\nmodel.add(Dense(1))\n',
      'from keras.models import Sequential\nfrom keras.layers import LSTM, Input, Dense\nmodel = Sequential()\nmodel.add(Input(batch_shape=(1, 3, 2)))\nmodel.add(LSTM(32, stateful=True))\nmodel.add(Dense(1))\n',
    );
    checkFix(
      'from keras.models import Sequential\nfrom keras.layers import LSTM, Input\ndef build():\n    model = Sequential()\n    model.add(LSTM(3, batch_input_shape=(1, 3, 2)))\n    return model\nm = build()\n',
      'from keras.models import Sequential\nfrom keras.layers import LSTM, Input\ndef build():\n    model = Sequential()\n    model.add(Input(batch_shape=(1, 3, 2)))\n    model.add(LSTM(3))\n    return model\nm = build()\n',
    );
  });

  it('a later layer, where the shape says nothing', () => {
    checkFix(
      'from keras import layers, Sequential\nmodel = Sequential()\nmodel.add(layers.Input(batch_shape=(1, 3, 2)))\nmodel.add(layers.LSTM(3, return_sequences=True))\nmodel.add(layers.LSTM(3, batch_input_shape=(1, 3, 2)))\n',
      'from keras import layers, Sequential\nmodel = Sequential()\nmodel.add(layers.Input(batch_shape=(1, 3, 2)))\nmodel.add(layers.LSTM(3, return_sequences=True))\nmodel.add(layers.LSTM(3))\n',
    );
  });

  it('a class of cuDNN with its import', () => {
    checkFix(
      'from keras.models import Sequential\nfrom keras.layers import CuDNNGRU, Dense\nmodel = Sequential([CuDNNGRU(32, input_shape=(30, 8)), Dense(1)])\n',
      'from keras.models import Sequential\nfrom keras.layers import GRU, Dense\nmodel = Sequential([GRU(32, input_shape=(30, 8)), Dense(1)])\n',
    );
  });

  it('time_major=False, which says nothing', () => {
    checkFix(
      'import keras\nx = keras.Input((30, 8))\nmodel = keras.Model(x, keras.layers.LSTM(3, time_major=False)(x))\n',
      'import keras\nx = keras.Input((30, 8))\nmodel = keras.Model(x, keras.layers.LSTM(3)(x))\n',
    );
  });

  it.each([
    'x = keras.Input((30, 8))\nmodel = keras.Model(x, keras.layers.LSTM(3, time_major=True)(x))',
    'options = {}\nmodel = keras.Sequential([keras.layers.LSTM(3, batch_input_shape=(1, 2, 3), **options)])',
    'model = keras.Sequential()\nif model:\n    model.add(keras.layers.LSTM(3, batch_input_shape=(1, 2, 3)))',
  ])('nothing where the program must be changed otherwise: %j', (program) => {
    checkNoFix(`import keras\n${program}\n`);
  });
});
