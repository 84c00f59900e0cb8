/** The models that predicted times are checked on: each as a graph, which is predicted, and as a plan, which is trained. */
import type { RecurrentPlan, TrainingPlan } from '../engine/plan/trainingPlan';
import type { Cell, ModelGraph } from '../model/graph';
import { chain, dense, denseWeights, type LayerSketch, recurrent, size, tensor } from '../model/testing/graphBuilder';
import { cells, engineSizes, type GridSizes } from './engineGrid';

export interface GridCase {
  readonly name: string;
  readonly batch: number;
  readonly graph: ModelGraph;
  readonly plan: TrainingPlan;
}

interface Sizes {
  readonly batch: number;
  readonly steps: number;
  readonly inputs: number;
  readonly hidden: number;
  readonly layers?: number;
  readonly directions?: 1 | 2;
  /** With an embedding of so many tokens in front, and as many classes at every step behind. */
  readonly tokens?: number;
}

/** Those of `bench:engine`, then others that people have. */
const sizes: readonly GridSizes[] = [
  ...engineSizes,
  [1, 50, 4, 16],
  [1, 200, 32, 128],
  [32, 30, 4, 64],
  [128, 20, 16, 32],
  [4, 60, 64, 256],
];

export const grid: readonly GridCase[] = [
  ...sizes.flatMap(([batch, steps, inputs, hidden]) =>
    cells.map((cell) => gridCase(cell, { batch, steps, inputs, hidden })),
  ),
  gridCase('lstm', { batch: 32, steps: 100, inputs: 32, hidden: 64, layers: 2, directions: 2 }),
  gridCase('gru', { batch: 16, steps: 60, inputs: 8, hidden: 48, layers: 2, directions: 2 }),
  gridCase('rnn', { batch: 32, steps: 50, inputs: 16, hidden: 64, directions: 2 }),
  gridCase('lstm', { batch: 32, steps: 50, inputs: 16, hidden: 32, layers: 3 }),
  gridCase('gru', { batch: 32, steps: 100, inputs: 16, hidden: 96, layers: 2 }),
  gridCase('lstm', { batch: 32, steps: 64, inputs: 32, hidden: 128, tokens: 65 }),
  gridCase('gru', { batch: 16, steps: 100, inputs: 64, hidden: 256, tokens: 65 }),
];

function gridCase(cell: Cell, sizes: Sizes): GridCase {
  const { batch, steps, inputs, hidden, layers = 1, directions = 1, tokens = null } = sizes;
  const parts = [
    layers > 1 ? `${layers} layers` : null,
    directions === 2 ? 'both directions' : null,
    tokens === null ? null : `${tokens} characters`,
  ].filter((part) => part !== null);
  const name = [cell.toUpperCase(), `B=${batch} T=${steps} I=${inputs} H=${hidden}`, ...parts].join(', ');
  const width = hidden * directions;
  const outputs = tokens ?? 1;
  const stack = Array.from({ length: layers }, (_, index) => `${cell}${index}`);
  const everyStep = (index: number): boolean => tokens !== null || index < layers - 1;

  const sketches: LayerSketch[] = stack.map((path, index) => ({
    path,
    operation: recurrent(cell, index === 0 ? inputs : width, hidden, { directions }),
    output: everyStep(index) ? tensor('B', steps, width) : tensor('B', width),
  }));
  const head: LayerSketch = {
    path: 'head',
    operation: dense(width, outputs),
    weights: denseWeights(width, outputs),
    output: tokens === null ? tensor('B', outputs) : tensor('B', steps, outputs),
  };
  const embedding: LayerSketch[] =
    tokens === null
      ? []
      : [
          {
            path: 'embedding',
            operation: {
              op: 'embedding',
              vocabulary: size(tokens),
              width: size(inputs),
              maskZero: false,
              paddingIndex: null,
            },
            weights: [{ name: 'table', shape: [size(tokens), size(inputs)], trainable: true }],
            output: tensor('B', steps, inputs),
          },
        ];
  const input = tokens === null ? tensor('B', steps, inputs) : tensor('B', steps);
  const graph = {
    ...chain('torch', input, [...embedding, ...sketches, head]),
    loss: tokens === null ? 'meanSquaredError' : 'crossEntropy',
  };

  const recurrentPlans = stack.map(
    (path): RecurrentPlan => ({
      kind: 'recurrent',
      path,
      cell,
      hiddenSize: hidden,
      activation: 'tanh',
      bias: 'both',
      resetAfter: true,
      direction: directions === 2 ? 'both' : 'forward',
      merge: 'concat',
    }),
  );
  const plan: TrainingPlan = {
    convention: 'torch',
    timeSteps: steps,
    input: tokens === null ? { kind: 'features', width: inputs } : { kind: 'tokens', vocabulary: tokens },
    layers: [
      ...(tokens === null
        ? []
        : [{ kind: 'embedding', path: 'embedding', vocabulary: tokens, width: inputs } as const]),
      ...recurrentPlans,
      {
        kind: 'dense',
        path: 'head',
        units: outputs,
        bias: true,
        activation: null,
        ...(tokens === null ? { reads: [{ layer: stack.length - 1, output: 1 }] } : {}),
      },
    ],
    output: { steps: tokens === null ? 'last' : 'every', width: outputs },
    loss: tokens === null ? 'meanSquaredError' : 'crossEntropy',
    remarks: [],
  };
  return { name, batch, graph, plan };
}
