/** How a run is spread over threads: variants side by side first, and over the threads left the batches of each. */
import { whyUndivided } from '../parallel/batchParts';
import { planWork } from '../plan/planWork';
import type { TrainingPlan } from '../plan/trainingPlan';

/** Threads of a run by default: one core is left to the editor. */
export function defaultThreads(cores: number): number {
  return Math.max(1, cores - 1);
}

export interface Placement {
  /** Variants that train at the same time. */
  readonly atOnce: number;
  /** Threads that each may have. */
  readonly threadsEach: number;
}

export function placeVariants(variants: number, threads: number): Placement {
  return { atOnce: Math.min(variants, threads), threadsEach: Math.max(1, Math.floor(threads / variants)) };
}

/**
 * Multiply-adds of a step from which a second thread pays, about half a millisecond's: below, threads wait for each other
 * longer than they compute. A rule of the model alone, not a measurement, so that the same run has the same curve.
 */
const leastMultiplyAdds = 3e6;

/** Threads that the batches of a plan are split over, and why it is one though there are more, for people. */
export function threadsOf(
  plan: TrainingPlan,
  batch: number,
  threads: number,
): { readonly count: number; readonly remark: string | null } {
  if (threads === 1) return { count: 1, remark: null };
  const because = whyUndivided(plan);
  if (because !== null) return { count: 1, remark: `Trains on one thread, because ${because}.` };
  const pays = multiplyAddsOf(plan, batch) >= leastMultiplyAdds;
  return { count: pays ? Math.min(batch, threads) : 1, remark: null };
}

/** Of a training step. */
export function multiplyAddsOf(plan: TrainingPlan, batch: number): number {
  return planWork(plan, batch, 0).reduce(
    (sum, item) => sum + (item.kind === 'product' ? item.calls * item.rows * item.inner * item.columns : 0),
    0,
  );
}
