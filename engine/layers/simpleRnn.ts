/** The plain recurrent layer in one direction: h = φ(W x + U h′ + b). */
import { blockOf, matrixOf, type RnnStep, spanOf } from '../backend';
import type { RecurrentPlan } from '../plan/trainingPlan';
import { planInputProjection } from './inputProjection';
import { gradientMatrix, type Layer, type LayerContext, parameterMatrix, reserveParameter } from './layer';
import { planRecurrentBias } from './recurrentBias';
import { recurrentInitialisers } from './recurrentInitialisers';
import { type Direction, reserveOutputGradient, reserveStateHistory, visitingOrder } from './recurrentState';

export function planSimpleRnn(
  context: LayerContext,
  { path, hiddenSize, activation, bias }: RecurrentPlan,
  direction: Direction,
): Layer {
  const { arena, convention, isRead } = context;
  const [input, initialHidden] = context.inputs;
  if (input === undefined) throw new Error(`${path} reads nothing`);
  const { timeSteps, batch } = input;
  const initialisers = recurrentInitialisers(convention, 'rnn', hiddenSize);
  const projection = planInputProjection(arena, input, path, hiddenSize, initialisers.inputWeights);
  const recurrentWeights = reserveParameter(
    arena,
    `${path}.recurrentWeights`,
    hiddenSize,
    hiddenSize,
    initialisers.recurrentWeights,
  );
  const biases = planRecurrentBias(arena, path, bias, hiddenSize, hiddenSize, initialisers.bias);
  const stepLength = batch * hiddenSize;
  const hidden = reserveStateHistory(context, input, hiddenSize, direction, initialHidden, isRead(1));
  const outputGradient = reserveOutputGradient(context, input, hiddenSize);
  const hiddenGradient = arena.reserve(stepLength);
  const packedWeights = arena.reservePacked(hiddenSize, hiddenSize);
  const packedTransposed = arena.reservePacked(hiddenSize, hiddenSize);

  const steps = visitingOrder(timeSteps, direction).map((time) => {
    const current = hidden.current[time] ?? hidden.states;
    const preActivations = blockOf(spanOf(projection.gates), time, stepLength);
    const kernel: RnnStep = {
      activation,
      preActivations,
      hidden: current,
      outputGradient: outputGradient.at(time),
      hiddenGradient,
    };
    const previous = matrixOf(hidden.previous[time] ?? hidden.states, batch, hiddenSize);
    return { time, kernel, previous, preActivations: matrixOf(preActivations, batch, hiddenSize) };
  });
  const stepsBackwards = [...steps].reverse();
  const carried = matrixOf(hiddenGradient, batch, hiddenSize);

  return {
    path,
    parameters: [projection.weights, recurrentWeights, biases.input, biases.recurrent].filter((p) => p !== null),
    outputs: [
      { timeSteps, batch, width: hiddenSize, value: hidden.states, gradient: outputGradient.whole },
      hidden.final,
    ],
    forward: (backend) => {
      hidden.begin(backend);
      projection.forward(backend, biases.sum(backend));
      backend.pack(parameterMatrix(recurrentWeights), false, packedWeights);
      for (const { kernel, previous, preActivations } of steps) {
        backend.multiply(previous, packedWeights, preActivations, true);
        backend.rnnForward(kernel);
      }
    },
    backward: (backend, pass) => {
      backend.pack(parameterMatrix(recurrentWeights), true, packedTransposed);
      hidden.beginBackward(backend, hiddenGradient);
      for (const { time, kernel, preActivations } of stepsBackwards) {
        backend.rnnBackward(kernel);
        if (pass.gradientReach?.path === path) {
          backend.squaredNorm(hiddenGradient, blockOf(pass.gradientReach.squaredNorms, time, 1));
        }
        backend.multiply(preActivations, packedTransposed, carried, false);
      }
      hidden.endBackward(backend, hiddenGradient);
      backend.multiplyTransposed(hidden.previousRows, projection.gates, gradientMatrix(recurrentWeights));
      biases.backward(backend, projection.gates);
      projection.backward(backend);
    },
  };
}
