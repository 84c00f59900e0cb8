/** The work of a run through a whole model: its layers' in order of execution, with the loss and the optimiser in training. */
import { batchAxisOf } from '../costs/applications';
import { recurrentParameters } from '../costs/recurrent';
import { symbolsOf } from '../expression';
import {
  batchMeaning,
  type FlowNode,
  isListed,
  known,
  type Layer,
  type ModelGraph,
  type Products,
  type Quantity,
  type RecurrentOperation,
  type Shape,
  timeMeaning,
  unknown,
} from '../graph';
import { evaluate } from './evaluate';
import {
  convolutionWork,
  denseWork,
  joinDirectionsWork,
  pointwiseWork,
  productWork,
  type RunShape,
  recurrentWork,
  type Work,
} from './work';

export interface RunOptions {
  /** `inference` is one run forwards, `training` one step: forwards, backwards and an update by Adam. */
  readonly mode: 'inference' | 'training';
  /** Sequences at once. */
  readonly batch: number;
  /** Time steps of a sequence where the model leaves them open; null where nobody said. */
  readonly steps: number | null;
}

export type ModelWork = { readonly work: readonly Work[] } | { readonly unknown: string };

/**
 * What one run consists of; what is not known where a size, or how often a layer runs, is open.
 *
 * @param gruProducts as the software of the device makes them (`DeviceProfile.gruProducts`)
 */
export function modelWork(graph: ModelGraph, options: RunOptions, gruProducts: 1 | 2 = 2): ModelWork {
  if (graph.flow.length === 0) return { unknown: 'the flow of tensors through the model is not known' };
  const training = options.mode === 'training';
  const reading: Reading = { graph, options, gruProducts, values: symbolValues(graph, options), missing: null };
  const layers = new Map(graph.layers.map((layer) => [layer.path, layer]));
  const work: Work[] = [];
  /** For each node, whether a gradient has to reach it: it comes from weights. */
  const wanted: boolean[] = [];
  for (const node of graph.flow) {
    const inputGradient = node.inputs.some((input) => wanted[input.node] === true);
    const layer = node.operation.kind === 'layer' ? layers.get(node.operation.path) : undefined;
    wanted.push(inputGradient || (layer !== undefined && hasWeights(layer)));
    if (layer === undefined) continue;
    if (node.isConditional) return { unknown: `whether or how often ${layer.path} runs is not known` };
    for (const item of layerWork(reading, layer, node, { training, inputGradient })) work.push(item);
    if (reading.missing !== null) return { unknown: `${layer.path}: ${reading.missing}` };
  }
  if (training) {
    work.push(...lossWork(reading));
    const parameters = parameterCount(reading);
    work.push(pointwiseWork('adam', parameters));
    if (reading.missing !== null) return { unknown: reading.missing };
  }
  return { work };
}

/** Sizes read as numbers; what keeps one from being known is left in `missing`, the first of them. */
interface Reading {
  readonly graph: ModelGraph;
  readonly options: RunOptions;
  readonly gruProducts: 1 | 2;
  readonly values: ReadonlyMap<string, number>;
  missing: string | null;
}

function symbolValues(graph: ModelGraph, { batch, steps }: RunOptions): ReadonlyMap<string, number> {
  const values = new Map<string, number>([['B', batch]]);
  if (steps !== null) values.set('T', steps);
  for (const { name, meaning } of graph.symbols) {
    if (meaning === batchMeaning) values.set(name, batch);
    else if (meaning === timeMeaning && steps !== null) values.set(name, steps);
  }
  return values;
}

function sizeOf(reading: Reading, quantity: Quantity): number {
  if (quantity.kind === 'unknown') {
    reading.missing ??= quantity.because;
    return 0;
  }
  const value = evaluate(quantity.value, reading.values);
  if (Number.isNaN(value)) {
    const open = symbolsOf(quantity.value).filter((name) => !reading.values.has(name));
    const meaning = reading.graph.symbols.find(({ name }) => name === open[0])?.meaning;
    reading.missing ??=
      meaning === timeMeaning || (meaning === undefined && open[0]?.startsWith('T') === true)
        ? 'the number of time steps is not known'
        : `${open.join(', ')} is not known${meaning === undefined ? '' : ` (${meaning})`}`;
    return 0;
  }
  return value;
}

function layerWork(reading: Reading, layer: Layer, node: FlowNode, run: RunShape): readonly Work[] {
  const { operation } = layer;
  switch (operation.op) {
    case 'recurrent':
      return stackWork(reading, operation, node, run);
    case 'dense': {
      const inputs = sizeOf(reading, operation.inputSize);
      const units = sizeOf(reading, operation.units);
      const vectors = elementsOf(reading, inputShape(reading, node)) / inputs;
      const work = denseWork(vectors, inputs, units, run);
      // The loss takes the softmax in with it.
      if (operation.activation === 'linear' || operation.activation === 'softmax') return work;
      return [...work, ...activationWork(vectors * units, run)];
    }
    case 'embedding': {
      const elements = elementsOf(reading, outputShape(node));
      const work = [pointwiseWork('gather', elements)];
      return run.training ? [...work, pointwiseWork('scatterAdd', elements)] : work;
    }
    case 'conv1d': {
      const outputs = elementsOf(reading, outputShape(node));
      const filters = sizeOf(reading, operation.filters);
      const taps = sizeOf(reading, operation.kernel);
      const work = convolutionWork(outputs / filters, taps, sizeOf(reading, operation.inputSize), filters, run);
      return operation.activation === 'linear' ? work : [...work, ...activationWork(outputs, run)];
    }
    case 'activation':
      return activationWork(elementsOf(reading, outputShape(node)), run);
    case 'normalisation':
      return [pointwiseWork('normalisation', elementsOf(reading, outputShape(node)), run.training ? 3 : 1)];
    case 'dropout':
      return run.training ? [pointwiseWork('copy', elementsOf(reading, outputShape(node)), 2)] : [];
    case 'flatten':
      return [pointwiseWork('copy', elementsOf(reading, outputShape(node)), run.training ? 2 : 1)];
    case 'input':
      return [];
    case 'other':
      return otherWork(reading, layer, operation, node, run);
  }
}

/** A layer of another kind by its multiply-adds, as one product for each value of its output, or by what it moves. */
function otherWork(
  reading: Reading,
  layer: Layer,
  { because, products }: Extract<Layer['operation'], { op: 'other' }>,
  node: FlowNode,
  run: RunShape,
): readonly Work[] {
  const output = outputShape(node);
  if (products === undefined && hasWeights(layer)) {
    reading.missing ??= because;
    return [];
  }
  const elements = elementsOf(reading, output);
  const moved = pointwiseWork('copy', elements, run.training ? 2 : 1);
  if (products === undefined || products.length === 0 || elements === 0) return [moved];
  let macs = 0;
  for (const item of products) macs += sizeOf(reading, item.count) * unitsOf(reading, item, node, elements);
  const width = lastAxis(reading, output);
  const forward = productWork(elements / width, macs / elements, width);
  return [moved, forward, ...(run.training ? [forward, forward] : [])];
}

function unitsOf(reading: Reading, { per }: Products, node: FlowNode, outputElements: number): number {
  switch (per.kind) {
    case 'outputValues':
      return outputElements / sizeOf(reading, per.values);
    case 'inputValue':
      return elementsOf(reading, inputShape(reading, node));
    case 'vector':
      return vectorsOf(reading, node, per.input);
    case 'pair': {
      const [first, second] = per.inputs;
      return (vectorsOf(reading, node, first) * vectorsOf(reading, node, second)) / reading.options.batch;
    }
  }
}

function vectorsOf(reading: Reading, node: FlowNode, input: number): number {
  const shape = inputShape(reading, node, input);
  return elementsOf(reading, shape) / lastAxis(reading, shape);
}

function lastAxis(reading: Reading, shape: Shape): number {
  const axis = shape.kind === 'known' ? shape.axes.at(-1) : undefined;
  return axis === undefined ? 1 : sizeOf(reading, axis) || 1;
}

function activationWork(elements: number, { training }: RunShape): Work[] {
  const forward = pointwiseWork('activation', elements);
  return training ? [forward, pointwiseWork('activationBackward', elements)] : [forward];
}

function stackWork(reading: Reading, operation: RecurrentOperation, node: FlowNode, run: RunShape): readonly Work[] {
  const { batch } = reading.options;
  const hidden = sizeOf(reading, operation.hiddenSize);
  const state = operation.projection === null ? hidden : sizeOf(reading, operation.projection);
  const steps = operation.singleStep ? 1 : timeSteps(reading, operation, node);
  const layers = sizeOf(reading, operation.layers);
  let inputs = sizeOf(reading, operation.inputSize);
  if (reading.missing !== null) return [];
  const work: Work[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const sizes = { cell: operation.cell, batch, steps, inputs, hidden, state, gruProducts: reading.gruProducts };
    const one = recurrentWork(sizes, { ...run, inputGradient: run.inputGradient || layer > 0 });
    work.push(...one);
    if (operation.directions === 2) {
      work.push(...one, ...joinDirectionsWork(batch * steps * state, run));
    }
    inputs = operation.directions * state;
  }
  return work;
}

function timeSteps(reading: Reading, operation: RecurrentOperation, node: FlowNode): number {
  const input = inputShape(reading, node);
  const open = reading.options.steps;
  if (input.kind === 'unknown') {
    if (open === null) reading.missing ??= 'the number of time steps is not known';
    return open ?? 0;
  }
  const [source] = node.inputs;
  const before = source === undefined ? undefined : reading.graph.flow[source.node]?.operation;
  const packed = before?.kind === 'function' && before.name === 'pack_padded_sequence';
  const axis = input.axes[input.axes.length === 3 && (operation.batchFirst || packed) ? 1 : 0];
  if (axis === undefined || input.axes.length > 3 || input.axes.length < 2) {
    reading.missing ??= `its input has ${input.axes.length} axes where a sequence has 3`;
    return 0;
  }
  if (axis.kind === 'unknown' && open !== null) return open;
  return sizeOf(reading, axis);
}

function inputShape({ graph }: Reading, node: FlowNode, index = 0): Shape {
  const source = node.inputs[index];
  const type = source === undefined ? undefined : graph.flow[source.node]?.outputs[source.output];
  return type?.shape ?? { kind: 'unknown', because: 'its input is not known' };
}

function outputShape(node: FlowNode): Shape {
  return node.outputs[0]?.shape ?? { kind: 'unknown', because: 'its output is not known' };
}

/** Numbers in a tensor of this shape for the whole batch; a batch size that the source fixes is replaced by the one asked for. */
function elementsOf(reading: Reading, shape: Shape): number {
  if (shape.kind === 'unknown') {
    reading.missing ??= shape.because;
    return 0;
  }
  let product = 1;
  for (const axis of shape.axes) product *= sizeOf(reading, axis);
  if (reading.graph.symbols.some(({ meaning }) => meaning === batchMeaning)) return product;
  const fixed = shape.axes[batchAxisOf(reading.graph, shape.axes) ?? -1];
  return fixed === undefined ? product : (product / sizeOf(reading, fixed)) * reading.options.batch;
}

function lossWork(reading: Reading): readonly Work[] {
  const { graph } = reading;
  const classes = graph.loss !== null && /cross|nll|entropy/i.test(graph.loss);
  return graph.outputs.flatMap(({ node, output }) => {
    const shape = graph.flow[node]?.outputs[output]?.shape;
    if (shape?.kind !== 'known') return [];
    return [pointwiseWork(classes ? 'softmaxLoss' : 'squaredLoss', elementsOf(reading, shape))];
  });
}

function hasWeights({ weights }: Layer): boolean {
  return !isListed(weights) || weights.length > 0;
}

function parameterCount(reading: Reading): number {
  let count = 0;
  for (const layer of reading.graph.layers) {
    if (!isListed(layer.weights)) {
      count += parametersByFormula(reading, layer);
      continue;
    }
    for (const { shape, trainable } of layer.weights) {
      if (trainable === false) continue;
      let entries = 1;
      for (const axis of shape) entries *= sizeOf(reading, axis);
      count += entries;
    }
  }
  return count;
}

/** Of a layer whose weights are not listed, such as one that a recommendation put in place of another. */
function parametersByFormula(reading: Reading, { operation, path, weights }: Layer): number {
  switch (operation.op) {
    case 'recurrent': {
      const amount = recurrentParameters(operation, reading.graph.framework);
      return sizeOf(reading, amount.expression === null ? unknown(amount.because) : known(amount.expression));
    }
    case 'dense':
      return (sizeOf(reading, operation.inputSize) + 1) * sizeOf(reading, operation.units);
    default:
      reading.missing ??= `${path}: ${isListed(weights) ? '' : weights.unknown}`;
      return 0;
  }
}
