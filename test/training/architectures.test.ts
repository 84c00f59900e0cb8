/**
 * Programs as people write them, all the way from their text to training steps: what their layers become, that each trains the
 * parameters that the analyser counts, and that its loss falls.
 */
import { describe, expect, test } from 'vitest';
import { createNetwork, type Network } from '../../engine/network';
import { type ModelPlan, settledLayer } from '../../engine/plan/modelPlan';
import { planModel } from '../../engine/plan/planModel';
import type { TrainingPlan } from '../../engine/plan/trainingPlan';
import { createReferenceBackend } from '../../engine/reference/backend';
import { modelCosts } from '../../model/costs/model';
import { isListed, type ModelGraph } from '../../model/graph';
import { analyseFile } from '../../server/src/analysis';

/** A module whose `forward` is given line by line. */
function torch(layers: readonly string[], forward: readonly string[], parameters = 'x'): string {
  return [
    'import torch',
    'from torch import nn',
    'import torch.nn.functional as F',
    'class Model(nn.Module):',
    '    def __init__(self):',
    '        super().__init__()',
    ...layers.map((line) => `        self.${line}`),
    `    def forward(self, ${parameters}):`,
    ...forward.map((line) => `        ${line}`),
    '',
  ].join('\n');
}

/** A functional model over ten steps of three numbers. */
function keras(...lines: readonly string[]): string {
  return [
    'import keras',
    'from keras import layers, ops',
    'x = keras.Input((10, 3))',
    ...lines,
    'model = keras.Model(x, y)',
    '',
  ].join('\n');
}

/** A module over an input of that shape. */
function flax(shape: string, ...lines: readonly string[]): string {
  return [
    'import jax, jax.numpy as jnp',
    'from flax import linen as nn',
    'class Model(nn.Module):',
    '    @nn.compact',
    '    def __call__(self, x):',
    ...lines.map((line) => `        ${line}`),
    'model = Model()',
    `variables = model.init(jax.random.key(0), jnp.ones(${shape}))`,
    '',
  ].join('\n');
}

const additivePooling = [
  'class AttentionPooling(layers.Layer):',
  '    def build(self, input_shape):',
  '        width = input_shape[-1]',
  "        self.kernel = self.add_weight(name='kernel', shape=(width, width))",
  "        self.bias = self.add_weight(name='bias', shape=(width,), initializer='zeros')",
  "        self.score = self.add_weight(name='score', shape=(width, 1))",
  '    def call(self, steps):',
  '        hidden = ops.tanh(ops.matmul(steps, self.kernel) + self.bias)',
  '        weights = ops.softmax(ops.matmul(hidden, self.score), axis=1)',
  '        return ops.sum(weights * steps, axis=1)',
];

interface Program {
  readonly name: string;
  readonly text: string;
  readonly file?: string;
  /** The kinds of layers, in order. */
  readonly kinds: string;
}

const programs: readonly Program[] = [
  {
    name: 'PyTorch: convolution, batch normalisation, pooling, both directions, attention over steps',
    text: torch(
      [
        'conv = nn.Conv1d(3, 8, 5, padding=2)',
        'norm = nn.BatchNorm1d(8)',
        'pool = nn.MaxPool1d(2)',
        'lstm = nn.LSTM(8, 6, batch_first=True, bidirectional=True)',
        'score = nn.Linear(12, 1)',
        'head = nn.Linear(12, 1)',
      ],
      [
        'x = self.pool(F.relu(self.norm(self.conv(x.transpose(1, 2))))).transpose(1, 2)',
        'out, _ = self.lstm(x)',
        'weights = torch.softmax(self.score(out), dim=1)',
        'return self.head((weights * out).sum(dim=1))',
      ],
    ),
    kinds: 'conv1d batchNorm activation pool recurrent dense softmaxOverTime join poolOverTime dense',
  },
  {
    name: 'PyTorch: a causal convolution, cut behind its padding',
    text: torch(
      ['conv = nn.Conv1d(3, 8, 5, padding=4)', 'gru = nn.GRU(8, 6, batch_first=True)', 'head = nn.Linear(6, 1)'],
      [
        'out, _ = self.gru(torch.relu(self.conv(x.transpose(1, 2))[..., :-4]).transpose(1, 2))',
        'return self.head(out)',
      ],
    ),
    kinds: 'conv1d activation recurrent dense',
  },
  {
    name: 'PyTorch: weights of steps by a matrix product',
    text: torch(
      ['lstm = nn.LSTM(3, 6, batch_first=True)', 'score = nn.Linear(6, 1)', 'head = nn.Linear(6, 1)'],
      [
        'out, _ = self.lstm(x)',
        'weights = F.softmax(self.score(out).squeeze(-1), dim=-1)',
        'return self.head(torch.bmm(weights.unsqueeze(1), out).squeeze(1))',
      ],
    ),
    kinds: 'recurrent dense softmaxOverTime join poolOverTime dense',
  },
  {
    name: 'PyTorch: weights of steps by einsum',
    text: torch(
      ['lstm = nn.LSTM(3, 6, batch_first=True)', 'score = nn.Linear(6, 1)', 'head = nn.Linear(6, 1)'],
      [
        'out, _ = self.lstm(x)',
        'weights = torch.softmax(self.score(out).squeeze(-1), dim=1)',
        "return self.head(torch.einsum('bt,bth->bh', weights, out))",
      ],
    ),
    kinds: 'recurrent dense softmaxOverTime join poolOverTime dense',
  },
  {
    name: 'PyTorch: the last state asks the steps',
    text: torch(
      ['lstm = nn.LSTM(3, 6, batch_first=True)', 'head = nn.Linear(12, 1)'],
      [
        'out, (h, c) = self.lstm(x)',
        'scores = torch.bmm(out, h[-1].unsqueeze(2)).squeeze(2)',
        'weights = torch.softmax(scores, 1)',
        'context = torch.bmm(out.transpose(1, 2), weights.unsqueeze(2)).squeeze(2)',
        'return self.head(torch.cat([context, h[-1]], dim=1))',
      ],
    ),
    kinds: 'recurrent attention join dense',
  },
  {
    name: 'PyTorch: scaled products of projections, a residual, normalisation, a mean over time',
    text: torch(
      [
        'gru = nn.GRU(3, 8, batch_first=True)',
        'q = nn.Linear(8, 8)',
        'k = nn.Linear(8, 8)',
        'v = nn.Linear(8, 8)',
        'norm = nn.LayerNorm(8)',
        'head = nn.Linear(8, 1)',
      ],
      [
        'out, _ = self.gru(x)',
        'scores = torch.matmul(self.q(out), self.k(out).transpose(-2, -1)) / (8 ** 0.5)',
        'mixed = self.norm(out + torch.softmax(scores, dim=-1) @ self.v(out))',
        'return self.head(mixed.mean(dim=1))',
      ],
    ),
    kinds: 'recurrent dense dense dense attention join layerNorm poolOverTime dense',
  },
  {
    name: 'PyTorch: attention with several heads',
    text: torch(
      [
        'lstm = nn.LSTM(3, 8, batch_first=True)',
        'mix = nn.MultiheadAttention(8, 2, batch_first=True)',
        'head = nn.Linear(8, 1)',
      ],
      ['out, _ = self.lstm(x)', 'mixed, _ = self.mix(out, out, out)', 'return self.head(mixed[:, 0])'],
    ),
    kinds: 'recurrent multiHeadAttention step dense',
  },
  {
    name: 'PyTorch: an encoder and a decoder of two layers',
    text: torch(
      [
        'embedding = nn.Embedding(9, 4)',
        'encoder = nn.LSTM(4, 6, num_layers=2, batch_first=True)',
        'decoder = nn.LSTM(4, 6, num_layers=2, batch_first=True)',
        'head = nn.Linear(6, 9)',
      ],
      [
        '_, state = self.encoder(self.embedding(source))',
        'out, _ = self.decoder(self.embedding(target), state)',
        'return self.head(out)',
      ],
      'source, target',
    ),
    kinds: 'delayedTargets embedding recurrent recurrent embedding recurrent recurrent dense',
  },
  {
    name: 'PyTorch: a sequence from one vector',
    text: torch(
      [
        'encoder = nn.GRU(3, 6, batch_first=True)',
        'decoder = nn.GRU(6, 6, batch_first=True)',
        'head = nn.Linear(6, 3)',
      ],
      [
        'steps = x.size(1)',
        '_, h = self.encoder(x)',
        'out, _ = self.decoder(h[-1].unsqueeze(1).repeat(1, steps, 1))',
        'return self.head(out)',
      ],
    ),
    kinds: 'recurrent repeat recurrent dense',
  },
  {
    name: 'PyTorch: a table that the last layer shares',
    text: torch(
      [
        'embedding = nn.Embedding(9, 6)',
        'rnn = nn.RNN(6, 6, batch_first=True)',
        'head = nn.Linear(6, 9)',
        'head.weight = self.embedding.weight',
      ],
      ['out, _ = self.rnn(self.embedding(x))', 'return self.head(out)'],
    ),
    kinds: 'embedding recurrent dense',
  },
  {
    name: 'PyTorch: a projection, time first',
    text: torch(
      ['lstm = nn.LSTM(3, 8, proj_size=4)', 'head = nn.Linear(4, 1)'],
      ['out, _ = self.lstm(x)', 'return self.head(out[-1])'],
    ),
    kinds: 'recurrent step dense',
  },
  {
    name: 'Keras: convolution, pooling, normalisations, dropout of channels, a sum of directions, joins',
    text: keras(
      "h = layers.Conv1D(8, 3, padding='causal', activation='relu')(x)",
      'h = layers.BatchNormalization()(layers.AveragePooling1D(2)(h))',
      'h = layers.SpatialDropout1D(0.1)(h)',
      "h = layers.Bidirectional(layers.LSTM(6, return_sequences=True), merge_mode='sum')(h)",
      'h = layers.LayerNormalization()(layers.Add()([h, layers.Attention()([h, h])]))',
      'g = [layers.GlobalAveragePooling1D()(h), layers.GlobalMaxPooling1D()(h)]',
      'y = layers.Dense(1)(layers.Concatenate()(g))',
    ),
    kinds: 'conv1d pool batchNorm dropout recurrent attention join layerNorm poolOverTime poolOverTime join dense',
  },
  {
    name: 'Keras: additive attention and several heads',
    text: keras(
      'h = layers.GRU(6, return_sequences=True)(x)',
      'h = layers.MultiHeadAttention(2, 3)(h, layers.AdditiveAttention()([h, h]), use_causal_mask=True)',
      'y = layers.Dense(1)(layers.Flatten()(h))',
    ),
    kinds: 'recurrent attention multiHeadAttention flatten dense',
  },
  {
    name: 'Keras: an attention layer of its own',
    text: [
      'import keras',
      'from keras import layers, ops',
      ...additivePooling,
      'model = keras.Sequential([keras.Input((10, 3)), layers.LSTM(6, return_sequences=True), AttentionPooling(), layers.Dense(1)])',
      '',
    ].join('\n'),
    kinds: 'recurrent dense activation dense softmaxOverTime join poolOverTime dense',
  },
  {
    name: 'Keras: a query of layers of its own',
    text: [
      'import keras',
      'from keras import layers, ops',
      'class Attend(layers.Layer):',
      '    def __init__(self, units):',
      '        super().__init__()',
      '        self.W1 = layers.Dense(units)',
      '        self.W2 = layers.Dense(units)',
      '        self.V = layers.Dense(1)',
      '    def call(self, query, values):',
      '        score = self.V(ops.tanh(self.W1(ops.expand_dims(query, 1)) + self.W2(values)))',
      '        weights = ops.softmax(score, axis=1)',
      '        return ops.sum(weights * values, axis=1), weights',
      'x = keras.Input((10, 3))',
      'steps, h, c = layers.LSTM(6, return_sequences=True, return_state=True)(x)',
      'context, _ = Attend(5)(h, steps)',
      'model = keras.Model(x, layers.Dense(1)(context))',
      '',
    ].join('\n'),
    kinds: 'recurrent dense dense repeat join activation dense softmaxOverTime join poolOverTime dense',
  },
  {
    name: 'Keras: an encoder and a decoder',
    text: [
      'import keras',
      'from keras import layers',
      'source = keras.Input((None,))',
      'target = keras.Input((None,))',
      'embedding = layers.Embedding(9, 4, mask_zero=True)',
      '_, h, c = layers.LSTM(6, return_state=True)(embedding(source))',
      'out = layers.LSTM(6, return_sequences=True)(embedding(target), initial_state=[h, c])',
      "model = keras.Model([source, target], layers.Dense(9, activation='softmax')(out))",
      '',
    ].join('\n'),
    kinds: 'delayedTargets embedding recurrent embedding recurrent dense',
  },
  {
    name: 'Keras: a sequence from one vector, every step through one layer',
    text: keras(
      'h = layers.RepeatVector(10)(layers.LSTM(6)(x))',
      'h = layers.LSTM(6, return_sequences=True, go_backwards=True)(h)',
      'y = layers.TimeDistributed(layers.Dense(3))(h)',
    ),
    kinds: 'recurrent repeat recurrent reverse dense',
  },
  {
    name: 'Keras: directions apart, and their states',
    text: keras(
      'o, fh, fc, bh, bc = layers.Bidirectional(layers.LSTM(6, return_state=True, return_sequences=True))(x)',
      'y = layers.Dense(1)(layers.Concatenate()([bh, fh, layers.GlobalMaxPooling1D()(o)]))',
    ),
    kinds: 'recurrent recurrent join poolOverTime join dense',
  },
  {
    name: 'Keras: a layer applied twice',
    text: keras('rnn = layers.SimpleRNN(3, return_sequences=True)', 'y = layers.Dense(1)(rnn(rnn(x)))'),
    kinds: 'recurrent recurrent dense',
  },
  {
    name: 'Flax: convolution, both directions, normalisation',
    text: flax(
      '(2, 10, 3)',
      'x = nn.relu(nn.Conv(8, kernel_size=(5,))(x))',
      'x = nn.RNN(nn.OptimizedLSTMCell(6))(x)',
      'x = nn.Bidirectional(nn.RNN(nn.GRUCell(4)), nn.RNN(nn.GRUCell(4)))(x)',
      'return nn.Dense(1)(nn.LayerNorm()(x)[:, -1, :])',
    ),
    kinds: 'conv1d activation recurrent recurrent layerNorm step dense',
  },
  {
    name: 'TensorFlow.js: a reset before the product, straight gates, a mean of directions',
    file: 'model.js',
    text: [
      "import * as tf from '@tensorflow/tfjs';",
      'const model = tf.sequential();',
      "model.add(tf.layers.conv1d({ inputShape: [10, 3], filters: 8, kernelSize: 5, activation: 'relu', padding: 'same' }));",
      'model.add(tf.layers.maxPooling1d({ poolSize: 2 }));',
      'model.add(tf.layers.gru({ units: 6, returnSequences: true }));',
      "model.add(tf.layers.bidirectional({ layer: tf.layers.lstm({ units: 4 }), mergeMode: 'ave' }));",
      'model.add(tf.layers.dense({ units: 1 }));',
      '',
    ].join('\n'),
    kinds: 'conv1d pool recurrent recurrent dense',
  },
];

describe.each(programs)('$name', ({ text, file = 'model.py', kinds }) => {
  const graph = analyseFile(file, text).models.at(-1);
  if (graph === undefined) throw new Error('there is no model');
  const model = planIn(graph);
  const network = createNetwork(trainingPlan(model), 4, createReferenceBackend, 1);

  test('becomes these layers, with nothing left out', () => {
    expect(model.layers.map(({ kind }) => kind).join(' ')).toBe(kinds);
    expect(model.remarks.filter((remark) => !remark.startsWith('The decoder is taught'))).toEqual([]);
  });

  test('trains the parameters that are counted', () => {
    expect(network.parameterCount).toBe(counted(graph));
  });

  test('learns', async () => {
    load(network, model);
    const before = await network.differentiate(1);
    for (let step = 1; step <= 30; step++) await network.trainStep(step, { learningRate: 0.02 });
    expect(await network.differentiate(31)).toBeLessThan(0.9 * before);
  });
});

test('what takes no part in the output is left out, and a remark says so', () => {
  const [graph] = analyseFile(
    'model.py',
    torch(
      [
        'lstm = nn.LSTM(3, 6, batch_first=True, bidirectional=True)',
        'unused = nn.Linear(12, 3)',
        'head = nn.Linear(6, 1)',
      ],
      ['out, (h, c) = self.lstm(x)', 'self.unused(out)', 'return self.head(h[-1])'],
    ),
  ).models;
  if (graph === undefined) throw new Error('there is no model');
  const model = planIn(graph);
  expect(model.layers.map(({ kind, path }) => `${kind} ${path}`)).toEqual(['recurrent lstm.backward', 'dense head']);
  expect(model.remarks).toEqual([
    'unused takes no part in the output, so it is not trained here.',
    'Of lstm, the forward direction takes no part in the output, so it is not trained here.',
  ]);
});

function planIn(graph: ModelGraph): ModelPlan {
  const result = planModel(graph);
  if (result.kind === 'obstacles') throw new Error(result.obstacles.map(({ message }) => message).join('\n'));
  return result.plan;
}

function trainingPlan(model: ModelPlan): TrainingPlan {
  const timeSteps = model.timeSteps ?? 10;
  const width = model.input.width ?? 3;
  return {
    convention: model.convention,
    timeSteps,
    input: model.input.kind === 'tokens' ? { kind: 'tokens', vocabulary: width } : { kind: 'features', width },
    layers: model.layers.map((layer) => settledLayer(layer, timeSteps)),
    output: { steps: model.outputSteps, width: model.outputWidth, source: model.outputSource },
    loss: model.input.kind === 'tokens' ? 'crossEntropy' : 'meanSquaredError',
    remarks: [],
  };
}

/** Four sequences: waves, or tokens, and something to be learnt of them by heart. */
function load(network: Network, model: ModelPlan): void {
  const { batch, inputSteps, inputWidth, targetSteps, targetWidth } = network.batchShape;
  const isTokens = model.input.kind === 'tokens';
  const number = (index: number): number => (isTokens ? 1 + (index % 7) : Math.sin(1 + index * 0.7));
  network.loadBatch(
    Float32Array.from({ length: inputSteps * batch * inputWidth }, (_, index) => number(index)),
    Float32Array.from({ length: targetSteps * batch * targetWidth }, (_, index) => number(3 * index + 1)),
  );
}

/** Without the running statistics that a batch normalisation keeps. */
function counted(graph: ModelGraph): number | null {
  const layers = graph.layers.map((layer) => ({
    ...layer,
    weights: isListed(layer.weights) ? layer.weights.filter(({ name }) => !name.startsWith('moving_')) : layer.weights,
  }));
  return modelCosts({ ...graph, layers }).parameters.value;
}
