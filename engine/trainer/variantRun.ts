/** The training of one variant: its network, its way through the data, and what it has reached. */
import type { RunEvent, TrainingBudget, Variant } from '../../protocol/trainer';
import type { BackendFactory } from '../backend';
import type { Dataset } from '../data/dataset';
import { createNetwork } from '../network';
import type { TrainingPlan } from '../plan/trainingPlan';
import { createRandom, shuffledIndices } from '../random';
import { batchArraysOf, type Evaluation, evaluate } from './evaluation';
import type { PreviewHost } from './host';

/** Gradients are scaled down to this global norm, as is customary for recurrent models (Pascanu et al. 2013). */
const clipNorm = 1;
/** Evaluations of the held-out part in a run. */
const evaluationCount = 20;
/** Measurements of how far back the gradient reaches in a run; each takes about as long as a training step. */
const gradientReachCount = 4;
/** Losses that are reported of a run at most, besides those with an evaluation. */
const reportedStepCount = 200;

/** A stream of random numbers apart from those that weights are drawn from. */
const dataStream = 0x64617461;

export interface VariantResult {
  readonly cell: Variant;
  readonly parameters: number;
  readonly outcome: 'finished' | 'stopped' | 'diverged';
  /** The best evaluation, by loss. */
  readonly best: Evaluation | null;
  /** Evaluations that the best was chosen from. */
  readonly evaluations: number;
}

export interface VariantRun {
  readonly cell: Variant;
  readonly start: Extract<RunEvent, { type: 'run' }>;
  /** Trains until `untilMs` on the host's clock, at least one step, or to the end. Emits what there is to report. */
  advance(untilMs: number): Promise<void>;
  /** Whether the budget is used up or the numbers are no longer finite. */
  readonly isOver: boolean;
  /** Emits `done`. Afterwards the run is of no further use. */
  finish(outcome: 'finished' | 'stopped'): VariantResult;
}

export function createVariantRun(
  cell: Variant,
  plan: TrainingPlan,
  dataset: Dataset,
  budget: TrainingBudget,
  seed: number,
  createBackend: BackendFactory,
  host: Pick<PreviewHost, 'nowMs'>,
  emit: (event: RunEvent) => void,
): VariantRun {
  const network = createNetwork(plan, budget.batchSize, createBackend, seed);
  const arrays = batchArraysOf(network);
  const nextBatch = batchSampler(dataset.trainingSequences, budget.batchSize, seed);
  const evaluateEvery = Math.max(1, Math.ceil(budget.steps / evaluationCount));
  const reachEvery = Math.max(1, Math.ceil(budget.steps / gradientReachCount));
  const reportEvery = Math.max(1, Math.ceil(budget.steps / reportedStepCount));

  let step = 0;
  let trainingMs = 0;
  let bestLoss: number | null = null;
  let best: Evaluation | null = null;
  let evaluations = 0;
  let divergence: string | null = null;

  const trainOnce = async (): Promise<void> => {
    step += 1;
    const started = host.nowMs();
    dataset.fill('training', nextBatch(), network.batchShape, arrays.inputs, arrays.targets);
    network.loadBatch(arrays.inputs, arrays.targets);
    const { loss, gradientNorm } = await network.trainStep(step, { learningRate: budget.learningRate, clipNorm });
    trainingMs += host.nowMs() - started;
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      const layer = await network.findNonFiniteLayer();
      const what = Number.isFinite(loss) ? 'the gradient' : 'the loss';
      const where = layer === null ? '' : `, first in ${layer}`;
      divergence = `At step ${step} ${what} stopped being a finite number${where}. Try a smaller learning rate.`;
      return;
    }
    bestLoss = bestLoss === null ? loss : Math.min(bestLoss, loss);
    const isLast = step === budget.steps;
    const evaluation =
      isLast || step === 1 || step % evaluateEvery === 0 ? await evaluate(network, dataset, arrays) : null;
    if (evaluation !== null) {
      if (!Number.isFinite(evaluation.loss) || !Number.isFinite(evaluation.metric)) {
        divergence =
          `At step ${step} the loss on the held-out part was not a finite number. ` +
          'Look for extreme values in the last fifth of the data, or try a smaller learning rate.';
        return;
      }
      evaluations += 1;
      if (best === null || evaluation.loss < best.loss) best = evaluation;
    }
    if (evaluation !== null || step % reportEvery === 0) {
      emit({
        type: 'step',
        cell,
        step,
        loss,
        heldOutLoss: evaluation?.loss ?? null,
        metric: evaluation?.metric ?? null,
        seconds: trainingMs / 1000,
        sequencesPerSecond: (step * budget.batchSize) / Math.max(trainingMs / 1000, 1e-6),
      });
    }
    if (isLast || step === 1 || step % reachEvery === 0) await reportGradientReach();
  };

  /** On the same held-out sequences each time. */
  const reportGradientReach = async (): Promise<void> => {
    const count = Math.min(budget.batchSize, dataset.heldOutSequences);
    const sequences = Array.from({ length: count }, (_, index) => index);
    dataset.fill('heldOut', sequences, network.batchShape, arrays.inputs, arrays.targets);
    network.loadBatch(arrays.inputs, arrays.targets);
    const byLag = await network.gradientReach();
    if (byLag.length > 0 && byLag.every(Number.isFinite)) emit({ type: 'gradientReach', cell, byLag });
  };

  return {
    cell,
    start: {
      type: 'run',
      cell,
      parameters: network.parameterCount,
      backend: network.backend.name,
      device: network.backend.device,
      steps: budget.steps,
      remarks: plan.remarks,
    },
    get isOver() {
      return divergence !== null || step >= budget.steps;
    },
    advance: async (untilMs) => {
      do await trainOnce();
      while (divergence === null && step < budget.steps && host.nowMs() < untilMs);
    },
    finish: (outcome) => {
      const settled = divergence === null ? outcome : 'diverged';
      emit({
        type: 'done',
        cell,
        outcome: settled,
        because: divergence,
        steps: step,
        bestLoss,
        bestHeldOutLoss: best?.loss ?? null,
        bestMetric: best?.metric ?? null,
        seconds: trainingMs / 1000,
        parameters: network.parameterCount,
      });
      return { cell, parameters: network.parameterCount, outcome: settled, best, evaluations };
    },
  };
}

/** Batches of sequences in random order, each sequence once before any comes again; the same for every variant of a run. */
function batchSampler(sequences: number, batchSize: number, seed: number): () => Uint32Array {
  const random = createRandom(seed, dataStream);
  const batch = new Uint32Array(batchSize);
  let order: Uint32Array = new Uint32Array(0);
  let next = 0;
  return () => {
    for (let position = 0; position < batchSize; position++) {
      if (next === order.length) {
        order = shuffledIndices(sequences, random);
        next = 0;
      }
      batch[position] = order[next] ?? 0;
      next += 1;
    }
    return batch;
  };
}
