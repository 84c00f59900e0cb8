/**
 * A model with another recurrent architecture in place of its own: the same graph with other cells, widths and directions,
 * every layer behind them fitted to the new widths, so that its costs are those of the model one would get.
 */
import { type ModelCosts, modelCosts } from '../../../model/costs/model';
import { outputWidth } from '../../../model/costs/recurrent';
import { constant, integerOf } from '../../../model/expression';
import {
  type Cell,
  type FlowNode,
  type Framework,
  known,
  type Layer,
  type ModelGraph,
  type Quantity,
  type RecurrentOperation,
} from '../../../model/graph';
import { predictTime, type TimePrediction } from '../../../model/time/predict';
import type { DeviceProfile } from '../../../model/time/profile';
import { attentionWork, convolutionWork, type Work } from '../../../model/time/work';
import type { Architecture } from '../../../protocol/recommendation';
import { fitWidths } from './fitWidths';

/** What an architecture is made of. */
export interface ArchitectureParts {
  readonly label: string;
  readonly cell: RecurrentOperation['cell'];
  readonly directions: 1 | 2;
  /** A convolution over `convolutionTaps` steps with as many filters as the recurrent layer has units, in front of it. */
  readonly convolution: boolean;
  /** Additive attention over the steps of the last recurrent layer. */
  readonly attention: boolean;
}

export const architectures: Readonly<Record<Architecture, ArchitectureParts>> = {
  rnn: { label: 'RNN', cell: 'rnn', directions: 1, convolution: false, attention: false },
  gru: { label: 'GRU', cell: 'gru', directions: 1, convolution: false, attention: false },
  lstm: { label: 'LSTM', cell: 'lstm', directions: 1, convolution: false, attention: false },
  bigru: { label: 'Bidirectional GRU', cell: 'gru', directions: 2, convolution: false, attention: false },
  bilstm: { label: 'Bidirectional LSTM', cell: 'lstm', directions: 2, convolution: false, attention: false },
  'cnn-lstm': { label: 'CNN-LSTM', cell: 'lstm', directions: 1, convolution: true, attention: false },
  'cnn-lstm-attention': {
    label: 'CNN-LSTM with attention',
    cell: 'lstm',
    directions: 1,
    convolution: true,
    attention: true,
  },
};

export const convolutionTaps = 5;

export interface VariantCosts {
  readonly parameters: number | null;
  /** Per sequence; null where the length is not known. */
  readonly macs: number | null;
}

/**
 * What a variant of the model is called: a model that reads in both directions has plain variants that do not, and one with a
 * convolution in front keeps it.
 */
export function labelOf(graph: ModelGraph, architecture: Architecture): string {
  const { label, directions, convolution } = architectures[architecture];
  const readsBoth = recurrentLayers(graph).some(({ operation }) => operation.directions === 2);
  const kept = convolves(graph) && !convolution ? `CNN-${label.replace(/^B/, 'b')}` : label;
  return readsBoth && directions === 1 ? `${kept} in one direction` : kept;
}

/** The architectures that differ for a model: what it has in front and behind it keeps, so that some become the same. */
export function distinctArchitectures(graph: ModelGraph): readonly Architecture[] {
  const names = Object.keys(architectures) as Architecture[];
  if (!convolves(graph)) return names;
  const same: readonly Architecture[] = attends(graph) ? ['lstm', 'cnn-lstm'] : ['lstm'];
  return names.filter((name) => !same.includes(name));
}

/** The cell that makes the model this architecture when its layers keep their directions; null where it takes more. */
export function cellChangeTo(graph: ModelGraph, architecture: Architecture): Cell | null {
  const { cell, directions, convolution, attention } = architectures[architecture];
  const keepsDirections = recurrentLayers(graph).every(({ operation }) => operation.directions === directions);
  return keepsDirections && !convolution && !attention ? cell : null;
}

/** Hidden width of the model's first recurrent layer: the width that a variant's others are scaled to. */
export function referenceWidth(graph: ModelGraph): number | null {
  const first = recurrentLayers(graph)[0];
  return first === undefined ? null : exact(first.operation.hiddenSize);
}

/** The time of one answer to one sequence by the model as this architecture with this width. */
export function variantLatency(
  graph: ModelGraph,
  architecture: Architecture,
  width: number,
  timeSteps: number | null,
  device: DeviceProfile,
): TimePrediction {
  const options = { mode: 'inference', batch: 1, steps: timeSteps } as const;
  if (isOwn(graph, architecture, width)) return predictTime(graph, device, options);
  const parts = missingParts(graph, architecture);
  const variant = variantModel(graph, parts, width);
  if (variant === null) return { unknown: 'the source does not say how a new width reaches the layers behind' };
  if (timeSteps === null && (parts.convolution || parts.attention)) {
    return { unknown: 'the number of time steps is not known' };
  }
  const extra: Work[] = [];
  const run = { training: false, inputGradient: false };
  if (parts.convolution && variant.inputWidth !== null && variant.units !== null) {
    extra.push(...convolutionWork(timeSteps ?? 1, convolutionTaps, variant.inputWidth, variant.units, run));
  }
  if (parts.attention && variant.outputWidth !== null) {
    extra.push(...attentionWork(1, timeSteps ?? 1, variant.outputWidth, false));
  }
  return predictTime(variant.graph, device, options, extra);
}

/** Whether the model is this architecture already, so that its own layers are counted and nothing is put in their place. */
function isOwn(graph: ModelGraph, architecture: Architecture, width: number): boolean {
  return width === referenceWidth(graph) && currentArchitecture(graph) === architecture;
}

/**
 * Parameters of the model as this architecture with this width, which no length of sequences changes; null where they are
 * not known.
 */
export function variantParameters(graph: ModelGraph, architecture: Architecture, width: number): number | null {
  const counted = countedVariant(graph, architecture, width);
  return counted === null ? null : parametersOf(counted);
}

/** Costs of the model as this architecture with this width. `timeSteps` is the length of the sequences, which the graph may leave open. */
export function variantCosts(
  graph: ModelGraph,
  architecture: Architecture,
  width: number,
  timeSteps: number | null,
): VariantCosts {
  const counted = countedVariant(graph, architecture, width);
  if (counted === null) return { parameters: null, macs: null };
  const macs = counted.costs.macs.value;
  const { macsPerStep } = counted.extra;
  const macsKnown = macs !== null && (timeSteps !== null || macsPerStep === 0);
  return {
    parameters: parametersOf(counted),
    macs: macsKnown ? macs + macsPerStep * (timeSteps ?? 0) : null,
  };
}

/** A variant's costs, of which each is worked out when it is read, and what stands beside its layers. */
interface CountedVariant {
  readonly costs: ModelCosts;
  readonly extra: ExtraLayers;
}

function countedVariant(graph: ModelGraph, architecture: Architecture, width: number): CountedVariant | null {
  if (isOwn(graph, architecture, width)) {
    const costs = modelCosts(graph);
    if (costs.parameters.value !== null) return { costs, extra: noExtraLayers };
  }
  const parts = missingParts(graph, architecture);
  const variant = variantModel(graph, parts, width);
  const extra = variant === null ? null : extraLayers(variant, parts);
  return variant === null || extra === null ? null : { costs: modelCosts(variant.graph), extra };
}

function parametersOf({ costs, extra }: CountedVariant): number | null {
  const { value } = costs.parameters;
  return value === null ? null : value + extra.parameters;
}

/** What the architecture is made of, without the convolution and the attention that the model has already and keeps. */
export function missingParts(graph: ModelGraph, architecture: Architecture): ArchitectureParts {
  const parts = architectures[architecture];
  return {
    ...parts,
    convolution: parts.convolution && !convolves(graph),
    attention: parts.attention && !attends(graph),
  };
}

/** The layers of the model as this architecture, fitted to one another; null where the flow leaves their sizes open. */
export function variantLayers(
  graph: ModelGraph,
  architecture: Architecture,
  width: number | null,
): readonly Layer[] | null {
  const parts = { ...architectures[architecture], convolution: false };
  return variantModel(graph, parts, width)?.graph.layers ?? null;
}

function convolves({ layers }: ModelGraph): boolean {
  return layers.some(({ type }) => /conv1d/i.test(type));
}

/** An attention layer, or a softmax whose weights are multiplied with steps. */
export function attends({ layers, flow }: ModelGraph): boolean {
  if (layers.some(({ type, path }) => /attention/i.test(type) || /(?:^|\.)attention_pooling/.test(path))) return true;
  const isNamed = (node: FlowNode | undefined, names: RegExp): boolean =>
    node?.operation.kind === 'function' && names.test(node.operation.name);
  return flow.some(
    (node) =>
      isNamed(node, /^(?:multiply|matmul|bmm|einsum)$/) &&
      node.inputs.some((input) => isNamed(flow[input.node], /softmax/)),
  );
}

/** The architecture that the model is now; null where it is none of those that are ranked. */
export function currentArchitecture(graph: ModelGraph): Architecture | null {
  const layers = recurrentLayers(graph);
  const cells = new Set(layers.map(({ operation }) => operation.cell));
  const [cell] = cells;
  if (cell === undefined || cells.size > 1) return null;
  const directions = new Set(layers.map(({ operation }) => operation.directions));
  if (directions.size > 1) return null;
  const both = directions.has(2);
  if (convolves(graph)) return cell !== 'lstm' || both ? null : attends(graph) ? 'cnn-lstm-attention' : 'cnn-lstm';
  if (attends(graph)) return null;
  if (!both) return cell;
  return cell === 'rnn' ? null : `bi${cell}`;
}

type RecurrentLayer = Layer & { readonly operation: RecurrentOperation };

/** The recurrent layers that loop over time: those that an architecture is about. */
export function recurrentLayers(graph: ModelGraph): readonly RecurrentLayer[] {
  return graph.layers.filter(
    (layer): layer is RecurrentLayer => layer.operation.op === 'recurrent' && !layer.operation.singleStep,
  );
}

function exact(quantity: Quantity): number | null {
  return quantity.kind === 'known' ? (integerOf(quantity.value) ?? null) : null;
}

interface Variant {
  readonly graph: ModelGraph;
  /** Width of what flows into the first recurrent layer, and width of what the last one gives; null where unknown. */
  readonly inputWidth: number | null;
  readonly outputWidth: number | null;
  /** Null where the width of the first recurrent layer is not known. */
  readonly units: number | null;
}

/** Of the convolution and the attention, which the graph has no layers for. */
interface ExtraLayers {
  readonly parameters: number;
  readonly macsPerStep: number;
}

const noExtraLayers: ExtraLayers = { parameters: 0, macsPerStep: 0 };

/** Null where the widths that they are made for are not known. */
function extraLayers(variant: Variant, parts: ArchitectureParts): ExtraLayers | null {
  let parameters = 0;
  let macsPerStep = 0;
  if (parts.convolution) {
    if (variant.inputWidth === null || variant.units === null) return null;
    const entries = convolutionTaps * variant.inputWidth * variant.units;
    parameters += entries + variant.units;
    macsPerStep += entries;
  }
  if (parts.attention) {
    // Bahdanau et al. 2015: a score v·tanh(W·h + b) per step, then the weighted sum of the steps.
    const width = variant.outputWidth;
    if (width === null) return null;
    parameters += width * width + 2 * width;
    macsPerStep += width * width + 2 * width;
  }
  return { parameters, macsPerStep };
}

/**
 * Null where the flow does not say how a new width reaches the layers behind.
 *
 * @param width of the first recurrent layer, to which the others are scaled; null leaves them all as they are
 */
function variantModel(graph: ModelGraph, parts: ArchitectureParts, width: number | null): Variant | null {
  const layers = recurrentLayers(graph);
  const [first] = layers;
  const last = layers.at(-1);
  const reference = referenceWidth(graph);
  if (first === undefined || last === undefined || graph.flow.length === 0) return null;
  const changed = new Map<string, RecurrentOperation>();
  for (const { path, operation } of layers) {
    const hiddenSize = width === null ? operation.hiddenSize : scaledWidth(operation, reference, width);
    if (hiddenSize === null) return null;
    changed.set(path, convert(operation, graph.framework, parts, hiddenSize));
  }
  const units = width ?? reference;
  if (parts.convolution && units === null) return null;
  const fitted = fitWidths(
    graph,
    changed,
    parts.convolution && units !== null ? { path: first.path, width: units } : null,
  );
  if (fitted === null) return null;
  const lastOperation = fitted.find(({ path }) => path === last.path)?.operation;
  return {
    graph: { ...graph, layers: fitted },
    inputWidth: exact(first.operation.inputSize),
    outputWidth: lastOperation?.op === 'recurrent' ? exact(outputWidth(lastOperation)) : null,
    units,
  };
}

function scaledWidth({ hiddenSize }: RecurrentOperation, reference: number | null, width: number): Quantity | null {
  const current = exact(hiddenSize);
  if (current === null || reference === null) return null;
  return known(constant(Math.max(1, Math.round((current * width) / reference))));
}

function convert(
  operation: RecurrentOperation,
  framework: Framework,
  { cell, directions }: ArchitectureParts,
  hiddenSize: Quantity,
): RecurrentOperation {
  return {
    ...operation,
    cell,
    directions,
    merge: operation.directions === 2 && directions === 2 ? operation.merge : 'concat',
    hiddenSize,
    projection: cell === 'lstm' ? projectionWithin(operation.projection, hiddenSize) : null,
    // What the frameworks do by default where the old cell had no such choice.
    resetAfter: cell === 'gru' ? (operation.resetAfter ?? framework !== 'tfjs') : null,
  };
}

/** A projection stays as wide as it is, as long as it is narrower than what it projects. */
function projectionWithin(projection: Quantity | null, hiddenSize: Quantity): Quantity | null {
  const [to, from] = [projection, hiddenSize].map((size) => (size === null ? null : exact(size)));
  return to != null && from != null && to < from ? projection : null;
}
