/** The plain recurrent layer in one direction: h = φ(W x + U h′ + b). */
import type { RnnLoop } from '../backend';
import type { RecurrentPlan } from '../plan/trainingPlan';
import { planInputProjection } from './inputProjection';
import { gradientMatrix, type Layer, type LayerContext, parameterMatrix, reserveParameter } from './layer';
import { planRecurrentBias } from './recurrentBias';
import { recurrentInitialisers } from './recurrentInitialisers';
import { type Direction, reserveLoop, reserveStateHistory } from './recurrentState';

export function planSimpleRnn(context: LayerContext, plan: RecurrentPlan, direction: Direction): Layer {
  const { arena, convention, isRead } = context;
  const { path, hiddenSize, activation, bias } = plan;
  const [input, initialHidden] = context.inputs;
  if (input === undefined) throw new Error(`${path} reads nothing`);
  const initialisers = recurrentInitialisers(convention, 'rnn', hiddenSize);
  const gates = planInputProjection(arena, input, path, hiddenSize, initialisers.inputWeights);
  const biases = planRecurrentBias(arena, path, bias, hiddenSize, hiddenSize, initialisers.bias);
  const recurrentWeights = reserveParameter(
    arena,
    `${path}.recurrentWeights`,
    hiddenSize,
    hiddenSize,
    initialisers.recurrentWeights,
  );
  const hidden = reserveStateHistory(context, input, hiddenSize, direction, initialHidden, isRead(1));
  const loop: RnnLoop = {
    ...reserveLoop(context, input, plan, direction, gates.gates, hidden, hiddenSize),
    activation,
  };

  return {
    path,
    parameters: [gates.weights, recurrentWeights, biases.input, biases.recurrent].filter((p) => p !== null),
    outputs: [{ ...input, width: hiddenSize, value: hidden.states, gradient: loop.outputGradient }, hidden.final],
    forward: (backend) => {
      hidden.begin(backend);
      gates.forward(backend, biases.values);
      backend.pack(parameterMatrix(recurrentWeights), false, loop.weights);
      backend.rnnForward(loop);
    },
    backward: (backend, pass) => {
      backend.pack(parameterMatrix(recurrentWeights), true, loop.weightsTransposed);
      hidden.beginBackward(backend);
      backend.rnnBackward(loop, pass.gradientReach?.path === path ? pass.gradientReach.squaredNorms : null);
      hidden.endBackward(backend);
      backend.multiplyTransposed(hidden.previousRows, gates.gates, gradientMatrix(recurrentWeights));
      gates.backward(backend, biases.gradients);
    },
  };
}
