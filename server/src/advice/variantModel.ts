/**
 * A model with another recurrent architecture in place of its own: the same graph with other cells, widths and directions,
 * every layer behind them fitted to the new widths, so that its costs are those of the model one would get.
 */
import { type ModelCosts, modelCosts } from '../../../model/costs/model';
import { outputWidth } from '../../../model/costs/recurrent';
import { constant } from '../../../model/expression';
import {
  type Framework,
  known,
  knownInteger,
  type Layer,
  type ModelGraph,
  type Quantity,
  type RecurrentOperation,
} from '../../../model/graph';
import { predictTime, type TimePrediction } from '../../../model/time/predict';
import type { DeviceProfile } from '../../../model/time/profile';
import { attentionWork, convolutionWork, type Work } from '../../../model/time/work';
import type { Architecture } from '../../../protocol/recommendation';
import {
  type ArchitectureParts,
  architectures,
  convolutionTaps,
  currentArchitecture,
  missingParts,
  recurrentLayers,
  referenceWidth,
} from './architectures';
import { fitWidths } from './fitWidths';

export interface VariantCosts {
  readonly parameters: number | null;
  /** Per sequence; null where the length is not known. */
  readonly macs: number | null;
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

/** The layers of the model as this architecture, fitted to one another; null where the flow leaves their sizes open. */
export function variantLayers(
  graph: ModelGraph,
  architecture: Architecture,
  width: number | null,
): readonly Layer[] | null {
  const parts = { ...architectures[architecture], convolution: false };
  return variantModel(graph, parts, width)?.graph.layers ?? null;
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
    inputWidth: knownInteger(first.operation.inputSize),
    outputWidth: lastOperation?.op === 'recurrent' ? knownInteger(outputWidth(lastOperation)) : null,
    units,
  };
}

function scaledWidth({ hiddenSize }: RecurrentOperation, reference: number | null, width: number): Quantity | null {
  const current = knownInteger(hiddenSize);
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
  const [to, from] = [projection, hiddenSize].map((size) => (size === null ? null : knownInteger(size)));
  return to != null && from != null && to < from ? projection : null;
}
