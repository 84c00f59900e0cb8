/** What training data is to the trainer, whatever it was made from: windows to fill batches with, a metric, a baseline. */
import type { MetricDescription, Obstacle } from '../../protocol/trainer';
import type { BatchShape } from '../network';

export type Part = 'training' | 'heldOut';

/** How the metric follows from what the network gives. */
export type MetricRule =
  /** Mean loss in nats, turned into bits. */
  | { readonly kind: 'bits' }
  /** Root of the mean squared difference in one column of predictions and targets, times a scale: its own unit. */
  | { readonly kind: 'rootMeanSquare'; readonly column: number; readonly scale: number };

/** A forecast without a model, measured on the very sequences that models are. */
export interface Baseline {
  readonly name: string;
  readonly metric: number;
  /** In the unit of the training loss. */
  readonly loss: number;
  /** Mean loss of each held-out sequence, in chronological order. */
  readonly sequenceLosses: Float64Array;
}

export interface Dataset {
  /** One sentence for people. */
  readonly description: string;
  readonly trainingSequences: number;
  /** Sequences that are evaluated, in chronological order. */
  readonly heldOutSequences: number;
  readonly timeSteps: number;
  readonly input: { readonly kind: 'features' | 'tokens'; readonly width: number };
  readonly outputSteps: 'every' | 'last';
  readonly loss: 'crossEntropy' | 'meanSquaredError';
  readonly metric: MetricDescription;
  readonly metricRule: MetricRule;
  readonly baseline: Baseline | null;
  readonly remarks: readonly string[];
  /**
   * Fills a batch with some sequences, time-major: `inputs` is `[timeSteps, batch, inputWidth]`, `targets`
   * `[targetSteps, batch, targetWidth]`. Fewer sequences than the batch holds leave the rest as it is.
   */
  fill(part: Part, sequences: ArrayLike<number>, shape: BatchShape, inputs: Float32Array, targets: Float32Array): void;
}

export type DatasetResult =
  | { readonly kind: 'dataset'; readonly dataset: Dataset }
  | { readonly kind: 'obstacles'; readonly obstacles: readonly Obstacle[] };

export function obstacle(message: string, file: string | null = null, line: number | null = null): DatasetResult {
  return { kind: 'obstacles', obstacles: [{ message, file, line }] };
}

/** Some of the windows of the held-out part, evenly spread over it, because evaluating all would take longer than training. */
export interface HeldOutWindows {
  readonly count: number;
  /** Of a held-out sequence: its place among all available windows. */
  windowOf(sequence: number): number;
}

export function spreadWindows(available: number, limit: number): HeldOutWindows {
  const count = Math.min(available, limit);
  return { count, windowOf: (sequence) => Math.floor((sequence * available) / count) };
}

export function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The share of the data that is held out: the last fifth, because the future is what one wants to predict. */
export const heldOutShare = 0.2;
