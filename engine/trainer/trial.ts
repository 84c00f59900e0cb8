/** How long the steps of a run take on a backend: a few of them are trained, on the run's own data, and timed. */
import type { PreviewSpec, Trial } from '../../protocol/trainer';
import type { Dataset } from '../data/dataset';
import type { TrainingPlan } from '../plan/trainingPlan';
import type { ChosenBackend } from './backends';
import { batchArraysOf } from './evaluation';
import type { PreviewHost } from './host';
import { networkMaker } from './networkMaker';
import type { VariantPlan } from './prepare';
import { defaultThreads, multiplyAddsOf, type Placement, placeVariants } from './threads';

/** What is to be trained. */
export interface TrialRun {
  readonly plans: readonly VariantPlan[];
  readonly dataset: Pick<Dataset, 'fill' | 'trainingSequences'>;
  readonly spec: Pick<PreviewSpec, 'budget' | 'seed' | 'threads'>;
}

type TrialHost = Pick<PreviewHost, 'nowMs' | 'workers'>;

/** That a backend may take for its timed steps, all variants together. */
const backendMs = 200;
/** Timings that the middle is taken of. */
const timingCount = 5;
/** Steps that are asked for before their losses are awaited, where that is faster: as many are under way in a run. */
const stepsUnderWay = 4;

/**
 * Multiply-adds of a step that the processor does in some 50 ms on one thread. Of a larger one a part of the batch is timed: nobody
 * is to wait for seconds to learn that a GPU is faster.
 */
const timedMultiplyAdds = 1e9;

/** Sequences that are timed of a batch on the processor, at least one for each thread. */
export function timedSequences(plan: TrainingPlan, batchSize: number, threads: number): number {
  const part = timedMultiplyAdds / multiplyAddsOf(plan, batchSize);
  return Math.min(batchSize, Math.max(threads, Math.floor(part * batchSize)));
}

/** How a run is spread over what a backend has: a device takes one variant after another. */
export function placementOn(
  backend: Pick<ChosenBackend, 'kind'>,
  variants: number,
  threads: number | null | undefined,
  { workers }: Pick<PreviewHost, 'workers'>,
): Placement {
  const isSpread = workers !== undefined && backend.kind === 'processor';
  return placeVariants(variants, isSpread ? (threads ?? defaultThreads(workers.cores)) : 1);
}

/** Rejects with an Error when the backend cannot train this. */
export async function timeSteps(backend: ChosenBackend, run: TrialRun, host: TrialHost): Promise<Trial> {
  const { atOnce, threadsEach } = placementOn(backend, run.plans.length, run.spec.threads, host);
  const perVariant: Trial['perVariant'][number][] = [];
  for (const planned of run.plans) {
    const secondsPerStep = (await stepMs(backend, planned, threadsEach, run, host)) / 1000;
    perVariant.push({ variant: planned.variant, secondsPerStep });
  }
  const sum = perVariant.reduce((total, { secondsPerStep }) => total + secondsPerStep, 0);
  return { backend: backend.name, device: backend.device, secondsPerStep: sum / atOnce, perVariant };
}

async function stepMs(
  backend: ChosenBackend,
  { plan }: VariantPlan,
  threads: number,
  { plans, dataset, spec }: TrialRun,
  host: TrialHost,
): Promise<number> {
  const isProcessor = backend.kind === 'processor';
  const batchSize = isProcessor ? timedSequences(plan, spec.budget.batchSize, threads) : spec.budget.batchSize;
  /** From the sequences that are timed to those of a batch. */
  const scale = spec.budget.batchSize / batchSize;
  const { network } = networkMaker(backend, threads, host.workers ?? null)(plan, batchSize, spec.seed);
  try {
    const { inputs, targets } = batchArraysOf(network);
    const sequences = Array.from({ length: batchSize }, (_, index) => index % dataset.trainingSequences);
    dataset.fill('training', sequences, network.batchShape, inputs, targets);
    let step = 0;
    const train = async (count: number): Promise<number> => {
      const startedMs = host.nowMs();
      await Promise.all(
        Array.from({ length: count }, () => {
          network.loadBatch(inputs, targets);
          step += 1;
          return network.trainStep(step, { learningRate: spec.budget.learningRate, clipNorm: 1 });
        }),
      );
      return (host.nowMs() - startedMs) / count;
    };
    const mayTakeMs = backendMs / plans.length;
    const first = await train(1);
    // The first step compiles what runs on a device; on the processor it is one like the others, and may do where they are long.
    if (isProcessor && first > mayTakeMs) return scale * first;
    if (network.isQueued) {
      // Several at once of a long step would be no news, and no trial.
      const alone = await train(1);
      if (alone > mayTakeMs) return alone;
    }
    const timings: number[] = [];
    const untilMs = host.nowMs() + mayTakeMs;
    do timings.push(await train(network.isQueued ? stepsUnderWay : 1));
    while (timings.length < timingCount && host.nowMs() < untilMs);
    return scale * median(timings);
  } finally {
    network.end();
  }
}

function median(values: readonly number[]): number {
  const inOrder = [...values].sort((a, b) => a - b);
  return inOrder[Math.floor(inOrder.length / 2)] ?? Number.NaN;
}
