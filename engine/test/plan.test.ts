/** What the planner makes of model graphs: chains of layers in a short notation, or obstacles with their lines. */
import { describe, expect, test } from 'vitest';
import type { ModelGraph } from '../../model/graph';
import type { Variant } from '../../protocol/trainer';
import type { ModelPlan, OpenLayer } from '../plan/modelPlan';
import { planModel } from '../plan/planModel';
import { planAs } from '../plan/variants';
import {
  chainGraph,
  characterGraph,
  dense,
  embedding,
  kerasRecurrent,
  position,
  quantity,
  tensor,
  torchRecurrent,
  weatherGraph,
  whole,
} from './graphs';

const torch = { framework: 'torch' } as const;
const batchFirst = { batchFirst: true } as const;

const chains: readonly { readonly name: string; readonly graph: ModelGraph; readonly expected: string }[] = [
  { name: 'Keras forecast', graph: weatherGraph, expected: 'features 4 × 30 → lstm 32 final → dense 1 ⇒ last 1' },
  {
    name: 'PyTorch character model, length left open',
    graph: characterGraph,
    expected: 'tokens 80 × ? → embedding 80×32 → lstm 128 both-biases → dense 80 ⇒ every 80',
  },
  {
    name: 'PyTorch last step by index',
    graph: chainGraph(
      [
        { layer: torchRecurrent('gru', 4, 16, batchFirst), path: 'gru' },
        { index: [whole, position(-1), whole] },
        { layer: dense(16, 1), path: 'fc' },
      ],
      torch,
    ),
    expected: 'features 4 × 30 → gru 16 both-biases → lastStep → dense 1 ⇒ last 1',
  },
  {
    name: 'PyTorch last step of a time-major output',
    graph: chainGraph(
      [
        { call: 'permute', order: [1, 0, 2], type: tensor(30, 'B', 4) },
        { layer: torchRecurrent('rnn', 4, 16), path: 'rnn' },
        { index: [position(-1)] },
        { layer: dense(16, 1), path: 'fc' },
      ],
      torch,
    ),
    expected: 'features 4 × 30 → rnn 16 both-biases → lastStep → dense 1 ⇒ last 1',
  },
  {
    name: 'PyTorch final state of a stack',
    graph: chainGraph(
      [
        { layer: torchRecurrent('lstm', 4, 16, { layers: quantity(2), dropout: 0.5 }), path: 'lstm', output: 1 },
        { index: [position(-1)] },
        { layer: dense(16, 1), path: 'fc' },
      ],
      { ...torch, input: tensor(30, 'B', 4) },
    ),
    expected: 'features 4 × 30 → lstm 16 both-biases → dropout 0.5 → lstm 16 both-biases final → dense 1 ⇒ last 1',
  },
  {
    name: 'Keras dropout of inputs, softmax left to the loss',
    graph: chainGraph(
      [
        { layer: embedding(50, 8), path: 'embedding', type: tensor('B', 20, 8) },
        { layer: kerasRecurrent('gru', 8, 16, { dropout: 0.2 }), path: 'gru' },
        { layer: { op: 'dropout', rate: 0.3 }, path: 'dropout' },
        { layer: dense(16, 50, 'softmax'), path: 'dense' },
      ],
      { input: tensor('B', 20) },
    ),
    expected:
      'tokens 50 × 20 → embedding 50×8 → shared dropout 0.2 → gru 16 both-biases final → dropout 0.3 → dense 50 ⇒ last 50 softmax',
  },
  {
    name: 'Sequential without flow',
    graph: { ...weatherGraph, flow: [], outputs: [] },
    expected: 'features 4 × ? → lstm 32 final → dense 1 ⇒ last 1',
  },
  {
    name: 'both directions, flattened',
    graph: chainGraph([
      { layer: kerasRecurrent('lstm', 4, 8, { directions: 2, returnSequences: true }), path: 'lstm' },
      { layer: { op: 'flatten' }, path: 'flatten' },
      { layer: dense(480, 1, 'relu'), path: 'dense' },
    ]),
    expected: 'features 4 × 30 → lstm 8 bidirectional → flatten → dense 1 relu ⇒ last 1 relu',
  },
  {
    name: 'batch and time merged before the output, as character models do',
    graph: chainGraph(
      [
        { layer: embedding(80, 8), path: 'embedding', type: tensor('B', 'T', 8) },
        { layer: torchRecurrent('gru', 8, 16, batchFirst), path: 'gru', type: tensor('B', 'T', 16) },
        { call: 'reshape', type: tensor(null, 16) },
        { layer: dense(16, 80), path: 'fc' },
        { call: 'log_softmax' },
      ],
      { ...torch, input: tensor('B', 'T') },
    ),
    expected: 'tokens 80 × ? → embedding 80×8 → gru 16 both-biases → dense 80 ⇒ every 80 softmax',
  },
  {
    name: 'input width left open by a Keras model without input shape',
    graph: chainGraph(
      [
        { layer: kerasRecurrent('rnn', null, 8, { activation: 'relu' }), path: 'rnn' },
        { layer: dense(8, 1), path: 'dense' },
      ],
      { input: tensor('B', 30, null) },
    ),
    expected: 'features ? × 30 → rnn 8 relu final → dense 1 ⇒ last 1',
  },
  {
    name: 'a sum of directions',
    graph: chainGraph([{ layer: kerasRecurrent('gru', 4, 8, { directions: 2, merge: 'sum' }), path: 'gru' }]),
    expected: 'features 4 × 30 → gru 8 bidirectional sum both-biases final ⇒ last 8',
  },
  {
    name: 'the first step',
    graph: chainGraph(
      [{ layer: torchRecurrent('gru', 4, 8, batchFirst), path: 'gru' }, { index: [whole, position(0)] }],
      torch,
    ),
    expected: 'features 4 × 30 → gru 8 both-biases → step 0 ⇒ last 8',
  },
  {
    name: 'a residual',
    graph: chainGraph([
      { layer: kerasRecurrent('gru', 4, 4, { returnSequences: true }), path: 'gru' },
      { call: 'add', alsoFrom: { node: 0, output: 0 } },
      { call: 'mean', axis: 1 },
    ]),
    expected: 'features 4 × 30 → gru 4 both-biases → sum of 0.0 and input → average over time ⇒ last 4',
  },
  {
    name: 'a layer applied twice',
    graph: chainGraph([
      { layer: kerasRecurrent('lstm', 4, 4, { returnSequences: true }), path: 'lstm' },
      { layer: kerasRecurrent('lstm', 4, 4, { returnSequences: true }), path: 'lstm' },
    ]),
    expected: 'features 4 × 30 → lstm 4 → lstm 4 ⇒ every 4',
  },
  {
    name: 'a layer that starts from the states of another',
    graph: chainGraph([
      {
        layer: kerasRecurrent('gru', 4, 8, { returnSequences: true, returnState: true }),
        path: 'lower',
        output: 0,
      },
      { layer: kerasRecurrent('gru', 8, 8), path: 'upper', alsoFrom: { node: 1, output: 1 } },
    ]),
    expected: 'features 4 × 30 → gru 8 both-biases → gru 8 both-biases of 0.0 and 0.1 final ⇒ last 8',
  },
  {
    name: 'a layer that goes backwards, its steps in the order in which it makes them',
    graph: chainGraph([
      { layer: kerasRecurrent('lstm', 4, 8, { goBackwards: true, returnSequences: true }), path: 'lstm' },
    ]),
    expected: 'features 4 × 30 → lstm 8 backwards → reverse ⇒ every 8',
  },
  {
    name: 'a projected LSTM and straight gates',
    graph: chainGraph(
      [
        {
          layer: kerasRecurrent('lstm', 4, 8, {
            projection: quantity(3),
            recurrentActivation: 'hardSigmoid',
            returnSequences: true,
          }),
          path: 'lstm',
        },
      ],
      { framework: 'tfjs' },
    ),
    expected: 'features 4 × 30 → lstm 8 to 3 with gates of slope 0.2 ⇒ every 3',
  },
  {
    name: 'weights of the steps that sum them up',
    graph: chainGraph([
      { layer: kerasRecurrent('gru', 4, 8, { returnSequences: true }), path: 'gru' },
      { layer: dense(8, 1, 'tanh'), path: 'score' },
      { call: 'softmax', axis: 1 },
      { call: 'multiply', alsoFrom: { node: 1, output: 0 } },
      { call: 'sum', axis: 1 },
    ]),
    expected:
      'features 4 × 30 → gru 8 both-biases → dense 1 tanh → softmax over time → multiply of 2.0 and 0.0 → sum over time ⇒ last 8',
  },
];

describe('chains', () => {
  test.each(chains)('$name', ({ graph, expected }) => {
    expect(describePlan(planIn(graph))).toBe(expected);
  });

  test("both directions' final states, concatenated", () => {
    const states = { node: 2, output: 0 };
    const graph = chainGraph(
      [
        { layer: torchRecurrent('lstm', 4, 16, { ...batchFirst, directions: 2 }), path: 'lstm', output: 1 },
        { index: [position(-2)] },
        { call: 'concatenate', alsoFrom: { node: 4, output: 0 } },
        { layer: dense(32, 1), path: 'fc' },
      ],
      torch,
    );
    const [input, lstm, second, , fc] = graph.flow;
    if (!input || !lstm || !second || !fc) throw new Error('the plan has five nodes');
    const flow = [
      input,
      lstm,
      second,
      { ...second, id: 3, operation: { kind: 'index', steps: [position(-1)] } } as const,
      {
        ...second,
        id: 4,
        operation: { kind: 'function', name: 'concatenate', axis: 1 },
        inputs: [states, { node: 3, output: 0 }],
      } as const,
      { ...fc, id: 5, inputs: [{ node: 4, output: 0 }] },
    ];
    const plan = planIn({ ...graph, flow, outputs: [{ node: 5, output: 0 }] });
    expect(describePlan(plan)).toBe('features 4 × 30 → lstm 16 bidirectional both-biases final → dense 1 ⇒ last 1');
  });
});

const obstacles: readonly { readonly name: string; readonly graph: ModelGraph; readonly expected: string }[] = [
  {
    name: 'a symbol that the file does not settle',
    graph: chainGraph([
      { layer: kerasRecurrent('lstm', 4, 'hidden_size'), path: 'lstm' },
      { layer: dense('hidden_size', 1), path: 'dense' },
    ]),
    expected:
      'line 2: The hidden size of lstm depends on hidden_size, which the file does not settle. ' +
      'Say it in a comment of the file: # unroll: hidden_size=128',
  },
  {
    name: 'a symbol that a comment cannot name',
    graph: chainGraph([
      { layer: kerasRecurrent('lstm', 4, 'len(words)'), path: 'lstm' },
      { layer: dense('len(words)', 1), path: 'dense' },
    ]),
    expected:
      'line 2: The hidden size of lstm depends on len(words), which the file does not settle. ' +
      'Write a number in its place.',
  },
  {
    name: 'layers that are not supported, all of them',
    graph: chainGraph([
      { layer: { op: 'other', because: 'a convolution' }, path: 'conv' },
      { layer: kerasRecurrent('lstm', 4, 8), path: 'lstm' },
      { layer: { op: 'activation', activation: 'gelu' }, path: 'act' },
      { layer: dense(8, 1), path: 'dense' },
    ]),
    expected:
      'line 2: other "conv" is not trained in the preview yet.\n' +
      'line 4: The activation "gelu" of act is not trained in the preview yet.',
  },
  {
    name: 'an LSTM with relu',
    graph: chainGraph([{ layer: kerasRecurrent('lstm', 4, 8, { activation: 'relu' }), path: 'lstm' }]),
    expected:
      'line 2: LSTM "lstm" has the activations "relu" and "sigmoid"; gated cells are trained here with tanh and sigmoid.',
  },
  {
    name: 'a stack without sequences between',
    graph: chainGraph([
      { layer: kerasRecurrent('lstm', 4, 8), path: 'lower' },
      { layer: kerasRecurrent('lstm', 8, 8), path: 'upper' },
    ]),
    expected: 'line 3: LSTM "upper" is given one vector, not a sequence.',
  },
  {
    name: 'some of the steps',
    graph: chainGraph(
      [
        { layer: torchRecurrent('gru', 4, 8, batchFirst), path: 'gru' },
        { index: [whole, { kind: 'slice', from: quantity(2), to: null, step: null }] },
      ],
      torch,
    ),
    expected: 'line 3: Only an index that takes one time step or final state is trained in the preview.',
  },
  {
    name: 'a sum of a vector with a sequence',
    graph: chainGraph([
      { layer: kerasRecurrent('gru', 4, 8), path: 'gru' },
      { call: 'add', alsoFrom: { node: 0, output: 0 } },
    ]),
    expected: 'line 3: "add" joins tensors whose axes do not stand for the same, which is not trained here.',
  },
  {
    name: 'a residual over a layer of another width',
    graph: chainGraph([
      { layer: kerasRecurrent('gru', 4, 8, { returnSequences: true }), path: 'gru' },
      { call: 'add', alsoFrom: { node: 0, output: 0 } },
    ]),
    expected: 'line 3: "add" joins 8 and 4 numbers, which are trained here only where they are as many.',
  },
  {
    name: 'a layer that starts from the steps of another',
    graph: chainGraph([
      { layer: kerasRecurrent('lstm', 4, 8, { returnSequences: true }), path: 'encoder' },
      { layer: kerasRecurrent('lstm', 8, 8), path: 'decoder', alsoFrom: { node: 1, output: 0 } },
    ]),
    expected: 'line 3: LSTM "decoder" starts from states that are not, one by one, those of its cell.',
  },
  {
    name: 'no recurrent layer',
    graph: chainGraph([{ layer: dense(4, 1), path: 'dense' }]),
    expected: 'line 1: The model has no recurrent layer that its output depends on.',
  },
  {
    name: 'a module that could not be followed',
    graph: chainGraph([{ layer: torchRecurrent('gru', 4, 8), path: 'gru' }], { ...torch, withoutFlow: true }),
    expected: 'line 1: How Model connects its layers could not be followed.',
  },
];

describe('conditions', () => {
  const withEither = (optional: Parameters<typeof chainGraph>[0][number]): ModelGraph => {
    const graph = chainGraph(
      [
        { layer: torchRecurrent('lstm', 4, 8, batchFirst), path: 'lstm' },
        optional,
        { call: 'either', alsoFrom: { node: 1, output: 0 } },
        { layer: dense(8, 1), path: 'fc' },
      ],
      torch,
    );
    return { ...graph, flow: graph.flow.map((node) => (node.id === 2 ? { ...node, isConditional: true } : node)) };
  };

  test.each([{ layer: { op: 'dropout', rate: 0.5 }, path: 'drop' } as const, { call: 'dropout' }])(
    'dropout in training alone is trained: %o',
    (optional) => {
      expect(describePlan(planIn(withEither(optional)))).toMatch(
        /^features 4 × 30 → lstm 8 both-biases → (dropout 0.5 → )?dense 1 ⇒ every 1$/,
      );
    },
  );

  test('another choice is refused where it is made', () => {
    expect(planModel(withEither({ layer: dense(8, 8), path: 'extra' }))).toMatchObject({
      obstacles: [
        {
          line: 4,
          message:
            'What Model computes here depends on a condition that the file does not settle; the preview trains one way.',
        },
      ],
    });
  });

  test('a step of which it is not known how often it runs is refused', () => {
    const graph = weatherGraph;
    const flow = graph.flow.map((node) => (node.id === 2 ? { ...node, isConditional: true as const } : node));
    expect(planModel({ ...graph, flow })).toMatchObject({
      obstacles: [
        {
          line: 3,
          message:
            'Whether or how often this step of Model runs is not settled by the file, so it is not trained here.',
        },
      ],
    });
  });
});

test('a matrix that two layers share is trained twice, and a remark says so', () => {
  const isOwn = ({ path }: { readonly path: string }): boolean => path !== 'dense';
  const layers = characterGraph.layers.map((layer) => {
    const weights = 'unknown' in layer.weights ? [] : layer.weights;
    return isOwn(layer) ? layer : { ...layer, weights: weights.filter(({ name }) => name === 'bias') };
  });
  expect(planIn(characterGraph).remarks).toEqual([]);
  expect(planIn({ ...characterGraph, layers }).remarks).toEqual([
    'dense "dense" shares its matrix with another layer in the source; here each trains its own, ' +
      'so there are more parameters than in the source.',
  ]);
});

describe('several outputs', () => {
  const twoHeads = chainGraph([
    { layer: kerasRecurrent('lstm', 4, 8), path: 'lstm' },
    { layer: dense(8, 1), path: 'high' },
    { layer: dense(8, 1), path: 'low' },
  ]);
  const withHeads = (nodes: readonly number[], framework: ModelGraph['framework'] = 'keras'): ModelGraph => ({
    ...twoHeads,
    framework,
    flow: twoHeads.flow.map((node) => (node.id === 3 ? { ...node, inputs: [{ node: 1, output: 0 }] } : node)),
    outputs: nodes.map((node) => ({ node, output: 0 })),
  });
  const statesGraph = (outputs: ModelGraph['outputs']): ModelGraph => ({
    ...chainGraph(
      [
        { layer: torchRecurrent('lstm', 4, 8, batchFirst), path: 'lstm' },
        { layer: dense(8, 1), path: 'fc' },
        { call: 'detach' },
        { index: [position(-1)] },
      ],
      torch,
    ),
    outputs,
  });
  const everyStep = 'features 4 × 30 → lstm 8 both-biases → dense 1 ⇒ every 1';

  test('two heads are refused by name', () => {
    const result = planModel(withHeads([2, 3]));
    expect(result).toMatchObject({
      kind: 'obstacles',
      obstacles: [
        {
          message:
            'Model gives 2 outputs, "high" (line 3) and "low" (line 4); the preview trains models with one. ' +
            'Compare a model with one of them.',
          line: 4,
        },
      ],
    });
  });

  test('the same output twice is one', () => {
    expect(planModel(withHeads([2, 2])).kind).toBe('plan');
  });

  test.each([
    { name: 'the prediction first', order: [0, 1, 2] },
    { name: 'the states first', order: [1, 2, 0] },
  ])('recurrent states beside a prediction are left out with a remark: $name', ({ order }) => {
    const outputs = [
      { node: 2, output: 0 },
      { node: 1, output: 1 },
      { node: 1, output: 2 },
    ];
    const plan = planIn(statesGraph(order.flatMap((index) => outputs[index] ?? [])));
    expect(describePlan(plan)).toBe(everyStep);
    expect(plan.remarks).toEqual([
      'Beside what is trained here, Model gives recurrent states of lstm; nothing is learned from them.',
    ]);
  });

  test('a state that is detached and indexed on its way out is one still', () => {
    const graph = statesGraph([
      { node: 2, output: 0 },
      { node: 4, output: 0 },
    ]);
    const flow = graph.flow.map((node) => (node.id === 3 ? { ...node, inputs: [{ node: 1, output: 1 }] } : node));
    expect(describePlan(planIn({ ...graph, flow }))).toBe(everyStep);
  });
});

test.each(obstacles)('obstacle: $name', ({ graph, expected }) => {
  const result = planModel(graph);
  const found = result.kind === 'obstacles' ? result.obstacles : [];
  expect(found.map(({ line, message }) => `line ${line}: ${message}`).join('\n')).toBe(expected);
});

const variants: readonly { readonly variant: Variant; readonly graph: ModelGraph; readonly expected: string }[] = [
  { variant: 'rnn', graph: weatherGraph, expected: 'features 4 × 30 → rnn 32 final → dense 1 ⇒ last 1' },
  { variant: 'gru', graph: weatherGraph, expected: 'features 4 × 30 → gru 32 both-biases final → dense 1 ⇒ last 1' },
  {
    variant: 'bilstm',
    graph: weatherGraph,
    expected: 'features 4 × 30 → lstm 32 bidirectional final → dense 1 ⇒ last 1',
  },
  {
    variant: 'cnn-lstm',
    graph: weatherGraph,
    expected: 'features 4 × 30 → conv 32×5 same relu → lstm 32 final → dense 1 ⇒ last 1',
  },
  {
    variant: 'cnn-lstm',
    graph: characterGraph,
    expected: 'tokens 80 × ? → embedding 80×32 → conv 128×5 causal relu → lstm 128 both-biases → dense 80 ⇒ every 80',
  },
  {
    variant: 'cnn-lstm-attention',
    graph: weatherGraph,
    expected:
      'features 4 × 30 → conv 32×5 same relu → lstm 32 → dense 32 tanh → dense 1 → softmax over time → ' +
      'multiply of 4.0 and 1.0 → sum over time → dense 1 ⇒ last 1',
  },
  {
    variant: 'gru',
    graph: characterGraph,
    expected: 'tokens 80 × ? → embedding 80×32 → gru 128 both-biases → dense 80 ⇒ every 80',
  },
];

test.each(variants)('variant $variant: $expected', ({ variant, graph, expected }) => {
  const result = planAs(planIn(graph), variant);
  expect(result.kind === 'plan' ? describePlan(result.plan) : result.obstacle.message).toBe(expected);
});

/** Bidirectional(LSTM(16)) over windows of 4 columns. */
const bidirectionalGraph = chainGraph([
  { layer: kerasRecurrent('lstm', 4, 16, { directions: 2 }), path: 'lstm' },
  { layer: dense(32, 1), path: 'dense' },
]);

describe('directions', () => {
  test.each([
    { variant: 'rnn', cell: 'rnn 16 bidirectional' },
    { variant: 'gru', cell: 'gru 16 bidirectional both-biases' },
    { variant: 'lstm', cell: 'lstm 16 bidirectional' },
    { variant: 'bilstm', cell: 'lstm 16 bidirectional' },
  ] as const)('$variant of a bidirectional model keeps both', ({ variant, cell }) => {
    const plan = variantIn(bidirectionalGraph, variant);
    expect(describePlan(plan)).toBe(`features 4 × 30 → ${cell} final → dense 1 ⇒ last 1`);
    expect(plan.remarks).toEqual([]);
  });

  test('each layer keeps its own, unless the variant means both; then a remark says so', () => {
    const graph = chainGraph([
      { layer: kerasRecurrent('lstm', 4, 8, { directions: 2, returnSequences: true }), path: 'lower' },
      { layer: kerasRecurrent('lstm', 16, 8), path: 'upper' },
      { layer: dense(8, 1), path: 'dense' },
    ]);
    expect(describePlan(variantIn(graph, 'rnn'))).toBe(
      'features 4 × 30 → rnn 8 bidirectional → rnn 8 final → dense 1 ⇒ last 1',
    );
    expect(describePlan(variantIn(graph, 'bilstm'))).toBe(
      'features 4 × 30 → lstm 8 bidirectional → lstm 8 bidirectional final → dense 1 ⇒ last 1',
    );
    expect(variantIn(graph, 'bilstm').remarks).toEqual([
      'upper reads in both directions here; in the source it reads forwards only.',
    ]);
  });
});

const sources: readonly { readonly variant: Variant; readonly graph: ModelGraph }[] = [
  { variant: 'lstm', graph: weatherGraph },
  { variant: 'lstm', graph: characterGraph },
  { variant: 'lstm', graph: bidirectionalGraph },
  {
    variant: 'rnn',
    graph: chainGraph([{ layer: kerasRecurrent('rnn', 4, 8, { activation: 'relu' }), path: 'rnn' }]),
  },
  {
    variant: 'gru',
    graph: chainGraph([
      { layer: kerasRecurrent('gru', 4, 8, { returnSequences: true }), path: 'after' },
      { layer: kerasRecurrent('gru', 8, 8, { resetAfter: false, biasVectors: 1 }), path: 'before' },
    ]),
  },
];

test.each(sources)("the variant with the source's own cell, $variant, is the source", ({ variant, graph }) => {
  expect(variantIn(graph, variant)).toEqual(planIn(graph));
});

test('a model of several cells is no variant of itself, and each says so', () => {
  const graph = chainGraph([
    { layer: kerasRecurrent('gru', 4, 8, { returnSequences: true }), path: 'gru' },
    { layer: kerasRecurrent('lstm', 8, 8), path: 'lstm' },
  ]);
  expect(variantIn(graph, 'lstm').remarks).toEqual([
    'The source mixes GRU and LSTM layers; here they all have one cell, so no variant is the model as it stands.',
  ]);
});

test('attention where every step is predicted is refused, with the line', () => {
  expect(planAs(planIn(characterGraph), 'cnn-lstm-attention')).toEqual({
    kind: 'refused',
    obstacle: {
      message: '"lstm" gives every step to what follows, and attention would give one vector.',
      file: 'model.py',
      line: 3,
    },
  });
});

test('a residual over a layer whose width doubles is refused, with the line', () => {
  const graph = chainGraph([
    { layer: kerasRecurrent('gru', 4, 4, { returnSequences: true }), path: 'gru' },
    { call: 'add', alsoFrom: { node: 0, output: 0 } },
    { layer: dense(4, 1), path: 'dense' },
  ]);
  expect(planAs(planIn(graph), 'bigru')).toEqual({
    kind: 'refused',
    obstacle: {
      message: 'As bigru, "add@3" would join 8 and 4 numbers, which go together only where they are as many.',
      file: 'model.py',
      line: 3,
    },
  });
});

function planIn(graph: ModelGraph): ModelPlan {
  const result = planModel(graph);
  if (result.kind === 'obstacles') throw new Error(result.obstacles.map(({ message }) => message).join('\n'));
  return result.plan;
}

function variantIn(graph: ModelGraph, variant: Variant): ModelPlan {
  const result = planAs(planIn(graph), variant);
  if (result.kind === 'refused') throw new Error(result.obstacle.message);
  return result.plan;
}

/** `features 4 × 30 → lstm 32 final → dense 1 ⇒ last 1`; what reads several values names each as `layer.output`. */
function describePlan(plan: ModelPlan): string {
  const input = `${plan.input.kind} ${plan.input.width ?? '?'} × ${plan.timeSteps ?? '?'}`;
  const ending = plan.outputActivation === 'none' ? '' : ` ${plan.outputActivation}`;
  const steps = plan.layers.map((layer, index) => {
    const reads = layer.reads ?? [];
    const sources = reads.map((source) => (source === 'input' ? source : `${source.layer}.${source.output}`));
    const several = sources.length > 1 ? ` of ${sources.join(' and ')}` : '';
    return `${describeLayer(layer)}${several}${isReadAsState(plan, index) ? ' final' : ''}`;
  });
  return `${[input, ...steps].join(' → ')} ⇒ ${plan.outputSteps} ${plan.outputWidth}${ending}`;
}

function describeLayer(layer: OpenLayer): string {
  switch (layer.kind) {
    case 'embedding':
      return `embedding ${layer.vocabulary}×${layer.width}`;
    case 'recurrent':
      return [
        `${layer.cell} ${layer.hiddenSize}`,
        layer.projection === undefined ? '' : ` to ${layer.projection}`,
        layer.activation === 'relu' ? ' relu' : '',
        layer.direction === 'both' ? ' bidirectional' : layer.direction === 'backward' ? ' backwards' : '',
        layer.merge === 'concat' ? '' : ` ${layer.merge}`,
        layer.bias === 'both' ? ' both-biases' : '',
        layer.hardSigmoidSlope === undefined ? '' : ` with gates of slope ${layer.hardSigmoidSlope}`,
      ].join('');
    case 'dense':
      return `dense ${layer.units}${layer.activation ? ` ${layer.activation}` : ''}`;
    case 'conv1d':
      return `conv ${layer.filters}×${layer.kernelSize} ${layer.padding}${layer.activation ? ` ${layer.activation}` : ''}`;
    case 'dropout':
      return `${layer.sharedOverTime ? 'shared ' : ''}dropout ${layer.rate}`;
    case 'activation':
      return layer.activation;
    case 'step':
      return layer.step === -1 ? 'lastStep' : `step ${layer.step}`;
    case 'repeat':
      return `repeat ${layer.timeSteps}`;
    case 'join':
      return layer.how;
    case 'poolOverTime':
      return `${layer.how} over time`;
    case 'softmaxOverTime':
      return 'softmax over time';
    default:
      return layer.kind;
  }
}

/** Whether the output, or a layer that reads nothing else, takes a layer's final state rather than every step. */
function isReadAsState({ layers, outputSource }: ModelPlan, index: number): boolean {
  const single = layers.flatMap(({ reads = [] }) => (reads.length === 1 ? reads : []));
  return [...single, outputSource].some(
    (source) => source !== 'input' && source.layer === index && source.output === 1,
  );
}
