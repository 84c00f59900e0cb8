/** Recurrent cells as loops of tensor operations, a product and a few others for each time step. */
import { activate, project } from './dense';
import { four, three, two } from './parts';
import { matrix } from './ranks';
import type { CellOperands, CellStates } from './recurrentCell';
import type { Tensor, Tensor2D, TensorFlow } from './tensorflow';

/** The states after a step, of which an LSTM has two. */
interface States {
  readonly hidden: Tensor2D;
  readonly cell: Tensor2D;
}

type Step = (gates: Tensor2D, before: States) => States;

export function loopCell(operands: CellOperands): CellStates {
  const { tf, plan, input, inputWeights, inputBias, mask, probe } = operands;
  const { hiddenSize, cell, resetAfter } = plan;
  const bias = cell === 'gru' && resetAfter ? inputBias : tf.add<Tensor2D>(inputBias, operands.recurrentBias);
  const gates = tf.unstack(project(tf, input, inputWeights, bias)).map(matrix);
  const marks = mask && tf.unstack(mask);
  const nudges = probe && tf.unstack(probe);
  const step = stepOf(operands, hiddenSize);
  const hidden: Tensor2D[] = [];
  let states: States = { hidden: operands.hidden, cell: operands.cell };
  for (const [time, own] of gates.entries()) {
    const before = states;
    states = step(own, before);
    const mark = marks?.[time];
    if (mark !== undefined) {
      const counts = tf.cast(tf.expandDims(mark, 1), 'bool');
      states = {
        hidden: tf.where(counts, states.hidden, before.hidden),
        cell: tf.where(counts, states.cell, before.cell),
      };
    }
    const nudge = nudges?.[time];
    if (nudge !== undefined) states = { ...states, hidden: tf.add(states.hidden, nudge) };
    hidden.push(states.hidden);
  }
  return {
    hidden: tf.reshape(tf.stack(hidden), [hidden.length, ...states.hidden.shape]),
    finalCell: cell === 'lstm' ? tf.expandDims(states.cell, 0) : null,
  };
}

function stepOf(operands: CellOperands, hiddenSize: number): Step {
  switch (operands.plan.cell) {
    case 'rnn':
      return rnnStep(operands);
    case 'lstm':
      return lstmStep(operands);
    case 'gru':
      return operands.plan.resetAfter ? gruStep(operands) : gruStepResetBefore(operands, hiddenSize);
  }
}

/** h = φ(W x + U h′ + b) (Elman 1990). */
function rnnStep({ tf, plan, recurrentWeights }: CellOperands): Step {
  return (gates, { hidden, cell }) => {
    const sum: Tensor2D = tf.add(gates, tf.matMul(hidden, recurrentWeights));
    return { hidden: activate(tf, plan.activation, sum), cell };
  };
}

/** c = f·c′ + i·g, h = o·tanh(c), as `engine/reference/lstm.ts` has it, with peepholes and a projection. */
function lstmStep(operands: CellOperands): Step {
  const { tf, plan, recurrentWeights, projection } = operands;
  const gate = gateFunction(tf, plan.hardSigmoidSlope);
  const [ofInput, ofForget, ofOutput] = operands.peepholes === null ? [] : tf.unstack(operands.peepholes);
  const seeing = (sum: Tensor2D, cell: Tensor2D, weights: Tensor | undefined): Tensor2D =>
    weights === undefined ? sum : tf.add(sum, tf.mul(cell, weights));
  return (gates, before) => {
    const sums: Tensor2D = tf.add(gates, tf.matMul(before.hidden, recurrentWeights));
    const [input, forget, candidate, output] = four(tf.split<Tensor2D>(sums, 4, 1));
    const i = gate(seeing(input, before.cell, ofInput));
    const f = gate(seeing(forget, before.cell, ofForget));
    const cell: Tensor2D = tf.add(tf.mul(f, before.cell), tf.mul(i, tf.tanh(candidate)));
    const o = gate(seeing(output, cell, ofOutput));
    const given: Tensor2D = tf.mul(o, tf.tanh(cell));
    return { hidden: projection === null ? given : tf.matMul(given, projection), cell };
  };
}

/** n = tanh(W x + b + r·(U h′ + b′)), the recurrent products of all gates in one. */
function gruStep(operands: CellOperands): Step {
  const { tf, plan, recurrentWeights, recurrentBias } = operands;
  const gate = gateFunction(tf, plan.hardSigmoidSlope);
  return (gates, before) => {
    const [ownUpdate, ownReset, ownCandidate] = three(tf.split<Tensor2D>(gates, 3, 1));
    const products: Tensor2D = tf.add(tf.matMul(before.hidden, recurrentWeights), recurrentBias);
    const [update, reset, candidate] = three(tf.split<Tensor2D>(products, 3, 1));
    const z = gate(tf.add(ownUpdate, update));
    const r = gate(tf.add(ownReset, reset));
    return { ...before, hidden: mixed(tf, z, tf.tanh(tf.add(ownCandidate, tf.mul(r, candidate))), before.hidden) };
  };
}

/** n = tanh(W x + b + U (r·h′)) (Cho et al. 2014). */
function gruStepResetBefore({ tf, plan, recurrentWeights }: CellOperands, hiddenSize: number): Step {
  const gate = gateFunction(tf, plan.hardSigmoidSlope);
  const gateWeights: Tensor2D = tf.slice(recurrentWeights, [0, 0], [-1, 2 * hiddenSize]);
  const candidateWeights: Tensor2D = tf.slice(recurrentWeights, [0, 2 * hiddenSize], [-1, hiddenSize]);
  return (gates, before) => {
    const [ownUpdate, ownReset, ownCandidate] = three(tf.split<Tensor2D>(gates, 3, 1));
    const [update, reset] = two(tf.split<Tensor2D>(tf.matMul(before.hidden, gateWeights), 2, 1));
    const z = gate(tf.add(ownUpdate, update));
    const r = gate(tf.add(ownReset, reset));
    const product = tf.matMul(tf.mul<Tensor2D>(r, before.hidden), candidateWeights);
    return { ...before, hidden: mixed(tf, z, tf.tanh(tf.add(ownCandidate, product)), before.hidden) };
  };
}

/** (1 − z)·n + z·h′. */
function mixed(tf: TensorFlow, z: Tensor2D, n: Tensor2D, before: Tensor2D): Tensor2D {
  return tf.add(n, tf.mul(z, tf.sub(before, n)));
}

function gateFunction(tf: TensorFlow, hardSigmoidSlope: number | undefined): (x: Tensor2D) => Tensor2D {
  if (hardSigmoidSlope === undefined) return (x) => tf.sigmoid(x);
  return (x) => tf.clipByValue(tf.add(tf.mul(x, hardSigmoidSlope), 0.5), 0, 1);
}
