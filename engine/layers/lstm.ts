/** The LSTM layer in one direction. */
import type { ArenaPlanner } from '../arena';
import { blockOf, type LstmStep, matrixOf, spanOf } from '../backend';
import type { Convention, RecurrentPlan } from '../plan/trainingPlan';
import { planInputProjection } from './inputProjection';
import { gradientMatrix, type Layer, parameterMatrix, reserveParameter, type Sequence } from './layer';
import { planRecurrentBias } from './recurrentBias';
import { recurrentInitialisers } from './recurrentInitialisers';
import { type Direction, reserveStateHistory, visitingOrder } from './recurrentState';

const gateCount = 4;

export function planLstm(
  arena: ArenaPlanner,
  input: Sequence,
  path: string,
  { hiddenSize, bias }: RecurrentPlan,
  direction: Direction,
  convention: Convention,
): Layer {
  const { timeSteps, batch } = input;
  const gateColumns = gateCount * hiddenSize;
  const initialisers = recurrentInitialisers(convention, 'lstm', hiddenSize);
  const projection = planInputProjection(arena, input, path, gateColumns, initialisers.inputWeights);
  const recurrentWeights = reserveParameter(
    arena,
    `${path}.recurrentWeights`,
    hiddenSize,
    gateColumns,
    initialisers.recurrentWeights,
  );
  const biases = planRecurrentBias(arena, path, bias, gateColumns, gateColumns, initialisers.bias);
  const stepLength = batch * hiddenSize;
  const hidden = reserveStateHistory(arena, input, hiddenSize, direction);
  const cells = reserveStateHistory(arena, input, hiddenSize, direction);
  const outputGradient = arena.reserve(timeSteps * stepLength);
  const hiddenGradient = arena.reserve(stepLength);
  const cellGradient = arena.reserve(stepLength);
  const packedWeights = arena.reservePacked(hiddenSize, gateColumns);
  const packedTransposed = arena.reservePacked(gateColumns, hiddenSize);

  const steps = visitingOrder(timeSteps, direction).map((time) => {
    const gates = blockOf(spanOf(projection.gates), time, batch * gateColumns);
    const kernel: LstmStep = {
      batch,
      hiddenSize,
      gates,
      previousCell: cells.previous[time] ?? cells.states,
      cell: cells.current[time] ?? cells.states,
      hidden: hidden.current[time] ?? hidden.states,
      outputGradient: blockOf(outputGradient, time, stepLength),
      hiddenGradient,
      cellGradient,
    };
    const previous = matrixOf(hidden.previous[time] ?? hidden.states, batch, hiddenSize);
    return { time, kernel, previous, gates: matrixOf(gates, batch, gateColumns) };
  });
  const stepsBackwards = [...steps].reverse();
  const carried = matrixOf(hiddenGradient, batch, hiddenSize);

  return {
    path,
    parameters: [projection.weights, recurrentWeights, biases.input, biases.recurrent].filter((p) => p !== null),
    output: { timeSteps, batch, width: hiddenSize, value: hidden.states, gradient: outputGradient },
    forward: (backend) => {
      projection.forward(backend, biases.sum(backend));
      backend.pack(parameterMatrix(recurrentWeights), false, packedWeights);
      for (const { kernel, previous, gates } of steps) {
        backend.multiply(previous, packedWeights, gates, true);
        backend.lstmForward(kernel);
      }
    },
    backward: (backend, pass) => {
      backend.pack(parameterMatrix(recurrentWeights), true, packedTransposed);
      backend.fill(hiddenGradient, 0);
      backend.fill(cellGradient, 0);
      for (const { time, kernel, gates } of stepsBackwards) {
        backend.lstmBackward(kernel);
        if (pass.gradientReach?.path === path) {
          backend.squaredNorm(hiddenGradient, blockOf(pass.gradientReach.squaredNorms, time, 1));
        }
        backend.multiply(gates, packedTransposed, carried, false);
      }
      backend.multiplyTransposed(hidden.previousRows, projection.gates, gradientMatrix(recurrentWeights));
      biases.backward(backend, projection.gates);
      projection.backward(backend);
    },
  };
}
