/** Costs against counts that the frameworks themselves gave: PyTorch 1.13 run on a CPU, Keras' own summaries. */
import { describe, expect, it } from 'vitest';
import { multiply, symbol } from '../expression';
import { type Cell, type Framework, known, type RecurrentOperation, type TensorType } from '../graph';
import { chain, dense, denseWeights, type LayerSketch, recurrent, size, tensor } from '../testing/graphBuilder';
import { modelCosts } from './model';
import { outputWidth, recurrentOrder, recurrentParameters } from './recurrent';

/** One layer on (B, 10, 8), 16 wide; work is per sequence, half of what a batch of two makes. */
const torchCases: readonly [string, Partial<RecurrentOperation> & Pick<RecurrentOperation, 'cell'>, number, number][] =
  [
    ['RNN', { cell: 'rnn' }, 7_680 / 2, 416],
    ['GRU', { cell: 'gru' }, 23_040 / 2, 1_248],
    ['LSTM', { cell: 'lstm' }, 30_720 / 2, 1_664],
    ['LSTM, no bias', { cell: 'lstm', biasVectors: 0 }, 30_720 / 2, 1_536],
    ['LSTM, bidirectional', { cell: 'lstm', directions: 2 }, 61_440 / 2, 3_328],
    ['LSTM, 2 layers, bidirectional', { cell: 'lstm', directions: 2, layers: size(2) }, 184_320 / 2, 9_728],
    ['LSTM, proj_size=4', { cell: 'lstm', projection: size(4) }, 16_640 / 2, 960],
    // Counted by PyTorch 2.15.
    [
      'LSTM, 2 layers, bidirectional, proj_size=4',
      { cell: 'lstm', projection: size(4), directions: 2, layers: size(2) },
      33_280,
      3_840,
    ],
  ];

describe('PyTorch, one call on (B, 10, 8) with hidden_size=16', () => {
  it.each(torchCases)('%s', (_, changes, macs, parameters) => {
    const layer = { path: 'rnn', operation: recurrent(changes.cell, 8, 16, changes), output: tensor('B', 10, 16) };
    const costs = modelCosts(chain('torch', tensor('B', 10, 8), [layer]));
    expect(costs.parameters).toMatchObject({ grade: 'exact', value: parameters });
    expect(costs.macs).toMatchObject({ grade: 'exact', value: macs });
    expect(costs.flops).toMatchObject({ grade: 'exact', value: 2 * macs });
  });

  it('counts an unbatched sequence (T, I) as one sequence', () => {
    const layer = { path: 'rnn', operation: recurrent('lstm', 8, 16), output: tensor(10, 16) };
    expect(modelCosts(chain('torch', tensor(10, 8), [layer])).macs.value).toBe(15_360);
  });

  it('reads the time axis of a time-major input', () => {
    const operation = recurrent('lstm', 8, 16, { batchFirst: false });
    const costs = modelCosts(
      chain('torch', tensor(10, 'B', 8), [{ path: 'rnn', operation, output: tensor(10, 'B', 16) }]),
    );
    expect(costs.macs.value).toBe(15_360);
  });
});

/** `GRU(64)` on 64 inputs: 24,576 matrix entries, and bias terms by four conventions. */
const biasCases: readonly [Framework, Partial<RecurrentOperation>, number, RegExp][] = [
  ['torch', { biasVectors: 2 }, 24_576 + 6 * 64, /PyTorch.*6H/],
  ['keras', { biasVectors: 1, resetAfter: true }, 24_576 + 6 * 64, /reset_after=True.*6U/],
  ['keras', { biasVectors: 1, resetAfter: false }, 24_576 + 3 * 64, /reset_after=False.*3U/],
  ['tfjs', { biasVectors: 1, resetAfter: false }, 24_576 + 3 * 64, /TensorFlow\.js.*3U/],
  ['flax', { biasVectors: 1 }, 24_576 + 4 * 64, /Flax.*4H/],
];

it.each(biasCases)('says which bias rule of GRU(64) was applied: %s %o', (framework, changes, parameters, rule) => {
  const layer = { path: 'gru', operation: recurrent('gru', 64, 64, changes), output: tensor('B', 'T', 64) };
  const [costs] = modelCosts(chain(framework, tensor('B', 'T', 64), [layer])).layers;
  expect(costs?.parameters.value).toBe(parameters);
  expect(costs?.parameters.because).toMatch(rule);
});

/** A layer 16 wide on 8 inputs, by each framework's formula: 384 matrix entries per gate. */
const formulaCases: readonly [Framework, Cell, Partial<RecurrentOperation>, number][] = [
  ['torch', 'rnn', { biasVectors: 2 }, 384 + 2 * 16],
  ['torch', 'gru', { biasVectors: 2 }, 3 * 384 + 6 * 16],
  ['torch', 'lstm', { biasVectors: 2 }, 4 * 384 + 8 * 16],
  ['torch', 'rnn', { biasVectors: 2, singleStep: true }, 416],
  ['torch', 'gru', { biasVectors: 2, singleStep: true }, 1_248],
  ['torch', 'lstm', { biasVectors: 2, singleStep: true }, 1_664],
  ['torch', 'lstm', { biasVectors: 2, projection: size(4) }, 4 * 16 * (8 + 4) + 8 * 16 + 4 * 16],
  ['keras', 'rnn', { biasVectors: 1 }, 384 + 16],
  ['keras', 'lstm', { biasVectors: 1 }, 4 * (384 + 16)],
  ['keras', 'gru', { biasVectors: 1, resetAfter: true }, 3 * 384 + 6 * 16],
  ['keras', 'gru', { biasVectors: 1, resetAfter: false }, 3 * 384 + 3 * 16],
  ['keras', 'lstm', { biasVectors: 1, directions: 2 }, 2 * 4 * (384 + 16)],
  ['keras-config', 'gru', { biasVectors: 1, resetAfter: true }, 3 * 384 + 6 * 16],
  ['tfjs', 'rnn', { biasVectors: 1 }, 384 + 16],
  ['tfjs', 'lstm', { biasVectors: 1 }, 4 * (384 + 16)],
  ['tfjs', 'gru', { biasVectors: 1, resetAfter: false }, 3 * 384 + 3 * 16],
  ['flax', 'rnn', { biasVectors: 1 }, 384 + 16],
  ['flax', 'lstm', { biasVectors: 1 }, 4 * (384 + 16)],
  ['flax', 'gru', { biasVectors: 1 }, 3 * 384 + 4 * 16],
  ...(['torch', 'keras', 'tfjs', 'flax'] as const).map(
    (framework): [Framework, Cell, Partial<RecurrentOperation>, number] => [
      framework,
      'gru',
      { biasVectors: 0 },
      3 * 384,
    ],
  ),
];

it.each(formulaCases)('%s, %s with %o', (framework, cell, changes, parameters) => {
  expect(recurrentParameters(recurrent(cell, 8, 16, changes), framework)).toMatchObject({
    grade: 'exact',
    value: parameters,
  });
});

it.each([
  ['concat', 32],
  ['sum', 16],
  ['mul', 16],
  ['ave', 16],
] as const)('two directions merged by %s are %i wide', (merge, width) => {
  const both = recurrent('lstm', 8, 16, { directions: 2, merge });
  expect(outputWidth(both)).toEqual(size(width));
});

/** Per step: H, 7H and 10H of gate arithmetic, and the biases. */
it.each([
  ['rnn', 1 + 2],
  ['gru', 7 + 6],
  ['lstm', 10 + 8],
] as const)('%s makes %iH operations a step beside the products', (cell, perUnit) => {
  const layer = { path: 'rnn', operation: recurrent(cell, 8, 16), output: tensor('B', 10, 16) };
  const costs = modelCosts(chain('torch', tensor('B', 10, 8), [layer]));
  expect(costs.elementwise).toMatchObject({ grade: 'estimated', value: 10 * 16 * perUnit });
});

it.each([
  ['rnn', 'factor 1'],
  ['gru', 'factor 3'],
  ['lstm', 'factor 4'],
] as const)('the order of %s is the same but for its %s', (cell, factor) => {
  expect(recurrentOrder(recurrent(cell, 8, 16), 'torch')).toBe(`O(T·H·(I+H)), ${factor}`);
});

/** Two 64-unit layers on a 64-wide input, then BatchNormalization and Dense(1): a pair published with these counts. */
function published(cell: 'rnn' | 'lstm'): readonly LayerSketch[] {
  const vector = (name: string, trainable: boolean) => ({ name, shape: [size(64)], trainable });
  const keras = { biasVectors: 1, returnState: false } as const;
  return [
    { path: 'a', operation: recurrent(cell, 64, 64, keras), output: tensor('B', 30, 64) },
    { path: 'b', operation: recurrent(cell, 64, 64, { ...keras, returnSequences: false }), output: tensor('B', 64) },
    {
      path: 'norm',
      operation: { op: 'normalisation', kind: 'batch', size: size(64), epsilon: 1e-3, affine: true },
      weights: [
        vector('gamma', true),
        vector('beta', true),
        vector('moving_mean', false),
        vector('moving_variance', false),
      ],
      output: tensor('B', 64),
    },
    { path: 'out', operation: dense(64, 1), weights: denseWeights(64, 1), output: tensor('B', 1) },
  ];
}

describe('the published pair', () => {
  it.each([
    ['rnn', 16_833],
    ['lstm', 66_369],
  ] as const)('%s has %i parameters', (cell, parameters) => {
    const costs = modelCosts(chain('keras', tensor('B', 30, 64), published(cell)));
    expect(costs.parameters).toMatchObject({ grade: 'exact', value: parameters });
    expect(costs.trainable).toMatchObject({ grade: 'exact', value: parameters - 128 });
  });

  it('adds up work, and the steps that follow one another', () => {
    const costs = modelCosts(chain('keras', tensor('B', 30, 64), published('lstm')));
    expect(costs.macs.value).toBe(2 * 30 * 4 * 64 * 128 + 64);
    expect(costs.sequentialDepth.value).toBe(60);
    expect(costs.weightMemory.value).toBe(4 * 66_369);
  });

  it('shows the formula with names, with numbers, and its result', () => {
    const [first] = modelCosts(chain('keras', tensor('B', 30, 64), published('lstm'))).layers;
    expect(first?.parameters.formula.value).toBe('4·U·(I+U) + 4·U = 4·64·(64+64) + 4·64 = 33,024');
    expect(first?.macs.formula.value).toBe('T·4·U·(I+U) = 30·4·64·(64+64) = 983,040');
    expect(first?.order).toBe('O(T·U·(I+U)), factor 4');
  });
});

describe('formulas', () => {
  it('spell a bidirectional stack with its deeper layers', () => {
    const operation = recurrent('lstm', 8, 16, { directions: 2, layers: size(2) });
    const [costs] = modelCosts(
      chain('torch', tensor('B', 10, 8), [{ path: 'rnn', operation, output: tensor('B', 10, 32) }]),
    ).layers;
    expect(costs?.parameters.formula.value).toBe(
      '2·(4·H·(I+H) + 8·H + (L−1)·(4·H·(2·H+H) + 8·H)) = 2·(4·16·(8+16) + 8·16 + (2−1)·(4·16·(2·16+16) + 8·16)) = 9,728',
    );
  });

  it('keep open sizes as letters', () => {
    const operation = recurrent('gru', 'E', 'hidden', { biasVectors: 2 });
    const [costs] = modelCosts(
      chain('torch', tensor('B', 'T', 'E'), [{ path: 'gru', operation, output: tensor('B', 'T', 'hidden') }]),
    ).layers;
    expect(costs?.parameters).toMatchObject({ grade: 'symbolic', value: null });
    expect(costs?.parameters.formula.value).toBe(
      '3·H·(I+H) + 6·H = 3·hidden·(E+hidden) + 6·hidden = 3·E·hidden + 3·hidden² + 6·hidden',
    );
  });
});

describe('what is not known', () => {
  it('is unknown for the reason its size is', () => {
    const operation = {
      ...recurrent('lstm', 8, 16),
      hiddenSize: { kind: 'unknown', because: 'read from a file' } as const,
    };
    const costs = modelCosts(
      chain('torch', tensor('B', 10, 8), [{ path: 'rnn', operation, output: tensor('B', 10, 16) }]),
    );
    expect(costs.parameters).toMatchObject({ grade: 'unknown', value: null });
    expect(costs.parameters.because).toBe('rnn (line 2): read from a file');
  });

  it('is unknown when it is too large to be counted exactly', () => {
    const operation = recurrent('lstm', 1e9, 1e9);
    const costs = modelCosts(
      chain('torch', tensor('B', 10, 8), [{ path: 'rnn', operation, output: tensor('B', 10, 16) }]),
    );
    expect(costs.parameters.because).toContain('too large');
  });

  it('leaves the length of a layer that is never applied as a letter', () => {
    const costs = modelCosts(chain('torch', tensor('B', 10, 8), [{ path: 'rnn', operation: recurrent('rnn', 8, 16) }]));
    expect(costs.macs).toMatchObject({ grade: 'symbolic', expression: { terms: [{ coefficient: 384 }] } });
  });

  it('does not guess the work of a layer that the rest of the model passes by', () => {
    const applied = { path: 'used', operation: recurrent('rnn', 8, 16), output: tensor('B', 10, 16) };
    const costs = modelCosts(
      chain('torch', tensor('B', 10, 8), [applied, { path: 'unused', operation: recurrent('rnn', 8, 16) }]),
    );
    expect(costs.macs.grade).toBe('unknown');
    expect(costs.macs.because).toContain('unused');
  });

  it('does not guess how often an unapplied dense layer runs', () => {
    const costs = modelCosts(chain('torch', tensor('B', 10, 8), [{ path: 'fc', operation: dense(8, 2) }]));
    expect(costs.macs.grade).toBe('unknown');
    expect(costs.macs.because).toContain('fc (line 2)');
  });
});

describe('applications', () => {
  it('count weights once and work each time', () => {
    const graph = chain('torch', tensor('B', 10, 16), [
      { path: 'rnn', operation: recurrent('rnn', 16, 16), output: tensor('B', 10, 16) },
    ]);
    const [input, application] = graph.flow;
    if (input === undefined || application === undefined) throw new Error('the chain has two nodes');
    const secondApplication = { ...application, id: 2, inputs: [{ node: 1, output: 0 }] };
    const once = modelCosts(graph);
    const twice = modelCosts({ ...graph, flow: [input, application, secondApplication] });
    expect(twice.parameters.value).toBe(once.parameters.value);
    expect(twice.macs.value).toBe(2 * (once.macs.value ?? 0));
    expect(twice.sequentialDepth.value).toBe(20);
  });

  it('give a dense layer one position per time step, also after a reshape to (B·T, H)', () => {
    const positions = known(multiply(symbol('B'), symbol('T')));
    const reshaped: TensorType = { shape: { kind: 'known', axes: [positions, size(16)] }, element: 'float' };
    const graph = chain('torch', reshaped, [{ path: 'fc', operation: dense(16, 3), output: reshaped }]);
    expect(modelCosts(graph).macs.formula.value).toBe('48·T');
  });
});
