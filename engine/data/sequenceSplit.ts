/** Which of many separate sequences are held out: a fifth of them, drawn by the seed, because their order means nothing. */
import { createRandom, shuffledIndices } from '../random';
import { heldOutShare } from './dataset';

export interface SequenceSplit {
  readonly training: Uint32Array;
  readonly heldOut: Uint32Array;
}

/** Held-out sequences that are evaluated at most. */
export const heldOutLimit = 1024;
const splitStream = 0x73706c69;

/** Null where there are too few for both parts. */
export function shuffledSplit(count: number, seed: number): SequenceSplit | null {
  const heldOut = Math.floor(count * heldOutShare);
  if (heldOut < 1) return null;
  const order = shuffledIndices(count, createRandom(seed, splitStream));
  return { training: order.slice(heldOut), heldOut: order.slice(0, Math.min(heldOut, heldOutLimit)) };
}

/** "a fifth, drawn by the seed, is held out" */
export const splitInWords = 'a fifth of them, drawn by the seed, is held out';
