/**
 * What a model costs: its layers' costs and their totals. The way into this folder.
 *
 * `amount.ts` says how certain a number is, `recurrent.ts` holds the formulas of recurrent layers, `layer.ts` those of all
 * others, `applications.ts` how often a layer runs per sequence.
 */
import { maximum } from '../expression';
import type { Layer, ModelGraph, Quantity } from '../graph';
import { type Amount, amountOf, formatAmount } from './amount';
import { applicationsOf } from './applications';
import { combine, integer, product, sum } from './arithmetic';
import { flopsOf, type LayerCosts, layerCosts } from './layer';

/** Totals over the layers of a model. Shared layers count once in the parameters and once per application in the work. */
export interface ModelCosts {
  /** In the order of the model's layers. */
  readonly layers: readonly LayerCosts[];
  readonly parameters: Amount;
  readonly trainable: Amount;
  readonly macs: Amount;
  readonly flops: Amount;
  readonly elementwise: Amount;
  /** Bytes of the weights in 32-bit floats. */
  readonly weightMemory: Amount;
  readonly inferenceMemory: Amount;
  readonly trainingMemory: Amount;
  /** Time steps on the longest path through the model. */
  readonly sequentialDepth: Amount;
}

const bytesPerFloat = 4;

/** Graphs are never changed, so what one costs is worked out once, however many hints and lenses ask. */
const computed = new WeakMap<ModelGraph, ModelCosts>();

export function modelCosts(graph: ModelGraph): ModelCosts {
  const held = computed.get(graph);
  if (held !== undefined) return held;
  const costs = computeCosts(graph);
  computed.set(graph, costs);
  return costs;
}

function computeCosts(graph: ModelGraph): ModelCosts {
  const layers = graph.layers.map((layer) => layerCosts(graph, layer));
  const total = (select: (costs: LayerCosts) => Amount, nature: 'counted' | 'estimated' = 'counted'): Amount =>
    totalOf(graph.layers, layers, select, nature);
  const parameters = total((costs) => costs.parameters);
  const macs = total((costs) => costs.macs);
  return {
    layers,
    parameters,
    trainable: total((costs) => costs.trainable),
    macs,
    flops: flopsOf(macs),
    elementwise: total((costs) => costs.elementwise, 'estimated'),
    weightMemory: amountOf(
      product(integer(bytesPerFloat), quantityOf(parameters)),
      ['4·parameters'],
      'bytes in 32-bit floats',
    ),
    inferenceMemory: total((costs) => costs.inferenceMemory, 'estimated'),
    trainingMemory: total((costs) => costs.trainingMemory, 'estimated'),
    sequentialDepth: sequentialDepthOf(graph),
  };
}

function totalOf(
  layers: readonly Layer[],
  costs: readonly LayerCosts[],
  select: (costs: LayerCosts) => Amount,
  nature: 'counted' | 'estimated',
): Amount {
  const amounts = costs.map(select);
  const missing = amounts.findIndex(({ grade }) => grade === 'unknown');
  const formula = amounts
    .filter(({ value }) => value !== 0)
    .map(formatAmount)
    .join(' + ');
  if (missing !== -1) {
    const layer = layers[missing];
    const because = `${layer?.path ?? 'a layer'} (line ${layer?.location.line ?? 0}): ${amounts[missing]?.because ?? ''}`;
    return { grade: 'unknown', value: null, expression: null, formula, because };
  }
  const conventions = new Set(
    amounts.filter((_, index) => layers[index]?.operation.op === 'recurrent').map(({ because }) => because),
  );
  return amountOf(sum(...amounts.map(quantityOf)), [formula], [...conventions].join('; '), nature);
}

function quantityOf(amount: Amount): Quantity {
  return amount.expression === null
    ? { kind: 'unknown', because: amount.because }
    : { kind: 'known', value: amount.expression };
}

function sequentialDepthOf(graph: ModelGraph): Amount {
  const steps = new Map<number, Quantity>();
  for (const layer of graph.layers) {
    if (layer.operation.op !== 'recurrent') continue;
    for (const { node, timeSteps } of applicationsOf(graph, layer)) {
      steps.set(node.id, product(timeSteps, layer.operation.layers));
    }
  }
  const depths: Quantity[] = [];
  for (const node of graph.flow) {
    const before = node.inputs.map((input) => depths[input.node] ?? integer(0));
    const longest = before.length === 0 ? integer(0) : combine(before, (values) => maximum(...values));
    depths.push(sum(longest, steps.get(node.id) ?? integer(0)));
  }
  if (depths.length === 0) {
    return amountOf({ kind: 'unknown', because: 'the flow of tensors through the model is not known' }, [], '');
  }
  const because = 'time steps on the longest path, one after another whatever the hardware';
  return amountOf(
    combine(depths, (values) => maximum(...values)),
    [],
    because,
  );
}
