/** The plain recurrent layer in one direction: h = φ(W x + U h′ + b). */
import type { ArenaPlanner } from '../arena';
import { blockOf, matrixOf, type RnnStep, spanOf } from '../backend';
import type { Convention, RecurrentPlan } from '../plan/trainingPlan';
import { planInputProjection } from './inputProjection';
import { gradientMatrix, type Layer, parameterMatrix, reserveParameter, type Sequence } from './layer';
import { planRecurrentBias } from './recurrentBias';
import { recurrentInitialisers } from './recurrentInitialisers';
import { type Direction, reserveStateHistory, visitingOrder } from './recurrentState';

export function planSimpleRnn(
  arena: ArenaPlanner,
  input: Sequence,
  path: string,
  { hiddenSize, activation, bias }: RecurrentPlan,
  direction: Direction,
  convention: Convention,
): Layer {
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
  const hidden = reserveStateHistory(arena, input, hiddenSize, direction);
  const outputGradient = arena.reserve(timeSteps * stepLength);
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
      outputGradient: blockOf(outputGradient, time, stepLength),
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
    output: { timeSteps, batch, width: hiddenSize, value: hidden.states, gradient: outputGradient },
    forward: (backend) => {
      projection.forward(backend, biases.sum(backend));
      backend.pack(parameterMatrix(recurrentWeights), false, packedWeights);
      for (const { kernel, previous, preActivations } of steps) {
        backend.multiply(previous, packedWeights, preActivations, true);
        backend.rnnForward(kernel);
      }
    },
    backward: (backend, pass) => {
      backend.pack(parameterMatrix(recurrentWeights), true, packedTransposed);
      backend.fill(hiddenGradient, 0);
      for (const { time, kernel, preActivations } of stepsBackwards) {
        backend.rnnBackward(kernel);
        if (pass.gradientReach?.path === path) {
          backend.squaredNorm(hiddenGradient, blockOf(pass.gradientReach.squaredNorms, time, 1));
        }
        backend.multiply(preActivations, packedTransposed, carried, false);
      }
      backend.multiplyTransposed(hidden.previousRows, projection.gates, gradientMatrix(recurrentWeights));
      biases.backward(backend, projection.gates);
      projection.backward(backend);
    },
  };
}
