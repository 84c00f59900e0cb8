/** What training data is to the trainer, whatever it was made from: windows to fill batches with, a metric, a baseline. */
import type { MetricDescription, Obstacle } from '../../protocol/trainer';
import type { BatchShape } from '../network';
import { type Place, placeOf } from '../place';
import type { Loss } from '../plan/trainingPlan';

export type Part = 'training' | 'heldOut';

/** How the metric follows from what the network gives. */
export type MetricRule =
  /** Mean loss in nats, turned into bits, times a scale where not every answer counts. */
  | { readonly kind: 'bits'; readonly scale: number }
  /** The share of answers whose most probable class is right. */
  | { readonly kind: 'accuracy' }
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
  readonly loss: Loss;
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

/** Of a file of data, or of none. */
export function obstacle(message: string, file: string | null = null, line: number | null = null): DatasetResult {
  return { kind: 'obstacles', obstacles: [{ message, file, line }] };
}

/** Of what stands in the model's source. */
export function obstacleAt(message: string, place: Place): Extract<DatasetResult, { kind: 'obstacles' }> {
  return { kind: 'obstacles', obstacles: [{ message, ...placeOf(place) }] };
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

/** The share of the data that is held out; of a series the last fifth, because the future is what one wants to predict. */
export const heldOutShare = 0.2;

/** Writes a token where a model reads tokens, else the vector that is 1 at its place alone; those of the batch are to be 0. */
export function writeToken(
  inputs: Float32Array,
  { kind, width }: Dataset['input'],
  { batch }: BatchShape,
  time: number,
  position: number,
  token: number,
): void {
  const place = time * batch + position;
  if (kind === 'tokens') inputs[place] = token;
  else inputs[place * width + token] = 1;
}

/** The name of a file without its folders. */
export function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

/** What guessing by the frequencies of classes in the training part comes to. */
export interface ClassFrequencies extends Pick<Baseline, 'loss' | 'sequenceLosses'> {
  /** How often the most frequent class is right. */
  readonly accuracy: number;
}

/** One is added to each count (Laplace). `heldOut` has the classes that each sequence is asked for. */
export function classFrequencies(
  training: ArrayLike<number>,
  heldOut: readonly ArrayLike<number>[],
  classes: number,
): ClassFrequencies {
  const counts = new Float64Array(classes).fill(1);
  for (let index = 0; index < training.length; index++) {
    const id = training[index] ?? 0;
    counts[id] = (counts[id] ?? 0) + 1;
  }
  const nats = counts.map((count) => -Math.log(count / (training.length + classes)));
  const mostFrequent = counts.indexOf(counts.reduce((most, count) => Math.max(most, count), 0));
  const means = (valueFor: (id: number) => number): Float64Array =>
    Float64Array.from(heldOut, (ids) => mean(Float64Array.from(ids, valueFor)));
  const sequenceLosses = means((id) => nats[id] ?? 0);
  return { loss: mean(sequenceLosses), sequenceLosses, accuracy: mean(means((id) => (id === mostFrequent ? 1 : 0))) };
}
