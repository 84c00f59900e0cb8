/** The models whose training steps `bench:engine` times, each as our plan; the peers build the same from its description. */
import type { PlannedLayer, RecurrentPlan, TrainingPlan } from '../engine/plan/trainingPlan';
import type { Cell } from '../model/graph';

/** What a peer builds: numbers and names alone, sent to it as JSON. */
export type ModelDescription =
  /** One recurrent layer, and a forecast of one number from its last state. */
  | {
      readonly kind: 'forecast';
      readonly cell: Cell;
      readonly batch: number;
      readonly steps: number;
      readonly inputs: number;
      readonly hidden: number;
      readonly layers: number;
      readonly bidirectional: boolean;
    }
  /** Embedding, one recurrent layer, and a softmax over the next character at every step. */
  | {
      readonly kind: 'characters';
      readonly cell: Cell;
      readonly batch: number;
      readonly steps: number;
      readonly vocabulary: number;
      readonly inputs: number;
      readonly hidden: number;
    }
  /** Convolution over five steps, LSTM, additive attention over its steps, and a forecast of one number. */
  | {
      readonly kind: 'cnn-lstm-attention';
      readonly batch: number;
      readonly steps: number;
      readonly inputs: number;
      readonly hidden: number;
    };

export interface EngineCase {
  readonly name: string;
  readonly model: ModelDescription;
  readonly plan: TrainingPlan;
}

export const cells: readonly Cell[] = ['rnn', 'gru', 'lstm'];

/** Batch, steps, inputs, hidden units. */
export type GridSizes = readonly [number, number, number, number];

export const engineSizes: readonly GridSizes[] = [
  [32, 100, 32, 64],
  [32, 100, 32, 128],
  [64, 200, 64, 256],
  [16, 28, 28, 128],
  [8, 500, 8, 32],
  [32, 1000, 1, 16],
];

/** One recurrent layer of each cell. */
export function forecastCases(sizes: readonly GridSizes[]): EngineCase[] {
  return sizes.flatMap(([batch, steps, inputs, hidden]) =>
    cells.map((cell) =>
      caseOf({ kind: 'forecast', cell, batch, steps, inputs, hidden, layers: 1, bidirectional: false }),
    ),
  );
}

/** Those that are more than one layer. */
export const composedCases: readonly EngineCase[] = [
  caseOf({
    kind: 'forecast',
    cell: 'lstm',
    batch: 32,
    steps: 100,
    inputs: 32,
    hidden: 64,
    layers: 2,
    bidirectional: true,
  }),
  caseOf({ kind: 'characters', cell: 'lstm', batch: 32, steps: 64, vocabulary: 65, inputs: 32, hidden: 128 }),
  caseOf({ kind: 'cnn-lstm-attention', batch: 32, steps: 100, inputs: 32, hidden: 64 }),
];

export const engineGrid: readonly EngineCase[] = [...forecastCases(engineSizes), ...composedCases];

export function caseOf(model: ModelDescription): EngineCase {
  return { name: nameOf(model), model, plan: planOf(model) };
}

function nameOf(model: ModelDescription): string {
  const { batch, steps, inputs, hidden } = model;
  const place = `B=${batch} T=${steps} I=${inputs} H=${hidden}`;
  switch (model.kind) {
    case 'forecast':
      return `${model.cell.toUpperCase()}${model.layers > 1 ? `, ${model.layers} layers` : ''}${model.bidirectional ? ', both directions' : ''}, ${place}`;
    case 'characters':
      return `${model.cell.toUpperCase()}, ${model.vocabulary} characters, ${place}`;
    case 'cnn-lstm-attention':
      return `CNN-LSTM-attention, ${place}`;
  }
}

function recurrentPlan(path: string, cell: Cell, hiddenSize: number, direction: 'forward' | 'both'): RecurrentPlan {
  return {
    kind: 'recurrent',
    path,
    cell,
    hiddenSize,
    activation: 'tanh',
    bias: 'both',
    resetAfter: true,
    direction,
    merge: 'concat',
  };
}

function forecastPlan(steps: number, inputs: number, layers: readonly PlannedLayer[]): TrainingPlan {
  return {
    convention: 'torch',
    timeSteps: steps,
    input: { kind: 'features', width: inputs },
    layers,
    output: { steps: 'last', width: 1 },
    loss: 'meanSquaredError',
    remarks: [],
  };
}

function planOf(model: ModelDescription): TrainingPlan {
  switch (model.kind) {
    case 'forecast': {
      const { cell, steps, inputs, hidden, layers, bidirectional } = model;
      const stack = Array.from({ length: layers }, (_, index) =>
        recurrentPlan(`recurrent.${index}`, cell, hidden, bidirectional ? 'both' : 'forward'),
      );
      const reads = [{ layer: layers - 1, output: 1 }];
      return forecastPlan(steps, inputs, [
        ...stack,
        { kind: 'dense', path: 'head', units: 1, bias: true, activation: null, reads },
      ]);
    }
    case 'characters': {
      const { cell, steps, vocabulary, inputs, hidden } = model;
      return {
        ...forecastPlan(steps, 1, [
          { kind: 'embedding', path: 'embedding', vocabulary, width: inputs },
          recurrentPlan('recurrent', cell, hidden, 'forward'),
          { kind: 'dense', path: 'head', units: vocabulary, bias: true, activation: null },
        ]),
        input: { kind: 'tokens', vocabulary },
        output: { steps: 'every', width: vocabulary },
        loss: 'crossEntropy',
      };
    }
    case 'cnn-lstm-attention': {
      const { steps, inputs, hidden } = model;
      return forecastPlan(steps, inputs, [
        {
          kind: 'conv1d',
          path: 'convolution',
          filters: hidden,
          kernelSize: 5,
          stride: 1,
          dilation: 1,
          padding: 'same',
          groups: 1,
          bias: true,
          activation: 'relu',
        },
        recurrentPlan('recurrent', 'lstm', hidden, 'forward'),
        { kind: 'dense', path: 'hiddenScore', units: hidden, bias: true, activation: 'tanh' },
        { kind: 'dense', path: 'score', units: 1, bias: false, activation: null },
        { kind: 'softmaxOverTime', path: 'weights' },
        {
          kind: 'join',
          path: 'weighted',
          how: 'multiply',
          reads: [
            { layer: 1, output: 0 },
            { layer: 4, output: 0 },
          ],
        },
        { kind: 'poolOverTime', path: 'context', how: 'sum' },
        { kind: 'dense', path: 'head', units: 1, bias: true, activation: null },
      ]);
    }
  }
}

/**
 * Multiply-adds of one training step that are matrix products: forward once, and backward for the weights and for what lies
 * below, which is the data for a first layer. Gate arithmetic, which is no product, is left out.
 */
export function productMultiplyAdds(model: ModelDescription): number {
  const gates = { rnn: 1, gru: 3, lstm: 4 } as const;
  if (model.kind === 'cnn-lstm-attention') {
    const { batch, steps, inputs, hidden } = model;
    const perStep = 2 * 5 * inputs * hidden + 3 * 4 * hidden * 2 * hidden + 3 * (hidden * hidden + hidden);
    return batch * steps * perStep;
  }
  const { cell, batch, steps, inputs, hidden } = model;
  const gateColumns = gates[cell] * hidden;
  if (model.kind === 'characters') {
    return batch * steps * 3 * (gateColumns * (inputs + hidden) + hidden * model.vocabulary);
  }
  const directions = model.bidirectional ? 2 : 1;
  let sum = 0;
  for (let layer = 0; layer < model.layers; layer++) {
    const width = layer === 0 ? inputs : directions * hidden;
    const projection = (layer === 0 ? 2 : 3) * width;
    sum += directions * batch * steps * gateColumns * (projection + 3 * hidden);
  }
  return sum;
}
