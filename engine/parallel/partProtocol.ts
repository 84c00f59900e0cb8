/** What the thread that leads a split network and those that compute parts of its batch say to each other. */
import type { Numbers } from '../backend';
import type { BatchShape, LargestOutput, Place } from '../network';
import type { TrainingPlan } from '../plan/trainingPlan';
import type { KernelChoice } from '../wasm/tiles';
import type { BatchPart } from './batchParts';

/** What a worker makes its network of. */
export interface PartTask {
  readonly type: 'part';
  readonly plan: TrainingPlan;
  /** Sequences of the whole batch. */
  readonly batch: number;
  readonly part: BatchPart;
  readonly seed: number;
  readonly backend: 'wasm' | 'reference';
  readonly kernels: KernelChoice | null;
  readonly exchange: Exchange;
  /** Shared with the worker; null where commands and replies are messages. */
  readonly mailbox: SharedArrayBuffer | null;
}

/** Those that compute start by loading `parameters`, `inputs` and `targets`; the others ask about what was computed last. */
export type PartCommand =
  | { readonly kind: 'computeGradients'; readonly step: number; readonly measureReach: boolean }
  | { readonly kind: 'evaluate' | 'predictions' | 'gradientReach' | 'findNonFinite' | 'findLargestOutput' };

export type PartReply =
  | { readonly kind: 'done' }
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'largest'; readonly largest: LargestOutput }
  /** The worker goes on; what it was asked to do, it could not. */
  | { readonly kind: 'failed'; readonly message: string };

/** Numbers that go to and fro with commands and replies. Where memory is shared, both sides see the same. */
export interface Exchange {
  readonly parameters: Numbers;
  readonly inputs: Numbers;
  readonly targets: Numbers;
  readonly gradients: Numbers;
  readonly losses: Numbers;
  /** Of rows; of use only where some count less than others. */
  readonly weights: Numbers;
  readonly predictions: Numbers;
  /** A number a time step. */
  readonly gradientReach: Numbers;
}

export type ExchangeName = keyof Exchange;

const loaded: readonly ExchangeName[] = ['parameters', 'inputs', 'targets'];

/** What of the exchange a command needs, and what its reply brings. */
export const exchanged: Readonly<
  Record<PartCommand['kind'], { readonly needs: readonly ExchangeName[]; readonly brings: readonly ExchangeName[] }>
> = {
  computeGradients: { needs: loaded, brings: ['gradients', 'losses', 'weights', 'gradientReach'] },
  evaluate: { needs: loaded, brings: ['losses', 'weights'] },
  gradientReach: { needs: loaded, brings: ['gradientReach'] },
  predictions: { needs: [], brings: ['predictions'] },
  findNonFinite: { needs: [], brings: [] },
  findLargestOutput: { needs: [], brings: [] },
};

export interface ExchangeLengths {
  readonly shape: BatchShape;
  readonly parameters: number;
  readonly outputWidth: number;
}

/** @param make numbers of the kind that the backend computes with, all 0 */
export function createExchange(
  { shape, parameters, outputWidth }: ExchangeLengths,
  make: (length: number) => Numbers,
): Exchange {
  const rows = shape.targetSteps * shape.batch;
  return {
    parameters: make(parameters),
    inputs: make(shape.inputSteps * shape.batch * shape.inputWidth),
    targets: make(rows * shape.targetWidth),
    gradients: make(parameters),
    losses: make(rows),
    weights: make(rows),
    predictions: make(rows * outputWidth),
    gradientReach: make(shape.inputSteps),
  };
}
