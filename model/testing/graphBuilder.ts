/** Builds model graphs by hand, for tests that do not want to go through the analyser. */
import { constant, symbol } from '../expression';
import {
  type Cell,
  type FlowNode,
  type Framework,
  known,
  type Layer,
  type ModelGraph,
  type Operation,
  type Quantity,
  type RecurrentOperation,
  type SourceLocation,
  type TensorType,
  type Weight,
} from '../graph';

/** `'B'` becomes a symbol, a number itself. */
export function size(value: number | string): Quantity {
  return known(typeof value === 'number' ? constant(value) : symbol(value));
}

export function tensor(...axes: readonly (number | string)[]): TensorType {
  return { shape: { kind: 'known', axes: axes.map(size) }, element: 'float' };
}

/** A place in a file that has no text; lines tell layers apart. */
export function place(line: number): SourceLocation {
  return { file: 'model.py', from: 0, to: 0, line, column: 1 };
}

export function recurrent(
  cell: Cell,
  inputSize: number | string,
  hiddenSize: number | string,
  changes: Partial<RecurrentOperation> = {},
): RecurrentOperation {
  return {
    op: 'recurrent',
    cell,
    singleStep: false,
    inputSize: size(inputSize),
    hiddenSize: size(hiddenSize),
    layers: size(1),
    directions: 1,
    merge: 'concat',
    projection: null,
    biasVectors: 2,
    resetAfter: cell === 'gru' ? true : null,
    activation: 'tanh',
    recurrentActivation: 'sigmoid',
    batchFirst: true,
    returnSequences: true,
    returnState: true,
    stateful: false,
    goBackwards: false,
    dropout: 0,
    recurrentDropout: 0,
    ...changes,
  };
}

export function dense(inputSize: number | string, units: number | string): Operation {
  return { op: 'dense', inputSize: size(inputSize), units: size(units), bias: true, activation: 'linear' };
}

export function denseWeights(inputSize: number, units: number): readonly Weight[] {
  return [
    { name: 'kernel', shape: [size(inputSize), size(units)], trainable: true },
    { name: 'bias', shape: [size(units)], trainable: true },
  ];
}

export interface LayerSketch {
  readonly path: string;
  readonly operation: Operation;
  /** Left out: unknown, so that costs fall back on the formula of the operation. */
  readonly weights?: readonly Weight[];
  /** The type of the first output when the layer is applied to the layer before it. */
  readonly output?: TensorType;
}

/** A chain of layers, each applied to the one before; layers without an `output` are not applied. */
export function chain(framework: Framework, input: TensorType, sketches: readonly LayerSketch[]): ModelGraph {
  const flow: FlowNode[] = [
    { id: 0, operation: { kind: 'input', name: 'x' }, inputs: [], outputs: [input], location: place(1) },
  ];
  const layers: Layer[] = sketches.map(({ path, operation, weights, output }, index) => {
    const location = place(index + 2);
    if (output !== undefined) {
      flow.push({
        id: flow.length,
        operation: { kind: 'layer', path },
        inputs: [{ node: flow.length - 1, output: 0 }],
        outputs: [output],
        location,
      });
    }
    return {
      path,
      type: operation.op,
      operation,
      location,
      coreLocation: location,
      weights: weights ?? { unknown: 'not listed' },
      outputs: output === undefined ? [] : [[output]],
    };
  });
  return {
    name: 'model',
    framework,
    form: 'sequential',
    location: place(1),
    extent: place(1),
    layers,
    flow,
    outputs: [{ node: flow.length - 1, output: 0 }],
    symbols: [
      { name: 'B', meaning: 'batch size' },
      { name: 'T', meaning: 'time steps' },
    ],
    problems: [],
    loss: null,
  };
}
