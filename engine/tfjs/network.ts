/**
 * A network that TensorFlow.js trains: the engine's plan, first values, optimisers and random draws on tensors of that library.
 * Its snapshots are laid out as the engine's, so that a run can move from one to the other.
 */
import { dropoutKeyOf } from '../layers/layer';
import { layOut } from '../layout';
import { meanLoss, type Network, type Place, type RowLosses } from '../network';
import { createOptimiser, defaultOptimiser } from '../optimiser';
import type { TrainingPlan } from '../plan/trainingPlan';
import { createRandom } from '../random';
import { loadBatch } from './batch';
import { createDifferentiator } from './differentiate';
import type { FusedCells } from './fusedCells';
import { areFinite, firstNonFinite, type LayerTensors, largestOf, readOnce } from './inspect';
import { joinSection, splitSection } from './sections';
import type { Rank, Tensor, Tensor1D, TensorFlow } from './tensorflow';
import { clipped, normOf, optimised } from './update';

/** What computes a network: the library, and what it computes on. */
export interface TensorFlowDevice {
  readonly tf: TensorFlow;
  /** Null where every recurrent layer is to be a loop. */
  readonly fused: FusedCells | null;
  /** For people: "a CUDA GPU (TensorFlow.js 4.22.0, cuDNN)". */
  readonly device: string;
}

/** Throws an Error when the plan does not fit together, which is a mistake of the planner. */
export function createTensorFlowNetwork(
  { tf, fused, device }: TensorFlowDevice,
  plan: TrainingPlan,
  batch: number,
  seed: number,
): Network {
  const optimiser = createOptimiser(plan.optimiser ?? defaultOptimiser, plan.convention);
  const layout = layOut(plan, batch, optimiser, { first: 0, of: batch });
  const { parameterLength, input, output } = layout;
  const rows = output.timeSteps * batch;

  const parameters = layout.parameters.map(({ name, rows: height, columns, value, initialiser }, index) => {
    const first = Float32Array.from(initialiser(height, columns, createRandom(seed, index)));
    const variable = tf.tidy(() => tf.variable(tf.tensor2d(first, [height, columns])));
    return { name, place: value, variable };
  });
  const state = layout.state.map(({ name, value: { length }, initial }) => ({
    name,
    length,
    variable: tf.tidy(() => tf.variable(tf.fill<Rank.R1>([length], initial), false)),
  }));
  let optimiserState: readonly Tensor1D[] = Array.from({ length: optimiser.stateSections }, () =>
    tf.zeros<Rank.R1>([parameterLength]),
  );
  let lastGradients: Tensor1D | null = null;
  let isEnded = false;
  const batchTensors = loadBatch(tf, plan, layout, batch);
  const differentiator = createDifferentiator({ tf, plan, fused, layout, batch, parameters, state });
  const { loaded } = batchTensors;

  const parameterSection = (): Tensor1D => joinSection(tf, parameters, parameterLength, ({ variable }) => variable);
  const setParameters = (section: Tensor1D): void =>
    splitSection(tf, parameters, section, ({ variable }, value) => variable.assign(tf.reshape(value, variable.shape)));
  const setOptimiserState = (sections: readonly Tensor1D[]): void => {
    tf.dispose([...optimiserState]);
    optimiserState = sections.map((section) => tf.keep(section));
  };
  const lengths = [
    ...Array.from({ length: 1 + optimiser.stateSections }, () => parameterLength),
    ...state.map(({ length }) => length),
  ];
  const fits: Network['fits'] = (snapshot) =>
    snapshot.length === lengths.length && lengths.every((length, index) => snapshot[index]?.length === length);

  /** Row losses, and their weights where rows count differently, as they lie one after the other in an answer. */
  const rowLossesIn = (numbers: Float32Array, hasWeights: boolean): RowLosses => ({
    losses: numbers.slice(0, rows),
    weights: hasWeights ? numbers.slice(rows, 2 * rows) : null,
  });
  const hasWeights = output.mask !== null;
  const gradientsOfLayers = (): LayerTensors[] =>
    layout.layers.map((layer) => ({
      path: layer.path,
      tensors: layer.parameters.flatMap(({ value: { offset, length } }) =>
        lastGradients === null ? [] : [tf.slice(lastGradients, offset, length)],
      ),
    }));

  return {
    backendName: 'tfjs-node-gpu',
    device,
    arithmetic: device,
    // What is read waits for all that was asked for before, and holds up the calling thread while it does.
    isQueued: false,
    batchShape: {
      batch,
      inputSteps: input.timeSteps,
      inputWidth: input.width,
      targetSteps: output.timeSteps,
      targetWidth: plan.loss === 'crossEntropy' ? 1 : output.width,
    },
    parameterCount: parameters.reduce((count, { place }) => count + place.length, 0),
    loadBatch: batchTensors.load,
    trainStep: async (step, { measureReach = false, learningRate, ...clipping }) => {
      // With a single predicted step there is no other loss that would show at each lag.
      const measuresReach = measureReach && output.timeSteps === 1;
      const answer = tf.tidy((): Tensor1D => {
        const pass = { training: true, dropoutKey: dropoutKeyOf(seed, step) };
        const found = differentiator.ofAllSteps(loaded(), pass, measuresReach);
        const gradients = joinSection(tf, parameters, parameterLength, ({ variable }) => found.gradientOf(variable));
        tf.dispose(lastGradients ?? []);
        lastGradients = tf.keep(gradients);
        const norm = normOf(tf, gradients);
        const updated = optimised(
          tf,
          optimiser,
          { parameters: parameterSection(), state: optimiserState },
          clipped(tf, gradients, norm, clipping, plan.convention),
          step,
          learningRate,
        );
        setParameters(updated.parameters);
        setOptimiserState(updated.state);
        return tf.concat([found.rows, tf.reshape(norm, [1]), ...(found.reach === null ? [] : [found.reach])]);
      });
      const numbers = await readOnce(answer);
      const after = hasWeights ? 2 * rows : rows;
      return {
        loss: meanLoss(rowLossesIn(numbers, hasWeights)),
        gradientNorm: numbers[after] ?? Number.NaN,
        gradientReach: measuresReach && differentiator.hasReach ? Array.from(numbers.slice(after + 1)) : null,
      };
    },
    evaluate: async () => {
      const answer = tf.tidy(() => differentiator.evaluate(loaded()));
      return rowLossesIn(await readOnce(answer), hasWeights);
    },
    predictions: () => differentiator.lastRun().output.data<'float32'>(),
    gradientReach: async () => {
      if (!differentiator.hasReach) return [];
      return Array.from(await readOnce(tf.tidy(() => differentiator.reachOfLastStep(loaded()))));
    },
    findNonFinite: async (): Promise<Place> => {
      const { inputs, targets } = loaded();
      if (!(await areFinite(tf, inputs))) return { kind: 'inputs' };
      if (!(await areFinite(tf, targets))) return { kind: 'targets' };
      const output = await firstNonFinite(tf, differentiator.lastRun().layers);
      if (output !== null) return { kind: 'output', path: output };
      const gradients = gradientsOfLayers().reverse();
      try {
        const gradient = await firstNonFinite(tf, gradients);
        // Where each number is finite, the sum of their squares is not.
        return { kind: 'gradient', path: gradient ?? (await largestOf(tf, gradients)).path };
      } finally {
        tf.dispose(gradients.flatMap(({ tensors }) => tensors));
      }
    },
    findLargestOutput: async () => {
      const { path, magnitude } = await largestOf(tf, differentiator.lastRun().layers);
      return { place: { kind: 'output', path }, magnitude };
    },
    snapshot: async () => {
      const kept = tf.tidy(() => [
        parameterSection(),
        ...optimiserState.map((section) => section.clone()),
        ...state.map(({ variable }) => tf.clone(variable)),
      ]);
      return Promise.all(kept.map(readOnce));
    },
    restore: (snapshot) => {
      if (!fits(snapshot)) throw new Error('a snapshot of another network is restored');
      tf.tidy(() => {
        const [section, ...others] = snapshot.map((numbers) => tf.tensor1d(Float32Array.from(numbers)));
        if (section !== undefined) setParameters(section);
        setOptimiserState(others.slice(0, optimiser.stateSections));
        state.forEach(({ variable }, index) => {
          const value = others[optimiser.stateSections + index];
          if (value !== undefined) variable.assign(value);
        });
      });
    },
    fits,
    end: () => {
      if (isEnded) return;
      isEnded = true;
      batchTensors.dispose();
      differentiator.dispose();
      tf.dispose([...optimiserState, ...(lastGradients === null ? [] : [lastGradients])]);
      tf.dispose([...parameters, ...state].map(({ variable }): Tensor => variable));
    },
  };
}
