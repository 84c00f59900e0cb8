/** The training of one variant: its network, its way through the data, and what it has reached. */
import { isOnDevice } from '../../protocol/backends';
import type { GradientClipping, LearningRateSchedule, RunEvent, TrainingBudget, Variant } from '../../protocol/trainer';
import type { Dataset } from '../data/dataset';
import type { StepResult, TrainingSettings } from '../network';
import { WorkerLostError } from '../parallel/workerHandle';
import type { TrainingPlan } from '../plan/trainingPlan';
import { createRandom, mixBits, shuffledIndices } from '../random';
import { learningRateAt } from '../schedule';
import { backendFact, differenceOf, type Progress, type RunFacts, type VariantCheckpoint } from './checkpoint';
import { createDeviceClock, type DeviceClock, type DeviceTime } from './deviceClock';
import { divergenceOf, hasDiverged, type LossHistory } from './divergence';
import { batchArraysOf, type Evaluation, evaluate } from './evaluation';
import type { PreviewHost } from './host';
import type { NetworkMaker } from './networkMaker';
import { createPace } from './pace';

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
  /** Whether the budget is used up, training has gone wrong, or what it trains on is lost. */
  readonly isOver: boolean;
  /** Emits `done`. Afterwards the run trains no further. */
  finish(outcome: RunEnd): Promise<VariantResult>;
  /** What a run of the same spec goes on from as if it were this one. */
  checkpoint(): Promise<VariantCheckpoint>;
  /**
   * Goes on from a checkpoint; a sentence, and no change, where it is one of another run. To be asked before any step.
   *
   * @param hasMoved whether it may have been written on another backend
   */
  resume(checkpoint: VariantCheckpoint, hasMoved: boolean): Promise<string | null>;
  /** Ends its threads and gives back its memory; to be called whatever became of it. */
  end(): void;
}

/** A run on a device that may be lost: then `advance` and `checkpoint` reject with a `DeviceLostError`. */
export interface MovableRun extends VariantRun {
  /** Goes on with another network from what was kept last, and emits `moved`. Rejects as they do when that one is lost too. */
  moveTo(makeNetwork: NetworkMaker, because: string): Promise<void>;
  /** The run is over, for there is nothing left to train on. */
  giveUp(because: string): void;
}

/**
 * Between keeping in memory what a run on a device has reached, to go on from elsewhere, and the next time; it may take no more
 * than this share of the time since.
 */
const keepEveryMs = 2000;
const keepingShare = 0.05;

/** A frame of steps takes about as long as one of a screen, so that several runs and a window can share a device. */
const frameMs = 16;
const mostStepsOfFrame = 512;
const mostBatchesAtOnce = 64;
/** Frames of a run that a device has been given: one that it computes, and one for when it is done with that. */
const framesUnderWay = 2;

/** Steps that a queue was given together. */
interface Frame {
  readonly first: number;
  readonly results: Promise<StepResult[]>;
}

const beginning: Progress = {
  ...{ step: 0, trainingMs: 0, firstLoss: null, bestLoss: null, best: null, evaluations: 0, divergence: null },
};

/**
 * Throws a `DeviceLostError` when the network cannot be made.
 *
 * @param clock one for all that have turns at once
 */
export function createVariantRun(
  cell: Variant,
  plan: TrainingPlan,
  dataset: Dataset,
  budget: TrainingBudget,
  seed: number,
  makeNetwork: NetworkMaker,
  host: Pick<PreviewHost, 'nowMs'>,
  emit: (event: RunEvent) => void,
  clock: DeviceClock = createDeviceClock(host.nowMs),
): MovableRun {
  let maker = makeNetwork;
  let { network, remark } = maker(plan, budget.batchSize, seed);
  const arrays = batchArraysOf(network);
  const batchOf = batchSampler(dataset.trainingSequences, budget.batchSize, seed);
  const { schedule = defaultSchedule } = budget;
  const clipping = clippingSettings(budget.clipping ?? defaultClipping);
  const evaluateEvery = Math.max(1, Math.ceil(budget.steps / evaluationCount));
  const reachEvery = Math.max(1, Math.ceil(budget.steps / gradientReachCount));
  const reportEvery = Math.max(1, Math.ceil(budget.steps / reportedStepCount));
  const isMeasured = (step: number, every: number): boolean =>
    step === 1 || step === budget.steps || step % every === 0;

  let progress = beginning;
  /** What it goes on from when its device is lost; null for its beginning, which follows from the seed. */
  let kept: VariantCheckpoint | null = null;
  let keptAtMs = host.nowMs();
  let keepingMs = 0;
  /** Events up to this step have been emitted. */
  let reportedStep = 0;
  /** Steps one of which diverges, to be trained one by one. */
  let suspects: { readonly first: number; readonly last: number } | null = null;
  let resumed: string | null = null;
  let lost: string | null = null;
  const stepPace = createPace(frameMs, mostStepsOfFrame);
  const evaluationPace = createPace(frameMs, mostBatchesAtOnce);

  const history = (): LossHistory | null => {
    const { firstLoss: first, bestLoss: best } = progress;
    return first === null || best === null ? null : { first, best };
  };
  /** Asks for a step, and returns at once. */
  const beginStep = (step: number): Promise<StepResult> => {
    dataset.fill('training', batchOf(step), network.batchShape, arrays.inputs, arrays.targets);
    network.loadBatch(arrays.inputs, arrays.targets);
    const learningRate = learningRateAt(schedule, budget.learningRate, step, budget.steps);
    return network.trainStep(step, { learningRate, ...clipping, measureReach: isMeasured(step, reachEvery) });
  };
  /** Counts a step that went well, measures what is due after it, and reports. */
  const endStep = async (step: number, { loss, gradientReach }: StepResult): Promise<void> => {
    const { firstLoss, bestLoss } = progress;
    progress = { ...progress, step, firstLoss: firstLoss ?? loss, bestLoss: Math.min(bestLoss ?? loss, loss) };
    const byLag = isMeasured(step, reachEvery) ? (gradientReach ?? (await network.gradientReach())) : [];
    const evaluation = isMeasured(step, evaluateEvery)
      ? await evaluate(network, dataset, arrays, evaluationPace, host)
      : null;
    if (evaluation !== null) {
      const { best, evaluations } = progress;
      if (!Number.isFinite(evaluation.loss) || !Number.isFinite(evaluation.metric)) {
        const divergence =
          `At step ${step} the loss on the held-out part was not a finite number. ` +
          'Look for extreme values in that part of the data, or try a smaller learning rate.';
        progress = { ...progress, divergence };
        return;
      }
      const isBest = best === null || evaluation.loss < best.loss;
      progress = { ...progress, evaluations: evaluations + 1, best: isBest ? evaluation : best };
    }
    if (step <= reportedStep) return;
    reportedStep = step;
    if (evaluation !== null || step % reportEvery === 0) {
      const seconds = progress.trainingMs / 1000;
      emit({
        type: 'step',
        cell,
        step,
        loss,
        heldOutLoss: evaluation?.loss ?? null,
        metric: evaluation?.metric ?? null,
        seconds,
        sequencesPerSecond: (step * budget.batchSize) / Math.max(seconds, 1e-6),
      });
    }
    if (byLag.length > 0 && byLag.every(Number.isFinite)) emit({ type: 'gradientReach', cell, byLag });
  };
  const addTrainingMs = (ms: number): void => {
    progress = { ...progress, trainingMs: progress.trainingMs + ms };
  };

  /** One step, awaited, with a look at where it went wrong if it did. */
  const trainOne = async (time: DeviceTime): Promise<void> => {
    const step = progress.step + 1;
    const before = time.ms;
    const result = await beginStep(step);
    addTrainingMs(time.ms - before);
    const divergence = await divergenceOf(network, step, result, history());
    if (divergence === null) return endStep(step, result);
    progress = { ...progress, step, divergence };
  };

  const isSuspect = (step: number): boolean => suspects !== null && step >= suspects.first && step <= suspects.last;
  /** The next step after which something is measured: nothing else may be asked for until it is. */
  const nextStop = (): number => {
    let step = progress.step + 1;
    while (!isMeasured(step, reachEvery) && !isMeasured(step, evaluateEvery)) step++;
    return suspects !== null && progress.step + 1 < suspects.first ? Math.min(step, suspects.first - 1) : step;
  };
  const beginFrame = (first: number, count: number): Frame => {
    const results = Promise.all(Array.from({ length: count }, (_, index) => beginStep(first + index)));
    // Of a frame that nobody waits for any more, nobody asks why it fails.
    results.catch(() => {});
    return { first, results };
  };
  /** Steps of a queued network, many at a time: to the next after which something is measured, or until the time is up. */
  const trainFrames = async (untilMs: number, time: DeviceTime): Promise<void> => {
    const start = progress.step;
    const stop = nextStop();
    const underWay: Frame[] = [];
    let given = start;
    let countedMs = time.ms;
    for (;;) {
      while (underWay.length < framesUnderWay && given < stop && (given === start || host.nowMs() < untilMs)) {
        const count = Math.min(stepPace.count, stop - given);
        underWay.push(beginFrame(given + 1, count));
        given += count;
        // It goes to the device now, which has work while the next frame is put together.
        await null;
      }
      const frame = underWay.shift();
      if (frame === undefined) return;
      const results = await frame.results;
      const tookMs = time.ms - countedMs;
      countedMs = time.ms;
      stepPace.took(results.length, tookMs);
      addTrainingMs(tookMs);
      for (const result of results) {
        const step = progress.step + 1;
        if (hasDiverged(result, history())) {
          // Later steps have overwritten what would tell where.
          suspects = { first: frame.first, last: step };
          return renewNetwork(maker);
        }
        await endStep(step, result);
      }
    }
  };

  const isOver = (): boolean => progress.divergence !== null || lost !== null || progress.step >= budget.steps;
  /** A new network, with what was kept last. */
  const renewNetwork = (make: NetworkMaker): void => {
    network.end();
    ({ network, remark } = make(plan, budget.batchSize, seed));
    maker = make;
    if (kept !== null) network.restore(kept.snapshot);
    progress = kept === null ? beginning : progressOf(kept);
  };
  const keepWhenDue = async (): Promise<void> => {
    if (!isOnDevice(network.backendName)) return;
    if (isOver() || host.nowMs() - keptAtMs >= Math.max(keepEveryMs, keepingMs / keepingShare)) await checkpointNow();
  };
  const checkpointNow = async (): Promise<VariantCheckpoint> => {
    const startedMs = host.nowMs();
    const now = { ...progress, variant: cell, facts: facts(), snapshot: await network.snapshot() };
    if (!isOnDevice(network.backendName)) return now;
    kept = now;
    keptAtMs = host.nowMs();
    keepingMs = keptAtMs - startedMs;
    return now;
  };

  const planRemarks = remark === null ? plan.remarks : [...plan.remarks, remark];
  const dataFact =
    `${dataset.description}; ${dataset.trainingSequences} sequences and ${dataset.heldOutSequences} held out; ` +
    firstBatchMark();
  const facts = (): RunFacts => ({
    'the model': JSON.stringify({ ...plan, remarks: [] }),
    'the seed': String(seed),
    'the batch size': String(budget.batchSize),
    'the learning rate': String(budget.learningRate),
    'the schedule': JSON.stringify(schedule),
    // The only schedule that depends on where the run ends.
    ...(schedule.kind === 'cosine' ? { 'the number of steps': String(budget.steps) } : {}),
    'the clipping': JSON.stringify(clipping),
    [backendFact]: network.arithmetic,
    'the data': dataFact,
  });

  /** Tells data of the same shape apart. */
  function firstBatchMark(): string {
    dataset.fill('training', batchOf(1), network.batchShape, arrays.inputs, arrays.targets);
    let mark = 0;
    for (const { buffer } of [arrays.inputs, arrays.targets]) {
      for (const bits of new Int32Array(buffer)) mark = mixBits(mark ^ bits) + 1;
    }
    return (mark >>> 0).toString(16);
  }

  /** A checkpoint may be asked for while steps are under way: it has to wait until they are counted. */
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };

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
        remarks: resumed === null ? planRemarks : [...planRemarks, resumed],
      };
    },
    get isOver() {
      return isOver();
    },
    advance: (forMs) =>
      inTurn(async () => {
        const untilMs = host.nowMs() + forMs;
        const time = clock.enter();
        try {
          do {
            if (network.isQueued && !isSuspect(progress.step + 1)) await trainFrames(untilMs, time);
            else await trainOne(time);
          } while (!isOver() && host.nowMs() < untilMs);
          await keepWhenDue();
        } catch (error) {
          if (!(error instanceof WorkerLostError)) throw error;
          lost = error.message;
        } finally {
          time.leave();
        }
      }),
    finish: async (outcome) => {
      const { step, trainingMs, bestLoss, best, evaluations, divergence } = progress;
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
    // Of a run that is over, its end was kept where its device may be gone.
    checkpoint: () => inTurn(async () => (isOver() && kept !== null ? kept : checkpointNow())),
    resume: async (from, hasMoved) => {
      const difference = differenceOf(from.facts, facts(), hasMoved);
      if (difference !== null) return `The checkpoint is one of another run: ${difference}.`;
      if (!network.fits(from.snapshot)) return 'The checkpoint is one of another run: the model was another.';
      if (from.step > budget.steps) {
        return `The checkpoint is at step ${from.step}, and this run ends at ${budget.steps}. Ask for more steps.`;
      }
      network.restore(from.snapshot);
      progress = progressOf(from);
      if (isOnDevice(network.backendName)) kept = from;
      reportedStep = from.step;
      const writtenOn = from.facts[backendFact];
      resumed =
        writtenOn === network.arithmetic
          ? `Goes on after step ${from.step} of a checkpoint.`
          : `Goes on after step ${from.step} of a checkpoint of ${writtenOn}, which rounds in another way.`;
      return null;
    },
    moveTo: (make, because) =>
      inTurn(async () => {
        const from = { backend: network.backendName, device: network.device };
        renewNetwork(make);
        // What it went on from is soon behind it, and here it needs nothing to go on from.
        if (!isOnDevice(network.backendName)) kept = null;
        suspects = null;
        reportedStep = progress.step;
        const to = { backend: network.backendName, device: network.device };
        emit({ type: 'moved', cell, step: progress.step, from, to, because });
      }),
    giveUp: (because) => {
      lost = because;
    },
    end: () => network.end(),
  };
}

function progressOf(checkpoint: Progress): Progress {
  const { step, trainingMs, firstLoss, bestLoss, best, evaluations, divergence } = checkpoint;
  return { step, trainingMs, firstLoss, bestLoss, best, evaluations, divergence };
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
