/** The LSTM layer in one direction. */
import { blockOf, type LstmStep, matrixOf, spanOf } from '../backend';
import type { RecurrentPlan } from '../plan/trainingPlan';
import { planInputProjection } from './inputProjection';
import { gradientMatrix, type Layer, type LayerContext, parameterMatrix, reserveParameter } from './layer';
import { planRecurrentBias } from './recurrentBias';
import { recurrentInitialisers } from './recurrentInitialisers';
import { type Direction, reserveOutputGradient, reserveStateHistory, visitingOrder } from './recurrentState';

const gateCount = 4;

export function planLstm(
  context: LayerContext,
  { path, hiddenSize, bias }: RecurrentPlan,
  direction: Direction,
): Layer {
  const { arena, convention, isRead } = context;
  const [input, initialHidden, initialCell] = context.inputs;
  if (input === undefined) throw new Error(`${path} reads nothing`);
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
  const hidden = reserveStateHistory(context, input, hiddenSize, direction, initialHidden, isRead(1));
  const cells = reserveStateHistory(context, input, hiddenSize, direction, initialCell, isRead(2));
  const outputGradient = reserveOutputGradient(context, input, hiddenSize);
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
      outputGradient: outputGradient.at(time),
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
    outputs: [
      { timeSteps, batch, width: hiddenSize, value: hidden.states, gradient: outputGradient.whole },
      hidden.final,
      cells.final,
    ],
    forward: (backend) => {
      hidden.begin(backend);
      cells.begin(backend);
      projection.forward(backend, biases.sum(backend));
      backend.pack(parameterMatrix(recurrentWeights), false, packedWeights);
      for (const { kernel, previous, gates } of steps) {
        backend.multiply(previous, packedWeights, gates, true);
        backend.lstmForward(kernel);
      }
    },
    backward: (backend, pass) => {
      backend.pack(parameterMatrix(recurrentWeights), true, packedTransposed);
      hidden.beginBackward(backend, hiddenGradient);
      cells.beginBackward(backend, cellGradient);
      for (const { time, kernel, gates } of stepsBackwards) {
        backend.lstmBackward(kernel);
        if (pass.gradientReach?.path === path) {
          backend.squaredNorm(hiddenGradient, blockOf(pass.gradientReach.squaredNorms, time, 1));
        }
        backend.multiply(gates, packedTransposed, carried, false);
      }
      hidden.endBackward(backend, hiddenGradient);
      cells.endBackward(backend, cellGradient);
      backend.multiplyTransposed(hidden.previousRows, projection.gates, gradientMatrix(recurrentWeights));
      biases.backward(backend, projection.gates);
      projection.backward(backend);
    },
  };
}
