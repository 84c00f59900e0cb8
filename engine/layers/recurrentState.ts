/** The states of a recurrent layer over time, in the order in which its direction visits them. */
import type { ArenaPlanner } from '../arena';
import { blockOf, type Matrix, matrixOf, type Span } from '../backend';
import type { Sequence } from './layer';

export type Direction = 'forward' | 'backward';

export interface StateHistory {
  /** The state after each time step, `[timeSteps, batch, hiddenSize]`. */
  readonly states: Span;
  /** The state that each time step starts from, as rows `[timeSteps·batch, hiddenSize]`. */
  readonly previousRows: Matrix;
  /** Indexed by time step. */
  readonly current: readonly Span[];
  readonly previous: readonly Span[];
}

/**
 * One block more than there are steps: the initial state, which stays zero, lies before the first step of the forward
 * direction and after the last one of the backward direction. So the previous states are one stretch in both.
 */
export function reserveStateHistory(
  arena: ArenaPlanner,
  { timeSteps, batch }: Sequence,
  hiddenSize: number,
  direction: Direction,
): StateHistory {
  const blockLength = batch * hiddenSize;
  const blocks = arena.reserve((timeSteps + 1) * blockLength);
  const [currentShift, previousShift] = direction === 'forward' ? [1, 0] : [0, 1];
  const blockAt = (index: number): Span => blockOf(blocks, index, blockLength);
  const steps = Array.from({ length: timeSteps }, (_, step) => step);
  return {
    states: { offset: blockAt(currentShift).offset, length: timeSteps * blockLength },
    previousRows: matrixOf(blockAt(previousShift), timeSteps * batch, hiddenSize),
    current: steps.map((step) => blockAt(step + currentShift)),
    previous: steps.map((step) => blockAt(step + previousShift)),
  };
}

/** The time steps in the order in which a direction visits them. */
export function visitingOrder(timeSteps: number, direction: Direction): number[] {
  const order = Array.from({ length: timeSteps }, (_, step) => step);
  return direction === 'forward' ? order : order.reverse();
}

/** The time step after which a direction has seen the whole sequence. */
export function finalStep(timeSteps: number, direction: Direction): number {
  return direction === 'forward' ? timeSteps - 1 : 0;
}
