/**
 * What a model costs: its layers' costs and their totals. The way into this folder.
 *
 * `amount.ts` says how certain a number is, `recurrent.ts` holds the formulas of recurrent layers, `layer.ts` those of all
 * others, `products.ts` those of attention, convolutions and free products, `applications.ts` how often a layer runs per
 * sequence, `memory.ts` what weights and optimisers take, `conventions.ts` what other tools count.
 */
import { maximum } from '../expression';
import { type FlowNode, isListed, type Layer, type ModelGraph, type Quantity } from '../graph';
import { Lazy } from '../lazy';
import { type Amount, amountOf, formatAmount, noSteps, quantityOf } from './amount';
import { applicationsOf } from './applications';
import { combine, integer, product, sum } from './arithmetic';
import { flopsOf, type LayerCosts, layerCosts } from './layer';
import { peakInferenceBytes } from './liveMemory';
import { weightBytes } from './memory';
import { functionMacs } from './products';

/** Totals over the layers of a model. Shared layers count once in the parameters and once per application in the work. */
export interface ModelCosts {
  /** In the order of the model's layers. */
  readonly layers: readonly LayerCosts[];
  readonly parameters: Amount;
  readonly trainable: Amount;
  readonly macs: Amount;
  readonly flops: Amount;
  /** Multiply-adds to take in one more step and to answer: what a stream pays each time. */
  readonly macsPerStep: Amount;
  readonly flopsPerStep: Amount;
  readonly elementwise: Amount;
  /** Products that the program makes itself (`matmul`), beside those of its layers. */
  readonly functions: readonly FunctionCosts[];
  /** Bytes of the weights in 32-bit floats. */
  readonly weightMemory: Amount;
  /** Bytes of activations that one sequence holds at once, at the fullest moment. */
  readonly inferenceMemory: Amount;
  readonly trainingMemory: Amount;
  /** As `trainingMemory`, where backpropagation through time is cut off after so many steps. */
  truncatedTrainingMemory(steps: Quantity): Amount;
  /** Time steps on the longest path through the model. */
  readonly sequentialDepth: Amount;
}

export interface FunctionCosts {
  readonly node: FlowNode;
  readonly name: string;
  /** Multiply-adds per sequence. */
  readonly macs: Amount;
}

/** What a model costs. Each figure is worked out when it is read: no one view shows them all. */
export function modelCosts(graph: ModelGraph): ModelCosts {
  return new CostsOfModel(graph);
}

class CostsOfModel implements ModelCosts {
  readonly layers: readonly LayerCosts[];
  private readonly multiplied: Lazy<readonly FunctionCosts[]>;

  constructor(private readonly graph: ModelGraph) {
    this.layers = graph.layers.map((layer) => layerCosts(graph, layer));
    this.multiplied = new Lazy(() => functionCosts(graph));
  }

  get functions(): readonly FunctionCosts[] {
    return this.multiplied.value;
  }

  get parameters(): Amount {
    return this.total(({ parameters }) => parameters);
  }

  get trainable(): Amount {
    return this.total(({ trainable }) => trainable);
  }

  get macs(): Amount {
    return this.withFunctions(this.total(({ macs }) => macs));
  }

  get flops(): Amount {
    return flopsOf(this.macs);
  }

  get macsPerStep(): Amount {
    const layers = this.total(({ macsPerStep }) => macsPerStep);
    if (this.functions.length === 0) return layers;
    const because = `what ${this.functions[0]?.name} multiplies for one step is not followed`;
    return amountOf({ kind: 'unknown', because }, noSteps, '');
  }

  get flopsPerStep(): Amount {
    return flopsOf(this.macsPerStep);
  }

  get elementwise(): Amount {
    return this.total(({ elementwise }) => elementwise, 'estimated');
  }

  get weightMemory(): Amount {
    return weightBytes(this.parameters, 'fp32');
  }

  get inferenceMemory(): Amount {
    const because = 'what is held at the fullest moment, in 32-bit floats';
    return amountOf(peakInferenceBytes(this.graph), noSteps, because, 'estimated');
  }

  get trainingMemory(): Amount {
    return this.total(({ trainingMemory }) => trainingMemory, 'estimated');
  }

  truncatedTrainingMemory(steps: Quantity): Amount {
    return this.total((costs) => costs.truncatedTrainingMemory(steps), 'estimated');
  }

  get sequentialDepth(): Amount {
    return sequentialDepthOf(this.graph);
  }

  /** The work of the layers with that of the functions between them. */
  private withFunctions(layers: Amount): Amount {
    const missing = this.functions.find(({ macs }) => macs.grade === 'unknown');
    if (layers.expression === null || this.functions.length === 0) return layers;
    if (missing !== undefined) {
      const because = `${missing.name} (line ${missing.node.location.line}): ${missing.macs.because}`;
      return amountOf({ kind: 'unknown', because }, noSteps, '');
    }
    const parts = [layers, ...this.functions.map(({ macs }) => macs)];
    const nature = layers.grade === 'estimated' ? layers.grade : 'counted';
    return amountOf(sum(...parts.map(quantityOf)), () => [parts.map(formatAmount).join(' + ')], layers.because, nature);
  }

  private total(select: (costs: LayerCosts) => Amount, nature: 'counted' | 'estimated' = 'counted'): Amount {
    return totalOf(this.graph.layers, this.layers, select, nature);
  }
}

function functionCosts(graph: ModelGraph): readonly FunctionCosts[] {
  return graph.flow.flatMap((node) => {
    const macs = functionMacs(graph, node);
    return macs === null || node.operation.kind !== 'function' ? [] : [{ node, name: node.operation.name, macs }];
  });
}

function totalOf(
  layers: readonly Layer[],
  costs: readonly LayerCosts[],
  select: (costs: LayerCosts) => Amount,
  nature: 'counted' | 'estimated',
): Amount {
  const amounts = costs.map(select);
  const missing = amounts.findIndex(({ grade }) => grade === 'unknown');
  const steps = (): readonly string[] => [
    amounts
      .filter(({ value }) => value !== 0)
      .map(formatAmount)
      .join(' + '),
  ];
  if (missing !== -1) {
    const layer = layers[missing];
    const because = `${layer?.path ?? 'a layer'} (line ${layer?.location.line ?? 0}): ${amounts[missing]?.because ?? ''}`;
    return amountOf({ kind: 'unknown', because }, steps, '');
  }
  const conventions = new Set(
    amounts.filter((_, index) => layers[index]?.operation.op === 'recurrent').map(({ because }) => because),
  );
  const isEstimated = amounts.some(({ grade }) => grade === 'estimated');
  return amountOf(
    sum(...amounts.map(quantityOf)),
    steps,
    [...conventions].join('; '),
    isEstimated ? 'estimated' : nature,
  );
}

/** Layers that one application loops through one after another; null for a layer without a loop over time. */
function loopedLayers({ operation }: Layer): Quantity | null {
  if (operation.op === 'recurrent') return operation.layers;
  return operation.op === 'other' ? (operation.loops ?? null) : null;
}

function sequentialDepthOf(graph: ModelGraph): Amount {
  const steps = new Map<number, Quantity>();
  for (const layer of graph.layers) {
    const layers = loopedLayers(layer);
    if (layers === null) continue;
    for (const { node, timeSteps } of applicationsOf(graph, layer)) {
      steps.set(node.id, product(timeSteps, layers));
    }
  }
  const depths: Quantity[] = [];
  for (const node of graph.flow) {
    const before = node.inputs.map((input) => depths[input.node] ?? integer(0));
    const longest = before.length === 0 ? integer(0) : combine(before, (values) => maximum(...values));
    depths.push(sum(longest, steps.get(node.id) ?? integer(0)));
  }
  if (depths.length === 0) {
    return amountOf({ kind: 'unknown', because: 'the flow of tensors through the model is not known' }, noSteps, '');
  }
  if (steps.size === 0 && mayLoopByItself(graph)) {
    return amountOf(
      { kind: 'unknown', because: 'steps that the program makes by itself are not followed' },
      noSteps,
      '',
    );
  }
  const because = 'time steps on the longest path, one after another whatever the hardware';
  return amountOf(
    combine(depths, (values) => maximum(...values)),
    noSteps,
    because,
  );
}

/**
 * Whether a program without recurrent layers seems to loop over time in its own code: it applies a layer to what the same
 * layer gave, does something an unknown number of times, or multiplies by arrays of its own.
 */
function mayLoopByItself(graph: ModelGraph): boolean {
  const through: ReadonlySet<string>[] = [];
  for (const node of graph.flow) {
    const { operation, inputs, isConditional } = node;
    const before = new Set(inputs.flatMap((input) => [...(through[input.node] ?? [])]));
    if (isConditional || functionMacs(graph, node)?.grade === 'unknown') return true;
    if (operation.kind === 'layer' && isMultiplying(graph, operation.path)) {
      if (before.has(operation.path)) return true;
      before.add(operation.path);
    }
    through.push(before);
  }
  return false;
}

function isMultiplying({ layers }: ModelGraph, path: string): boolean {
  const layer = layers.find((each) => each.path === path);
  return layer !== undefined && !(isListed(layer.weights) && layer.weights.length === 0);
}
