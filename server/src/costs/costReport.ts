/** Everything that is known of what a model costs, as the page, the clipboard and the terminal show it. */
import { type Amount, amountOf, formatAmount, noSteps } from '../../../model/costs/amount';
import { product } from '../../../model/costs/arithmetic';
import { modelAsCountedBy } from '../../../model/costs/conventions';
import type { LayerCosts } from '../../../model/costs/layer';
import {
  gradientBytes,
  numberFormats,
  optimiserBytes,
  optimiserLabels,
  optimisers,
  weightBytes,
} from '../../../model/costs/memory';
import { type ModelCosts, modelCosts } from '../../../model/costs/model';
import { constant } from '../../../model/expression';
import { isListed, known, type Layer, type ModelGraph, type SourceLocation } from '../../../model/graph';
import { publishedDevices } from '../../../model/time/devices';
import type { DeviceProfile } from '../../../model/time/profile';
import { formatPlace, formatShape } from '../../../model/units';
import type { CostFigures, CostReport, Figure, LayerRow, TensorRow } from '../../../protocol/costs';
import { defaultBudget } from '../../../protocol/trainingDefaults';
import { sequenceLengthOf, withSequenceLength } from '../advice/sequenceLength';
import { sideBySide } from './sideBySide';
import { timesOnDevice } from './times';

export interface CostOptions {
  /** Length of the sequences where the source leaves it open; null keeps it open. */
  readonly sequenceLength: number | null;
  /** Steps after which backpropagation through time is cut off; null where it is not. */
  readonly truncate: number | null;
  /** What times are predicted for. */
  readonly devices: readonly DeviceProfile[];
}

/** What the page, the clipboard and the terminal say of a model; options that are left out are null, devices those with published figures. */
export function costReport(
  source: ModelGraph,
  { sequenceLength = null, truncate = null, devices = publishedDevices }: Partial<CostOptions> = {},
): CostReport {
  const lengthIsOpen = sequenceLengthOf(source).steps === null;
  const graph = lengthIsOpen && sequenceLength !== null ? withSequenceLength(source, sequenceLength) : source;
  const costs = modelCosts(graph);
  const place = (location: SourceLocation): string => formatPlace(location, graph.location.file);
  return {
    modelName: graph.name,
    framework: graph.framework,
    givenLength: lengthIsOpen ? sequenceLength : null,
    lengthIsOpen,
    truncate,
    layers: graph.layers.flatMap((layer, index) => {
      const of = costs.layers[index];
      return of === undefined ? [] : [layerRow(graph, layer, of, truncate)];
    }),
    functions: costs.functions.map(({ name, node, macs }) => ({
      name,
      place: place(node.location),
      macs: figure(macs),
    })),
    total: figures(costs, truncate),
    weights: numberFormats.map((format) => ({ format, bytes: figure(weightBytes(costs.parameters, format)) })),
    gradients: figure(gradientBytes(costs.trainable)),
    optimisers: optimisers.map((optimiser) => ({
      optimiser,
      label: optimiserLabels[optimiser],
      bytes: figure(optimiserBytes(costs.trainable, optimiser)),
    })),
    times: devices.map((profile) => timesOnDevice(graph, { profile, batch: defaultBudget.batchSize, steps: null })),
    tools: modelAsCountedBy(graph).map(({ label, unit, count, rule, fault }) => ({
      label,
      unit,
      count: figure(count),
      rule,
      fault,
    })),
    variants: sideBySide(graph),
    remarks: remarksOn(graph, costs),
  };
}

function layerRow(graph: ModelGraph, layer: Layer, costs: LayerCosts, truncate: number | null): LayerRow {
  const { path } = layer;
  const node = graph.flow.find(({ operation }) => operation.kind === 'layer' && operation.path === path);
  const [output] = node?.outputs ?? layer.outputs[0] ?? [];
  return {
    path,
    type: layer.type,
    cell: layer.operation.op === 'recurrent' ? layer.operation.cell : null,
    place: formatPlace(layer.location, graph.location.file),
    output: output === undefined ? null : formatShape(output),
    order: costs.order,
    tensors: tensorRows(layer),
    ...figures(costs, truncate),
  };
}

/** The arrays of a layer one by one; none where they are not known. */
export function tensorRows({ weights }: Layer): readonly TensorRow[] {
  if (!isListed(weights)) return [];
  return weights.map(({ name, shape, trainable }) => ({
    name,
    shape: formatShape({ shape: { kind: 'known', axes: shape }, element: 'float' }),
    parameters: figure(amountOf(product(...shape), noSteps, '')),
    trainable,
  }));
}

function figures(costs: LayerCosts | ModelCosts, truncate: number | null): CostFigures {
  const kept = truncate === null ? costs.trainingMemory : costs.truncatedTrainingMemory(known(constant(truncate)));
  return {
    parameters: figure(costs.parameters),
    trainable: figure(costs.trainable),
    macs: figure(costs.macs),
    flops: figure(costs.flops),
    macsPerStep: figure(costs.macsPerStep),
    flopsPerStep: figure(costs.flopsPerStep),
    inferenceMemory: figure(costs.inferenceMemory),
    trainingMemory: figure(kept),
    sequentialDepth: figure(costs.sequentialDepth),
  };
}

/** An amount as it is sent, its formula written out. */
export function figure(amount: Amount): Figure {
  const { value, grade, formula, because } = amount;
  return { value, grade, text: formatAmount(amount), formula: formula.value, because };
}

function remarksOn(graph: ModelGraph, costs: ModelCosts): readonly string[] {
  const named: readonly (readonly [string, Amount])[] = [
    ['Parameters', costs.parameters],
    ['MACs', costs.macs],
    ['Activation memory', costs.trainingMemory],
  ];
  const missing = named.flatMap(([name, { grade, because }]) =>
    grade === 'unknown' ? [`${name} not known: ${because}.`] : [],
  );
  const packed = costs.layers.some(({ macs }) => macs.because.includes('upper bound'))
    ? ['A packed input is counted for its padded length: an upper bound.']
    : [];
  return [...missing, ...packed, ...problemsOf(graph)];
}

function problemsOf({ problems, location: { file } }: ModelGraph): readonly string[] {
  return problems.map(({ message, location }) => `${message} (${formatPlace(location, file)})`);
}
