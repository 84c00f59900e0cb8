/**
 * What Keras code is made of, shares, sets aside from training and changes after it is made. Each case gives the parameters and the trained
 * ones that Keras 3.15 on TensorFlow counts for `model`, and `?` where no number is given because versions differ.
 */
import { describe, expect, test } from 'vitest';
import { modelCosts } from '../../model/costs/model';
import { analyseFile } from '../../server/src/analysis';

const imports =
  'import keras\nimport tensorflow as tf\nfrom keras import layers, ops, Model, Sequential, Input\nfrom keras.layers import *\n';

type Cases = Readonly<Record<string, { readonly source: string; readonly counts: string }>>;

const sharing: Cases = {
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
  'an own layer that sets itself untrained by setattr': {
    source:
      'class Block(Layer):\n    def __init__(self, u):\n        super().__init__()\n        self.b = Dense(u)\n        setattr(self, "trainable", False)\n        self.a = Dense(u)\n    def call(self, x): return self.b(self.a(x))\ni = Input((3,))\nmodel = Model(i, Block(4)(i))',
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
  'the first layers of a model with branches': {
    source:
      'a, b = Input((4,)), Input((5,))\nx = Dense(3)(a)\ny = Dense(6)(b)\nz = Concatenate()([x, y])\nz = Dense(7)(z)\nmodel = Model([a, b], Dense(1)(z))\nfor l in model.layers[:4]:\n    l.trainable = False',
    counts: '129 78',
  },
  'the last layers of a model with branches': {
    source:
      'a, b = Input((4,)), Input((5,))\nx = Dense(3)(a)\nx = Dense(4)(x)\ny = Dense(6)(b)\nz = Add()([x, Dense(4)(y)])\nmodel = Model([a, b], Dense(1)(z))\nfor l in model.layers[-3:]:\n    l.trainable = False',
    counts: '100 67',
  },
  'models and lists hung onto a model': {
    source:
      'i = Input((4,))\nmodel = Model(i, Dense(3)(i))\nmodel.proj = Sequential([Input((3,)), Dense(8)])\nmodel.items = [Dense(2)]\nmodel.items[0].build((None, 8))',
    counts: '65 65',
  },
  'the cell within a layer': {
    source: 'l = LSTM(4)\nmodel = Sequential([Input((7, 3)), l, Dense(1)])\nl.cell.trainable = False',
    counts: '133 5',
  },
  'adapters of an untrained model': {
    source: 'd = Dense(4)\nmodel = Sequential([Input((3,)), d, Dense(4)])\nmodel.trainable = False\nd.enable_lora(2)',
    counts: '50 0',
  },
  'adapters of a convolution': {
    source: 'c = Conv2D(4, 3)\nmodel = Sequential([Input((8, 8, 2)), c, Flatten(), Dense(2)])\nc.enable_lora(2)',
    counts: '410 338',
  },
  'arrays by name': {
    source:
      'model = Sequential([Input((7, 3)), LSTM(4), Dense(1)])\nfor w in model.trainable_variables:\n    if "bias" in w.name:\n        w.trainable = False',
    counts: '133 116',
  },
  'layers from one of a name on': {
    source:
      'base = Sequential([Input((7, 3)), LSTM(4, return_sequences=True, name="a"), LSTM(5, return_sequences=True, name="b"), LSTM(6, name="c")])\nflag = False\nfor layer in base.layers:\n    if layer.name == "b":\n        flag = True\n    layer.trainable = flag\nmodel = Sequential([base, Dense(2)])',
    counts: '630 502',
  },
  'a backward layer that is set untrained': {
    source:
      'b = LSTM(4, go_backwards=True)\nbi = Bidirectional(LSTM(4), backward_layer=b)\nmodel = Sequential([Input((7, 3)), bi, Dense(1)])\nb.trainable = False',
    counts: '265 137',
  },
  'attention set untrained when it is built': {
    source:
      'i = Input((7, 12))\nl = MultiHeadAttention(3, 4)\nmodel = Model(i, Dense(2)(l(i, i)))\nl.trainable = False',
    counts: '650 26',
  },
  'layers of one class': {
    source:
      'i = Input((12, 12, 3))\nx = Conv2D(4, 3)(i)\nx = BatchNormalization()(x)\nx = Conv2D(4, 3)(x)\nx = BatchNormalization()(x)\nmodel = Model(i, Dense(2)(Flatten()(x)))\nfor layer in model.layers:\n    if isinstance(layer, layers.BatchNormalization):\n        layer.trainable = False',
    counts: '806 774',
  },
  'layers of all classes but one': {
    source:
      'i = Input((12, 12, 3))\nx = Conv2D(4, 3)(i)\nx = BatchNormalization()(x)\nmodel = Model(i, Dense(2)(Flatten()(x)))\nfor layer in model.layers:\n    if not isinstance(layer, BatchNormalization):\n        layer.trainable = False',
    counts: '930 8',
  },
  'layers of nested models by what they have': {
    source:
      'def freeze(m):\n    for l in m.layers:\n        if hasattr(l, "layers"):\n            freeze(l)\n        else:\n            l.trainable = False\ninner = Sequential([Dense(4), Dense(5)])\nmodel = Sequential([Input((3,)), inner, Dense(6)])\nfreeze(model)',
    counts: '77 0',
  },
  'layers of nested models by their class': {
    source:
      'def freeze(m):\n    for l in m.layers:\n        if isinstance(l, keras.Model):\n            freeze(l)\n        elif isinstance(l, (layers.Dense, layers.LSTM)):\n            l.trainable = False\ninner = Sequential([Dense(4), LayerNormalization()])\nmodel = Sequential([Input((3,)), inner, Dense(6)])\nfreeze(model)',
    counts: '54 8',
  },
  'layers beside an input that nothing reads': {
    source:
      'i, j = Input((7, 3)), Input((4,))\nmodel = Model([i, j], Dense(1)(LSTM(4)(i)))\nfor l in model.layers[1:3]:\n    l.trainable = False',
    counts: '133 5',
  },
  'a functional model constructed untrained': {
    source:
      'i = Input((3,))\nbase = Model(i, Dense(4)(i), trainable=False)\nmodel = Sequential([Input((3,)), base, Dense(2)])',
    counts: '26 26',
  },
  'an own layer that the program builds itself': {
    source:
      'class Blk(Layer):\n    def __init__(self, u):\n        super().__init__()\n        self.u = u\n    def build(self, s):\n        self.k = self.add_weight(shape=(s[-1], self.u))\n    def call(self, x):\n        return ops.matmul(x, self.k)\nb = Blk(4)\nb.build((None, 3))\ni = Input((3,))\nmodel = Model(i, b(i))',
    counts: '12 12',
  },
  'a model in TimeDistributed and by itself': {
    source:
      'm = Sequential([Dense(4), Dense(5)])\ni = Input((7, 3))\nj = Input((3,))\nmodel = Model([i, j], [TimeDistributed(m)(i), m(j)])',
    counts: '41 41',
  },
  'a layer within untrained models set trained': {
    source:
      'inner = Sequential([Dense(4), Dense(5)])\nouter = Sequential([Input((3,)), inner, Dense(6)])\nouter.trainable = False\ninner.layers[1].trainable = True\nmodel = Sequential([Input((3,)), outer, Dense(2)])',
    counts: '91 39',
  },
  'a cell that Bidirectional makes anew': {
    source:
      'c = GRUCell(4)\ni = Input((7, 4))\nx = RNN(c, return_sequences=True)(i)\nx = Bidirectional(RNN(c))(x)\nmodel = Model(i, Dense(1)(x))',
    counts: '369 369',
  },
  'a copy with other layers in places': {
    source:
      'b = Sequential([Input((7, 3)), LSTM(4), Dense(2)])\ndef fn(layer):\n    if isinstance(layer, LSTM):\n        return GRU(4)\n    return layer.__class__.from_config(layer.get_config())\nmodel = keras.models.clone_model(b, clone_function=fn)',
    counts: '118 118',
  },
  'a copy of a functional model with other layers': {
    source:
      'i = Input((7, 3))\nb = Model(i, Dense(2)(LSTM(4)(i)))\nmodel = keras.models.clone_model(b, clone_function=lambda l: GRU(3) if isinstance(l, LSTM) else l.__class__.from_config(l.get_config()))',
    counts: '80 80',
  },
  'a copy of a model that applies a layer twice': {
    source: 'd = Dense(3)\nb = Sequential([Input((3,)), d, d, Dense(2)])\nmodel = keras.models.clone_model(b)',
    counts: '20 20',
  },
  'a model made again from its JSON': {
    source: 'b = Sequential([Input((7, 3)), LSTM(4), Dense(2)])\nmodel = keras.models.model_from_json(b.to_json())',
    counts: '138 138',
  },
  'a wrapper made again from its configuration': {
    source:
      'b = Bidirectional(LSTM(4), name="x")\nmodel = Sequential([Input((7, 3)), Bidirectional.from_config(b.get_config()), Dense(2)])',
    counts: '274 274',
  },
  'an array of a layer in two places': {
    source:
      'class N(Layer):\n    def __init__(self, d):\n        super().__init__()\n        self.k = d.kernel\n    def call(self, x):\n        return ops.matmul(x, ops.transpose(self.k))\nd = Dense(4)\ni = Input((3,))\nh = d(i)\nmodel = Model(i, N(d)(h))',
    counts: '16 16',
  },
  'an array whose layer nothing holds': {
    source:
      'd = Dense(4)\nd.build((None, 3))\nclass N(Layer):\n    def __init__(self):\n        super().__init__()\n        self.k = d.kernel\n    def call(self, x):\n        return ops.matmul(x, self.k)\ni = Input((3,))\nmodel = Model(i, N()(i))',
    counts: '12 12',
  },
  'the layer within a wrapper': {
    source: 't = TimeDistributed(Dense(4))\nmodel = Sequential([Input((7, 3)), t, LSTM(2)])\nt.layer.trainable = False',
    counts: '72 56',
  },
  'a cell within a loop': {
    source:
      'r = RNN([GRUCell(4), GRUCell(5)])\nr.cell.cells[0].trainable = False\nmodel = Sequential([Input((7, 3)), r, Dense(1)])',
    counts: '279 171',
  },
  'layers added to a list that was handed over': {
    source:
      'class N(Model):\n    def __init__(self):\n        super().__init__()\n        blocks = []\n        self.blocks = blocks\n        for u in (4, 5):\n            blocks.append(Dense(u))\n        self.o = Dense(2)\n    def call(self, x):\n        for b in self.blocks:\n            x = b(x)\n        return self.o(x)\nmodel = N()\nmodel(tf.zeros((1, 3)))',
    counts: '8 8',
  },
  'the output of a layer of a model': {
    source:
      'm = Sequential([Input((7, 3)), LSTM(4, return_sequences=True), LSTM(6), Dense(2)])\nx = m.layers[-2].output\nx = Dense(8, activation="relu")(x)\nmodel = Model(inputs=m.inputs, outputs=Dense(3)(x))\nfor l in model.layers[:2]:\n    l.trainable = False',
    counts: '475 347',
  },
  'the layers so far': {
    source:
      'class N(Model):\n    def __init__(self):\n        super().__init__()\n        self.a, self.b, self.c = Dense(4), LSTM(5), Dense(2)\n        for l in self.layers[:-1]:\n            l.trainable = False\n    def call(self, x):\n        return self.c(self.b(self.a(x)))\nmodel = N()\nmodel(tf.zeros((1, 7, 3)))',
    counts: '228 12',
  },
  'a search through layers that have none': {
    source:
      'def fr(m, d):\n    for l in m.layers:\n        if getattr(l, "zork", None) is not None:\n            fr(l, d + 1)\n        l.trainable = False\nmodel = Sequential([Input((3,)), Dense(3, name="a"), Dense(2, name="b")])\nfr(model, 0)',
    counts: '20 0',
  },
  'own layers by their class': {
    source:
      'class B(Layer):\n    def __init__(self, u):\n        super().__init__()\n        self.d = Dense(u)\n    def call(self, x):\n        return self.d(x)\nmodel = Sequential([Input((3,)), B(4), B(5), Dense(2)])\nfor l in model.layers:\n    if isinstance(l, B):\n        l.trainable = False\nmodel.layers[1].d.trainable = True',
    counts: '53 37',
  },
  'one direction of a stack of cells': {
    source:
      'b = Bidirectional(RNN([LSTMCell(3), GRUCell(4)]))\nmodel = Sequential([Input((7, 3)), b, Dense(1)])\nb.forward_layer.trainable = False',
    counts: '393 201',
  },
  'a backward layer that is used by itself': {
    source:
      'f, b = LSTM(4, return_sequences=True), LSTM(4, return_sequences=True, go_backwards=True)\ni = Input((7, 3))\nx = Bidirectional(f, backward_layer=b)(i)\ny = b(i)\nmodel = Model(i, Concatenate()([x, y]))',
    counts: '256 256',
  },
  'a layer of a model within a wrapper': {
    source:
      'a = Input((3,))\nm = Model(a, Dense(4)(Dense(5)(a)))\ni = Input((7, 3))\nmodel = Model(i, LSTM(2)(TimeDistributed(m)(i)))\nm.layers[1].trainable = False',
    counts: '100 80',
  },
};

const kinds: Cases = {
  'both directions of a convolutional LSTM': {
    source:
      'model = Sequential([Input((5, 8, 8, 2)), Bidirectional(ConvLSTM2D(3, 3, padding="same")), Flatten(), Dense(1)])',
    counts: '1489 1489',
  },
  'own cells upon each other': {
    source:
      'class Cell(Layer):\n    def __init__(self, units, **kwargs):\n        super().__init__(**kwargs)\n        self.units = units\n        self.state_size = units\n    def build(self, input_shape):\n        self.k = self.add_weight(shape=(input_shape[-1], self.units))\n        self.r = self.add_weight(shape=(self.units, self.units))\n    def call(self, inputs, states):\n        o = ops.matmul(inputs, self.k) + ops.matmul(states[0], self.r)\n        return o, [o]\nmodel = Sequential([Input((None, 5)), RNN([Cell(4), Cell(6)]), Dense(1)])',
    counts: '103 103',
  },
  'a product by a summation': {
    source:
      'model = Sequential([Input((9, 8)), EinsumDense("abc,cde->abde", output_shape=(None, 4, 3), bias_axes="de"), Reshape((9, 12)), LSTM(3), Dense(2)])',
    counts: '308 308',
  },
  'attention whose heads share keys': {
    source: 'i = Input((9, 8))\nmodel = Model(i, Dense(2)(GroupQueryAttention(4, 4, 2)(i, i)))',
    counts: '442 442',
  },
  'layers that prepare images': {
    source:
      'model = Sequential([Input((8, 8, 3)), Rescaling(1 / 255), RandomFlip("horizontal"), Conv2D(4, 3), ReLU(), Flatten(), Dense(1)])',
    counts: '257 257',
  },
  'a kernel of bounded size': {
    source:
      'model = Sequential([Input((9, 5)), SpectralNormalization(Dense(4)), UnitNormalization(), GroupNormalization(2), Dense(2)])',
    counts: '46 42',
  },
  'a class derived from Sequential within a model': {
    source:
      'class Head(keras.Sequential):\n    def __init__(self, n):\n        super().__init__([Dense(16, activation="relu"), Dropout(0.1), Dense(n)])\ni = Input((7, 3))\nmodel = Model(i, Head(4)(LSTM(8)(i)))',
    counts: '596 596',
  },
  'branches that share a layer': {
    source:
      'i = Input((4,))\nd = Dense(4)\nx = d(i)\ny = Dense(4)(x)\nz = Add()([x, y])\nw = d(z)\nmodel = Model(i, [Dense(1)(w), Dense(2)(x)])\nfor l in model.layers[2:4]:\n    l.trainable = False',
    counts: '55 35',
  },
  'a class derived from a cell': {
    source:
      'class LNCell(LSTMCell):\n    def __init__(self, units, **kw):\n        super().__init__(units, **kw)\n        self.ln = LayerNormalization()\n    def build(self, s):\n        super().build(s)\n        self.ln.build((None, self.units))\n    def call(self, x, states, training=False):\n        o, s = super().call(x, states, training=training)\n        return self.ln(o), s\nmodel = Sequential([Input((7, 3)), RNN(LNCell(4)), Dense(2)])',
    counts: '146 146',
  },
  'a class derived from a layer': {
    source:
      'class MyDense(Dense):\n    def call(self, x):\n        return 2 * super().call(x)\nmodel = Sequential([Input((7, 3)), MyDense(4), Dense(2)])',
    counts: '26 26',
  },
  'a class derived from a recurrent layer': {
    source:
      'class MyLSTM(LSTM):\n    def __init__(self, units, **kw):\n        super().__init__(units, return_sequences=True, **kw)\nmodel = Sequential([Input((7, 3)), MyLSTM(4), Dense(2)])',
    counts: '138 138',
  },
  'channels first of paddings': {
    source:
      'i = Input((3, 8, 8))\nx = ZeroPadding2D(1, data_format="channels_first")(i)\nx = UpSampling2D(2, data_format="channels_first")(x)\nx = Cropping2D(1, data_format="channels_first")(x)\nmodel = Model(i, Dense(2)(Flatten()(x)))',
    counts: '1946 1946',
  },
  'a layer that call leaves out': {
    source:
      'class GRN(Layer):\n    def __init__(self, units, rate):\n        super().__init__()\n        self.units = units\n        self.elu = Dense(units, activation="elu")\n        self.lin = Dense(units)\n        self.drop = Dropout(rate)\n        self.gate = Gate(units)\n        self.ln = LayerNormalization()\n        self.proj = Dense(units)\n    def call(self, x):\n        y = self.drop(self.lin(self.elu(x)))\n        if x.shape[-1] != self.units:\n            x = self.proj(x)\n        return self.ln(x + self.gate(y))\nclass Gate(Layer):\n    def __init__(self, units):\n        super().__init__()\n        self.lin = Dense(units)\n        self.gate = Dense(units, activation="sigmoid")\n    def call(self, x):\n        return self.lin(x) * self.gate(x)\ni = Input((7, 3))\nx = GRN(5, 0.1)(i)\nx = GRN(5, 0.1)(x)\nmodel = Model(i, Dense(1)(x))',
    counts: '276 276',
  },
  'wrappers within wrappers': {
    source:
      'd = Dense(3)\nmodel = Sequential([Input((2, 5, 4)), TimeDistributed(TimeDistributed(d)), TimeDistributed(LSTM(6)), LSTM(2)])',
    counts: '327 327',
  },
  'a cell with arrays beside those it inherits': {
    source:
      'class PeepholeLSTMCell(LSTMCell):\n    def build(self, input_shape):\n        super().build(input_shape)\n        self.peep_i = self.add_weight(shape=(self.units,), name="pi", initializer="glorot_uniform" if False else "zeros")\n        self.peep_f = self.add_weight(shape=(self.units,), name="pf", initializer="zeros")\n        self.peep_o = self.add_weight(shape=(self.units,), name="po", initializer="zeros")\ni = Input((7, 3))\nmodel = Model(i, Dense(2)(RNN(PeepholeLSTMCell(6))(i)))',
    counts: '272 272',
  },
  'a class that builds nothing of what it derives from': {
    source:
      'class CosDense(Dense):\n    def build(self, input_shape):\n        self.w = self.add_weight(shape=(input_shape[-1], self.units), name="w")\n        self.built = True\n    def call(self, x):\n        return ops.matmul(x, self.w)\nmodel = Sequential([Input((7,)), CosDense(4), Dense(2)])',
    counts: '38 38',
  },
  'a class derived from a wrapper': {
    source:
      'class BiLSTM(Bidirectional):\n    def __init__(self, units, **kw):\n        super().__init__(LSTM(units, return_sequences=True), **kw)\nmodel = Sequential([Input((7, 3)), BiLSTM(4), BiLSTM(5), Dense(1)])',
    counts: '827 827',
  },
  'a class derived from an embedding': {
    source:
      'class ScaledEmbedding(Embedding):\n    def call(self, x):\n        return super().call(x) * ops.sqrt(float(self.output_dim))\nmodel = Sequential([Input((7,)), ScaledEmbedding(30, 8), LSTM(4), Dense(1)])',
    counts: '453 453',
  },
  'cells that hold layers': {
    source:
      'class Cell(Layer):\n    def __init__(self, units, **kw):\n        super().__init__(**kw)\n        self.units = units\n        self.state_size = [units, units]\n        self.output_size = units\n        self.d = Dense(4 * units)\n    def build(self, s):\n        self.r = self.add_weight(shape=(self.units, 4 * self.units), name="r")\n        super().build(s)\n    def call(self, x, states):\n        h, c = states\n        z = self.d(x) + ops.matmul(h, self.r)\n        i, f, g, o = ops.split(z, 4, axis=-1)\n        c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)\n        h = ops.sigmoid(o) * ops.tanh(c)\n        return h, [h, c]\ni = Input((7, 3))\nc1, c2 = Cell(4), Cell(5)\nc1.d.build((None, 3)); c2.d.build((None, 4))\nx = RNN(c1, return_sequences=True)(i)\nx, h, c = RNN(c2, return_state=True)(x)\nmodel = Model(i, Dense(1)(h))',
    counts: '334 334',
  },
  'a table that is read both ways': {
    source:
      'e = ReversibleEmbedding(20, 6)\ni = Input((7,))\nx = LSTM(6, return_sequences=True)(e(i))\nmodel = Model(i, e(x, reverse=True))',
    counts: '432 432',
  },
  'two tables for two ways': {
    source:
      'e = ReversibleEmbedding(20, 6, tie_weights=False)\ni = Input((7,))\nx = LSTM(6, return_sequences=True)(e(i))\nmodel = Model(i, e(x, reverse=True))',
    counts: '552 552',
  },
  'a bounded kernel at every step': {
    source: 'model = Sequential([Input((7, 3)), TimeDistributed(SpectralNormalization(Dense(4))), LSTM(2)])',
    counts: '76 72',
  },
  'a product over elided axes': {
    source:
      'model = Sequential([Input((5, 8)), EinsumDense("...x,xy->...y", output_shape=6, bias_axes="y"), Dense(1)])',
    counts: '61 61',
  },
  'images cut and scaled': {
    source:
      'model = Sequential([Input((9, 9, 3)), Resizing(6, 6), RandomCrop(4, 4), RandomRotation(0.1), Conv2D(2, 3), Flatten(), Dense(1)])',
    counts: '65 65',
  },
  'windows over volumes': {
    source:
      'model = Sequential([Input((4, 4, 4, 2)), Conv3DTranspose(3, 2, strides=2), UpSampling3D(2), Cropping3D(1), ZeroPadding3D(1), GlobalMaxPooling3D(), Dense(1)])',
    counts: '55 55',
  },
  'a normalisation by the root mean square': {
    source: 'model = Sequential([Input((9, 4)), RMSNormalization(), Dense(3)])',
    counts: '19 19',
  },
  'a class derived from an own layer': {
    source:
      'class Base(Layer):\n    def __init__(self, u, **k):\n        super().__init__(**k)\n        self.d = Dense(u)\n    def build(self, s):\n        self.g = self.add_weight(shape=(s[-1],))\nclass Child(Base):\n    def __init__(self, u, **k):\n        super().__init__(u, **k)\n        self.e = Dense(u)\n    def build(self, s):\n        super().build(s)\n        self.h = self.add_weight(shape=(s[-1], 2))\n    def call(self, x):\n        return self.e(self.d(x * self.g))\ni = Input((3,))\nmodel = Model(i, Child(4)(i))',
    counts: '45 45',
  },
  'an array added from outside': {
    source: 'd = Dense(4)\nd.w2 = d.add_weight(shape=(5,))\nmodel = Sequential([Input((3,)), d, Dense(2)])',
    counts: '? ?',
  },
  'both directions of a stack of cells': {
    source:
      'b = Bidirectional(RNN([GRUCell(4, trainable=False), GRUCell(4)]))\nmodel = Sequential([Input((7, 3)), b, Dense(1)])',
    counts: '465 249',
  },
  'a function at every step': {
    source:
      'i = Input((7, 3, 2))\nx = TimeDistributed(Lambda(lambda t: ops.mean(t, axis=1)))(i)\nmodel = Model(i, LSTM(4)(x))',
    counts: '112 112',
  },
  'layers of cuDNN, which current Keras lacks': {
    source:
      'try:\n    from keras.layers import CuDNNLSTM\nexcept ImportError:\n    from keras.layers import LSTM as CuDNNLSTM\nmodel = Sequential([Input((5, 4)), CuDNNLSTM(3)])',
    counts: '96 96',
  },
  'a name for the layers of cuDNN or for others': {
    source:
      'try:\n    from keras.layers import CuDNNGRU\n    RNN = CuDNNGRU\nexcept ImportError:\n    from keras.layers import GRU as RNN\nmodel = Sequential([Input((5, 4)), RNN(3)])',
    counts: '81 81',
  },
  'imports that note that they succeeded': {
    source:
      'try:\n    from keras.layers import GRU\n    HAS_KERAS = True\nexcept ImportError:\n    HAS_KERAS = False\n    GRU = None\ndef build():\n    if not HAS_KERAS:\n        raise RuntimeError("Keras is missing")\n    return Sequential([Input((5, 4)), GRU(3)])\nmodel = build()',
    counts: '81 81',
  },
};

function countsOf(source: string): readonly string[] {
  return analyseFile('model.py', `${imports}${source}\n`).models.map((model) => {
    const { parameters, trainable } = modelCosts(model);
    return [parameters, trainable].map((amount) => (amount.grade === 'unknown' ? '?' : amount.value)).join(' ');
  });
}

describe('what Keras code shares and trains', () => {
  test.each(Object.entries(sharing))('%s', (_, { source, counts }) => {
    expect(countsOf(source)).toContain(counts);
  });
});

describe('what Keras code is made of', () => {
  test.each(Object.entries(kinds))('%s', (_, { source, counts }) => {
    expect(countsOf(source)).toContain(counts);
  });
});
