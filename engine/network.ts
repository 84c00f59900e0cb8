/** A network ready to train: the layers of a plan over one arena, its loss and its optimiser. */
import { createArenaPlanner } from './arena';
import { type Backend, type BackendFactory, blockOf, matrixOf, type Numbers, type Span } from './backend';
import { planActivation } from './layers/activation';
import { planDense } from './layers/dense';
import { planDropout } from './layers/dropout';
import { planEmbedding } from './layers/embedding';
import { type Layer, type Parameter, type Pass, rowsOf, type Sequence } from './layers/layer';
import { planRecurrent } from './layers/recurrent';
import { planFlatten, planLastStep } from './layers/reshape';
import { adamSettings } from './optimiser';
import type { LayerPlan, TrainingPlan } from './plan/trainingPlan';
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
  const { layers, input, output, targets, rowLosses, lossGradient, scalars, reachNorms } = layout;
  const backend = createBackend(layout.arenaLength);

  const section = (index: number): Span => blockOf({ offset: 0, length: 0 }, index, parameterLength);
  const [values, gradients, firstMoment, secondMoment] = [section(0), section(1), section(2), section(3)];
  const parameters = layers.flatMap((layer) => layer.parameters);
  parameters.forEach(({ value, rows, columns, initialiser }, index) => {
    backend.write(value, initialiser(rows, columns, createRandom(seed, index)));
  });

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
    parameterCount: parameters.reduce((count, { rows, columns }) => count + rows * columns, 0),
    arenaLength: layout.arenaLength,
    loadBatch: (inputs, targetValues) => {
      backend.write(input.value, inputs);
      backend.write(targets, targetValues);
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
        if (!(await backend.read(layer.output.value)).every(Number.isFinite)) return layer.path;
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
  readonly output: Sequence;
  readonly targets: Span;
  readonly rowLosses: Span;
  readonly lossGradient: Span;
  readonly scalars: Span;
  readonly reachNorms: Span;
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
  };
  const layers: Layer[] = [];
  let sequence = input;
  plan.layers.forEach((layerPlan, index) => {
    const layer = planLayer(sequence);
    layers.push(layer);
    sequence = layer.output;

    function planLayer(from: Sequence): Layer {
      switch (layerPlan.kind) {
        case 'embedding':
          return planEmbedding(arena, from, layerPlan, plan.convention);
        case 'recurrent':
          return planRecurrent(arena, from, layerPlan, plan.convention);
        case 'dense':
          return planDense(arena, from, layerPlan, plan.convention);
        case 'dropout':
          return planDropout(arena, from, layerPlan, index);
        case 'activation':
          return planActivation(arena, from, layerPlan);
        case 'lastStep':
          return planLastStep(from, layerPlan.path);
        case 'flatten':
          return planFlatten(arena, from, layerPlan.path);
      }
    }
  });
  const output = sequence;
  if (output.gradient === null) throw new Error('a network without parameters cannot be trained');
  if (output.width !== plan.output.width) {
    throw new Error(`the last layer gives ${output.width} numbers where the plan has ${plan.output.width}`);
  }
  const rows = output.timeSteps * batch;
  return {
    layers,
    input,
    output,
    targets: arena.reserve(plan.loss === 'crossEntropy' ? rows : rows * output.width),
    rowLosses: arena.reserve(rows),
    lossGradient: output.gradient,
    scalars: arena.reserve(1),
    reachNorms: arena.reserve(plan.timeSteps),
    parameterLength: arena.parameterLength,
    arenaLength: arena.length,
  };
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
