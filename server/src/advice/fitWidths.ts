/** Carries new widths of recurrent layers through the flow of a model, to the layers that must be built for them. */

import { times } from '../../../model/costs/arithmetic';
import { outputWidth, stateWidth } from '../../../model/costs/recurrent';
import { add, constant, divideExactly, type Expression, equals, multiply } from '../../../model/expression';
import type {
  FlowNode,
  Layer,
  ModelGraph,
  Operation,
  Quantity,
  RecurrentOperation,
  TensorType,
  ValueReference,
  Weight,
} from '../../../model/graph';
import { known } from '../../../model/graph';
import { axesOf, layerOf, typeOf } from './flow';

/** Something stands in front of a layer and gives it another width: a convolution with as many filters. */
export interface WidthInFront {
  readonly path: string;
  readonly width: number;
}

/** Width along the last axis; undefined where it is not known. */
type Width = Expression | undefined;

/**
 * The model's layers with `changed` in the place of its recurrent operations and every other layer fitted to the widths
 * that now reach it. Null where the source does not say what becomes of a width, so that no wrong count is made of it.
 */
export function fitWidths(
  graph: ModelGraph,
  changed: ReadonlyMap<string, RecurrentOperation>,
  inFront: WidthInFront | null,
): readonly Layer[] | null {
  const fitted = new Map<string, Layer>();
  const widths: Width[][] = [];
  for (const node of graph.flow) {
    const inputs = node.inputs.map(({ node: id, output }) => widths[id]?.[output]);
    const layer = layerOf(graph, node);
    const result =
      layer === undefined
        ? passOn(graph, node, inputs, changed)
        : applyLayer(graph, node, inputs, fitted.get(layer.path) ?? replaced(layer, changed), inFront);
    if (result === null) return null;
    if (result.layer !== null) fitted.set(result.layer.path, result.layer);
    widths.push([...result.widths]);
  }
  // A recurrent layer that is never applied has costs that nothing here could fit.
  if ([...changed.keys()].some((path) => !fitted.has(path))) return null;
  return graph.layers.map((layer) => fitted.get(layer.path) ?? layer);
}

function replaced(layer: Layer, changed: ReadonlyMap<string, RecurrentOperation>): Layer {
  const operation = changed.get(layer.path);
  return operation === undefined ? layer : { ...layer, operation, weights: { unknown: 'counted by formula' } };
}

/** What becomes of the widths behind a node, and of its layer where it applies one. */
interface Fitted {
  readonly layer: Layer | null;
  readonly widths: readonly Width[];
}

function applyLayer(
  graph: ModelGraph,
  node: FlowNode,
  inputs: readonly Width[],
  layer: Layer,
  inFront: WidthInFront | null,
): Fitted | null {
  const input = inFront?.path === layer.path ? constant(inFront.width) : inputs[0];
  const before = inputWidth(graph, node);
  const { operation } = layer;
  switch (operation.op) {
    case 'recurrent': {
      if (input === undefined) return null;
      const fitted = { ...operation, inputSize: known(input) };
      const state = expressionOf(stateWidth(fitted));
      return {
        layer: { ...layer, operation: fitted },
        widths: [expressionOf(outputWidth(fitted)), ...node.outputs.slice(1).map(() => state)],
      };
    }
    case 'dense': {
      const units = expressionOf(operation.units);
      if (isSame(input, before)) return { layer, widths: [units] };
      if (input === undefined || units === undefined) return null;
      const fitted: Operation = { ...operation, inputSize: known(input) };
      return { layer: { ...layer, operation: fitted, weights: denseWeights(layer, input, units) }, widths: [units] };
    }
    case 'normalisation': {
      if (isSame(input, before)) return { layer, widths: [input] };
      if (input === undefined || !Array.isArray(layer.weights)) return null;
      const weights = layer.weights.map((weight: Weight) => ({ ...weight, shape: [known(input)] }));
      return { layer: { ...layer, operation: { ...operation, size: known(input) }, weights }, widths: [input] };
    }
    case 'dropout':
    case 'activation':
      return { layer, widths: [input] };
    case 'flatten': {
      const flat = lastWidth(node.outputs[0]);
      if (isSame(input, before)) return { layer, widths: [flat] };
      if (input === undefined || before === undefined || flat === undefined) return null;
      return { layer, widths: [divideExactly(multiply(flat, input), before)] };
    }
    case 'conv1d':
      return isSame(input, before) ? { layer, widths: node.outputs.map(lastWidth) } : null;
    case 'input':
    case 'embedding':
      return { layer, widths: node.outputs.map(lastWidth) };
    case 'other': {
      if (isSame(input, before)) return { layer, widths: node.outputs.map(lastWidth) };
      const isWeightless = Array.isArray(layer.weights) && layer.weights.length === 0;
      return isWeightless && isSame(lastWidth(node.outputs[0]), before) ? { layer, widths: [input] } : null;
    }
  }
}

function denseWeights({ weights }: Layer, input: Expression, units: Expression): Layer['weights'] {
  if (!Array.isArray(weights)) return weights;
  return weights.map((weight: Weight) =>
    weight.shape.length === 2 ? { ...weight, shape: [known(input), known(units)] } : weight,
  );
}

/** Inputs, indices and functions: what they make of the width of what goes in. */
function passOn(
  graph: ModelGraph,
  node: FlowNode,
  inputs: readonly Width[],
  changed: ReadonlyMap<string, RecurrentOperation>,
): Fitted | null {
  const { operation } = node;
  const before = inputWidth(graph, node);
  const original = node.outputs.map(lastWidth);
  if (operation.kind === 'input') return { layer: null, widths: original };
  const joined = joinedState(graph, node, changed);
  if (joined !== undefined) return { layer: null, widths: [joined] };
  const unchanged = node.inputs.every((input, index) => isSame(inputs[index], lastWidth(typeOf(graph, input))));
  if (unchanged) return { layer: null, widths: original };
  if (operation.kind === 'function' && operation.name === 'concatenate') {
    const rank = rankOf(node.outputs[0]);
    if (operation.axis !== -1 && (rank === undefined || operation.axis !== rank - 1))
      return { layer: null, widths: [inputs[0]] };
    const parts = inputs.filter((width) => width !== undefined);
    return parts.length === inputs.length ? { layer: null, widths: [add(...parts)] } : null;
  }
  const touchesWidth =
    operation.kind === 'index'
      ? operation.steps.length >= (rankOf(typeOf(graph, node.inputs[0])) ?? 0)
      : operation.kind === 'function' && rearranging.has(operation.name);
  if (touchesWidth && !(operation.kind === 'index' && lastStepTakesAll(operation))) return null;
  return isSame(original[0], before) ? { layer: null, widths: original.map(() => inputs[0]) } : null;
}

/** Functions that may put another axis last. */
const rearranging: ReadonlySet<string> = new Set(['permute', 'transpose', 'reshape', 'view', 'swapaxes', 'movedim']);

function lastStepTakesAll({ steps }: Extract<FlowNode['operation'], { kind: 'index' }>): boolean {
  const step = steps.at(-1);
  return step?.kind === 'slice' && step.from === null && step.to === null && step.step === null;
}

/**
 * The final states of all directions, as `h_n[-1]` and `h_n.squeeze(0)` of one direction or `cat(h_n[-2], h_n[-1])` of two take them: a model
 * with another number of directions would take as many.
 */
function joinedState(graph: ModelGraph, node: FlowNode, changed: ReadonlyMap<string, RecurrentOperation>): Width {
  const squeezed = node.operation.kind === 'function' && node.operation.name === 'squeeze' ? node.inputs[0] : undefined;
  if (squeezed !== undefined && squeezed.output > 0) return widthOfStates(graph, squeezed, changed);
  const taken =
    node.operation.kind === 'index'
      ? [node]
      : node.operation.kind === 'function'
        ? node.inputs.map(({ node: id }) => graph.flow[id])
        : [];
  const sources = taken.map((part) => (part?.operation.kind === 'index' ? part.inputs[0] : undefined));
  const [source] = sources;
  if (source === undefined || source.output === 0) return undefined;
  if (sources.some((other) => other?.node !== source.node || other.output !== source.output)) return undefined;
  if (node.operation.kind === 'function' && node.operation.name !== 'concatenate') return undefined;
  return widthOfStates(graph, source, changed);
}

function widthOfStates(
  graph: ModelGraph,
  source: ValueReference,
  changed: ReadonlyMap<string, RecurrentOperation>,
): Width {
  const origin = graph.flow[source.node];
  const layer = origin === undefined ? undefined : layerOf(graph, origin);
  const operation = layer === undefined ? undefined : changed.get(layer.path);
  return operation === undefined ? undefined : expressionOf(times(operation.directions, stateWidth(operation)));
}

function inputWidth(graph: ModelGraph, node: FlowNode): Width {
  return lastWidth(typeOf(graph, node.inputs[0]));
}

function lastWidth(type: TensorType | undefined): Width {
  const axis = axesOf(type)?.at(-1);
  return axis === undefined ? undefined : expressionOf(axis);
}

function rankOf(type: TensorType | undefined): number | undefined {
  return axesOf(type)?.length;
}

function expressionOf(quantity: Quantity): Width {
  return quantity.kind === 'known' ? quantity.value : undefined;
}

function isSame(left: Width, right: Width): boolean {
  return left !== undefined && right !== undefined && equals(left, right) === 'yes';
}
