/** Model graphs as the analyser makes them, put together by hand: a chain of layers, indices and functions. */
import { constant, symbol } from '../../model/expression';
import {
  type FlowNode,
  type FlowOperation,
  type Framework,
  type IndexStep,
  known,
  type Layer,
  type ModelGraph,
  type Operation,
  type Quantity,
  type RecurrentOperation,
  type SourceLocation,
  type TensorType,
  type ValueReference,
  type Weight,
} from '../../model/graph';

/** A number, the name of a symbol, or a size that is not known. */
export type Size = number | string | null;

export function quantity(size: Size): Quantity {
  if (size === null) return { kind: 'unknown', because: 'no input shape is given' };
  return known(typeof size === 'number' ? constant(size) : symbol(size));
}

export function tensor(...axes: readonly Size[]): TensorType {
  return { shape: { kind: 'known', axes: axes.map(quantity) }, element: 'float' };
}

export function at(line: number): SourceLocation {
  return { file: 'model.py', from: 0, to: 0, line, column: 1 };
}

/** One step of a chain; lines count up from 2, the input stands in line 1. */
export type ChainStep =
  | {
      readonly layer: Operation;
      readonly path: string;
      readonly output?: number;
      readonly type?: TensorType;
      readonly alsoFrom?: ValueReference;
    }
  | { readonly index: readonly IndexStep[]; readonly type?: TensorType }
  | {
      readonly call: string;
      readonly axis?: number;
      /** Of `permute`. */
      readonly order?: readonly number[];
      readonly type?: TensorType;
      readonly alsoFrom?: ValueReference;
    };

export interface GraphSettings {
  readonly framework?: Framework;
  readonly input?: TensorType;
  readonly loss?: string | null;
  readonly withoutFlow?: boolean;
}

export function chainGraph(steps: readonly ChainStep[], settings: GraphSettings = {}): ModelGraph {
  const { framework = 'keras', input = tensor('B', 30, 4), loss = null, withoutFlow = false } = settings;
  const layers: Layer[] = [];
  const flow: FlowNode[] = [
    { id: 0, operation: { kind: 'input', name: 'x' }, inputs: [], outputs: [input], location: at(1) },
  ];
  let reference: ValueReference = { node: 0, output: 0 };
  steps.forEach((step, index) => {
    const location = at(index + 2);
    const output = 'layer' in step ? (step.output ?? 0) : 0;
    if ('layer' in step && layers.every(({ path }) => path !== step.path)) {
      layers.push({
        path: step.path,
        type: typeOf(step.layer),
        operation: step.layer,
        location,
        coreLocation: location,
        weights: weightsOf(step.layer),
        outputs: [],
      });
    }
    const operation: FlowOperation =
      'layer' in step
        ? { kind: 'layer', path: step.path }
        : 'index' in step
          ? { kind: 'index', steps: step.index }
          : {
              kind: 'function',
              name: step.call,
              axis: step.axis ?? null,
              ...(step.order === undefined ? {} : { order: step.order }),
            };
    const type = step.type ?? { shape: { kind: 'unknown', because: 'not of interest' }, element: 'float' };
    const inputs = 'alsoFrom' in step && step.alsoFrom ? [reference, step.alsoFrom] : [reference];
    flow.push({ id: index + 1, operation, inputs, outputs: Array.from({ length: output + 1 }, () => type), location });
    reference = { node: index + 1, output };
  });
  return {
    name: 'Model',
    framework,
    form: framework === 'torch' ? 'module' : 'sequential',
    location: at(1),
    extent: at(1),
    layers,
    flow: withoutFlow ? [] : flow,
    outputs: withoutFlow ? [] : [reference],
    symbols: [],
    problems: [],
    loss,
  };
}

/** Those of layers with one matrix. */
function weightsOf(operation: Operation): Weight[] {
  const weight = (name: string, ...shape: Quantity[]): Weight => ({ name, shape, trainable: true });
  switch (operation.op) {
    case 'dense':
      return [weight('weight', operation.units, operation.inputSize), weight('bias', operation.units)];
    case 'embedding':
      return [weight('weight', operation.vocabulary, operation.width)];
    default:
      return [];
  }
}

function typeOf(operation: Operation): string {
  return operation.op === 'recurrent' ? operation.cell.toUpperCase() : operation.op;
}

/** As Keras computes it. */
export function kerasRecurrent(
  cell: RecurrentOperation['cell'],
  inputSize: Size,
  hiddenSize: Size,
  changes: Partial<RecurrentOperation> = {},
): RecurrentOperation {
  return {
    op: 'recurrent',
    cell,
    singleStep: false,
    inputSize: quantity(inputSize),
    hiddenSize: quantity(hiddenSize),
    layers: quantity(1),
    directions: 1,
    merge: 'concat',
    projection: null,
    biasVectors: cell === 'gru' ? 2 : 1,
    resetAfter: cell === 'gru' ? true : null,
    activation: 'tanh',
    recurrentActivation: 'sigmoid',
    batchFirst: true,
    returnSequences: false,
    returnState: false,
    stateful: false,
    goBackwards: false,
    dropout: 0,
    recurrentDropout: 0,
    ...changes,
  };
}

/** As PyTorch computes it. */
export function torchRecurrent(
  cell: RecurrentOperation['cell'],
  inputSize: Size,
  hiddenSize: Size,
  changes: Partial<RecurrentOperation> = {},
): RecurrentOperation {
  return kerasRecurrent(cell, inputSize, hiddenSize, {
    biasVectors: 2,
    batchFirst: false,
    returnSequences: true,
    returnState: true,
    ...changes,
  });
}

export function dense(inputSize: Size, units: Size, activation = 'linear'): Operation {
  return { op: 'dense', inputSize: quantity(inputSize), units: quantity(units), bias: true, activation };
}

export function embedding(vocabulary: Size, width: Size, changes: { maskZero?: boolean } = {}): Operation {
  return {
    op: 'embedding',
    vocabulary: quantity(vocabulary),
    width: quantity(width),
    maskZero: false,
    paddingIndex: null,
    ...changes,
  };
}

export const whole: IndexStep = { kind: 'slice', from: null, to: null, step: null };

export function position(value: number): IndexStep {
  return { kind: 'at', position: quantity(value) };
}

/** LSTM(32) over windows of 30 days and 4 columns, and one forecast: what the weather sample is. */
export const weatherGraph: ModelGraph = chainGraph(
  [
    { layer: kerasRecurrent('lstm', 4, 32), path: 'lstm' },
    { layer: dense(32, 1), path: 'dense' },
  ],
  { loss: 'meanSquaredError' },
);

/** Embedding, LSTM over every step, logits of every step. */
export const characterGraph: ModelGraph = chainGraph(
  [
    { layer: embedding(80, 32), path: 'embedding', type: tensor('B', 'T', 32) },
    { layer: torchRecurrent('lstm', 32, 128, { batchFirst: true }), path: 'lstm', type: tensor('B', 'T', 128) },
    { layer: dense(128, 80), path: 'dense', type: tensor('B', 'T', 80) },
  ],
  { framework: 'torch', input: tensor('B', 'T') },
);
