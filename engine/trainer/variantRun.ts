/** The training of one variant: its network, its way through the data, and what it has reached. */
import type { GradientClipping, LearningRateSchedule, RunEvent, TrainingBudget, Variant } from '../../protocol/trainer';
import type { Dataset } from '../data/dataset';
import type { TrainingSettings } from '../network';
import { WorkerLostError } from '../parallel/workerHandle';
import type { TrainingPlan } from '../plan/trainingPlan';
import { createRandom, mixBits, shuffledIndices } from '../random';
import { learningRateAt } from '../schedule';
import { differenceOf, type RunFacts, type VariantCheckpoint } from './checkpoint';
import { divergenceOf } from './divergence';
import { batchArraysOf, type Evaluation, evaluate } from './evaluation';
import type { PreviewHost } from './host';
import type { NetworkMaker } from './networkMaker';

/** As is customary for recurrent models (Pascanu et al. 2013). */
const defaultClipping: GradientClipping = { kind: 'norm', limit: 1 };
const defaultSchedule: LearningRateSchedule = { kind: 'constant' };
/** Evaluations of the held-out part in a run. */
const evaluationCount = 20;
/**
 * Measurements of how far back the gradient reaches in a run, besides that at its first step. Where the model predicts one
 * step they ride on the training step; else each takes about as long as one.
 */
const gradientReachCount = 4;
/** Losses that are reported of a run at most, besides those with an evaluation. */
const reportedStepCount = 200;

/** The first of the streams of random numbers, one a round through the data, apart from those that weights are drawn from. */
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

/** How a run comes to an end that is not over by itself. */
export type RunEnd = 'finished' | 'stopped';

export interface VariantRun {
  readonly cell: Variant;
  readonly start: Extract<RunEvent, { type: 'run' }>;
  /** Trains for so long, at least one step, or to the end. Emits what there is to report. */
  advance(forMs: number): Promise<void>;
  /** Whether the budget is used up, training has gone wrong, or a thread of it is lost. */
  readonly isOver: boolean;
  /** Emits `done`. Afterwards the run trains no further. */
  finish(outcome: RunEnd): Promise<VariantResult>;
  /** What a run of the same spec goes on from as if it were this one. */
  checkpoint(): Promise<VariantCheckpoint>;
  /** Goes on from a checkpoint; a sentence, and no change, where it is one of another run. To be asked before any step. */
  resume(checkpoint: VariantCheckpoint): Promise<string | null>;
  /** Ends its threads; to be called whatever became of it. */
  end(): void;
}

export function createVariantRun(
  cell: Variant,
  plan: TrainingPlan,
  dataset: Dataset,
  budget: TrainingBudget,
  seed: number,
  makeNetwork: NetworkMaker,
  host: Pick<PreviewHost, 'nowMs'>,
  emit: (event: RunEvent) => void,
): VariantRun {
  const { network, remark } = makeNetwork(plan, budget.batchSize, seed);
  const planRemarks = remark === null ? plan.remarks : [...plan.remarks, remark];
  const arrays = batchArraysOf(network);
  const batchOf = batchSampler(dataset.trainingSequences, budget.batchSize, seed);
  const { schedule = defaultSchedule } = budget;
  const clipping = clippingSettings(budget.clipping ?? defaultClipping);
  const evaluateEvery = Math.max(1, Math.ceil(budget.steps / evaluationCount));
  const reachEvery = Math.max(1, Math.ceil(budget.steps / gradientReachCount));
  const reportEvery = Math.max(1, Math.ceil(budget.steps / reportedStepCount));

  let step = 0;
  let trainingMs = 0;
  let firstLoss: number | null = null;
  let bestLoss: number | null = null;
  let resumedFrom: number | null = null;
  let best: Evaluation | null = null;
  let evaluations = 0;
  let divergence: string | null = null;
  let lost: string | null = null;

  const trainOnce = async (): Promise<void> => {
    step += 1;
    const started = host.nowMs();
    const isLast = step === budget.steps;
    const measureReach = isLast || step === 1 || step % reachEvery === 0;
    dataset.fill('training', batchOf(step), network.batchShape, arrays.inputs, arrays.targets);
    network.loadBatch(arrays.inputs, arrays.targets);
    const learningRate = learningRateAt(schedule, budget.learningRate, step, budget.steps);
    const result = await network.trainStep(step, { learningRate, ...clipping, measureReach });
    const { loss } = result;
    trainingMs += host.nowMs() - started;
    const history = firstLoss === null || bestLoss === null ? null : { first: firstLoss, best: bestLoss };
    divergence = await divergenceOf(network, step, result, history);
    if (divergence !== null) return;
    firstLoss ??= loss;
    bestLoss = bestLoss === null ? loss : Math.min(bestLoss, loss);
    const byLag = measureReach ? (result.gradientReach ?? (await network.gradientReach())) : [];
    const evaluation =
      isLast || step === 1 || step % evaluateEvery === 0 ? await evaluate(network, dataset, arrays) : null;
    if (evaluation !== null) {
      if (!Number.isFinite(evaluation.loss) || !Number.isFinite(evaluation.metric)) {
        divergence =
          `At step ${step} the loss on the held-out part was not a finite number. ` +
          'Look for extreme values in that part of the data, or try a smaller learning rate.';
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
    if (byLag.length > 0 && byLag.every(Number.isFinite)) emit({ type: 'gradientReach', cell, byLag });
  };

  const facts: RunFacts = {
    'the model': JSON.stringify({ ...plan, remarks: [] }),
    'the seed': String(seed),
    'the batch size': String(budget.batchSize),
    'the learning rate': String(budget.learningRate),
    'the schedule': JSON.stringify(schedule),
    // The only schedule that depends on where the run ends.
    ...(schedule.kind === 'cosine' ? { 'the number of steps': String(budget.steps) } : {}),
    'the clipping': JSON.stringify(clipping),
    'the backend': network.arithmetic,
    'the data': `${dataset.description}; ${dataset.trainingSequences} sequences and ${dataset.heldOutSequences} held out; ${firstBatchMark()}`,
  };

  /** Tells data of the same shape apart. */
  function firstBatchMark(): string {
    dataset.fill('training', batchOf(1), network.batchShape, arrays.inputs, arrays.targets);
    let mark = 0;
    for (const { buffer } of [arrays.inputs, arrays.targets]) {
      for (const bits of new Int32Array(buffer)) mark = mixBits(mark ^ bits) + 1;
    }
    return (mark >>> 0).toString(16);
  }

  return {
    cell,
    get start(): VariantRun['start'] {
      return {
        type: 'run',
        cell,
        parameters: network.parameterCount,
        backend: network.backendName,
        device: network.device,
        steps: budget.steps,
        remarks:
          resumedFrom === null ? planRemarks : [...planRemarks, `Goes on after step ${resumedFrom} of a checkpoint.`],
      };
    },
    get isOver() {
      return divergence !== null || lost !== null || step >= budget.steps;
    },
    advance: async (forMs) => {
      const untilMs = host.nowMs() + forMs;
      const before = step;
      try {
        do await trainOnce();
        while (divergence === null && step < budget.steps && host.nowMs() < untilMs);
      } catch (error) {
        if (!(error instanceof WorkerLostError)) throw error;
        lost = error.message;
        step = Math.max(before, step - 1);
      }
    },
    finish: async (outcome) => {
      const settled = divergence !== null ? 'diverged' : lost !== null ? 'stopped' : outcome;
      emit({
        type: 'done',
        cell,
        outcome: settled,
        because: divergence ?? lost,
        steps: step,
        bestLoss,
        bestHeldOutLoss: best?.loss ?? null,
        bestMetric: best?.metric ?? null,
        seconds: trainingMs / 1000,
        parameters: network.parameterCount,
      });
      return { cell, parameters: network.parameterCount, outcome: settled, best, evaluations };
    },
    checkpoint: async () => ({
      ...{ variant: cell, step, trainingMs, firstLoss, bestLoss, best, evaluations, divergence, facts },
      snapshot: await network.snapshot(),
    }),
    resume: async (from) => {
      const difference = differenceOf(from.facts, facts);
      if (difference !== null) return `The checkpoint is one of another run: ${difference}.`;
      if (!network.fits(from.snapshot)) return 'The checkpoint is one of another run: the model was another.';
      if (from.step > budget.steps) {
        return `The checkpoint is at step ${from.step}, and this run ends at ${budget.steps}. Ask for more steps.`;
      }
      network.restore(from.snapshot);
      ({ step, trainingMs, firstLoss, bestLoss, best, evaluations, divergence } = from);
      resumedFrom = from.step;
      return null;
    },
    end: network.end,
  };
}

function clippingSettings(clipping: GradientClipping): Pick<TrainingSettings, 'clipNorm' | 'clipValue'> {
  switch (clipping.kind) {
    case 'none':
      return {};
    case 'norm':
      return { clipNorm: clipping.limit };
    case 'value':
      return { clipValue: clipping.limit };
  }
}

/**
 * The sequences of each step's batch, steps counted from 1: in random order, each once before any comes again, and the same
 * for every variant of a run. They follow from the seed and the step alone.
 */
function batchSampler(sequences: number, batchSize: number, seed: number): (step: number) => Uint32Array {
  const batch = new Uint32Array(batchSize);
  let round = -1;
  let order: Uint32Array = new Uint32Array(0);
  return (step) => {
    for (let position = 0; position < batchSize; position++) {
      const drawn = (step - 1) * batchSize + position;
      if (Math.floor(drawn / sequences) !== round) {
        round = Math.floor(drawn / sequences);
        order = shuffledIndices(sequences, createRandom(seed, dataStream + round));
      }
      batch[position] = order[drawn % sequences] ?? 0;
    }
    return batch;
  };
}
