/** Where everything of a network lies: the layers of a plan over one arena, before a backend has made room for it. */
import { type ArenaPlanner, createArenaPlanner } from './arena';
import type { Span } from './backend';
import { planActivation } from './layers/activation';
import { planAttention } from './layers/attention';
import { planBatchNorm } from './layers/batchNorm';
import { planConv1d } from './layers/conv1d';
import { planDense } from './layers/dense';
import { planDropout } from './layers/dropout';
import { planEmbedding } from './layers/embedding';
import { planFork } from './layers/fork';
import { planGaussianNoise } from './layers/gaussianNoise';
import { planJoin } from './layers/join';
import type { BatchShare, Layer, LayerContext, LayerState, Parameter, Sequence } from './layers/layer';
import { planLayerNorm } from './layers/layerNorm';
import { planMultiHeadAttention } from './layers/multiHeadAttention';
import { planPool, planPoolOverTime } from './layers/pooling';
import { planRecurrent } from './layers/recurrent';
import { planFlatten, planRepeat, planReverse, planStep } from './layers/reshape';
import { planSoftmaxOverTime } from './layers/softmaxOverTime';
import type { Optimiser } from './optimiser';
import { type LayerPlan, outputSource, type Source, sourcesOf, type TrainingPlan } from './plan/trainingPlan';

export interface Layout {
  readonly layers: readonly Layer[];
  /** Each once, in the order in which their first values are drawn. */
  readonly parameters: readonly Parameter[];
  /** What training changes besides parameters, each once. */
  readonly state: readonly LayerState[];
  readonly input: Sequence;
  /** The input of a decoder that is taught by the right answers. */
  readonly delayedTargets: Sequence | null;
  readonly output: Sequence;
  /** The right answers of every predicted step: a class each, or numbers. */
  readonly targets: Span;
  /** `[targetSteps, batch]`. */
  readonly rowLosses: Span;
  readonly lossGradient: Span;
  /** One number: the squared norm of the gradient. */
  readonly scalars: Span;
  /** One number a step of the first recurrent layer; see `Pass.gradientReach`. */
  readonly reachNorms: Span;
  readonly sharedGradients: ArenaPlanner['sharedGradients'];
  /** Room for the gradients of another part; null but for the first of several. */
  readonly otherGradients: Span | null;
  /** Numbers that the parameters take, padding included. */
  readonly parameterLength: number;
  /** Numbers that all of it takes. */
  readonly arenaLength: number;
}

/** Planned twice: only the first time tells how long the parameters are, before which nothing else can be placed. */
export function layOut(plan: TrainingPlan, batch: number, { stateSections }: Optimiser, share: BatchShare): Layout {
  const { parameterLength } = layOutAfter(plan, batch, share, 0, stateSections);
  return layOutAfter(plan, batch, share, parameterLength, stateSections);
}

function layOutAfter(
  plan: TrainingPlan,
  batch: number,
  share: BatchShare,
  parameterLength: number,
  stateSections: number,
): Layout {
  const arena = createArenaPlanner(parameterLength, stateSections);
  const inputWidth = plan.input.kind === 'tokens' ? 1 : plan.input.width;
  const input: Sequence = {
    timeSteps: plan.timeSteps,
    batch,
    width: inputWidth,
    value: arena.reserve(plan.timeSteps * batch * inputWidth),
    gradient: null,
    mask: null,
  };
  let delayedTargets: Sequence | null = null;
  // The first recurrent layer may have fewer steps than the input, behind a pooling.
  let reachSteps: number | undefined;
  const layers: Layer[] = [];
  const readers = readersOf(plan);
  /** For each value, what its readers are given, in the order of the plan. */
  const given = new Map<string, Sequence[]>();
  const give = (source: Source, value: Sequence, path: string): void => {
    const count = readers.get(keyOf(source)) ?? 0;
    if (count <= 1) {
      given.set(keyOf(source), [value]);
      return;
    }
    const fork = planFork(arena, value, count, path);
    layers.push(fork);
    given.set(keyOf(source), [...fork.outputs]);
  };
  const take = (source: Source): Sequence => {
    const value = given.get(keyOf(source))?.shift();
    if (value === undefined) throw new Error(`a layer reads ${keyOf(source)}, which is not there`);
    return value;
  };
  give('input', input, 'input');
  plan.layers.forEach((layerPlan, index) => {
    if (layerPlan.kind === 'delayedTargets') {
      const { timeSteps, width, path } = layerPlan;
      delayedTargets = {
        timeSteps,
        batch,
        width,
        value: arena.reserve(timeSteps * batch * width),
        gradient: null,
        mask: null,
      };
      give({ layer: index, output: 0 }, delayedTargets, path);
      return;
    }
    const context: LayerContext = {
      arena,
      convention: plan.convention,
      share,
      inputs: sourcesOf(plan.layers, index).map(take),
      isRead: (output) => readers.has(keyOf({ layer: index, output })),
    };
    const layer = planLayer(context, layerPlan, index);
    if (layerPlan.kind === 'recurrent') reachSteps ??= layer.outputs[0]?.timeSteps;
    layers.push(layer);
    layer.outputs.forEach((value, output) => {
      give({ layer: index, output }, value, layer.path);
    });
  });
  const output = take(outputSource(plan));
  if (output.gradient === null) throw new Error('a network without parameters cannot be trained');
  if (output.width !== plan.output.width) {
    throw new Error(`the last layer gives ${output.width} numbers where the plan has ${plan.output.width}`);
  }
  const rows = output.timeSteps * batch;
  return {
    layers,
    parameters: eachNameOnce(layers.flatMap((layer) => layer.parameters)),
    state: eachNameOnce(layers.flatMap((layer) => layer.state ?? [])),
    input,
    delayedTargets,
    output,
    targets: arena.reserve(plan.loss === 'crossEntropy' ? rows : rows * output.width),
    rowLosses: arena.reserve(rows),
    lossGradient: output.gradient,
    scalars: arena.reserve(1),
    reachNorms: arena.reserve(reachSteps ?? plan.timeSteps),
    otherGradients: batch < share.of && share.first === 0 ? arena.reserve(parameterLength) : null,
    sharedGradients: arena.sharedGradients,
    parameterLength: arena.parameterLength,
    arenaLength: arena.length,
  };
}

function planLayer(context: LayerContext, plan: Exclude<LayerPlan, { kind: 'delayedTargets' }>, index: number): Layer {
  switch (plan.kind) {
    case 'embedding':
      return planEmbedding(context, plan);
    case 'recurrent':
      return planRecurrent(context, plan);
    case 'dense':
      return planDense(context, plan);
    case 'dropout':
      return planDropout(context, plan, index);
    case 'activation':
      return planActivation(context, plan);
    case 'step':
      return planStep(context, plan);
    case 'flatten':
      return planFlatten(context, plan);
    case 'reverse':
      return planReverse(context, plan);
    case 'repeat':
      return planRepeat(context, plan);
    case 'join':
      return planJoin(context, plan);
    case 'conv1d':
      return planConv1d(context, plan);
    case 'pool':
      return planPool(context, plan);
    case 'poolOverTime':
      return planPoolOverTime(context, plan);
    case 'layerNorm':
      return planLayerNorm(context, plan);
    case 'batchNorm':
      return planBatchNorm(context, plan);
    case 'attention':
      return planAttention(context, plan, index);
    case 'multiHeadAttention':
      return planMultiHeadAttention(context, plan, index);
    case 'softmaxOverTime':
      return planSoftmaxOverTime(context, plan);
    case 'gaussianNoise':
      return planGaussianNoise(context, plan, index);
  }
}

/** Layers of the same path share what they have: of each name the first, in the place of the last. */
function eachNameOnce<T extends { readonly name: string }>(named: readonly T[]): readonly T[] {
  return [...new Map([...named].reverse().map((one) => [one.name, one])).values()].reverse();
}

function keyOf(source: Source): string {
  return source === 'input' ? source : `output ${source.output} of layer ${source.layer}`;
}

/** How often each value is read, by layers and at last by the loss. */
function readersOf(plan: TrainingPlan): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const count = (source: Source): void => {
    counts.set(keyOf(source), (counts.get(keyOf(source)) ?? 0) + 1);
  };
  for (const index of plan.layers.keys()) sourcesOf(plan.layers, index).forEach(count);
  count(outputSource(plan));
  return counts;
}
