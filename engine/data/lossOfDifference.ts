/** What a difference of numbers loses, as `engine/reference/loss.ts` has it. */
import type { NumberLoss } from './modelEnds';

export function lossOfDifference(loss: NumberLoss): (difference: number) => number {
  switch (loss) {
    case 'meanSquaredError':
      return (difference) => difference ** 2;
    case 'meanAbsoluteError':
      return Math.abs;
    case 'huber':
      return (difference) => (Math.abs(difference) <= 1 ? difference ** 2 / 2 : Math.abs(difference) - 1 / 2);
  }
}
