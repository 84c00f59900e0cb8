/** Small training plans for tests: every kind of layer, every convention, odd sizes that no SIMD width divides. */
import type { OptimiserChoice } from '../../protocol/trainer';
import type {
  AttentionPlan,
  ConvolutionPlan,
  LayerPlan,
  MultiHeadAttentionPlan,
  NormalisationPlan,
  PlannedLayer,
  PoolingPlan,
  RecurrentPlan,
  Source,
  TrainingPlan,
} from '../plan/trainingPlan';

export function recurrent(changes: Partial<RecurrentPlan & { readonly reads: readonly Source[] }>): PlannedLayer {
  return {
    kind: 'recurrent',
    path: 'recurrent',
    cell: 'lstm',
    hiddenSize: 5,
    activation: 'tanh',
    bias: 'input',
    resetAfter: true,
    direction: 'forward',
    merge: 'concat',
    ...changes,
  };
}

export function dense(units: number, changes: Partial<Extract<PlannedLayer, { kind: 'dense' }>> = {}): PlannedLayer {
  return { kind: 'dense', path: 'dense', units, bias: true, activation: null, ...changes };
}

export function regression(layers: readonly PlannedLayer[], changes: Partial<TrainingPlan> = {}): TrainingPlan {
  return {
    convention: 'keras',
    timeSteps: 4,
    input: { kind: 'features', width: 3 },
    layers,
    output: { steps: 'last', width: 2 },
    loss: 'meanSquaredError',
    remarks: [],
    ...changes,
  };
}

export function classification(layers: readonly PlannedLayer[], changes: Partial<TrainingPlan> = {}): TrainingPlan {
  return regression(layers, {
    input: { kind: 'tokens', vocabulary: 6 },
    output: { steps: 'every', width: 6 },
    loss: 'crossEntropy',
    ...changes,
  });
}

const embedding: Extract<LayerPlan, { kind: 'embedding' }> = {
  kind: 'embedding',
  path: 'embedding',
  vocabulary: 6,
  width: 3,
};

/** The hidden state of a layer after its last step. */
export function finalState(layer: number): Source {
  return { layer, output: 1 };
}

/** The final state of a recurrent layer, and a dense layer on it. */
function forecast(changes: Partial<RecurrentPlan>, settings: Partial<TrainingPlan> = {}): TrainingPlan {
  return regression(
    [recurrent(changes), dense(2, { reads: [finalState(0)], bias: changes.bias !== 'none' })],
    settings,
  );
}

/** A layer that leaves out padding, in both directions, its steps and its last states both trained. */
function masked(changes: Partial<RecurrentPlan>): { readonly name: string; readonly plan: TrainingPlan }[] {
  const { cell = 'lstm', resetAfter = true, projection } = changes;
  const variant = cell === 'gru' ? `, reset ${resetAfter ? 'after' : 'before'}` : projection ? ', projected' : '';
  const plan = classification(
    [
      { ...embedding, paddingToken: 2 },
      recurrent({ ...changes, direction: 'both' }),
      { kind: 'step', path: 'step', step: 1 },
      { kind: 'join', path: 'ends', how: 'concat', reads: [{ layer: 2, output: 0 }, finalState(1)] },
      dense(6),
    ],
    { output: { steps: 'last', width: 6 } },
  );
  return [{ name: `${cell} over padding${variant}`, plan }];
}

/** Every optimiser with all its settings, for either form of them. */
export const optimiserChoices: readonly OptimiserChoice[] = [
  { name: 'sgd' },
  { name: 'sgd', momentum: 0.9, weightDecay: 0.1 },
  { name: 'sgd', momentum: 0.9, nesterov: true },
  { name: 'rmsprop' },
  { name: 'rmsprop', decay: 0.8, momentum: 0.5, weightDecay: 0.1 },
  { name: 'rmsprop', momentum: 0.5, centred: true },
  { name: 'adam', weightDecay: 0.1 },
  { name: 'adamw' },
];

/** A convolution behind a layer whose gradient it has to reach, every step of it trained. */
function convolved(changes: Partial<ConvolutionPlan>, timeSteps = 7): TrainingPlan {
  return regression(
    [
      dense(6, { path: 'below', activation: 'tanh' }),
      {
        kind: 'conv1d',
        path: 'convolution',
        filters: 4,
        kernelSize: 3,
        stride: 1,
        dilation: 1,
        padding: 'valid',
        groups: 1,
        bias: true,
        activation: null,
        ...changes,
      },
      { kind: 'flatten', path: 'flatten' },
      dense(2),
    ],
    { timeSteps, convention: changes.bias === false ? 'torch' : 'keras' },
  );
}

/** A layer between two others, every step of it trained. */
function between(layer: PlannedLayer, changes: Partial<TrainingPlan> = {}): TrainingPlan {
  return regression(
    [dense(5, { path: 'below', activation: 'tanh' }), layer, { kind: 'flatten', path: 'flatten' }, dense(2)],
    { timeSteps: 6, ...changes },
  );
}

/** A layer over steps of which some are padding, with what reads it. */
function overPadding(layers: readonly PlannedLayer[]): TrainingPlan {
  return classification([{ ...embedding, width: 5, paddingToken: 2 }, ...layers, dense(6)], {
    timeSteps: 5,
    output: { steps: 'last', width: 6 },
  });
}

function pool(changes: Partial<PoolingPlan>): PlannedLayer {
  return {
    kind: 'pool',
    path: 'pool',
    how: 'max',
    size: 3,
    stride: 2,
    padding: 'valid',
    countsPadding: false,
    ...changes,
  };
}

function norm(kind: NormalisationPlan['kind'], changes: Partial<NormalisationPlan> = {}): PlannedLayer {
  return { kind, path: 'norm', epsilon: 0.1, scale: true, bias: true, ...changes };
}

function attention(changes: Partial<AttentionPlan>, reads?: readonly Source[]): PlannedLayer {
  const plan: AttentionPlan = {
    kind: 'attention',
    path: 'attention',
    score: 'dot',
    scale: 'none',
    causal: false,
    ...changes,
  };
  return reads === undefined ? plan : { ...plan, reads };
}

function heads(changes: Partial<MultiHeadAttentionPlan>, reads?: readonly Source[]): PlannedLayer {
  const plan: MultiHeadAttentionPlan = {
    kind: 'multiHeadAttention',
    path: 'heads',
    heads: 2,
    keyWidth: 3,
    valueWidth: 3,
    outputWidth: 5,
    bias: true,
    causal: false,
    ...changes,
  };
  return reads === undefined ? plan : { ...plan, reads };
}

const overTime = (how: 'max' | 'average' | 'sum'): PlannedLayer => ({ kind: 'poolOverTime', path: 'overTime', how });
const first = (layer: number): Source => ({ layer, output: 0 });

/** Attention of a shorter sequence to a longer one. */
function crossAttention(layer: PlannedLayer): TrainingPlan {
  return regression([
    dense(5, { path: 'below', activation: 'tanh' }),
    { kind: 'step', path: 'last', step: -1, reads: [first(0)] },
    { kind: 'repeat', path: 'repeat', timeSteps: 3 },
    recurrent({ path: 'queries' }),
    { ...layer, reads: [first(3), first(0)] },
    { kind: 'flatten', path: 'flatten' },
    dense(2),
  ]);
}

/** Every column weighted by itself. */
function softmaxProduct(): readonly PlannedLayer[] {
  return [
    dense(5, { path: 'scores', bias: false }),
    { kind: 'softmaxOverTime', path: 'weights' },
    { kind: 'join', path: 'weighted', how: 'multiply', reads: [first(0), first(2)] },
  ];
}

/** Bahdanau's attention over the steps of an LSTM behind a convolution. */
const hybrid = regression(
  [
    {
      kind: 'conv1d',
      path: 'convolution',
      filters: 6,
      kernelSize: 5,
      stride: 1,
      dilation: 1,
      padding: 'same',
      groups: 1,
      bias: true,
      activation: 'relu',
    },
    recurrent({ hiddenSize: 5 }),
    dense(4, { path: 'attention.hidden', activation: 'tanh' }),
    dense(1, { path: 'attention.score', bias: false }),
    { kind: 'softmaxOverTime', path: 'attention.weights' },
    { kind: 'join', path: 'attention.weighted', how: 'multiply', reads: [first(1), first(4)] },
    overTime('sum'),
    dense(2),
  ],
  { timeSteps: 9 },
);

/** What goes along time where there is but one step of it. */
const singleStep = regression(
  [
    dense(5, { path: 'below', activation: 'tanh' }),
    norm('layerNorm', { path: 'rows', bias: false }),
    norm('batchNorm', { path: 'columns' }),
    attention({ score: 'additive', causal: true }),
    attention({ scale: 'rootOfWidth' }),
    pool({ size: 1, stride: 1, how: 'average' }),
    { kind: 'softmaxOverTime', path: 'weights' },
    { kind: 'join', path: 'weighted', how: 'multiply', reads: [first(5), first(6)] },
    overTime('max'),
    dense(2),
  ],
  { timeSteps: 1 },
);

export interface PlanCase {
  readonly name: string;
  readonly plan: TrainingPlan;
  /** A parameter that the loss does not depend on: what is added to every key moves all scores of a query alike. */
  readonly withoutEffect?: string;
}

export const planCases: readonly PlanCase[] = [
  { name: 'rnn, tanh', plan: forecast({ cell: 'rnn' }) },
  { name: 'rnn, relu', plan: forecast({ cell: 'rnn', activation: 'relu' }) },
  { name: 'lstm', plan: forecast({}) },
  ...(['meanAbsoluteError', 'huber', 'binaryCrossEntropy'] as const).map((loss) => ({
    name: `loss: ${loss}`,
    plan: forecast({}, { loss }),
  })),
  ...(['meanSquaredError', 'binaryCrossEntropy', 'crossEntropy'] as const).map((loss) => ({
    name: `loss: ${loss}, padding left out`,
    plan: classification([{ ...embedding, paddingToken: 2 }, recurrent({ hiddenSize: 2 }), dense(6)], { loss }),
  })),
  { name: 'lstm without bias', plan: forecast({ bias: 'none' }) },
  { name: 'lstm, two biases', plan: forecast({ bias: 'both' }, { convention: 'torch' }) },
  { name: 'gru, reset after', plan: forecast({ cell: 'gru', bias: 'both' }, { convention: 'torch' }) },
  { name: 'gru, reset after, without bias', plan: forecast({ cell: 'gru', bias: 'none' }) },
  { name: 'gru, reset before', plan: forecast({ cell: 'gru', resetAfter: false }) },
  { name: 'gru, reset before, without bias', plan: forecast({ cell: 'gru', resetAfter: false, bias: 'none' }) },
  ...(['concat', 'sum', 'average', 'multiply'] as const).map((merge) => ({
    name: `bidirectional, final states, ${merge}`,
    plan: forecast({ cell: 'gru', bias: 'both', direction: 'both', merge }),
  })),
  { name: 'lstm with peepholes', plan: forecast({ peepholes: true }) },
  { name: 'lstm with a projection', plan: forecast({ projection: 3, bias: 'both' }, { convention: 'torch' }) },
  ...(['lstm', 'gru'] as const).map((cell) => ({
    name: `${cell} with straight gates`,
    plan: forecast({ cell, hardSigmoidSlope: 0.2, resetAfter: false }),
  })),
  ...masked({ cell: 'rnn' }),
  ...masked({}),
  ...masked({ peepholes: true, projection: 3 }),
  ...masked({ cell: 'gru', bias: 'both' }),
  ...masked({ cell: 'gru', resetAfter: false }),
  {
    name: 'bidirectional, every step, product',
    plan: regression([
      recurrent({ direction: 'both', merge: 'multiply' }),
      { kind: 'flatten', path: 'flat' },
      dense(2),
    ]),
  },
  {
    name: 'backwards',
    plan: regression([recurrent({ direction: 'backward' }), { kind: 'step', path: 'second', step: 1 }, dense(2)]),
  },
  {
    name: 'encoder and decoder, taught by the right answers',
    plan: classification([
      embedding,
      recurrent({ path: 'encoder' }),
      { kind: 'delayedTargets', path: 'answers', timeSteps: 3, width: 1 },
      { kind: 'embedding', path: 'answers.embedding', vocabulary: 6, width: 2 },
      recurrent({ path: 'decoder', reads: [{ layer: 3, output: 0 }, finalState(1), { layer: 1, output: 2 }] }),
      dense(6),
    ]),
  },
  {
    name: 'decoder of one-hot answers',
    plan: classification([
      embedding,
      recurrent({ path: 'encoder', cell: 'gru' }),
      { kind: 'delayedTargets', path: 'answers', timeSteps: 3, width: 6 },
      recurrent({ path: 'decoder', cell: 'gru', reads: [{ layer: 2, output: 0 }, finalState(1)] }),
      dense(6),
    ]),
  },
  ...(['rnn', 'gru'] as const).map((cell) => ({
    name: `${cell} in both directions from given states`,
    plan: regression([
      recurrent({ path: 'below', cell }),
      recurrent({
        path: 'above',
        cell,
        direction: 'both',
        reads: [{ layer: 0, output: 0 }, finalState(0), finalState(0)],
      }),
      dense(2, { reads: [finalState(1)] }),
    ]),
  })),
  {
    name: 'encoder whose last state is repeated',
    plan: regression(
      [
        recurrent({ path: 'encoder' }),
        { kind: 'repeat', path: 'repeat', timeSteps: 3, reads: [finalState(0)] },
        recurrent({ path: 'decoder' }),
        { kind: 'reverse', path: 'reverse' },
        dense(2),
      ],
      { output: { steps: 'every', width: 2 } },
    ),
  },
  {
    name: 'residual sum, states and steps of one layer side by side',
    plan: regression([
      dense(5, { path: 'lift', activation: 'tanh' }),
      recurrent({}),
      {
        kind: 'join',
        path: 'residual',
        how: 'sum',
        reads: [
          { layer: 0, output: 0 },
          { layer: 1, output: 0 },
        ],
      },
      { kind: 'step', path: 'last', step: -1 },
      {
        kind: 'join',
        path: 'states',
        how: 'concat',
        reads: [{ layer: 3, output: 0 }, finalState(1), { layer: 1, output: 2 }],
      },
      dense(2),
    ]),
  },
  {
    name: 'one layer applied twice',
    plan: regression([
      dense(3, { path: 'shared', activation: 'tanh' }),
      dense(3, { path: 'shared', activation: 'tanh' }),
      recurrent({ path: 'cell', hiddenSize: 3 }),
      recurrent({ path: 'cell', hiddenSize: 3 }),
      dense(2, { reads: [finalState(3)] }),
    ]),
  },
  {
    name: 'trained on a final state',
    plan: regression([recurrent({ hiddenSize: 2 })], { output: { steps: 'last', width: 2, source: finalState(0) } }),
  },
  {
    name: 'stacked lstm, every step, dropout between',
    plan: classification([
      embedding,
      recurrent({ path: 'lower' }),
      { kind: 'dropout', path: 'dropout', rate: 0.4, sharedOverTime: false },
      recurrent({ path: 'upper' }),
      dense(6),
    ]),
  },
  {
    name: 'dropout shared over time',
    plan: classification([
      embedding,
      { kind: 'dropout', path: 'dropout', rate: 0.4, sharedOverTime: true },
      recurrent({ cell: 'gru', bias: 'both' }),
      dense(6),
    ]),
  },
  {
    name: 'stacked bidirectional, every step',
    plan: classification([
      embedding,
      recurrent({ path: 'lower', direction: 'both' }),
      recurrent({ path: 'upper', direction: 'both' }),
      dense(6),
    ]),
  },
  {
    name: 'last step of every step, dense with activation in between',
    plan: regression([
      recurrent({ cell: 'rnn' }),
      dense(4, { path: 'hidden', activation: 'sigmoid' }),
      { kind: 'step', path: 'last', step: -1 },
      { kind: 'activation', path: 'squash', activation: 'tanh' },
      dense(2, { activation: 'tanh' }),
    ]),
  },
  { name: 'convolution', plan: convolved({}) },
  {
    name: 'convolution, same, even kernel, relu',
    plan: convolved({ kernelSize: 4, padding: 'same', activation: 'relu' }),
  },
  { name: 'convolution, same, stride 3', plan: convolved({ kernelSize: 5, padding: 'same', stride: 3 }) },
  { name: 'convolution, causal, dilation 2', plan: convolved({ padding: 'causal', dilation: 2, activation: 'tanh' }) },
  { name: 'convolution, padding 2, stride 2, without bias', plan: convolved({ padding: 2, stride: 2, bias: false }) },
  { name: 'convolution of one tap', plan: convolved({ kernelSize: 1 }) },
  { name: 'convolution in two groups', plan: convolved({ padding: 'same', groups: 2 }) },
  { name: 'convolution over a single step', plan: convolved({ padding: 'same' }, 1) },
  { name: 'largest of windows', plan: between(pool({})) },
  { name: 'largest of windows, same', plan: between(pool({ size: 2, padding: 'same', stride: 1 })) },
  { name: 'average of windows', plan: between(pool({ how: 'average', stride: 1 })) },
  { name: 'average of windows, same', plan: between(pool({ how: 'average', padding: 'same', size: 4 })) },
  {
    name: 'average of windows, padding counted',
    plan: between(pool({ how: 'average', padding: 1, countsPadding: true })),
  },
  ...(['max', 'average', 'sum'] as const).flatMap((how) => [
    { name: `${how} over time`, plan: between(overTime(how)) },
    { name: `${how} over time and padding`, plan: overPadding([overTime(how)]) },
  ]),
  { name: 'layer norm', plan: between(norm('layerNorm')) },
  { name: 'layer norm without factor', plan: between(norm('layerNorm', { scale: false })) },
  { name: 'layer norm without bias', plan: between(norm('layerNorm', { bias: false })) },
  { name: 'layer norm alone', plan: between(norm('layerNorm', { scale: false, bias: false })) },
  { name: 'batch norm', plan: between(norm('batchNorm')) },
  { name: 'batch norm without factor', plan: between(norm('batchNorm', { scale: false })) },
  {
    name: 'batch norm alone',
    plan: between(norm('batchNorm', { scale: false, bias: false }), { convention: 'torch' }),
  },
  {
    name: 'batch norm applied twice',
    plan: regression([
      norm('batchNorm'),
      dense(3, { path: 'below', activation: 'tanh' }),
      norm('batchNorm'),
      overTime('max'),
      dense(2),
    ]),
  },
  { name: 'batch norm over padding', plan: overPadding([norm('batchNorm'), overTime('average')]) },
  { name: 'attention to itself, causal', plan: between(attention({ causal: true })) },
  { name: 'attention to itself, trained scale, dropout', plan: between(attention({ scale: 'trained', dropout: 0.3 })) },
  { name: 'attention to others', plan: crossAttention(attention({ scale: 'rootOfWidth' })) },
  { name: 'additive attention to others', plan: crossAttention(attention({ score: 'additive' })) },
  {
    name: 'additive attention, trained',
    plan: between(attention({ score: 'additive', scale: 'trained', causal: true })),
  },
  {
    name: 'additive attention over padding',
    plan: overPadding([attention({ score: 'additive', scale: 'trained' }), overTime('sum')]),
  },
  { name: 'attention over padding', plan: overPadding([attention({}), overTime('sum')]) },
  { name: 'two heads', plan: between(heads({})), withoutEffect: 'heads.key.bias' },
  {
    name: 'two heads, values wider, causal, without bias',
    plan: between(heads({ valueWidth: 4, causal: true, bias: false, dropout: 0.3 }), { convention: 'torch' }),
  },
  { name: 'heads over padding', plan: overPadding([heads({}), overTime('sum')]), withoutEffect: 'heads.key.bias' },
  {
    name: 'heads to others',
    plan: crossAttention(heads({ heads: 3, outputWidth: 4 })),
    withoutEffect: 'heads.key.bias',
  },
  {
    name: 'softmax over time of several columns and padding',
    plan: overPadding([...softmaxProduct(), overTime('sum')]),
  },
  { name: 'noise', plan: between({ kind: 'gaussianNoise', path: 'noise', standardDeviation: 0.5 }) },
  { name: 'all over a single step', plan: singleStep },
  { name: 'convolution, lstm, attention', plan: hybrid },
  {
    name: 'output tied to an embedding',
    plan: classification([embedding, recurrent({ hiddenSize: 3 }), dense(6, { tiedTo: 'embedding.table' })]),
  },
  {
    name: 'flattened steps',
    plan: regression([recurrent({}), { kind: 'flatten', path: 'flatten' }, dense(2, { activation: 'relu' })]),
  },
];
