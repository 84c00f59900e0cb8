/** Small training plans for tests: every kind of layer, every convention, odd sizes that no SIMD width divides. */
import type { LayerPlan, RecurrentPlan, TrainingPlan } from '../plan/trainingPlan';

export function recurrent(changes: Partial<RecurrentPlan>): RecurrentPlan {
  return {
    kind: 'recurrent',
    path: 'recurrent',
    cell: 'lstm',
    hiddenSize: 5,
    activation: 'tanh',
    bias: 'input',
    resetAfter: true,
    direction: 'forward',
    output: 'finalState',
    ...changes,
  };
}

export function dense(units: number, changes: Partial<Extract<LayerPlan, { kind: 'dense' }>> = {}): LayerPlan {
  return { kind: 'dense', path: 'dense', units, bias: true, activation: null, ...changes };
}

export function regression(layers: readonly LayerPlan[], changes: Partial<TrainingPlan> = {}): TrainingPlan {
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

export function classification(layers: readonly LayerPlan[], changes: Partial<TrainingPlan> = {}): TrainingPlan {
  return regression(layers, {
    input: { kind: 'tokens', vocabulary: 6 },
    output: { steps: 'every', width: 6 },
    loss: 'crossEntropy',
    ...changes,
  });
}

const embedding: LayerPlan = { kind: 'embedding', path: 'embedding', vocabulary: 6, width: 3 };

export const planCases: readonly { readonly name: string; readonly plan: TrainingPlan }[] = [
  { name: 'rnn, tanh', plan: regression([recurrent({ cell: 'rnn' }), dense(2)]) },
  { name: 'rnn, relu', plan: regression([recurrent({ cell: 'rnn', activation: 'relu' }), dense(2)]) },
  { name: 'lstm', plan: regression([recurrent({}), dense(2)]) },
  { name: 'lstm without bias', plan: regression([recurrent({ bias: 'none' }), dense(2, { bias: false })]) },
  { name: 'lstm, two biases', plan: regression([recurrent({ bias: 'both' }), dense(2)], { convention: 'torch' }) },
  {
    name: 'gru, reset after',
    plan: regression([recurrent({ cell: 'gru', bias: 'both' }), dense(2)], { convention: 'torch' }),
  },
  { name: 'gru, reset after, without bias', plan: regression([recurrent({ cell: 'gru', bias: 'none' }), dense(2)]) },
  { name: 'gru, reset before', plan: regression([recurrent({ cell: 'gru', resetAfter: false }), dense(2)]) },
  {
    name: 'gru, reset before, without bias',
    plan: regression([recurrent({ cell: 'gru', resetAfter: false, bias: 'none' }), dense(2)]),
  },
  {
    name: 'stacked lstm, every step, dropout between',
    plan: classification([
      embedding,
      recurrent({ path: 'lower', output: 'everyStep' }),
      { kind: 'dropout', path: 'dropout', rate: 0.4, sharedOverTime: false },
      recurrent({ path: 'upper', output: 'everyStep' }),
      dense(6),
    ]),
  },
  {
    name: 'dropout shared over time',
    plan: classification([
      embedding,
      { kind: 'dropout', path: 'dropout', rate: 0.4, sharedOverTime: true },
      recurrent({ cell: 'gru', bias: 'both', output: 'everyStep' }),
      dense(6),
    ]),
  },
  {
    name: 'bidirectional, final states',
    plan: regression([recurrent({ cell: 'gru', bias: 'both', direction: 'both' }), dense(2)]),
  },
  {
    name: 'stacked bidirectional, every step',
    plan: classification([
      embedding,
      recurrent({ path: 'lower', direction: 'both', output: 'everyStep' }),
      recurrent({ path: 'upper', direction: 'both', output: 'everyStep' }),
      dense(6),
    ]),
  },
  {
    name: 'last step of every step, dense with activation in between',
    plan: regression([
      recurrent({ cell: 'rnn', output: 'everyStep' }),
      dense(4, { path: 'hidden', activation: 'sigmoid' }),
      { kind: 'lastStep', path: 'last' },
      { kind: 'activation', path: 'squash', activation: 'tanh' },
      dense(2, { activation: 'tanh' }),
    ]),
  },
  {
    name: 'flattened steps',
    plan: regression([
      recurrent({ output: 'everyStep' }),
      { kind: 'flatten', path: 'flatten' },
      dense(2, { activation: 'relu' }),
    ]),
  },
];
