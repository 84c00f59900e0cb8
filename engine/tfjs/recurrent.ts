/** Recurrent layers of any cell, in one direction or both, fused where the backend can and as a loop otherwise. */
import type { RecurrentPlan } from '../plan/trainingPlan';
import { loopCell } from './cellLoops';
import { join } from './joins';
import type { CellOperands } from './recurrentCell';
import type { Rank, Tensor, Tensor2D, Tensor3D, TensorFlow } from './tensorflow';
import { columnOf, type LayerContext, type Steps } from './values';

const gateCounts = { rnn: 1, gru: 3, lstm: 4 } as const;

/**
 * Outputs as `RecurrentPlan` has them. Steps that are padding give the state before them in Keras, but zeros in its
 * bidirectional layers and where PyTorch fills a packed sequence up again.
 */
export function recur(context: LayerContext, plan: RecurrentPlan, inputs: readonly Steps[]): readonly Steps[] {
  const { tf, convention } = context;
  const outputs =
    plan.direction === 'both'
      ? inBothDirections(context, plan, inputs)
      : inOneDirection(context, plan, plan.direction, inputs);
  const [steps, ...states] = outputs;
  if (steps === undefined || steps.mask === null) return outputs;
  if (plan.direction !== 'both' && convention !== 'torch') return outputs;
  return [{ value: tf.mul(steps.value, columnOf(tf, steps.mask)), mask: steps.mask }, ...states];
}

/** Two layers that read the same sequence from its two ends (Schuster and Paliwal 1997), and each of their outputs joined. */
function inBothDirections(context: LayerContext, plan: RecurrentPlan, inputs: readonly Steps[]): readonly Steps[] {
  const [input, ...initial] = inputs;
  if (input === undefined) throw new Error(`${plan.path} reads nothing`);
  const [forward, backward] = (['forward', 'backward'] as const).map((direction, index) => {
    const states = initial.slice((index * initial.length) / 2, ((index + 1) * initial.length) / 2);
    const path = `${plan.path}.${direction}`;
    return inOneDirection(context, { ...plan, path }, direction, [input, ...states]);
  });
  if (forward === undefined || backward === undefined) throw new Error(`${plan.path} lacks a direction`);
  return forward.map((output, index) => {
    const other = backward[index];
    // What nothing reads is not joined; its place is taken by that of one direction.
    return other === undefined || !context.isRead(index) ? output : join(context.tf, plan.merge, [output, other]);
  });
}

function inOneDirection(
  context: LayerContext,
  plan: RecurrentPlan,
  direction: 'forward' | 'backward',
  inputs: readonly Steps[],
): readonly Steps[] {
  const { tf, fused, probe } = context;
  const [input, initialHidden, initialCell] = inputs;
  if (input === undefined) throw new Error(`${plan.path} reads nothing`);
  /** From the order of time to that of the visits, and back. */
  const turned = <T extends Tensor>(value: T): T => (direction === 'forward' ? value : tf.reverse(value, 0));
  const [timeSteps, batch] = input.value.shape;
  const { hiddenSize, path } = plan;
  const projection = plan.projection === undefined ? null : context.parameter(`${path}.projectionWeights`);
  const ownProbe = probe?.path === path ? probe.zeros : null;
  const operands: CellOperands = {
    tf,
    plan,
    input: turned(input.value),
    mask: input.mask && turned(input.mask),
    hidden: startOf(tf, initialHidden, batch, plan.projection ?? hiddenSize),
    cell: startOf(tf, initialCell, batch, hiddenSize),
    inputWeights: context.parameter(`${path}.inputWeights`),
    recurrentWeights: context.parameter(`${path}.recurrentWeights`),
    ...biasesOf(context, plan),
    peepholes: plan.peepholes === true ? context.parameter(`${path}.peepholes`) : null,
    projection,
    probe: ownProbe && turned(ownProbe),
  };
  const isFused = fused?.computes(plan) === true && operands.mask === null && operands.probe === null;
  const { hidden, finalCell } = isFused ? fused.run(operands) : loopCell(operands);
  const finalHidden: Tensor3D = tf.slice(hidden, [timeSteps - 1, 0, 0], [1, -1, -1]);
  const states = finalCell === null ? [finalHidden] : [finalHidden, finalCell];
  return [{ value: turned(hidden), mask: input.mask }, ...states.map((value) => ({ value, mask: null }))];
}

/** `[batch, width]`: the state that the layer reads, or zeros. */
function startOf(tf: TensorFlow, initial: Steps | undefined, batch: number, width: number): Tensor2D {
  return initial === undefined ? tf.zeros([batch, width]) : tf.reshape(initial.value, [batch, width]);
}

/** Zeros where the layer has none; one for the candidate alone stands behind zeros for the other gates. */
function biasesOf(
  { tf, parameter }: LayerContext,
  { path, cell, hiddenSize, bias }: RecurrentPlan,
): Pick<CellOperands, 'inputBias' | 'recurrentBias'> {
  const none: Tensor2D = tf.zeros([1, gateCounts[cell] * hiddenSize]);
  if (bias === 'none') return { inputBias: none, recurrentBias: none };
  const inputBias = parameter(`${path}.inputBias`);
  if (bias === 'input') return { inputBias, recurrentBias: none };
  const own = parameter(`${path}.recurrentBias`);
  if (bias === 'both') return { inputBias, recurrentBias: own };
  return { inputBias, recurrentBias: tf.concat([tf.zeros<Rank.R2>([1, 2 * hiddenSize]), own], 1) };
}
