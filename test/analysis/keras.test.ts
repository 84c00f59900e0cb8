/** Keras code that leaves open what a model holds: no number is given, and the reason is said. And what convolutions cost. */
import { describe, expect, test } from 'vitest';
import { modelCosts } from '../../model/costs/model';
import { analyseFile } from '../../server/src/analysis';

const imports = 'import keras\nimport tensorflow as tf\nfrom keras import layers, ops\n';

/** A layer of the program's own with this body, applied in a functional model. */
function ownLayer(body: string): string {
  return `class Own(layers.Layer):\n${body}\ni = keras.Input((4, 5))\nmodel = keras.Model(i, Own()(i))\n`;
}

const open: Readonly<Record<string, { readonly source: string; readonly because: RegExp }>> = {
  'a weight added under a condition': {
    source: ownLayer(
      '    def build(self, shape):\n        if flag:\n            self.w = self.add_weight(shape=(shape[-1],))\n    def call(self, x):\n        return x',
    ),
    because: /only under a condition/,
  },
  'a weight of unknown shape': {
    source: ownLayer(
      '    def build(self, shape):\n        self.w = self.add_weight(shape=load())\n    def call(self, x):\n        return x * self.w',
    ),
    because: /load/,
  },
  'a variable that only some versions count': {
    source: ownLayer(
      '    def __init__(self):\n        super().__init__()\n        self.w = tf.Variable(tf.ones((5, 5)))\n    def call(self, x):\n        return tf.matmul(x, self.w)',
    ),
    because: /Keras 2, and none in Keras 3/,
  },
  'a layer applied to widths that differ by a condition': {
    source:
      'd = layers.Dense(3)\ni = keras.Input((5,))\nj = keras.Input((7,))\nmodel = keras.Model([i, j], layers.Add()([d(i), d(j)]))\n',
    because: /different widths/,
  },
  'directions of different width': {
    source:
      'model = keras.Sequential([keras.Input((4, 5)), layers.Bidirectional(layers.LSTM(3), backward_layer=layers.LSTM(4, go_backwards=True))])\n',
    because: /two directions/,
  },
  'a cell from somewhere else': {
    source: 'model = keras.Sequential([keras.Input((4, 5)), layers.RNN([layers.LSTMCell(3), load()])])\n',
    because: /a cell inside RNN/,
  },
  'outputs that are not followed': {
    source: 'i = keras.Input((4, 5))\nmodel = keras.Model(i, build(layers.LSTM(3)(i)))\n',
    because: /build\(layers/,
  },
  'a layer that sees something unknown': {
    source: 'i = keras.Input((4, 5))\nmodel = keras.Model(i, layers.Dense(3)(load(i)))\n',
    because: /what Dense is applied to is not followed/,
  },
  'a layer nothing applies': {
    source:
      'class Own(keras.Model):\n    def __init__(self):\n        super().__init__()\n        self.d = layers.Dense(3)\n',
    because: /only known when it is applied/,
  },
};

describe('what Keras code leaves open', () => {
  test.each(Object.entries(open))('%s', (_, { source, because }) => {
    const models = analyseFile('model.py', `${imports}${source}`).models;
    expect(models).toHaveLength(1);
    const [model] = models;
    const parameters = model && modelCosts(model).parameters;
    expect(parameters?.grade).toBe('unknown');
    expect(parameters?.because).toMatch(because);
  });

  test('whether a model is trained is open while its size is known', () => {
    const source = `${imports}model = keras.Sequential([keras.Input((5, 2)), layers.LSTM(3)])\nmodel.trainable = flag\n`;
    const [model] = analyseFile('model.py', source).models;
    const costs = model && modelCosts(model);
    expect(costs?.parameters.value).toBe(72);
    expect(costs?.trainable.grade).toBe('unknown');
  });

  test('a width that nothing states is a symbol of its own', () => {
    const source = `${imports}class Own(keras.Model):\n    def __init__(self):\n        super().__init__()\n        self.r = layers.LSTM(2)\n    def call(self, steps):\n        return self.r(steps)\n`;
    const [model] = analyseFile('model.py', source).models;
    const parameters = model && modelCosts(model).parameters;
    expect(parameters?.grade).toBe('symbolic');
    expect(model?.symbols.map(({ name }) => name)).toContain('steps.shape[-1]');
  });
});

test('a model that the program keeps in a module of a library', () => {
  const source = `${imports}tf.model = tf.keras.Sequential()\ntf.model.add(layers.LSTM(3, input_shape=(4, 2)))\ntf.model.summary()\n`;
  const [model] = analyseFile('model.py', source).models;
  expect(model && modelCosts(model).parameters.value).toBe(72);
});

test('a convolution over time multiplies and adds kernel · channels for every output', () => {
  const source = `${imports}model = keras.Sequential([keras.Input((50, 6)), layers.Conv1D(12, 5, strides=2), layers.Conv1D(8, 3, groups=4, padding="same")])\n`;
  const [model] = analyseFile('model.py', source).models;
  const costs = model && modelCosts(model);
  // 23 steps of 12 filters over 5·6 inputs, then 23 steps of 8 filters over 3·(12/4).
  expect(costs?.layers.map(({ macs }) => macs.value)).toEqual([23 * 12 * 30, 23 * 8 * 9]);
});

/** A GRU of 4 units over 8 inputs: 144 weights, and 12 biases with `reset_after=False` or 24 with `reset_after=True`. */
test.each([
  ['from keras.layers import GRU', 168],
  ['from tensorflow.keras.layers import GRU', 168],
  ['from keras.engine.topology import Layer\nfrom keras.layers import GRU', 156],
  ['from keras.layers import GRU, CuDNNLSTM', 156],
  ['from keras.layers.recurrent import GRU', 156],
  ['from keras.backend.tensorflow_backend import set_session\nfrom keras.layers import GRU', 156],
])('the version of Keras that imports tell: %s', (names, parameters) => {
  const source = `import keras\n${names}\nmodel = keras.models.Sequential()\nmodel.add(GRU(4, batch_input_shape=(2, 5, 8)))\n`;
  const [model] = analyseFile('model.py', source).models;
  expect(model && modelCosts(model).parameters.value).toBe(parameters);
});

/** Names and arguments that only Keras 1 and 2 have. */
test.each([
  ['CuDNNLSTM(4, input_shape=(5, 8))', 4 * 4 * 12 + 32],
  ['CuDNNGRU(4, input_shape=(5, 8))', 3 * 4 * 12 + 24],
  ['LSTM(4, input_dim=8, input_length=5)', 4 * 4 * 12 + 16],
  ['LSTM(output_dim=4, input_shape=(5, 8))', 4 * 4 * 12 + 16],
  ['TimeDistributed(Dense(4), input_shape=(5, 8))', 36],
  ['Embedding(8, 4, input_length=5)', 32],
  ['Convolution1D(nb_filter=4, filter_length=3, border_mode="same", input_shape=(5, 8))', 100],
])('Keras 2: %s', (layer, parameters) => {
  const source = `from keras.models import Sequential\nfrom keras.layers import *\nmodel = Sequential()\nmodel.add(${layer})\n`;
  const [model] = analyseFile('model.py', source).models;
  expect(model && modelCosts(model).parameters.value).toBe(parameters);
});
