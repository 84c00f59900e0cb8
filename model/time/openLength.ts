/** Times of models that leave the number of time steps open: what each step takes, which is most of what there is to know. */
import type { ModelGraph } from '../graph';
import { timeMeaning } from '../graph';
import type { RunOptions } from './modelWork';
import { predictTime, type TimePrediction } from './predict';
import type { DeviceProfile } from './profile';
import { formatSeconds, intervalText, runName, timeText } from './wording';

/** Lengths between which the time grows by as much for each step: past what a run takes anyway, short of full caches. */
const [fewSteps, moreSteps] = [100, 200];

/** Null where the length is not what is missing. */
export function timePerStep(graph: ModelGraph, profile: DeviceProfile, options: RunOptions): TimePrediction | null {
  if (options.steps !== null || !('unknown' in predictTime(graph, profile, options))) return null;
  const [few, more] = [fewSteps, moreSteps].map((steps) => predictTime(graph, profile, { ...options, steps }));
  if (few === undefined || more === undefined || 'unknown' in few || 'unknown' in more) return null;
  const perStep = (least: number, most: number): number => (most - least) / (moreSteps - fewSteps);
  return {
    seconds: perStep(few.seconds, more.seconds),
    low: perStep(few.low, more.low),
    high: perStep(few.high, more.high),
    grade: 'estimated',
    because: more.because,
  };
}

/** What is known of the time of a run, whether its length is or not. */
export interface TimeSaid {
  readonly text: string;
  /** What it rests on; null where nothing is predicted. */
  readonly because: string | null;
}

/**
 * `about 290 µs an answer on this machine (230–440), estimated`; of an open length `an answer on this machine: about 2.9 µs·T
 * (2.3–4.4), estimated`.
 */
export function timeSaid(graph: ModelGraph, profile: DeviceProfile, options: RunOptions): TimeSaid {
  const prediction = predictTime(graph, profile, options);
  const perStep = timePerStep(graph, profile, options);
  if (perStep === null || 'unknown' in perStep) {
    return {
      text: timeText(prediction, profile, options),
      because: 'unknown' in prediction ? null : prediction.because,
    };
  }
  return {
    text: `${runName(options, profile)}: about ${formatSeconds(perStep.seconds)}·${openLengthName(graph)} (${intervalText(perStep)}), estimated`,
    because: perStep.because,
  };
}

/** How to have a time instead of a time for each step; null where the length is known. */
export function lengthRequest(graph: ModelGraph, profile: DeviceProfile, options: RunOptions): string | null {
  if (timePerStep(graph, profile, options) === null) return null;
  const name = openLengthName(graph);
  return `${name}, the number of time steps, is open: "# unroll: ${name}=100" in the file says it`;
}

/** The letter that stands for the number of time steps. */
export function openLengthName({ symbols }: ModelGraph): string {
  return symbols.find(({ meaning }) => meaning === timeMeaning)?.name ?? 'T';
}
