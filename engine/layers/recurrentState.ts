/** The states of a recurrent layer over time, in the order in which its direction visits them. */
import { type Backend, blockOf, type Matrix, matrixOf, type Span } from '../backend';
import { copy, type LayerContext, type Sequence } from './layer';

export type Direction = 'forward' | 'backward';

export interface StateHistory {
  /** The state after each time step, `[timeSteps, batch, width]`. */
  readonly states: Span;
  /** The state that each time step starts from, as rows `[timeSteps·batch, width]`. */
  readonly previousRows: Matrix;
  /** Indexed by time step. */
  readonly current: readonly Span[];
  readonly previous: readonly Span[];
  /** The state after the direction's last step; its gradient is null where nothing reads it. */
  readonly final: Sequence;
  /** Before the first step: takes over the initial state where the layer reads one; otherwise it stays zero. */
  begin(backend: Backend): void;
  /** Before the first step backwards: what the loss says of the final state goes into `carried`, or zero. */
  beginBackward(backend: Backend, carried: Span): void;
  /** After the last step backwards: what `carried` holds is the gradient of the initial state. */
  endBackward(backend: Backend, carried: Span): void;
}

/**
 * One block more than there are steps: the initial state lies before the first step of the forward direction and after the
 * last one of the backward direction. So the previous states are one stretch in both.
 */
export function reserveStateHistory(
  { arena }: LayerContext,
  { timeSteps, batch }: Sequence,
  width: number,
  direction: Direction,
  initial: Sequence | undefined,
  finalIsRead: boolean,
): StateHistory {
  const blockLength = batch * width;
  const blocks = arena.reserve((timeSteps + 1) * blockLength);
  const [currentShift, previousShift] = direction === 'forward' ? [1, 0] : [0, 1];
  const blockAt = (index: number): Span => blockOf(blocks, index, blockLength);
  const steps = Array.from({ length: timeSteps }, (_, step) => step);
  const initialBlock = blockAt(direction === 'forward' ? 0 : timeSteps);
  const final: Sequence = {
    timeSteps: 1,
    batch,
    width,
    value: blockAt(finalStep(timeSteps, direction) + currentShift),
    gradient: finalIsRead ? arena.reserve(blockLength) : null,
  };
  return {
    states: { offset: blockAt(currentShift).offset, length: timeSteps * blockLength },
    previousRows: matrixOf(blockAt(previousShift), timeSteps * batch, width),
    current: steps.map((step) => blockAt(step + currentShift)),
    previous: steps.map((step) => blockAt(step + previousShift)),
    final,
    begin: (backend) => {
      if (initial) copy(backend, initial.value, initialBlock);
    },
    beginBackward: (backend, carried) => {
      if (final.gradient) copy(backend, final.gradient, carried);
      else backend.fill(carried, 0);
    },
    endBackward: (backend, carried) => {
      if (initial?.gradient) copy(backend, carried, initial.gradient);
    },
  };
}

/**
 * The gradient that reaches each step's output from above, as one stretch and by time step. Where nothing reads the steps,
 * all of them share one block that stays zero.
 */
export function reserveOutputGradient(
  { arena, isRead }: LayerContext,
  { timeSteps, batch }: Sequence,
  width: number,
): { readonly whole: Span | null; readonly at: (time: number) => Span } {
  const length = batch * width;
  if (!isRead(0)) {
    const zero = arena.reserve(length);
    return { whole: null, at: () => zero };
  }
  const whole = arena.reserve(timeSteps * length);
  return { whole, at: (time) => blockOf(whole, time, length) };
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
