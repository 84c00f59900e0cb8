/** How often a model applies a layer to one sequence, read from the shapes that flow into it. */
import { divideExactly, symbol, symbolsOf } from '../expression';
import { type FlowNode, known, type Layer, type ModelGraph, type Quantity, type Shape, unknown } from '../graph';
import { integer, product } from './arithmetic';

/** The batch axis is named by the analyser's symbol for it; costs are per sequence, so it is divided out. */
const batchMeaning = 'batch size';

export interface Application {
  readonly node: FlowNode;
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

function applicationAt(graph: ModelGraph, layer: Layer, node: FlowNode): Application {
  const input = inputShape(graph, node);
  const packed = node.inputs.some(({ node: source }) => isPacking(graph.flow[source]));
  // A branch that may not run, or a loop of which nobody knows how often it runs.
  const conditional = unknown(`${layer.path} is applied under a condition, or in a loop, that is not known`);
  const timeSteps = node.isConditional ? conditional : timeStepsOf(graph, layer, input, packed);
  const [output] = node.outputs;
  const inputs = node.inputs.map(({ node: source, output: of }) => shapeAt(graph, source, of));
  return {
    node,
    positions: layer.operation.op === 'recurrent' || node.isConditional ? timeSteps : positionsOf(graph, layer, input),
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

function timeStepsOf(graph: ModelGraph, layer: Layer, input: Shape, packed: boolean): Quantity {
  const { operation } = layer;
  if (operation.op !== 'recurrent' || operation.singleStep) return integer(1);
  if (input.kind === 'unknown') return openTimeSteps(graph, layer);
  // A packed input keeps the padded one's shape with the batch first, whatever layout the layer was made for.
  const axis = input.axes.length === 3 && (operation.batchFirst || packed) ? 1 : 0;
  const unbatched = input.axes.length === 2 && graph.framework === 'torch';
  const steps = input.axes[axis];
  if (steps === undefined || (input.axes.length !== 3 && !unbatched)) {
    return unknown(`the input of ${layer.path} has ${input.axes.length} axes where a sequence has 3`);
  }
  return steps.kind === 'known' ? steps : openTimeSteps(graph, layer);
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

export function elementsPerSequence(graph: ModelGraph, shape: Shape): Quantity {
  return shape.kind === 'unknown' ? shape : withoutBatch(graph, shape.axes);
}

function withoutBatch(graph: ModelGraph, axes: readonly Quantity[]): Quantity {
  const batch = graph.symbols.find(({ meaning }) => meaning === batchMeaning)?.name ?? 'B';
  const all = product(...axes);
  if (all.kind === 'unknown') return all;
  if (!symbolsOf(all.value).includes(batch))
    return product(...axes.filter((_, axis) => axis !== batchAxisOf(graph, axes)));
  const perSequence = divideExactly(all.value, symbol(batch));
  return perSequence === undefined ? unknown('its input mixes the sequences of a batch') : known(perSequence);
}

/** Where the batch is when it has a fixed size and therefore no name; undefined for a model that takes one sequence. */
export function batchAxisOf(graph: ModelGraph, axes: readonly Quantity[]): number | undefined {
  if (graph.framework !== 'torch') return 0;
  const loops = graph.layers.filter(({ operation }) => operation.op === 'recurrent' && !operation.singleStep);
  const inputs = graph.flow
    .filter(({ operation }) => operation.kind === 'layer' && loops.some(({ path }) => path === operation.path))
    .map((node) => inputShape(graph, node));
  if (inputs.some((shape) => shape.kind === 'known' && shape.axes.length === 2)) return undefined;
  const timeMajor = loops.some(({ operation }) => operation.op === 'recurrent' && !operation.batchFirst);
  return timeMajor && axes.length >= 3 ? 1 : 0;
}
