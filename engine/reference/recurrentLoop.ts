/** What the loops of all recurrent cells share: the steps they visit, their blocks, and steps that padding leaves out. */
import { blockOf, type Matrix, matrixOf, type RecurrentLoop, type Span } from '../backend';
import { sigmoid } from './elementwise';
import { addAt, load } from './memory';

/** One time step of a loop, its blocks cut out. */
export interface LoopStep {
  readonly time: number;
  readonly gates: Span;
  readonly previousHidden: Span;
  readonly hidden: Span;
}

/** The steps in the order in which the loop visits them. */
export function stepsOf(loop: RecurrentLoop): LoopStep[] {
  const steps = Array.from({ length: loop.timeSteps }, (_, time): LoopStep => {
    const stateLength = loop.batch * loop.stateWidth;
    return {
      time,
      gates: blockOf(loop.gates, time, loop.gates.length / loop.timeSteps),
      previousHidden: blockOf(loop.previousHidden, time, stateLength),
      hidden: blockOf(loop.hidden, time, stateLength),
    };
  });
  return loop.isBackward ? steps.reverse() : steps;
}

/** A block as a matrix with a row for each sequence. */
export function rowsOfBlock(block: Span, batch: number): Matrix {
  return matrixOf(block, batch, block.length / batch);
}

export function isPadding(
  memory: Float64Array,
  { mask, batch }: RecurrentLoop,
  time: number,
  sequence: number,
): boolean {
  return mask !== null && load(memory, mask.offset + time * batch + sequence) === 0;
}

/** Where a step is padding, its state is the one before it. */
export function keepStatesOfPadding(
  memory: Float64Array,
  loop: RecurrentLoop,
  time: number,
  before: Span,
  after: Span,
): void {
  const width = after.length / loop.batch;
  for (let sequence = 0; sequence < loop.batch; sequence++) {
    if (!isPadding(memory, loop, time, sequence)) continue;
    const from = before.offset + sequence * width;
    memory.copyWithin(after.offset + sequence * width, from, from + width);
  }
}

/** The gradient from the steps after this one, and that of this step's output: the whole gradient of its hidden state. */
export function gatherStateGradient(
  memory: Float64Array,
  loop: RecurrentLoop,
  time: number,
  squaredNorms: Span | null,
): void {
  const { hiddenGradient, outputGradient } = loop;
  let sum = 0;
  for (let i = 0; i < hiddenGradient.length; i++) {
    if (outputGradient) {
      const fromAbove = load(memory, outputGradient.offset + time * hiddenGradient.length + i);
      addAt(memory, hiddenGradient.offset + i, fromAbove);
    }
    sum += load(memory, hiddenGradient.offset + i) ** 2;
  }
  if (squaredNorms) memory[squaredNorms.offset + time] = sum;
}

export function gateValue(x: number, hardSigmoidSlope: number | null): number {
  return hardSigmoidSlope === null ? sigmoid(x) : Math.min(1, Math.max(0, hardSigmoidSlope * x + 0.5));
}

/** The derivative of a gate where its value is `y`. */
export function gateSlope(y: number, hardSigmoidSlope: number | null): number {
  if (hardSigmoidSlope === null) return y * (1 - y);
  return y > 0 && y < 1 ? hardSigmoidSlope : 0;
}
