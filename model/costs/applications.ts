/** How often a model applies a layer to one sequence, read from the shapes that flow into it. */
import { constant, divideExactly, type Expression, integerOf, symbol, symbolsOf } from '../expression';
import {
  batchMeaning,
  type FlowNode,
  known,
  type Layer,
  type ModelGraph,
  type Quantity,
  type RecurrentOperation,
  type Shape,
  unknown,
} from '../graph';
import { integer, product } from './arithmetic';

export interface Application {
  readonly node: FlowNode;
  /** Sequences over which a layer loops, per sequence of the model: 1, or more where each step holds a sequence itself. */
  readonly sequences: Quantity;
  /** Vectors that the layer turns into others, per sequence: 1, or one per time step, or more. */
  readonly positions: Quantity;
  /** Steps that a recurrent layer makes one after another; 1 for every other layer. */
  readonly timeSteps: Quantity;
  /** Elements of the layer's first output, per sequence. */
  readonly outputElements: Quantity;
  /** Vectors along the last axis of each input, per sequence. */
  readonly inputVectors: readonly Quantity[];
  /** Elements of the first input, per sequence. */
  readonly inputElements: Quantity;
  /** Axes of each input; null where they are not known. */
  readonly inputRanks: readonly (number | null)[];
  /** The input was packed by its lengths, so counts for the padded length are an upper bound. */
  readonly packed: boolean;
}

/** Every application of the layer, in order of execution; empty when it is never applied to a tensor we can follow. */
export function applicationsOf(graph: ModelGraph, layer: Layer): readonly Application[] {
  return graph.flow
    .filter((node) => node.operation.kind === 'layer' && node.operation.path === layer.path)
    .map((node) => applicationAt(graph, layer, node));
}

/**
 * How many loops the applications of a recurrent layer make: those that are handed a state of an earlier one go on with its
 * loop, as a cell does that is applied to one step after another.
 */
export function loopsOf(graph: ModelGraph, applications: readonly Application[]): number {
  const own = new Set(applications.map(({ node }) => node.id));
  // A node's id is its index, and nothing is computed from what comes later.
  const continues: boolean[] = [];
  for (const { id, inputs } of graph.flow) continues.push(own.has(id) || inputs.some(({ node }) => continues[node]));
  return applications.filter(({ node }) => !node.inputs.slice(1).some(({ node: state }) => continues[state])).length;
}

function applicationAt(graph: ModelGraph, layer: Layer, node: FlowNode): Application {
  const input = inputShape(graph, node);
  const packed = node.inputs.some(({ node: source }) => isPacking(graph.flow[source]));
  // A branch that may not run, or a loop of which nobody knows how often it runs.
  const conditional = unknown(`${layer.path} is applied under a condition, or in a loop, that is not known`);
  const timeSteps = node.isConditional ? conditional : timeStepsOf(graph, layer, input, packed);
  const sequences = node.isConditional ? conditional : sequencesOf(graph, layer, input, packed);
  const [output] = node.outputs;
  const inputs = node.inputs.map(({ node: source, output: of }) => shapeAt(graph, source, of));
  return {
    node,
    sequences,
    positions: node.isConditional
      ? conditional
      : layer.operation.op === 'recurrent'
        ? product(sequences, timeSteps)
        : positionsOf(graph, layer, input),
    timeSteps,
    outputElements:
      output === undefined
        ? unknown('its output is not known')
        : node.isConditional
          ? conditional
          : elementsPerSequence(graph, output.shape),
    inputVectors: inputs.map((shape) =>
      shape.kind === 'unknown'
        ? shape
        : node.isConditional
          ? conditional
          : withoutBatch(graph, shape.axes.slice(0, -1)),
    ),
    inputElements: node.isConditional ? conditional : elementsPerSequence(graph, input),
    inputRanks: inputs.map((shape) => (shape.kind === 'known' ? shape.axes.length : null)),
    packed,
  };
}

function isPacking(node: FlowNode | undefined): boolean {
  return node?.operation.kind === 'function' && node.operation.name === 'pack_padded_sequence';
}

function inputShape(graph: ModelGraph, node: FlowNode): Shape {
  const [first] = node.inputs;
  return first === undefined ? unknown('its input is not known') : shapeAt(graph, first.node, first.output);
}

function shapeAt(graph: ModelGraph, node: number, output: number): Shape {
  return graph.flow[node]?.outputs[output]?.shape ?? unknown('its input is not known');
}

/** Where a loop finds its steps, and how many sequences stand side by side: both by the axes of its input. */
function timeStepsOf(graph: ModelGraph, layer: Layer, input: Shape, packed: boolean): Quantity {
  const { operation } = layer;
  if (operation.op === 'other' && operation.loops !== undefined) {
    if (input.kind === 'unknown') return input;
    return input.axes[operation.batchFirst === false ? 0 : 1] ?? unknown(`the input of ${layer.path} has no steps`);
  }
  if (operation.op !== 'recurrent' || operation.singleStep) return integer(1);
  if (input.kind === 'unknown') return openTimeSteps(graph, layer);
  const axis = timeAxisOf(graph, operation, input.axes.length, packed);
  const steps = axis === undefined ? undefined : input.axes[axis];
  if (steps === undefined)
    return unknown(`the input of ${layer.path} has ${input.axes.length} axes where a sequence has 3`);
  return steps.kind === 'known' ? steps : openTimeSteps(graph, layer);
}

function sequencesOf(graph: ModelGraph, layer: Layer, input: Shape, packed: boolean): Quantity {
  const { operation } = layer;
  if (operation.op !== 'recurrent' || input.kind === 'unknown') return integer(1);
  if (operation.singleStep) return input.axes.length === 2 ? withoutBatch(graph, input.axes.slice(0, 1)) : integer(1);
  const axis = timeAxisOf(graph, operation, input.axes.length, packed);
  if (axis === undefined)
    return unknown(`the input of ${layer.path} has ${input.axes.length} axes where a sequence has 3`);
  const others = input.axes.filter((_, position) => position !== axis && position < input.axes.length - 1);
  return others.length === 0 ? integer(1) : withoutBatch(graph, others, 0);
}

/** Undefined where a loop cannot run on so many axes. */
function timeAxisOf(
  { framework }: ModelGraph,
  { batchFirst }: RecurrentOperation,
  axes: number,
  packed: boolean,
): number | undefined {
  if (axes === 2 && framework === 'torch') return 0;
  // A packed input keeps the padded one's shape with the batch first, whatever layout the layer was made for.
  if (axes === 3) return batchFirst || packed ? 1 : 0;
  // Keras distributes a loop over the steps of an outer sequence.
  return axes > 3 && (framework === 'keras' || framework === 'keras-config' || framework === 'tfjs')
    ? axes - 2
    : undefined;
}

/** A symbol for a length that the source leaves open: `T`, or one per layer where several could differ. */
export function openTimeSteps(graph: ModelGraph, layer: Layer): Quantity {
  const recurrent = graph.layers.filter(({ operation }) => operation.op === 'recurrent' && !operation.singleStep);
  return known(symbol(recurrent.length <= 1 ? 'T' : `T_${layer.path}`));
}

function positionsOf(graph: ModelGraph, layer: Layer, input: Shape): Quantity {
  if (input.kind === 'unknown') return input;
  // An embedding looks up each integer of its input; every other layer works on the vectors along the last axis.
  const leading = layer.operation.op === 'embedding' ? input.axes : input.axes.slice(0, -1);
  return withoutBatch(graph, leading);
}

/** Numbers of a tensor of this shape that belong to one sequence; unknown where the batch does not come out of the shape. */
export function elementsPerSequence(graph: ModelGraph, shape: Shape): Quantity {
  return shape.kind === 'unknown' ? shape : withoutBatch(graph, shape.axes);
}

/** @param axis where the batch is in what does not have the size of the model's batch anywhere */
function withoutBatch(graph: ModelGraph, axes: readonly Quantity[], axis = batchAxisOf(graph, axes)): Quantity {
  const named = graph.symbols.find(({ meaning }) => meaning === batchMeaning)?.name ?? 'B';
  const all = product(...axes);
  if (all.kind === 'unknown') return all;
  if (axis !== undefined) {
    const batch = symbolsOf(all.value).includes(named) ? symbol(named) : fixedBatchOf(graph, axes);
    const perSequence = batch === undefined ? undefined : divideExactly(all.value, batch);
    if (perSequence !== undefined) return known(perSequence);
    if (batch !== undefined) return unknown('its input mixes the sequences of a batch');
  }
  return product(...axes.filter((_, position) => position !== axis));
}

/**
 * The batch that the source gives the model, where it has a size and therefore no name, if these axes hold it: one of the
 * outer two is as large, or holds several sequences of each of the batch.
 */
function fixedBatchOf(graph: ModelGraph, axes: readonly Quantity[]): Expression | undefined {
  const layers = orderedLayers(graph);
  const applied = graph.flow.flatMap((node) => {
    const { operation, inputs } = node;
    const layer = operation.kind === 'layer' ? layers.find(({ path }) => path === operation.path) : undefined;
    if (layer === undefined) return [];
    const shape = inputShape(graph, node);
    const batchFirst = layer.batchFirst || inputs.some(({ node: source }) => isPacking(graph.flow[source]));
    return shape.kind === 'known' && shape.axes.length === 3 ? [shape.axes[batchFirst ? 0 : 1]] : [];
  });
  const input = graph.flow.find(({ operation }) => operation.kind === 'input')?.outputs[0]?.shape;
  const first = input?.kind === 'known' && layers.every(({ batchFirst }) => batchFirst) ? [input.axes[0]] : [];
  // A layer within each step of an outer sequence sees several sequences for one of the model.
  const sizes = [...first, ...applied].flatMap((size) => integersIn(size));
  const batch = sizes.length === 0 ? undefined : Math.min(...sizes);
  if (batch === undefined || batch === 0) return undefined;
  return axes.slice(0, 2).some((axis) => integersIn(axis).some((size) => size % batch === 0))
    ? constant(batch)
    : undefined;
}

function integersIn(size: Quantity | undefined): readonly number[] {
  const value = size?.kind === 'known' ? integerOf(size.value) : undefined;
  return value === undefined ? [] : [value];
}

/** The layers that take the batch either before or after the steps. */
function orderedLayers({
  framework,
  layers,
}: ModelGraph): readonly { readonly path: string; readonly batchFirst: boolean }[] {
  if (framework !== 'torch' && framework !== 'flax') return [];
  return layers.flatMap(({ path, operation }) => {
    if (operation.op === 'recurrent' && !operation.singleStep) return [{ path, batchFirst: operation.batchFirst }];
    return operation.op === 'other' && operation.batchFirst !== undefined
      ? [{ path, batchFirst: operation.batchFirst }]
      : [];
  });
}

/** Where the batch is when it has a fixed size and therefore no name; undefined for a model that takes one sequence. */
export function batchAxisOf(graph: ModelGraph, axes: readonly Quantity[]): number | undefined {
  const ordered = orderedLayers(graph);
  const inputs = graph.flow
    .filter(({ operation }) => operation.kind === 'layer' && ordered.some(({ path }) => path === operation.path))
    .map((node) => inputShape(graph, node));
  const isUnbatched = inputs.some((shape) => shape.kind === 'known' && shape.axes.length === 2);
  if (graph.framework === 'torch' && isUnbatched) return undefined;
  return ordered.some(({ batchFirst }) => !batchFirst) && axes.length >= 3 ? 1 : 0;
}
