/**
 * What Keras code shares, sets aside from training and changes after it is made. Each case gives the parameters and the trained
 * ones that Keras 3.15 on TensorFlow counts for `model`, and `?` where no number is given because versions differ.
 */
import { describe, expect, test } from 'vitest';
import { modelCosts } from '../../model/costs/model';
import { analyseFile } from '../../server/src/analysis';

const imports = 'import keras\nfrom keras import layers, ops, Model, Sequential, Input\nfrom keras.layers import *\n';

const cases: Readonly<Record<string, { readonly source: string; readonly counts: string }>> = {
  'a weight set aside where it is made': {
    source:
      'class A(Layer):\n    def build(self, s):\n        self.w = self.add_weight(shape=(3, 3))\n        self.w.trainable = False\n    def call(self, x): return x @ self.w\nmodel = Sequential([Input((3,)), A(), Dense(2)])',
    counts: '17 8',
  },
  'an own layer constructed untrained': {
    source:
      'class Block(Layer):\n    def __init__(self, u, **k):\n        super().__init__(**k)\n        self.u = u\n    def build(self, s):\n        self.w = self.add_weight(shape=(s[-1], self.u), name="w")\n        self.b = self.add_weight(shape=(self.u,), trainable=False)\n        self.d = Dense(self.u)\n        self.d.build(s)\n    def call(self, x): return x @ self.w + self.b + self.d(x)\nmodel = Sequential([Input((3,)), Block(4), Block(5, trainable=False), Dense(2)])',
    counts: '94 65',
  },
  'an own layer that sets itself untrained between its layers': {
    source:
      'class Block(Layer):\n    def __init__(self, u):\n        super().__init__()\n        self.b = Dense(u)\n        self.trainable = False\n        self.a = Dense(u)\n    def call(self, x): return self.b(self.a(x))\ni = Input((3,))\nmodel = Model(i, Block(4)(i))',
    counts: '36 16',
  },
  'a class derived from Sequential': {
    source:
      'class Net(Sequential):\n    def __init__(self, n):\n        super().__init__()\n        self.add(Input((3,)))\n        for _ in range(n): self.add(Dense(4))\nmodel = Net(3)',
    counts: '56 56',
  },
  'Bidirectional constructed untrained: its directions are trained': {
    source: 'model = Sequential([Input((5, 3)), Bidirectional(GRU(3), trainable=False), Dense(2)])',
    counts: '158 158',
  },
  'one cell in a stack several times': {
    source: 'model = Sequential([Input((7, 4)), RNN([LSTMCell(4)] * 3), Dense(1)])',
    counts: '149 149',
  },
  'one cell in two loops': {
    source: 'c = LSTMCell(3)\nmodel = Sequential([Input((7, 3)), RNN(c, return_sequences=True), RNN(c), Dense(1)])',
    counts: '88 88',
  },
  'a convolutional LSTM constructed untrained: its cell is trained': {
    source: 'model = Sequential([Input((5, 8, 3)), ConvLSTM1D(3, 2, trainable=False), Flatten(), Dense(2)])',
    counts: '200 200',
  },
  'all layers within': {
    source:
      'base = Sequential([Input((3,)), Dense(4), Dense(5)])\nmodel = Sequential([base, Dense(2)])\nfor l in model._flatten_layers(): l.trainable = False',
    counts: '53 0',
  },
  'the weights of a layer': {
    source:
      'model = Sequential([Input((3,)), Dense(4), Dense(5)])\nfor w in model.layers[0].weights: w.trainable = False',
    counts: '41 25',
  },
  'an item of a list that takes the place of another': {
    source:
      'class A(Layer):\n    def __init__(self):\n        super().__init__()\n        self.ls = [Dense(3), Dense(3)]\n        self.ls[1] = Dense(3)\n    def call(self, x):\n        for l in self.ls: x = l(x)\n        return x\ni = Input((3,))\nmodel = Model(i, A()(i))',
    counts: '? ?',
  },
  'a layer hung onto a model': {
    source:
      'i = Input((4,))\nx = Dense(3)(i)\nmodel = Model(i, x)\nmodel.extra = Dense(5)\nmodel.extra.build((None, 4))',
    counts: '40 40',
  },
  'low-rank adapters enabled': {
    source: 'd = Dense(4)\nmodel = Sequential([Input((3,)), d, Dense(4)])\nd.enable_lora(2)',
    counts: '50 38',
  },
  'low-rank adapters of a constructor': {
    source: 'model = Sequential([Input((3,)), Dense(8, lora_rank=2), Dense(4)])',
    counts: '90 66',
  },
  'low-rank adapters of an embedding': {
    source: 'model = Sequential([Input((3,)), Embedding(20, 8, lora_rank=2), Dense(4)])',
    counts: '252 92',
  },
  'attention constructed untrained: its projections are trained': {
    source: 'i = Input((7, 12))\nl = MultiHeadAttention(3, 4, trainable=False)\nmodel = Model(i, Dense(2)(l(i, i)))',
    counts: '650 650',
  },
  'attention set untrained before it is built': {
    source:
      'i = Input((7, 12))\nl = MultiHeadAttention(3, 4)\nl.trainable = False\nmodel = Model(i, Dense(2)(l(i, i)))',
    counts: '650 650',
  },
  'one cell in a stack given to a loop': {
    source: 'cells = [LSTMCell(3)] * 2\nmodel = Sequential([Input((7, 3)), RNN(StackedRNNCells(cells)), Dense(1)])',
    counts: '88 88',
  },
  quantize: {
    source: 'model = Sequential([Input((4,)), Dense(3)])\nmodel.quantize("int8")',
    counts: '? ?',
  },
  'a loop constructed untrained: its cell is trained': {
    source: 'model = Sequential([Input((5, 3)), RNN(LSTMCell(3), trainable=False), Dense(2)])',
    counts: '92 92',
  },
  'a layer of an untrained model set trained again': {
    source:
      'base = Sequential([Input((3,)), Dense(4), Dense(4), Dense(4)])\nbase.trainable = False\nfor l in base.layers[-1:]: l.trainable = True\nmodel = Sequential([Input((3,)), base, Dense(2)])',
    counts: '66 30',
  },
  'channels first for every layer': {
    source:
      'keras.backend.set_image_data_format("channels_first")\nmodel = Sequential([Input((3, 8, 8)), Conv2D(4, 3, padding="same"), Flatten(), Dense(1)])\nkeras.backend.set_image_data_format("channels_last")',
    counts: '369 369',
  },
  'channels first for a pooling': {
    source:
      'keras.backend.set_image_data_format("channels_first")\nmodel = Sequential([Input((3, 8, 8)), Conv2D(4, 3, padding="same"), GlobalAveragePooling2D(), Dense(1)])\nkeras.backend.set_image_data_format("channels_last")',
    counts: '117 117',
  },
  'a nested model constructed untrained': {
    source:
      'base = Sequential([Input((3,)), Dense(4)], trainable=False)\nmodel = Sequential([Input((3,)), base, Dense(2)])',
    counts: '26 26',
  },
  'TimeDistributed constructed untrained: its layer is trained': {
    source: 'model = Sequential([Input((5, 3)), TimeDistributed(Dense(3), trainable=False), Dense(2)])',
    counts: '20 20',
  },
  'one layer in two TimeDistributed': {
    source:
      'd = Dense(3)\nmodel = Sequential([Input((7, 3)), TimeDistributed(d), TimeDistributed(d), Flatten(), Dense(1)])',
    counts: '34 34',
  },
  'a layer in TimeDistributed and by itself': {
    source: 'd = Dense(3)\ni = Input((7, 3))\nx = TimeDistributed(d)(i)\nmodel = Model(i, d(x))',
    counts: '12 12',
  },
  'a variable hung onto a model': {
    source: 'model = Sequential([Input((4,)), Dense(3)])\nmodel.v = keras.Variable(ops.zeros((7,)))',
    counts: '22 22',
  },
  'a trained model set trained: what it holds stays as it is': {
    source:
      'i = Input((3,))\nbase = Model(i, Dense(4)(i))\nbase.trainable = False\nmodel = Sequential([Input((3,)), base, Dense(4)])\nmodel.trainable = True',
    counts: '36 20',
  },
  'a cell constructed untrained': {
    source:
      'rnn = RNN([LSTMCell(3, trainable=False), LSTMCell(4)])\nmodel = Sequential([Input((7, 3)), rnn, Dense(2)])',
    counts: '222 138',
  },
  'an untrained loop whose cells are set trained': {
    source:
      'rnn = RNN([LSTMCell(3), LSTMCell(4)])\nrnn.trainable = False\nmodel = Sequential([Input((7, 3)), rnn, Dense(2)])\nrnn.cell.trainable = True',
    counts: '222 222',
  },
  'one array': {
    source: 'd = Dense(4)\nmodel = Sequential([Input((3,)), d, Dense(4)])\nd.kernel.trainable = False',
    counts: '36 24',
  },
  'one layer of an untrained model set trained': {
    source:
      'base = Sequential([Input((3,)), Dense(4), Dense(5)])\nbase.trainable = False\nmodel = Sequential([base, Dense(2)])\nbase.layers[0].trainable = True',
    counts: '53 28',
  },
  'a nested model set trained again': {
    source:
      'base = Sequential([Input((3,)), Dense(4), Dense(5)])\nfor l in base.layers[:-1]: l.trainable = False\ni = Input((3,))\nmodel = Model(i, Dense(2)(base(i)))\nbase.trainable = True',
    counts: '53 37',
  },
  'one direction': {
    source:
      'i = Input((7, 3))\nl = Bidirectional(LSTM(4))\nmodel = Model(i, Dense(2)(l(i)))\nl.forward_layer.trainable = False',
    counts: '274 146',
  },
  'wrappers around untrained layers': {
    source:
      'model = Sequential([Input((7, 3)), TimeDistributed(Dense(4, trainable=False)), Bidirectional(GRU(3), trainable=False), Dense(2)])',
    counts: '192 176',
  },
  'layers by name and by index': {
    source:
      'model = Sequential([Input((3,)), Dense(4, name="a"), Dense(5, name="b")])\nmodel.get_layer("a").trainable = False\nmodel.get_layer(index=1).trainable = False\nmodel.trainable = True',
    counts: '41 0',
  },
};

describe('what Keras code shares and trains', () => {
  test.each(Object.entries(cases))('%s', (_, { source, counts }) => {
    const { models } = analyseFile('model.py', `${imports}${source}\n`);
    const shown = models.map((model) => {
      const { parameters, trainable } = modelCosts(model);
      return [parameters, trainable].map((amount) => (amount.grade === 'unknown' ? '?' : amount.value)).join(' ');
    });
    expect(shown).toContain(counts);
  });
});
