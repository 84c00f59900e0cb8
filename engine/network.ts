/** A network ready to train: the layers of a plan over one arena, its loss and its optimiser. */
import { type ArenaPlanner, createArenaPlanner } from './arena';
import { type Backend, type BackendFactory, blockOf, matrixOf, type Numbers, type Span } from './backend';
import { planActivation } from './layers/activation';
import { planDense } from './layers/dense';
import { planDropout } from './layers/dropout';
import { planEmbedding } from './layers/embedding';
import { planFork } from './layers/fork';
import { planJoin } from './layers/join';
import {
  type Layer,
  type LayerContext,
  type LayerState,
  type Parameter,
  type Pass,
  rowsOf,
  type Sequence,
} from './layers/layer';
import { planRecurrent } from './layers/recurrent';
import { planFlatten, planRepeat, planReverse, planStep } from './layers/reshape';
import { adamSettings } from './optimiser';
import { type LayerPlan, outputSource, type Source, sourcesOf, type TrainingPlan } from './plan/trainingPlan';
import { createRandom, mixBits } from './random';

export interface StepResult {
  /** Mean loss of the batch, before the update. */
  readonly loss: number;
  /** Global norm of the gradient, before clipping. */
  readonly gradientNorm: number;
}

export interface TrainingSettings {
  readonly learningRate: number;
  /** Gradients whose global norm is larger are scaled down to it. */
  readonly clipNorm: number;
}

/** Shapes of what a network is given, time-major: `[steps, batch, width]`. */
export interface BatchShape {
  readonly batch: number;
  readonly inputSteps: number;
  readonly inputWidth: number;
  readonly targetSteps: number;
  /** 1 for classes, which are given by number. */
  readonly targetWidth: number;
}

export interface Network {
  readonly backend: Backend;
  readonly batchShape: BatchShape;
  readonly parameters: readonly Parameter[];
  readonly parameterCount: number;
  /** What training changes besides parameters. */
  readonly state: readonly LayerState[];
  /** Numbers in the arena: what the network takes in memory, in units of a float. */
  readonly arenaLength: number;
  loadBatch(inputs: ArrayLike<number>, targets: ArrayLike<number>): void;
  /** One update by Adam. Step numbers count from 1 and decide what dropout drops. */
  trainStep(step: number, settings: TrainingSettings): Promise<StepResult>;
  /** Loss of every predicted step of every sequence, `[targetSteps, batch]`, without dropout. */
  evaluate(): Promise<Numbers>;
  /** Loss and gradients of the loaded batch as a training step has them, without the update. */
  differentiate(step: number): Promise<number>;
  /** What the last run through the network predicted, `[targetSteps, batch, width]`: logits where classes are predicted. */
  predictions(): Promise<Numbers>;
  /**
   * For k = 0, 1, …: the norm of the gradient of the last step's loss with respect to the first recurrent layer's hidden
   * state k steps before the end, over the loaded batch. Takes about as long as a training step. Empty without such a layer.
   */
  gradientReach(): Promise<number[]>;
  /** The path of the first layer whose output is not finite, or else the last whose gradients are not; null when all are. */
  findNonFiniteLayer(): Promise<string | null>;
}

/** Throws an Error when the plan does not fit together, which is a mistake of the planner. */
export function createNetwork(plan: TrainingPlan, batch: number, createBackend: BackendFactory, seed: number): Network {
  // Planned twice: only the first time tells how long the parameters are, before which nothing else can be placed.
  const { parameterLength } = layOut(plan, batch, 0);
  const layout = layOut(plan, batch, parameterLength);
  const { layers, input, delayedTargets, output, targets, rowLosses, lossGradient, scalars, reachNorms } = layout;
  const backend = createBackend(layout.arenaLength);

  const section = (index: number): Span => blockOf({ offset: 0, length: 0 }, index, parameterLength);
  const [values, gradients, firstMoment, secondMoment] = [section(0), section(1), section(2), section(3)];
  const parameters = [
    ...new Map(
      layers
        .flatMap((layer) => layer.parameters)
        .reverse()
        .map((parameter) => [parameter.name, parameter]),
    ).values(),
  ].reverse();
  parameters.forEach(({ value, rows, columns, initialiser }, index) => {
    backend.write(value, initialiser(rows, columns, createRandom(seed, index)));
  });
  const state = layers.flatMap((layer) => layer.state ?? []);
  for (const { value, initial } of state) backend.fill(value, initial);

  const outputRows = rowsOf(output, output.value);
  const gradientRows = rowsOf(output, lossGradient);
  const targetWidth = plan.loss === 'crossEntropy' ? 1 : output.width;
  const targetRows = matrixOf(targets, outputRows.rows, output.width);
  const reachPath = pathOfFirstRecurrentLayer(plan.layers);

  const passOfStep = (step: number): Pass => ({
    training: true,
    dropoutKey: mixBits(seed ^ mixBits(step)),
    gradientReach: null,
  });
  const evaluationPass: Pass = { training: false, dropoutKey: 0, gradientReach: null };

  const forward = (pass: Pass): void => {
    for (const layer of layers) layer.forward(backend, pass);
    switch (plan.loss) {
      case 'crossEntropy':
        backend.softmaxCrossEntropy(outputRows, targets, rowLosses, gradientRows);
        break;
      case 'meanSquaredError':
        backend.meanSquaredError(outputRows, targetRows, rowLosses, gradientRows);
        break;
    }
  };
  const layersBackwards = [...layers].reverse();
  const backward = (pass: Pass): void => {
    for (const layer of layersBackwards) layer.backward(backend, pass);
    for (const { gradient, further } of layout.sharedGradients) backend.add(gradient, further);
  };

  return {
    backend,
    batchShape: {
      batch,
      inputSteps: input.timeSteps,
      inputWidth: input.width,
      targetSteps: output.timeSteps,
      targetWidth,
    },
    parameters,
    state,
    parameterCount: parameters.reduce((count, { rows, columns }) => count + rows * columns, 0),
    arenaLength: layout.arenaLength,
    loadBatch: (inputs, targetValues) => {
      backend.write(input.value, inputs);
      backend.write(targets, targetValues);
      if (delayedTargets !== null) {
        const stepLength = batch * delayedTargets.width;
        const { offset, length } = delayedTargets.value;
        const earlier = Array.prototype.slice.call(targetValues, 0, length - stepLength);
        backend.write({ offset: offset + stepLength, length: length - stepLength }, earlier);
      }
    },
    trainStep: async (step, { learningRate, clipNorm }) => {
      const pass = passOfStep(step);
      forward(pass);
      backward(pass);
      backend.squaredNorm(gradients, scalars);
      backend.clipByNorm(gradients, scalars, clipNorm);
      backend.adam(values, gradients, firstMoment, secondMoment, adamSettings(plan.convention, step, learningRate));
      const [losses, squared] = [await backend.read(rowLosses), await backend.read(scalars)];
      return { loss: mean(losses), gradientNorm: Math.sqrt(squared[0] ?? Number.NaN) };
    },
    evaluate: async () => {
      forward(evaluationPass);
      return backend.read(rowLosses);
    },
    differentiate: async (step) => {
      const pass = passOfStep(step);
      forward(pass);
      backward(pass);
      return mean(await backend.read(rowLosses));
    },
    predictions: () => backend.read(output.value),
    gradientReach: async () => {
      if (reachPath === null) return [];
      const pass = { ...evaluationPass, gradientReach: { path: reachPath, squaredNorms: reachNorms } };
      forward(pass);
      // Only the last step's loss: with every step's, each lag would show its own step's gradient.
      const lastStepLength = batch * output.width;
      backend.fill({ offset: lossGradient.offset, length: lossGradient.length - lastStepLength }, 0);
      backward(pass);
      const squaredByTime = await backend.read(reachNorms);
      return Array.from(squaredByTime, Math.sqrt).reverse();
    },
    findNonFiniteLayer: async () => {
      for (const layer of layers) {
        for (const { value } of layer.outputs) {
          if (!(await backend.read(value)).every(Number.isFinite)) return layer.path;
        }
      }
      for (const layer of layersBackwards) {
        for (const { gradient } of layer.parameters) {
          if (!(await backend.read(gradient)).every(Number.isFinite)) return layer.path;
        }
      }
      return null;
    },
  };
}

/** Numbers that the network of a plan takes in memory, without making it. */
export function arenaLengthOf(plan: TrainingPlan, batch: number): number {
  return layOut(plan, batch, layOut(plan, batch, 0).parameterLength).arenaLength;
}

interface Layout {
  readonly layers: readonly Layer[];
  readonly input: Sequence;
  /** The input of a decoder that is taught by the right answers. */
  readonly delayedTargets: Sequence | null;
  readonly output: Sequence;
  readonly targets: Span;
  readonly rowLosses: Span;
  readonly lossGradient: Span;
  readonly scalars: Span;
  readonly reachNorms: Span;
  readonly sharedGradients: ArenaPlanner['sharedGradients'];
  readonly parameterLength: number;
  readonly arenaLength: number;
}

function layOut(plan: TrainingPlan, batch: number, parameterLength: number): Layout {
  const arena = createArenaPlanner(parameterLength);
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
      inputs: sourcesOf(plan.layers, index).map(take),
      isRead: (output) => readers.has(keyOf({ layer: index, output })),
    };
    const layer = planLayer(context, layerPlan, index);
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
    input,
    delayedTargets,
    output,
    targets: arena.reserve(plan.loss === 'crossEntropy' ? rows : rows * output.width),
    rowLosses: arena.reserve(rows),
    lossGradient: output.gradient,
    scalars: arena.reserve(1),
    reachNorms: arena.reserve(plan.timeSteps),
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
    case 'pool':
    case 'poolOverTime':
    case 'layerNorm':
    case 'batchNorm':
    case 'attention':
    case 'multiHeadAttention':
    case 'softmaxOverTime':
    case 'gaussianNoise':
      throw new Error(`${plan.kind} is not made yet`);
  }
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

function pathOfFirstRecurrentLayer(layers: readonly LayerPlan[]): string | null {
  const first = layers.find((layer) => layer.kind === 'recurrent');
  if (first === undefined) return null;
  return first.direction === 'both' ? `${first.path}.forward` : first.path;
}

function mean(values: Numbers): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
