/** Recommendations: exact counts of the variants, budgets kept, what cannot be excluded, what decided, honest ties. */
import { describe, expect, it } from 'vitest';
import { modelCosts } from '../../../model/costs/model';
import type { ModelGraph } from '../../../model/graph';
import { publishedDevices } from '../../../model/time/devices';
import { predictTime } from '../../../model/time/predict';
import {
  type Architecture,
  type MeasuredComparison,
  openChoices,
  type Recommendation,
} from '../../../protocol/recommendation';
import { analyseFile } from '../analysis';
import { changeCell } from '../rewrite/cell';
import { applyEdits } from '../rewrite/edits';
import { budgetVerdict } from './budgetVerdict';
import type { RecommendOptions } from './conditions';
import { noHints } from './programHints';
import { recommendArchitecture } from './recommend';
import { variantCosts, variantParameters } from './variantModel';

function modelOf(text: string): ModelGraph {
  const [graph] = analyseFile('model.py', text).models;
  if (graph === undefined) throw new Error('the fixture has a model');
  return graph;
}

/** A Keras model of some recurrent layers on (B, steps, 4). */
function keras(layers: string, steps: number | 'None' = 30, end = 'layers.Dense(1)', loss = 'mse'): ModelGraph {
  return modelOf(kerasText(layers, steps, end, loss));
}

function kerasText(layers: string, steps: number | 'None', end = 'layers.Dense(1)', loss = 'mse'): string {
  return `import keras
from keras import layers
model = keras.Sequential([keras.Input((${steps}, 4)), ${layers}, ${end}])
model.compile(loss="${loss}")
`;
}

const noOptions: RecommendOptions = { ...openChoices, device: null, thisMachine: null, measured: null };

function recommend(graph: ModelGraph, options: Partial<RecommendOptions> = {}): Recommendation {
  const result = recommendArchitecture(graph, { ...noOptions, ...options });
  if (result.kind === 'refused') throw new Error(result.message);
  return result.recommendation;
}

function refusal(graph: ModelGraph, options: Partial<RecommendOptions>): string {
  const result = recommendArchitecture(graph, { ...noOptions, ...options });
  return result.kind === 'refused' ? result.message : 'not refused';
}

function entry({ ranking }: Recommendation, architecture: Architecture) {
  const found = ranking.find((candidate) => candidate.architecture === architecture);
  if (found === undefined) throw new Error(`${architecture} is not ranked`);
  return found;
}

/** What one would get by writing the variant by hand is what the ranking must say. */
describe('counts of variants are those of the rewritten model', () => {
  const stack = (cell: string): string =>
    `layers.${cell}(64, return_sequences=True), layers.Dropout(0.1), layers.${cell}(32)`;
  const both = (cell: string): string =>
    `layers.Bidirectional(layers.${cell}(64, return_sequences=True)), layers.Dropout(0.1), layers.Bidirectional(layers.${cell}(32))`;

  it.each<[Architecture, string]>([
    ['rnn', stack('SimpleRNN')],
    ['gru', stack('GRU')],
    ['lstm', stack('LSTM')],
    ['bigru', both('GRU')],
    ['bilstm', both('LSTM')],
  ])('Keras, %s', (architecture, layers) => {
    const wanted = modelCosts(keras(layers));
    expect(variantCosts(keras(stack('LSTM')), architecture, 64, 30)).toEqual({
      parameters: wanted.parameters.value,
      macs: wanted.macs.value,
    });
  });

  it('convolution and attention add their own layers', () => {
    const plain = variantCosts(keras('layers.LSTM(16)'), 'lstm', 16, 30);
    const attention = variantCosts(keras('layers.LSTM(16)'), 'cnn-lstm-attention', 16, 30);
    // 5 taps × 4 inputs × 16 filters + 16; the LSTM reads 16 instead of 4; attention has 16² + 2·16.
    const added = 5 * 4 * 16 + 16 + 4 * 16 * (16 - 4) + 16 * 16 + 2 * 16;
    expect(attention.parameters).toBe((plain.parameters ?? 0) + added);
  });

  const torch = (layer: string, head: number, last: string): ModelGraph =>
    modelOf(`import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = ${layer}
        self.fc = nn.Linear(${head}, 2)
    def forward(self, x):
        out, h_n = self.rnn(x)
        return self.fc(${last})
`);

  it.each([
    ['the last step', 'out[:, -1]', 'out[:, -1]'],
    ['the final states', 'torch.cat((h_n[-2], h_n[-1]), dim=1)', 'h_n[-1]'],
  ])('PyTorch, two directions to one, read from %s', (_, two, one) => {
    const bidirectional = torch('nn.GRU(8, 16, batch_first=True, bidirectional=True)', 32, two);
    const single = torch('nn.GRU(8, 16, batch_first=True)', 16, one);
    expect(variantParameters(bidirectional, 'gru', 16)).toBe(modelCosts(single).parameters.value);
    expect(variantParameters(single, 'bigru', 16)).toBe(modelCosts(bidirectional).parameters.value);
  });
});

describe('ranking', () => {
  it.each<[string, number, string, Architecture]>([
    ['short sequences', 12, 'mse', 'rnn'],
    ['medium ones', 60, 'mse', 'gru'],
    ['very long ones', 2_000, 'mse', 'cnn-lstm-attention'],
  ])('%s', (_, steps, loss, best) => {
    expect(recommend(keras('layers.LSTM(32)', steps, 'layers.Dense(1)', loss)).ranking[0]?.architecture).toBe(best);
  });

  it('prefers two directions where the future may be seen', () => {
    const graph = keras(
      'layers.LSTM(32)',
      60,
      'layers.Dense(3, activation="softmax")',
      'sparse_categorical_crossentropy',
    );
    const recommendation = recommend(graph);
    expect(recommendation.ranking[0]?.architecture).toBe('bigru');
    expect(recommendation.inputs.task).toBe('classification');
  });

  it('admits that GRU and LSTM tie, and says how to settle it', () => {
    const recommendation = recommend(keras('layers.LSTM(32)', 60));
    expect(entry(recommendation, 'lstm')).toMatchObject({ tiesWithPrevious: true, isCurrent: true });
    expect(recommendation.summary).toBe(
      'Keep the LSTM with 32 units (4,769 parameters). The GRU (23% fewer parameters) is as good as far as anyone can tell: a short training comparison settles it.',
    );
  });

  it('excludes two directions from streaming, and says that this decided', () => {
    const graph = keras(
      'layers.LSTM(32)',
      60,
      'layers.Dense(3, activation="softmax")',
      'sparse_categorical_crossentropy',
    );
    const recommendation = recommend(graph, { streaming: true });
    expect(entry(recommendation, 'bilstm')).toMatchObject({ fits: false, reasons: [{ weighs: 'excludes' }] });
    expect(recommendation.decidedBy).toContain('streaming');
    expect(recommendation.wouldChangeIf.join()).toContain('whole sequence is there');
  });

  const twoDirections = 'layers.Bidirectional(layers.LSTM(32), merge_mode="sum")';

  it('says of a model in both directions which variants read in one, and what a change of cells makes of it', () => {
    const graph = keras(twoDirections, 60);
    const recommendation = recommend(graph);
    expect(recommendation.ranking.filter(({ isCurrent }) => isCurrent)).toMatchObject([
      { architecture: 'bilstm', label: 'Bidirectional LSTM', parameters: modelCosts(graph).parameters.value },
    ]);
    expect(entry(recommendation, 'lstm')).toMatchObject({
      label: 'LSTM in one direction',
      change: { architecture: 'lstm', width: null },
    });
    expect(entry(recommendation, 'bigru')).toMatchObject({
      label: 'Bidirectional GRU',
      change: { architecture: 'bigru', width: null },
    });
    expect(entry(recommendation, 'cnn-lstm').label).toBe('CNN-LSTM in one direction');
  });

  it.each([
    [twoDirections, 'gru', 'bigru'],
    ['layers.LSTM(32)', 'rnn', 'rnn'],
  ] as const)('the change of cells gives what the ranking counts: %s to %s', (layers, cell, architecture) => {
    const analysis = analyseFile('model.py', kerasText(layers, 60));
    const [graph] = analysis.models;
    if (graph === undefined) throw new Error('the fixture has a model');
    const ranked = entry(recommend(graph), architecture);
    expect(ranked.change).toEqual({ architecture, width: null });
    const rewrite = changeCell(analysis, graph, cell);
    if (rewrite.kind === 'refused') throw new Error(rewrite.message);
    const changed = modelOf(applyEdits(analysis.text, rewrite.edits));
    expect(ranked.parameters).toBe(modelCosts(changed).parameters.value);
    expect(entry(recommend(changed), architecture).isCurrent).toBe(true);
  });

  it('marks no row of a model whose layers read in different directions', () => {
    const layers = 'layers.Bidirectional(layers.LSTM(32, return_sequences=True)), layers.LSTM(32)';
    const { ranking } = recommend(keras(layers, 60));
    expect(ranking.some(({ isCurrent }) => isCurrent)).toBe(false);
    expect(ranking.every(({ change }) => change !== null)).toBe(true);
  });

  it('offers of a Flax model the changes of its cell, as wide as it is', () => {
    const graph = modelOf(`import flax.linen as nn
import jax, jax.numpy as jnp

class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dense(1)(nn.RNN(nn.LSTMCell(16))(x))

Net().init(jax.random.key(0), jnp.ones((2, 30, 4)))
`);
    const free = recommend(graph);
    expect(entry(free, 'gru').change).toEqual({ architecture: 'gru', width: null });
    expect(entry(free, 'rnn').change).toEqual({ architecture: 'rnn', width: null });
    expect(entry(free, 'bigru').change).toBeNull();
    expect(entry(free, 'cnn-lstm').change).toBeNull();
    const tight = recommend(graph, { maxParameters: 500 });
    expect(entry(tight, 'gru').width).toBeLessThan(16);
    expect(entry(tight, 'gru').change).toBeNull();
  });

  it('names a source for every claim that is not arithmetic', () => {
    const { ranking } = recommend(keras('layers.LSTM(32)', 60));
    for (const { reasons } of ranking) expect(reasons.some(({ source }) => source !== null)).toBe(true);
  });
});

describe('budgets', () => {
  it('shrink the width until they are kept', () => {
    const { ranking } = recommend(keras('layers.LSTM(128)', 60), { maxParameters: 10_000 });
    for (const { parameters, fits } of ranking) expect(fits && parameters !== null && parameters <= 10_000).toBe(true);
    expect(ranking[0]).toMatchObject({ architecture: 'gru', parameters: 3 * 48 * (4 + 48) + 6 * 48 + 49 });
  });

  it('count memory in bytes of 32-bit weights', () => {
    const { ranking } = recommend(keras('layers.LSTM(128)', 60), { maxMemoryMegabytes: 0.05 });
    for (const { weightBytes } of ranking) expect(weightBytes).toBeLessThanOrEqual(0.05 * 1024 * 1024);
  });

  it.each<[Partial<RecommendOptions>, RegExp]>([
    [
      { maxParameters: 3 },
      /needs at least [\d,]+ parameters, even with one recurrent unit; a budget of 3 cannot be kept/,
    ],
    [{ maxMemoryMegabytes: 0.00001 }, /more than the 0\.00001 MB allowed/],
    [{ maxParameters: -1 }, /must be a number above zero/],
    [{ maxLatencyMs: Number.NaN }, /must be a number above zero/],
    [{ sequenceLength: 1.5 }, /whole number of steps/],
  ])('that make no sense are answered with a sentence: %o', (options, message) => {
    expect(refusal(keras('layers.LSTM(32)'), options)).toMatch(message);
  });
});

describe('sequence length', () => {
  it('comes from the input, with its line', () => {
    expect(recommend(keras('layers.LSTM(32)', 45)).inputs).toMatchObject({
      sequenceLength: 45,
      sequenceLengthSource: expect.stringContaining('line 3'),
    });
  });

  it('counts the work for the length one gives', () => {
    const given = recommend(keras('layers.LSTM(32)', 'None'), { sequenceLength: 200 });
    const fixed = recommend(keras('layers.LSTM(32)', 200));
    const other = recommend(keras('layers.LSTM(32)', 30), { sequenceLength: 200 });
    expect(entry(given, 'lstm').macs).toBe(200 * 4 * 32 * 36 + 32);
    expect(entry(fixed, 'lstm').macs).toBe(entry(given, 'lstm').macs);
    expect(entry(other, 'lstm').macs).toBe(entry(given, 'lstm').macs);
    expect([given, fixed, other].map(({ inputs }) => inputs.sequenceLengthSource)).toEqual([
      'as you said',
      'the input of lstm at line 3',
      'as you said, not the 30 of the input of lstm at line 3',
    ]);
  });

  it('is missed where it is not known', () => {
    const recommendation = recommend(keras('layers.LSTM(32)', 'None'));
    expect(recommendation.inputs.sequenceLength).toBeNull();
    expect(recommendation.caveats.join()).toContain('The sequence length decides much');
  });
});

it.each([
  ['vocab_size', 'vocab_size', /since vocab_size is not known: write "# unroll: vocab_size=128"/],
  ['no name', 'len(chars)', /is not known: write the number there, or a variable/],
])('says which size keeps variants from being counted: %s', (_, size, caveat) => {
  const graph = modelOf(`import torch
from torch import nn
class Net(nn.Module):
    def __init__(self, vocab_size):
        super().__init__()
        self.rnn = nn.LSTM(8, 16, batch_first=True)
        self.fc = nn.Linear(16, ${size})
    def forward(self, x):
        return self.fc(self.rnn(x)[0])
`);
  expect(recommend(graph).caveats.join(' ')).toMatch(caveat);
});

it('refuses a model without a recurrent layer', () => {
  expect(refusal(keras('layers.Dense(8)'), {})).toContain('has no recurrent layer');
});

const pi = publishedDevices.find(({ id }) => id === 'raspberry-pi-5');
if (pi === undefined) throw new Error('there is a Raspberry Pi');

describe('latency', () => {
  it('is predicted with its interval for every row on a device', () => {
    const recommendation = recommend(keras('layers.LSTM(32)', 60), { device: pi });
    for (const { latency } of recommendation.ranking) {
      expect(latency?.keepsLimit).toBeNull();
      expect(latency?.low).toBeLessThan(latency?.milliseconds ?? 0);
      expect(latency?.high).toBeGreaterThan(latency?.milliseconds ?? 0);
    }
  });

  it('of the model as it is, is that of its own layers', () => {
    const graph = keras('layers.LSTM(32)', 60);
    const prediction = predictTime(graph, pi, { mode: 'inference', batch: 1, steps: 60 });
    const { latency } = entry(recommend(graph, { device: pi }), 'lstm');
    expect(latency?.milliseconds).toBe('unknown' in prediction ? null : 1000 * prediction.seconds);
  });

  const range = (): { low: number; high: number } => {
    const { latency } = entry(recommend(keras('layers.LSTM(32)', 60), { device: pi }), 'lstm');
    return { low: latency?.low ?? 0, high: latency?.high ?? 0 };
  };

  it.each<[string, (range: { low: number; high: number }) => number, boolean, string | undefined]>([
    ['above the interval', ({ high }) => high * 1.01, true, 'yes'],
    ['within it', ({ low, high }) => (low + high) / 2, true, 'maybe'],
  ])('a limit %s', (_, limit, fits, keepsLimit) => {
    const ranked = entry(recommend(keras('layers.LSTM(32)', 60), { device: pi, maxLatencyMs: limit(range()) }), 'lstm');
    expect([ranked.fits, ranked.latency?.keepsLimit]).toEqual([fits, keepsLimit]);
  });

  it('that nothing keeps is answered with the least that something would keep', () => {
    const recommendation = recommend(keras('layers.LSTM(32)', 60), { device: pi, maxLatencyMs: 0.001 });
    expect(recommendation.ranking.every(({ fits }) => !fits)).toBe(true);
    const [, least] = /A limit of ([\d.]+) ms \([^)]+\) would do\./.exec(recommendation.summary) ?? [];
    const again = recommend(keras('layers.LSTM(32)', 60), { device: pi, maxLatencyMs: Number(least) });
    expect(again.ranking[0]?.fits).toBe(true);
  });

  it('that one may miss and the other keeps breaks their tie', () => {
    const { ranking, decidedBy } = recommend(keras('layers.LSTM(64)', 60), { device: pi, maxLatencyMs: 3 });
    expect(ranking[0]).toMatchObject({ architecture: 'lstm', latency: { keepsLimit: 'yes' } });
    expect(ranking[1]?.tiesWithPrevious).toBe(false);
    expect(decidedBy).toBe('the limit of 3 ms on a Raspberry Pi 5');
  });

  it('of streaming is that of a step', () => {
    const whole = recommend(keras('layers.LSTM(32)', 60), { device: pi });
    const step = recommend(keras('layers.LSTM(32)', 60), { device: pi, streaming: true });
    expect(entry(step, 'lstm').latency?.milliseconds).toBeLessThan(entry(whole, 'lstm').latency?.milliseconds ?? 0);
  });

  it('needs a device', () => {
    expect(refusal(keras('layers.LSTM(32)', 60), { maxLatencyMs: 5 })).toMatch(
      /says nothing without a device.*laptop-cpu/,
    );
  });
});

describe('what would change the answer', () => {
  const graph = keras('layers.LSTM(64)', 60);
  const leaders = (options: Partial<RecommendOptions>): readonly string[] => {
    const { ranking } = recommend(graph, options);
    const end = ranking.findIndex(({ tiesWithPrevious }, index) => index > 0 && !tiesWithPrevious);
    return ranking.slice(0, end).map(({ label }) => label);
  };
  const said = (names: readonly string[]): string =>
    names.length === 1 ? `${names[0]}.` : `${names[0]}, tied with ${names.slice(1).join(' and ')}.`;

  it.each<[string, Partial<RecommendOptions>, RegExp, (value: number) => Partial<RecommendOptions>]>([
    ['longer', {}, /^Above ([\d,]+) steps: /, (value) => ({ sequenceLength: value + 1 })],
    ['shorter', {}, /^With ([\d,]+) steps or fewer: /, (value) => ({ sequenceLength: value })],
    ['smaller', {}, /^With ([\d,]+) parameters or fewer: /, (value) => ({ maxParameters: value })],
    ['larger', { maxParameters: 9_000 }, /^With at least ([\d,]+) parameters: /, (value) => ({ maxParameters: value })],
    [
      'more memory',
      { maxMemoryMegabytes: 0.03 },
      /^With at least ([\d.]+) KB: /,
      (value) => ({ maxMemoryMegabytes: value / 1024 }),
    ],
    ['less time', { device: pi, maxLatencyMs: 9 }, /^With ([\d.]+) ms or less: /, (value) => ({ maxLatencyMs: value })],
  ])('%s: the answer there is another, as said, and the number is round', (_, base, pattern, at) => {
    const line = recommend(graph, base).wouldChangeIf.find((candidate) => pattern.test(candidate)) ?? '';
    const [start = '', digits = ''] = pattern.exec(line) ?? [];
    const value = Number(digits.replaceAll(',', ''));
    expect(value, line).toBeGreaterThan(0);
    expect(Number(value.toPrecision(2))).toBe(value);
    const there = leaders({ ...base, ...at(value) });
    expect(line).toBe(`${start}${said(there)}`);
    expect([...there].sort()).not.toEqual([...leaders(base)].sort());
  });

  it('names no limit of time that nobody would set beside the one asked for', () => {
    for (const maxLatencyMs of [0.5, 2, 5, 20, 100]) {
      const lines = recommend(graph, { device: pi, maxLatencyMs }).wouldChangeIf;
      const limits = lines.flatMap((line) => {
        const [, value] = /([\d.]+) ms/.exec(line) ?? [];
        return value === undefined ? [] : [Number(value)];
      });
      for (const limit of limits) {
        expect(limit).toBeGreaterThanOrEqual(maxLatencyMs / 5);
        expect(limit).toBeLessThanOrEqual(maxLatencyMs * 5);
        expect(Number(limit.toPrecision(2))).toBe(limit);
      }
    }
  });
});

describe('the row of the architecture that the file has', () => {
  it.each<[string, Partial<RecommendOptions>, boolean, number | null]>([
    ['at its width', {}, true, null],
    ['shrunk to a budget', { maxParameters: 10_000 }, false, 128],
  ])('%s', (_, options, isCurrent, widthInFile) => {
    const recommendation = recommend(keras('layers.LSTM(128)', 60), options);
    expect(entry(recommendation, 'lstm')).toMatchObject({ isCurrent, widthInFile });
  });

  it('is said to be small where little of it fits', () => {
    const { summary } = recommend(keras('layers.LSTM(128)', 60), { maxParameters: 600 });
    expect(summary).toMatch(/^Take the GRU with \d+ units .*little of the 128 units of the file: raise the budget/);
  });
});

describe('what cannot be used', () => {
  const tagger = keras(
    'layers.LSTM(32, return_sequences=True)',
    60,
    'layers.Dense(3, activation="softmax")',
    'sparse_categorical_crossentropy',
  );
  const translator = modelOf(`import keras
from keras import layers
source = keras.Input((None, 71))
_, h, c = layers.LSTM(64, return_state=True)(source)
target = keras.Input((None, 93))
x = layers.LSTM(64, return_sequences=True)(target, initial_state=[h, c])
model = keras.Model([source, target], layers.Dense(93, activation="softmax")(x))
`);
  it.each<[string, ModelGraph, Architecture, RegExp]>([
    [
      'attention over the sequence where every step answers',
      tagger,
      'cnn-lstm-attention',
      /one vector for the whole sequence/,
    ],
    ['a decoder that reads from behind', translator, 'bilstm', /the decoder predicts what comes next/],
  ])('%s', (_, graph, architecture, reason) => {
    const row = entry(recommend(graph), architecture);
    expect(row.fits).toBe(false);
    expect(row.reasons[0]?.text).toMatch(reason);
  });

  it('keeps a tagger that attends already', () => {
    const attending = modelOf(`import keras
from keras import layers
x = inputs = keras.Input((60, 8))
x = layers.Conv1D(16, 3, padding="same")(x)
x = layers.LSTM(16, return_sequences=True)(x)
x = layers.Attention()([x, x])
model = keras.Model(inputs, layers.Dense(3, activation="softmax")(x))
`);
    expect(entry(recommend(attending), 'cnn-lstm-attention')).toMatchObject({ isCurrent: true, fits: true });
  });
});

describe('streaming', () => {
  const stateful = keras('layers.LSTM(32, stateful=True)', 60);
  it.each<[string, ModelGraph, boolean | null, boolean, RegExp]>([
    ['is read from a stateful layer', stateful, null, true, /^lstm is stateful at line 3/],
    ['is what one says', stateful, false, false, /^as you said$/],
    ['is not assumed', keras('layers.LSTM(32)', 60), null, false, /^nothing in the file hands a state on$/],
  ])('%s', (_, graph, streaming, expected, source) => {
    const { inputs } = recommend(graph, { streaming });
    expect(inputs.streaming).toBe(expected);
    expect(inputs.streamingSource).toMatch(source);
  });

  it('one step at a time says nothing of how far a model must remember', () => {
    const recommendation = recommend(keras('layers.LSTM(32, stateful=True)', 1));
    expect(recommendation.inputs).toMatchObject({
      sequenceLength: null,
      sequenceLengthSource: 'each call takes one step and hands its state on',
    });
    expect(recommendation.ranking[0]?.architecture).toBe('gru');
  });
});

describe('what is better served by none of these', () => {
  const softmax = (steps: number | 'None'): ModelGraph =>
    keras('layers.LSTM(32)', steps, 'layers.Dense(3, activation="softmax")', 'sparse_categorical_crossentropy');
  const tcn = 'Bai et al. 2018';
  const scan = 'Feng et al. 2024';
  const transformer = 'Vaswani et al. 2017';
  it.each<[string, ModelGraph, Partial<RecommendOptions>, readonly string[]]>([
    ['nothing for few steps', softmax(10), {}, []],
    ['nothing where the length is not known', softmax('None'), {}, []],
    ['a convolution for many steps', softmax(200), {}, [tcn]],
    ['a convolution over the past for a stream', softmax(200), { streaming: true }, [tcn]],
    ['all for very many', softmax(2_000), {}, [tcn, scan, transformer]],
    ['no transformer for a stream', softmax(2_000), { streaming: true }, [tcn, scan]],
    ['no transformer from little data', softmax(2_000), { sequences: 500 }, [tcn, scan]],
    ['no transformer in a small budget', softmax(2_000), { maxParameters: 4_000 }, [tcn, scan]],
    ['a transformer for translation', softmax(50), { task: 'seq2seq' }, [transformer]],
    ['a transformer for text', softmax(50), { task: 'generation' }, [transformer]],
  ])('%s', (_, graph, options, sources) => {
    expect(recommend(graph, options).alternatives.map(({ source }) => source)).toEqual(sources);
  });
});

it('says of a model that steps its cell itself how it could be ranked', () => {
  const stepper = modelOf(`import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(8, 32)
        self.fc = nn.Linear(32, 2)
    def forward(self, x, state):
        h, c = self.cell(x, state)
        return self.fc(h), (h, c)
`);
  expect(refusal(stepper, {})).toMatch(/makes each step itself, with the LSTMCell at line 6; .* write it with LSTM/);
});

describe('a comparison by training', () => {
  const measured = (results: MeasuredComparison['results']): MeasuredComparison => ({
    startedAt: '2026-11-20T10:00:00.000Z',
    data: 'weather.csv',
    metricName: 'RMSE (temp_max)',
    results,
  });
  const result = (variant: 'rnn' | 'gru' | 'lstm', place: number, tiesWithBest: boolean) => ({
    variant,
    place,
    tiesWithBest,
    parameters: 1_000 + place,
    metric: 2 + place,
  });

  it.each<[string, MeasuredComparison['results'], readonly string[], readonly boolean[]]>([
    [
      'the best goes first, whatever is known in general',
      [result('rnn', 0, true), result('lstm', 1, false), result('gru', 2, false)],
      ['rnn', 'lstm', 'gru'],
      [false, false, false],
    ],
    [
      'what ties with it follows at once',
      [result('lstm', 0, true), result('rnn', 1, true), result('gru', 2, false)],
      ['lstm', 'rnn', 'gru'],
      [false, true, false],
    ],
  ])('%s', (_, results, order, ties) => {
    const recommendation = recommend(keras('layers.LSTM(32)', 60), { measured: measured(results) });
    const ranked = recommendation.ranking.filter((row) => row.measured !== null);
    expect(ranked.map(({ architecture }) => architecture)).toEqual(order);
    expect(ranked.map(({ tiesWithPrevious }) => tiesWithPrevious)).toEqual(ties);
    expect(recommendation.ranking[0]?.measured).not.toBeNull();
    expect(recommendation.summary).toContain('outranks what is known in general');
    expect(recommendation.decidedBy).toContain('the comparison by training');
    expect(recommendation.wouldChangeIf.join()).toContain('Without the comparison by training: GRU');
  });

  it('does not bring back what cannot be used', () => {
    const both = keras('layers.Bidirectional(layers.LSTM(32))', 60);
    const recommendation = recommend(both, { streaming: true, measured: measured([result('lstm', 0, true)]) });
    expect(entry(recommendation, 'bilstm')).toMatchObject({ fits: false });
    expect(recommendation.ranking[0]?.architecture).toBe('gru');
  });
});

describe('the row of the model as it is counts its own layers', () => {
  it.each<[string, ModelGraph, Architecture]>([
    [
      'a convolution in front',
      keras('layers.Conv1D(24, 3, padding="same"), layers.MaxPooling1D(2), layers.LSTM(32)', 60),
      'cnn-lstm',
    ],
    [
      'a projection',
      modelOf(`import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(8, 64, proj_size=16, batch_first=True)
        self.fc = nn.Linear(16, 2)
    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(out[:, -1])
`),
      'lstm',
    ],
  ])('%s', (_, graph, architecture) => {
    const row = entry(recommend(graph), architecture);
    expect(row).toMatchObject({ isCurrent: true, parameters: modelCosts(graph).parameters.value });
    expect(row.parameters).not.toBeNull();
  });
});

it('ranks no architecture twice where the model keeps its convolution', () => {
  const { ranking } = recommend(keras('layers.Conv1D(24, 3), layers.LSTM(32)', 60));
  expect(ranking.map(({ architecture }) => architecture)).not.toContain('lstm');
  expect(ranking.find(({ architecture }) => architecture === 'gru')?.label).toBe('CNN-GRU');
  expect(new Set(ranking.map(({ parameters }) => parameters)).size).toBe(ranking.length);
});

describe('the amount of data', () => {
  it('speaks for a GRU where there is little', () => {
    const little = recommend(keras('layers.LSTM(32)', 60), { sequences: 800 });
    expect(little.ranking[0]).toMatchObject({ architecture: 'gru', decidedBy: 'the amount of data' });
    expect(entry(little, 'lstm').tiesWithPrevious).toBe(false);
    expect(little.decidedBy).toBe('the amount of data');
  });
});

describe('windows over a table', () => {
  const data = { name: 'big.csv', kind: 'rows', steps: null, features: null } as const;
  const windows = { value: true, source: 'look_back = 60 at line 1' } as const;
  it.each([
    [750_000, true, 750_000, 'windows over about 750,000 rows of big.csv, estimated from the first part of the file'],
    [1_000, false, 940, 'windows over the 1,000 rows of big.csv'],
    [50, false, null, 'the 50 rows of big.csv are fewer than one sequence of 60 steps'],
  ])('of %d rows', (items, isEstimated, sequences, sequencesSource) => {
    const hints = { ...noHints, windows, data: { ...data, items, isEstimated } };
    const result = recommendArchitecture(keras('layers.LSTM(32)', 60), noOptions, hints);
    expect(result).toMatchObject({ recommendation: { inputs: { sequences, sequencesSource } } });
  });
});

describe('a budget that the model as it stands exceeds', () => {
  const model = keras('layers.LSTM(64)', 60);
  const parametersOf = (architecture: Architecture): number => variantParameters(model, architecture, 64) ?? 0;

  it.each<[string, Partial<RecommendOptions>, string | null, unknown]>([
    ['none', {}, null, null],
    ['one that it keeps', { maxParameters: parametersOf('lstm') }, null, null],
    [
      'one that a GRU keeps',
      { maxParameters: parametersOf('gru') },
      `GRU fits ${parametersOf('gru').toLocaleString('en-US')} parameters; this LSTM does not`,
      { architecture: 'gru', width: null },
    ],
    [
      'one of memory',
      { maxMemoryMegabytes: (4 * parametersOf('gru')) / 1024 / 1024 },
      'GRU fits 53 KB; this LSTM does not',
      { architecture: 'gru', width: null },
    ],
    [
      'one that takes fewer units',
      { maxParameters: 4_000 },
      'GRU with 32 units fits 4,000 parameters; this LSTM does not',
      { architecture: 'gru', width: 32 },
    ],
    [
      'one that nothing keeps',
      { device: pi, maxLatencyMs: 0.001 },
      'This LSTM does not fit 0.001 ms on a Raspberry Pi 5, and no other architecture does',
      null,
    ],
  ])('%s', (_, options, text, change) => {
    const verdict = budgetVerdict(model, { ...noOptions, ...options }, noHints);
    expect(verdict?.text ?? null).toBe(text);
    expect(verdict?.change ?? null).toEqual(change);
  });
});
