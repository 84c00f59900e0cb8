/** When training has gone wrong for good, and in which words that is said. */
import type { Network, Place, StepResult } from '../network';

/** A loss so many times the best so far has left everything that was learned. */
const explosionFactor = 1e4;
/**
 * The best loss counts as at least this share of the first: of a model that has all but solved its task, one hard batch may
 * lose thousands of times as much and yet no more than a guess does.
 */
const leastShareOfFirst = 0.01;
/** Data are scaled and logits start small: no loss comes to this but by numbers that have run away. */
const absurdLoss = 1e12;

export interface LossHistory {
  readonly first: number;
  readonly best: number;
}

/** Whether a step shows that training has gone wrong, before any look at where. */
export function hasDiverged({ loss, gradientNorm }: StepResult, history: LossHistory | null): boolean {
  return !Number.isFinite(loss) || !Number.isFinite(gradientNorm) || loss > largestLoss(history);
}

/** A sentence or two, or null while all is well. To be asked right after the step, before anything else is loaded. */
export async function divergenceOf(
  network: Pick<Network, 'findNonFinite' | 'findLargestOutput'>,
  step: number,
  result: StepResult,
  history: LossHistory | null,
): Promise<string | null> {
  if (!hasDiverged(result, history)) return null;
  const { loss, gradientNorm } = result;
  if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
    const place = await network.findNonFinite();
    if (place.kind === 'inputs' || place.kind === 'targets') {
      const what = place.kind === 'inputs' ? 'what the model reads' : 'what it is to predict';
      return `At step ${step} the data had a value in ${what} that is not a finite number. Look for extreme values in the data.`;
    }
    const what = Number.isFinite(loss) ? 'the gradient' : 'the loss';
    return `At step ${step} ${what} stopped being a finite number, first in ${inWords(place)}. Try a smaller learning rate.`;
  }
  const before = history === null ? '' : `, from ${shown(history.best)} at its best`;
  const { place } = await network.findLargestOutput();
  return (
    `At step ${step} the loss leapt to ${shown(loss)}${before}; the largest numbers are in ${inWords(place)}. ` +
    'Try a smaller learning rate.'
  );
}

function largestLoss(history: LossHistory | null): number {
  if (history === null) return absurdLoss;
  return Math.min(absurdLoss, explosionFactor * Math.max(history.best, leastShareOfFirst * history.first));
}

function inWords(place: Place): string {
  switch (place.kind) {
    case 'inputs':
    case 'targets':
      return `the ${place.kind}`;
    case 'output':
      return `the output of ${place.path}`;
    case 'gradient':
      return `the gradient of ${place.path}`;
  }
}

function shown(value: number): string {
  return value.toPrecision(2);
}
