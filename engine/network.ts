/** A network ready to train: the layers of a plan over one arena, its loss and its optimiser. */
import type { BackendName } from '../protocol/trainer';
import { type Backend, type BackendFactory, blockOf, matrixOf, type Numbers, type Span } from './backend';
import {
  type BatchShare,
  dropoutKeyOf,
  type Layer,
  type LayerState,
  type Parameter,
  type Pass,
  rowsOf,
} from './layers/layer';
import { layOut } from './layout';
import { clipNormMargin, createOptimiser, defaultOptimiser } from './optimiser';
import type { LayerPlan, TrainingPlan } from './plan/trainingPlan';
import { createRandom } from './random';

export interface StepResult {
  /** Mean loss of the batch, before the update. */
  readonly loss: number;
  /** Global norm of the gradient, before clipping. */
  readonly gradientNorm: number;
  /** As `Network.gradientReach`, where it was asked for and could be had on the way; else null. */
  readonly gradientReach: readonly number[] | null;
}

/** What running forward and backward found; the gradients themselves stay in the arena. */
export interface GradientResult extends RowLosses {
  /** As `StepResult.gradientReach`. */
  readonly gradientReach: readonly number[] | null;
}

export interface TrainingSettings {
  readonly learningRate: number;
  /** Gradients whose global norm is larger are scaled down to it. */
  readonly clipNorm?: number;
  /** Numbers of the gradient, clipped by norm if so, that are further from 0 are brought to it. */
  readonly clipValue?: number;
  /** Whether to measure how far back the gradient reaches, where that takes no pass of its own. */
  readonly measureReach?: boolean;
}

/** What each row of the loaded batch lost, `[targetSteps, batch]`, and how much it counts; null where all count alike. */
export interface RowLosses {
  readonly losses: Numbers;
  readonly weights: Numbers | null;
}

/** Parameters, the sections of the optimiser, and what layers keep, one after another. */
export type Snapshot = readonly Numbers[];

/** Where numbers stopped being finite, or grew largest. */
export type Place =
  | { readonly kind: 'inputs' | 'targets' }
  | { readonly kind: 'output' | 'gradient'; readonly path: string };

export interface LargestOutput {
  readonly place: Place;
  readonly magnitude: number;
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

/**
 * What a run needs of a network, whatever computes it. Everything is done in the order in which it is asked for: what is asked
 * for before anything is awaited sees what was asked for before it, and whoever has asked may reuse the arrays that were given.
 * Promises reject with a `DeviceLostError` when the device is gone.
 */
export interface Network {
  readonly backendName: BackendName;
  /** What computes, for people: "WebAssembly SIMD (relaxed) on 2 threads". */
  readonly device: string;
  /** What decides how numbers are rounded, which is all that a checkpoint has to agree with: the device on one thread. */
  readonly arithmetic: string;
  /** Whether asking for several steps before awaiting the first of them is faster than one after the other. */
  readonly isQueued: boolean;
  readonly batchShape: BatchShape;
  readonly parameterCount: number;
  loadBatch(inputs: ArrayLike<number>, targets: ArrayLike<number>): void;
  /** One update by the plan's optimiser. Step numbers count from 1 and decide what dropout drops. */
  trainStep(step: number, settings: TrainingSettings): Promise<StepResult>;
  /** Loss of every predicted step of every sequence, without dropout. */
  evaluate(): Promise<RowLosses>;
  /** What the last run through the network predicted, `[targetSteps, batch, width]`: logits where classes are predicted. */
  predictions(): Promise<Numbers>;
  /**
   * For k = 0, 1, …: the norm of the gradient of the last step's loss with respect to the first recurrent layer's hidden
   * state k steps before the end, over the loaded batch. Takes about as long as a training step. Empty without such a layer.
   */
  gradientReach(): Promise<number[]>;
  /**
   * Where a loss or gradient that is no finite number comes from, right after the step: what was loaded, else the first layer
   * whose output is not finite, else the last whose gradients are not, else the one with the largest gradient.
   */
  findNonFinite(): Promise<Place>;
  /** The layer whose output holds the number furthest from 0, and that number's distance. */
  findLargestOutput(): Promise<LargestOutput>;
  /** A copy of all that training changes. With the number of the step to come it is what training goes on from, on any backend. */
  snapshot(): Promise<Snapshot>;
  /** Takes a snapshot of any backend, whose numbers it rounds to its own. Throws an Error when the snapshot does not fit. */
  restore(snapshot: Snapshot): void;
  fits(snapshot: Snapshot): boolean;
  /** Ends the threads that it has besides the calling one, and gives back the memory of its device. It computes no further. */
  end(): void;
}

/** A network on one of the engine's own backends: what its parts and its tests reach into. */
export interface EngineNetwork extends Network {
  readonly backend: Backend;
  readonly parameters: readonly Parameter[];
  /** All parameters as one stretch, and their gradients in the same order. */
  readonly parameterSection: Span;
  readonly gradientSection: Span;
  /** What training changes besides parameters. */
  readonly state: readonly LayerState[];
  /** Numbers in the arena: what the network takes in memory, in units of a float. */
  readonly arenaLength: number;
  /**
   * Of the first part of a batch: makes its gradients those of the whole, the sum of its own and those of the other parts, each times
   * its share.
   */
  joinGradients(ownShare: number, others: readonly { readonly gradients: Numbers; readonly share: number }[]): void;
  /** The first half of a training step: losses and gradients of the loaded batch. */
  computeGradients(step: number, measureReach: boolean): Promise<GradientResult>;
  /** Its second half: clips the gradients and updates. Returns their global norm before clipping. */
  update(step: number, settings: TrainingSettings): Promise<number>;
  /** Loss and gradients of the loaded batch as a training step has them, without the update. */
  differentiate(step: number): Promise<number>;
}

/**
 * Throws an Error when the plan does not fit together, which is a mistake of the planner.
 *
 * @param batch sequences of a batch that this network is given
 * @param share left out, they are the whole batch
 */
export function createNetwork(
  plan: TrainingPlan,
  batch: number,
  createBackend: BackendFactory,
  seed: number,
  share: BatchShare = { first: 0, of: batch },
): EngineNetwork {
  const optimiser = createOptimiser(plan.optimiser ?? defaultOptimiser, plan.convention);
  const layout = layOut(plan, batch, optimiser, share);
  const { layers, parameters, state, input, delayedTargets, output, targets } = layout;
  const { rowLosses, lossGradient, scalars, reachNorms } = layout;
  const backend = createBackend(layout.arenaLength);

  const section = (index: number): Span => blockOf({ offset: 0, length: 0 }, index, layout.parameterLength);
  const [values, gradients] = [section(0), section(1)];
  const optimiserState = Array.from({ length: optimiser.stateSections }, (_, index) => section(2 + index));
  parameters.forEach(({ value, rows, columns, initialiser }, index) => {
    backend.write(value, initialiser(rows, columns, createRandom(seed, index)));
  });
  for (const { value, initial } of state) backend.fill(value, initial);

  const outputRows = rowsOf(output, output.value);
  const gradientRows = rowsOf(output, lossGradient);
  const targetWidth = plan.loss === 'crossEntropy' ? 1 : output.width;
  const rowWeights = output.mask;
  const targetRows = matrixOf(targets, outputRows.rows, output.width);
  const reachPath = pathOfFirstRecurrentLayer(plan.layers);

  const passOfStep = (step: number): Pass => ({
    training: true,
    dropoutKey: dropoutKeyOf(seed, step),
    gradientReach: null,
  });
  const evaluationPass: Pass = { training: false, dropoutKey: 0, gradientReach: null };

  const forward = (pass: Pass): void => {
    for (const layer of layers) layer.forward(backend, pass);
    if (plan.loss === 'crossEntropy') {
      backend.softmaxCrossEntropy(outputRows, targets, rowWeights, rowLosses, gradientRows);
    } else {
      backend.elementwiseLoss(plan.loss, outputRows, targetRows, rowWeights, rowLosses, gradientRows);
    }
  };
  const layersBackwards = [...layers].reverse();
  const backward = (pass: Pass): void => {
    for (const layer of layersBackwards) layer.backward(backend, pass);
    for (const { gradient, further } of layout.sharedGradients) backend.add(gradient, further);
  };
  /** Parameters, what the optimiser keeps, what layers keep: all that makes a step other than the same step at the start. */
  const changedSpans = [values, ...optimiserState, ...state.map(({ value }) => value)];
  const fits = (snapshot: Snapshot): boolean =>
    snapshot.length === changedSpans.length &&
    changedSpans.every(({ length }, index) => snapshot[index]?.length === length);
  const findLargest = async (
    spansOf: (layer: Layer) => readonly Span[],
  ): Promise<{ readonly path: string; readonly magnitude: number }> => {
    let [largest, path] = [-1, ''];
    for (const layer of layers) {
      for (const span of spansOf(layer)) {
        let magnitude = 0;
        for (const value of await backend.read(span)) magnitude = Math.max(magnitude, Math.abs(value));
        if (magnitude > largest) [largest, path] = [magnitude, layer.path];
      }
    }
    return { path, magnitude: largest };
  };
  const readRowLosses = async (): Promise<RowLosses> => {
    const [losses, weights] = await Promise.all([backend.read(rowLosses), rowWeights && backend.read(rowWeights)]);
    return { losses, weights };
  };
  const readReach = async (): Promise<number[]> => Array.from(await backend.read(reachNorms), Math.sqrt).reverse();
  const readNorm = async (): Promise<number> => Math.sqrt((await backend.read(scalars))[0] ?? Number.NaN);
  const reachTarget = reachPath === null ? null : { path: reachPath, squaredNorms: reachNorms };
  /** With a single predicted step there is no other loss that would show at each lag. */
  const reachOnTheWay = output.timeSteps === 1 ? reachTarget : null;

  const runBothWays = (step: number, measureReach: boolean): void => {
    const pass = { ...passOfStep(step), gradientReach: measureReach ? reachOnTheWay : null };
    forward(pass);
    backward(pass);
  };
  const readGradientResult = async (measureReach: boolean): Promise<GradientResult> => {
    const [losses, gradientReach] = await Promise.all([
      readRowLosses(),
      measureReach && reachOnTheWay !== null ? readReach() : null,
    ]);
    return { ...losses, gradientReach };
  };
  const computeGradients = (step: number, measureReach: boolean): Promise<GradientResult> => {
    runBothWays(step, measureReach);
    return readGradientResult(measureReach);
  };
  const clipAndUpdate = (step: number, { learningRate, clipNorm, clipValue }: TrainingSettings): void => {
    backend.squaredNorm(gradients, scalars);
    if (clipNorm !== undefined) backend.clipByNorm(gradients, scalars, clipNorm, clipNormMargin[plan.convention]);
    if (clipValue !== undefined) backend.clipByValue(gradients, clipValue);
    optimiser.update(backend, values, gradients, optimiserState, step, learningRate);
  };

  return {
    backend,
    backendName: backend.name,
    device: backend.device,
    arithmetic: backend.device,
    isQueued: backend.isQueued,
    batchShape: {
      batch,
      inputSteps: input.timeSteps,
      inputWidth: input.width,
      targetSteps: output.timeSteps,
      targetWidth,
    },
    parameters,
    parameterSection: values,
    gradientSection: gradients,
    state,
    parameterCount: parameters.reduce((count, { rows, columns }) => count + rows * columns, 0),
    arenaLength: layout.arenaLength,
    loadBatch: (inputs, targetValues) => {
      backend.write(input.value, inputs);
      backend.write(targets, targetValues);
      if (delayedTargets !== null) {
        const stepLength = batch * delayedTargets.width;
        const { offset, length } = delayedTargets.value;
        const isOneHot = plan.loss === 'crossEntropy' && delayedTargets.width > 1;
        const given = isOneHot ? oneHot(targetValues, delayedTargets.width) : targetValues;
        const earlier = Array.prototype.slice.call(given, 0, length - stepLength);
        backend.write({ offset: offset + stepLength, length: length - stepLength }, earlier);
      }
    },
    trainStep: async (step, { measureReach = false, ...settings }) => {
      // All is asked for before the first answer is awaited: a queue takes the step, and those after it, in one go.
      runBothWays(step, measureReach);
      clipAndUpdate(step, settings);
      const [{ gradientReach, ...losses }, gradientNorm] = await Promise.all([
        readGradientResult(measureReach),
        readNorm(),
      ]);
      return { loss: meanLoss(losses), gradientNorm, gradientReach };
    },
    joinGradients: (ownShare, others) => {
      const { otherGradients } = layout;
      if (otherGradients === null) throw new Error('only the first part of a batch joins gradients');
      backend.scale(gradients, ownShare);
      for (const other of others) {
        backend.write(otherGradients, other.gradients);
        backend.scale(otherGradients, other.share);
        backend.add(gradients, otherGradients);
      }
    },
    computeGradients,
    update: (step, settings) => {
      clipAndUpdate(step, settings);
      return readNorm();
    },
    evaluate: () => {
      forward(evaluationPass);
      return readRowLosses();
    },
    differentiate: async (step) => meanLoss(await computeGradients(step, false)),
    predictions: () => backend.read(output.value),
    gradientReach: () => {
      if (reachTarget === null) return Promise.resolve([]);
      const pass = { ...evaluationPass, gradientReach: reachTarget };
      forward(pass);
      // Only the last step's loss: with every step's, each lag would show its own step's gradient.
      const lastStepLength = batch * output.width;
      backend.fill({ offset: lossGradient.offset, length: lossGradient.length - lastStepLength }, 0);
      backward(pass);
      return readReach();
    },
    findNonFinite: async () => {
      const allFinite = async (span: Span): Promise<boolean> => (await backend.read(span)).every(Number.isFinite);
      if (!(await allFinite(input.value))) return { kind: 'inputs' };
      if (!(await allFinite(targets))) return { kind: 'targets' };
      for (const { path, outputs } of layers) {
        for (const { value } of outputs) if (!(await allFinite(value))) return { kind: 'output', path };
      }
      for (const { path, parameters: own } of layersBackwards) {
        for (const { gradient } of own) if (!(await allFinite(gradient))) return { kind: 'gradient', path };
      }
      // Each number is finite and the sum of their squares is not.
      const { path } = await findLargest(({ parameters: own }) => own.map(({ gradient }) => gradient));
      return { kind: 'gradient', path };
    },
    findLargestOutput: async () => {
      const { path, magnitude } = await findLargest(({ outputs }) => outputs.map(({ value }) => value));
      return { place: { kind: 'output', path }, magnitude };
    },
    snapshot: () => Promise.all(changedSpans.map((span) => backend.read(span))),
    restore: (snapshot) => {
      if (!fits(snapshot)) throw new Error('a snapshot of another network is restored');
      changedSpans.forEach((span, index) => {
        backend.write(span, snapshot[index] ?? []);
      });
    },
    fits,
    end: backend.release,
  };
}

/** Numbers that the network of a plan takes in memory, without making it. */
export function arenaLengthOf(plan: TrainingPlan, batch: number): number {
  const optimiser = createOptimiser(plan.optimiser ?? defaultOptimiser, plan.convention);
  return layOut(plan, batch, optimiser, { first: 0, of: batch }).arenaLength;
}

/** Classes by number as vectors with a one in the place of each; of a number that is no class, all zeros. */
function oneHot(classes: ArrayLike<number>, width: number): Float32Array {
  const vectors = new Float32Array(classes.length * width);
  for (let row = 0; row < classes.length; row++) {
    const place = classes[row] ?? -1;
    if (place >= 0 && place < width) vectors[row * width + place] = 1;
  }
  return vectors;
}

/** Whose hidden states the reach of the gradient is measured at; of both directions the forward one. */
export function pathOfFirstRecurrentLayer(layers: readonly LayerPlan[]): string | null {
  const first = layers.find((layer) => layer.kind === 'recurrent');
  if (first === undefined) return null;
  return first.direction === 'both' ? `${first.path}.forward` : first.path;
}

/** The mean over rows by their weights, 0 where none counts. */
export function meanLoss({ losses, weights }: RowLosses): number {
  let [sum, count] = [0, 0];
  losses.forEach((loss, row) => {
    const weight = weights === null ? 1 : (weights[row] ?? Number.NaN);
    sum += weight * loss;
    count += weight;
  });
  return count === 0 ? 0 : sum / count;
}
