/** Splits batches into parts for several threads, and puts what they give together again. */
import type { TrainingPlan } from '../plan/trainingPlan';

/** Some sequences of a batch, one after another. */
export interface BatchPart {
  readonly first: number;
  readonly count: number;
}

/** As even as can be: parts differ by one sequence at most, the larger ones first. */
export function partsOf(batch: number, count: number): readonly BatchPart[] {
  const [smaller, larger] = [Math.floor(batch / count), batch % count];
  return Array.from({ length: count }, (_, index) => ({
    first: index * smaller + Math.min(index, larger),
    count: smaller + (index < larger ? 1 : 0),
  }));
}

/** Why a batch cannot be computed in parts with the same result; null where it can. */
export function whyUndivided(plan: TrainingPlan): string | null {
  if (plan.layers.some(({ kind }) => kind === 'batchNorm')) return 'batch normalisation needs the whole batch at once';
  if (plan.layers.some(({ kind }) => kind === 'gaussianNoise')) return 'its noise is drawn for the whole batch at once';
  return null;
}

/** The part's numbers out of a time-major `[steps, batch, width]`, into `target`. */
export function takePart(
  whole: ArrayLike<number>,
  { first, count }: BatchPart,
  batch: number,
  width: number,
  target: Float32Array | Float64Array,
): void {
  const length = count * width;
  for (let start = 0, from = first * width; start < target.length; start += length, from += batch * width) {
    if (whole instanceof Float32Array) {
      target.set(whole.subarray(from, from + length), start);
      continue;
    }
    for (let index = 0; index < length; index++) target[start + index] = whole[from + index] ?? Number.NaN;
  }
}

/** The reverse of `takePart`. */
export function putPart(
  part: ArrayLike<number>,
  { first, count }: BatchPart,
  batch: number,
  width: number,
  whole: Float32Array | Float64Array,
): void {
  const length = count * width;
  for (let start = 0, to = first * width; start < part.length; start += length, to += batch * width) {
    for (let index = 0; index < length; index++) whole[to + index] = part[start + index] ?? Number.NaN;
  }
}
