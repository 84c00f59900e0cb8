/** The states of a recurrent layer over time, in the order in which its direction visits them. */
import { type Backend, blockOf, type Matrix, matrixOf, type RecurrentLoop, type Span, spanOf } from '../backend';
import type { RecurrentPlan } from '../plan/trainingPlan';
import { copy, type LayerContext, type Sequence } from './layer';

export type Direction = 'forward' | 'backward';

export interface StateHistory {
  /** The state after each time step, `[timeSteps, batch, width]`. */
  readonly states: Span;
  /** `previous` as rows, `[timeSteps·batch, width]`. */
  readonly previousRows: Matrix;
  /** The state that each time step starts from, one stretch with `states`. */
  readonly previous: Span;
  /** The state after the direction's last step; its gradient is null where nothing reads it. */
  readonly final: Sequence;
  /** Before the first step: takes over the initial state where the layer reads one; otherwise it stays zero. */
  begin(backend: Backend): void;
  /** `[batch, width]`: of the final state before the steps are visited backwards, of the initial one after. */
  readonly carriedGradient: Span;
  /** Before the first step backwards: of a final state that nothing reads, the gradient is zero. */
  beginBackward(backend: Backend): void;
  /** After the last step backwards. */
  endBackward(backend: Backend): void;
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
  const stretchAt = (index: number): Span => ({ offset: blockAt(index).offset, length: timeSteps * blockLength });
  const initialBlock = blockAt(direction === 'forward' ? 0 : timeSteps);
  const carriedGradient = arena.reserve(blockLength);
  const final: Sequence = {
    timeSteps: 1,
    batch,
    width,
    value: blockAt(direction === 'forward' ? timeSteps : 0),
    gradient: finalIsRead ? carriedGradient : null,
    mask: null,
  };
  return {
    states: stretchAt(currentShift),
    previous: stretchAt(previousShift),
    previousRows: matrixOf(stretchAt(previousShift), timeSteps * batch, width),
    final,
    carriedGradient,
    begin: (backend) => {
      if (initial) copy(backend, initial.value, initialBlock);
    },
    beginBackward: (backend) => {
      if (!finalIsRead) backend.fill(carriedGradient, 0);
    },
    endBackward: (backend) => {
      if (initial?.gradient) copy(backend, carriedGradient, initial.gradient);
    },
  };
}

/** What the loops of all cells have, over gates that the inputs' projection fills. `weightColumns` are those of `weights`. */
export function reserveLoop(
  { arena, isRead }: LayerContext,
  { timeSteps, batch, mask }: Sequence,
  { hiddenSize, hardSigmoidSlope }: RecurrentPlan,
  direction: Direction,
  gates: Matrix,
  hidden: StateHistory,
  weightColumns: number,
): RecurrentLoop {
  const stateWidth = hidden.final.width;
  const packed = arena.reserveBothPacked(stateWidth, weightColumns);
  return {
    timeSteps,
    batch,
    hiddenSize,
    stateWidth,
    isBackward: direction === 'backward',
    gates: spanOf(gates),
    previousHidden: hidden.previous,
    hidden: hidden.states,
    weights: packed.plain,
    weightsTransposed: packed.transposed,
    outputGradient: isRead(0) ? arena.reserve(timeSteps * batch * stateWidth) : null,
    hiddenGradient: hidden.carriedGradient,
    hardSigmoidSlope: hardSigmoidSlope ?? null,
    mask,
  };
}
