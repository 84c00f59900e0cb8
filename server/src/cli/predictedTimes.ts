/** What `analyze` and `recommend` say of the time a model takes: one training step, and one answer to one sequence. */
import type { ModelGraph } from '../../../model/graph';
import type { RunOptions } from '../../../model/time/modelWork';
import { predictTime, type TimePrediction } from '../../../model/time/predict';
import type { DeviceProfile } from '../../../model/time/profile';
import { timeText } from '../../../model/time/wording';
import { defaultBudget } from '../../../protocol/trainingDefaults';

export interface TimeQuestion {
  readonly profile: DeviceProfile;
  /** Sequences in a training step. */
  readonly batch: number;
  /** Steps of a sequence, for models that leave them open. */
  readonly steps: number | null;
}

export function timeQuestion(profile: DeviceProfile, batch: number | null, steps: number | null): TimeQuestion {
  return { profile, batch: batch ?? defaultBudget.batchSize, steps };
}

export interface TimesDocument {
  readonly device: string;
  readonly deviceLabel: string;
  readonly software: string;
  readonly training: TimeDocument;
  readonly inference: TimeDocument;
}

/** Milliseconds, null where they cannot be predicted; `because` says what they rest on or what is missing. */
export interface TimeDocument {
  readonly batch: number;
  readonly milliseconds: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly grade: 'estimated' | 'unknown';
  readonly because: string;
}

export function timesDocument(graph: ModelGraph, question: TimeQuestion): TimesDocument {
  const { profile } = question;
  const [training, inference] = runsOf(question).map((options): TimeDocument => {
    return timeDocument(predictTime(graph, profile, options), options.batch);
  });
  if (training === undefined || inference === undefined) throw new RangeError('both runs are predicted');
  return { device: profile.id, deviceLabel: profile.label, software: profile.software, training, inference };
}

function timeDocument(prediction: TimePrediction, batch: number): TimeDocument {
  if ('unknown' in prediction) {
    return { batch, milliseconds: null, low: null, high: null, grade: 'unknown', because: prediction.unknown };
  }
  const { seconds, low, high, grade, because } = prediction;
  return { batch, milliseconds: 1000 * seconds, low: 1000 * low, high: 1000 * high, grade, because };
}

/** One sentence for each run, and what they rest on. */
export function timeLines(graph: ModelGraph, question: TimeQuestion): readonly string[] {
  const predictions = runsOf(question).map((options) => ({
    options,
    prediction: predictTime(graph, question.profile, options),
  }));
  const reasons = predictions.flatMap(({ prediction }) => ('unknown' in prediction ? [] : [prediction.because]));
  const lines = predictions.map(({ options, prediction }) =>
    capitalised(timeText(prediction, question.profile, options)),
  );
  return [...new Set(lines), ...reasons.slice(0, 1).map((reason) => `  ${reason}`)];
}

function runsOf({ batch, steps }: TimeQuestion): readonly RunOptions[] {
  return [
    { mode: 'training', batch, steps },
    { mode: 'inference', batch: 1, steps },
  ];
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
