/** Predicted times as data: of one training step and of one answer to one sequence, on a device. */
import type { ModelGraph } from '../../../model/graph';
import type { RunOptions } from '../../../model/time/modelWork';
import { openLengthName, timePerStep } from '../../../model/time/openLength';
import { predictTime, type TimePrediction } from '../../../model/time/predict';
import type { DeviceProfile } from '../../../model/time/profile';
import { formatSeconds, intervalText } from '../../../model/time/wording';
import type { RunTime, TimeEstimate, TimesOnDevice } from '../../../protocol/costs';

export interface TimeQuestion {
  readonly profile: DeviceProfile;
  /** Sequences in a training step. */
  readonly batch: number;
  /** Steps of a sequence, for models that leave them open. */
  readonly steps: number | null;
}

export function timesOnDevice(graph: ModelGraph, question: TimeQuestion): TimesOnDevice {
  const { profile } = question;
  const [training, inference] = runsOf(question).map((options) => runTime(graph, profile, options));
  if (training === undefined || inference === undefined) throw new RangeError('both runs are predicted');
  return { device: profile.id, deviceLabel: profile.label, software: profile.software, training, inference };
}

function runTime(graph: ModelGraph, profile: DeviceProfile, options: RunOptions): RunTime {
  const prediction = predictTime(graph, profile, options);
  const perStep = timePerStep(graph, profile, options);
  const isOpen = perStep !== null && !('unknown' in perStep);
  const known = isOpen ? perStep : prediction;
  const letter = isOpen ? `·${openLengthName(graph)}` : '';
  return {
    batch: options.batch,
    ...inMilliseconds(prediction),
    text: 'unknown' in known ? null : `${formatSeconds(known.seconds)}${letter} (${intervalText(known)})`,
    perStep: isOpen ? inMilliseconds(perStep) : null,
  };
}

function inMilliseconds(prediction: TimePrediction): TimeEstimate {
  if ('unknown' in prediction) {
    return { milliseconds: null, low: null, high: null, grade: 'unknown', because: prediction.unknown };
  }
  const { seconds, low, high, grade, because } = prediction;
  return { milliseconds: 1000 * seconds, low: 1000 * low, high: 1000 * high, grade, because };
}

export function runsOf({ batch, steps }: TimeQuestion): readonly RunOptions[] {
  return [
    { mode: 'training', batch, steps },
    { mode: 'inference', batch: 1, steps },
  ];
}
