/**
 * What the loops of all recurrent cells share. They go through a step's sequences a few rows at a time, as many as a matrix
 * product takes together, so that what a product leaves is in the nearest cache when the gates are computed from it.
 */
import { add } from './elementwise';
import { squaredNormOf } from './optimiser';

/** The time step that a loop visits after `visited` others. */
// @ts-ignore: decorator
@inline
export function timeOf(visited: i32, timeSteps: i32, isBackward: bool): i32 {
  return isBackward ? timeSteps - 1 - visited : visited;
}

/** Where a step's mask starts; 0 for a loop without one. */
// @ts-ignore: decorator
@inline
export function maskOf(mask: usize, time: i32, batch: i32): usize {
  return mask == 0 ? 0 : mask + (<usize>(time * batch) << 2);
}

// @ts-ignore: decorator
@inline
export function isPadding(mask: usize, sequence: i32): bool {
  return mask != 0 && load<f32>(mask + (<usize>sequence << 2)) == 0;
}

/** Where a step is padding, its state is the one before it. */
export function keepStatesOfPadding(mask: usize, first: i32, height: i32, before: usize, after: usize, width: i32): void {
  if (mask == 0) return;
  for (let sequence = first; sequence < first + height; sequence++) {
    if (!isPadding(mask, sequence)) continue;
    const row = <usize>(sequence * width) << 2;
    memory.copy(after + row, before + row, <usize>width << 2);
  }
}

/** Zeroes rows of a step: those of padding, or all others. */
export function clearRows(mask: usize, first: i32, height: i32, rows: usize, width: i32, padding: bool): void {
  for (let sequence = first; sequence < first + height; sequence++) {
    if (isPadding(mask, sequence) != padding) continue;
    memory.fill(rows + (<usize>(sequence * width) << 2), 0, <usize>width << 2);
  }
}

/**
 * Adds the gradient of a step's output to that from the steps after it, which gives the whole gradient of its hidden state,
 * and leaves its squared norm where one is wanted.
 */
export function gatherStateGradient(
  time: i32,
  hiddenGradient: usize,
  length: i32,
  outputGradient: usize,
  squaredNorms: usize,
): void {
  if (outputGradient != 0) add(hiddenGradient, outputGradient + (<usize>(time * length) << 2), length);
  if (squaredNorms != 0) {
    store<f32>(squaredNorms + (<usize>time << 2), squaredNormOf(hiddenGradient, length));
  }
}
