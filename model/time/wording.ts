/** Predicted times in words, with their interval: never a bare number. */
import { thisMachineId } from './devices';
import type { RunOptions } from './modelWork';
import type { TimePrediction } from './predict';
import type { DeviceProfile } from './profile';

const units = [
  { name: 's', seconds: 1 },
  { name: 'ms', seconds: 1e-3 },
  { name: 'µs', seconds: 1e-6 },
] as const;

/** Two significant digits, which is more than any prediction deserves: `3.1 ms`. */
export function formatSeconds(seconds: number): string {
  const { name, seconds: unit } = unitFor(seconds);
  return `${twoDigits(seconds / unit)} ${name}`;
}

/** `about 3.1 ms a training step on this machine (2.5–4.6), estimated`; why not where it is not predicted. */
export function timeText(
  prediction: TimePrediction,
  profile: Pick<DeviceProfile, 'id' | 'label'>,
  { mode, batch }: Pick<RunOptions, 'mode' | 'batch'>,
): string {
  const what = runName({ mode, batch }, profile);
  if ('unknown' in prediction) return `${what}: not predicted, ${prediction.unknown}`;
  return `about ${formatSeconds(prediction.seconds)} ${what} (${intervalText(prediction)}), estimated`;
}

/** `2.5–4.6`, in the unit of the time itself. */
export function intervalText({ seconds, low, high }: Pick<KnownTime, 'seconds' | 'low' | 'high'>): string {
  const { seconds: unit } = unitFor(seconds);
  return `${twoDigits(low / unit)}–${twoDigits(high / unit)}`;
}

type KnownTime = Exclude<TimePrediction, { readonly unknown: string }>;

/** `3.3 ms a training step with 32 sequences on this machine, measured (3.1 ms predicted, 6% too little)`. */
export function measuredText(
  seconds: number,
  predicted: number,
  profile: Pick<DeviceProfile, 'id' | 'label'>,
  options: Pick<RunOptions, 'mode' | 'batch'>,
): string {
  return `${formatSeconds(seconds)} ${runName(options, profile)}, measured (${errorText(seconds, predicted)})`;
}

/** `3.1 ms predicted, 6% too little`. */
export function errorText(seconds: number, predicted: number): string {
  const percent = Math.round(100 * Math.abs(predicted / seconds - 1));
  const error = percent === 0 ? 'as it is' : `${percent}% too ${predicted < seconds ? 'little' : 'much'}`;
  return `${formatSeconds(predicted)} predicted, ${error}`;
}

/** `this machine`, `a Raspberry Pi 5`. */
export function deviceName({ id, label }: Pick<DeviceProfile, 'id' | 'label'>): string {
  return id === thisMachineId ? 'this machine' : label;
}

/** `a training step with 32 sequences on this machine`. */
export function runName(
  { mode, batch }: Pick<RunOptions, 'mode' | 'batch'>,
  profile: Pick<DeviceProfile, 'id' | 'label'>,
): string {
  const run = mode === 'training' ? 'a training step' : 'an answer';
  return `${run}${batch === 1 ? '' : ` with ${batch} sequences`} on ${deviceName(profile)}`;
}

function unitFor(seconds: number): (typeof units)[number] {
  return units.find((unit) => seconds >= unit.seconds) ?? units[2];
}

/** No thousands where the number is large: `1,200` of a unit is 1.2 of the next. */
function twoDigits(value: number): string {
  if (value >= 99.5) return String(Number(value.toPrecision(2)));
  return value >= 9.95 ? value.toFixed(0) : String(Number(value.toPrecision(2)));
}
