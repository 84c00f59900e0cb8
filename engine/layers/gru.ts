/**
 * The GRU layer in one direction, in both reset conventions. The recurrent product is taken in two parts: that of the
 * update and reset gates goes on top of the input projection, that of the candidate is formed where its convention wants it.
 */
import { type Backend, blockOf, columnsOf, type GruStep, matrixOf, type Span, spanOf } from '../backend';
import type { RecurrentPlan } from '../plan/trainingPlan';
import { planInputProjection } from './inputProjection';
import { gradientMatrix, type Layer, type LayerContext, parameterMatrix, reserveParameter } from './layer';
import { planRecurrentBias } from './recurrentBias';
import { recurrentInitialisers } from './recurrentInitialisers';
import { type Direction, reserveOutputGradient, reserveStateHistory, visitingOrder } from './recurrentState';

const gateCount = 3;

export function planGru(
  context: LayerContext,
  { path, hiddenSize, bias, resetAfter }: RecurrentPlan,
  direction: Direction,
): Layer {
  const { arena, convention, isRead } = context;
  const [input, initialHidden] = context.inputs;
  if (input === undefined) throw new Error(`${path} reads nothing`);
  const { timeSteps, batch } = input;
  const gateColumns = gateCount * hiddenSize;
  const rows = timeSteps * batch;
  const initialisers = recurrentInitialisers(convention, 'gru', hiddenSize);
  const projection = planInputProjection(arena, input, path, gateColumns, initialisers.inputWeights);
  const recurrentWeights = reserveParameter(
    arena,
    `${path}.recurrentWeights`,
    hiddenSize,
    gateColumns,
    initialisers.recurrentWeights,
  );
  // Reset after: the candidate's recurrent bias is added to its recurrent product, inside the reset gate.
  const sharedColumns = resetAfter ? 2 * hiddenSize : gateColumns;
  const biases = planRecurrentBias(arena, path, bias, gateColumns, sharedColumns, initialisers.bias);
  const stepLength = batch * hiddenSize;
  const hidden = reserveStateHistory(context, input, hiddenSize, direction, initialHidden, isRead(1));
  const candidates = arena.reserve(rows * hiddenSize);
  const candidateRows = matrixOf(candidates, rows, hiddenSize);
  const outputGradient = reserveOutputGradient(context, input, hiddenSize);
  const hiddenGradients = [arena.reserve(stepLength), arena.reserve(stepLength)] as const;
  const resetStateGradient = arena.reserve(stepLength);
  const packedGates = arena.reservePacked(hiddenSize, 2 * hiddenSize);
  const packedCandidate = arena.reservePacked(hiddenSize, hiddenSize);
  const packedGatesTransposed = arena.reservePacked(2 * hiddenSize, hiddenSize);
  const packedCandidateTransposed = arena.reservePacked(hiddenSize, hiddenSize);
  const weights = parameterMatrix(recurrentWeights);
  const gateWeights = columnsOf(weights, 0, 2 * hiddenSize);
  const candidateWeights = columnsOf(weights, 2 * hiddenSize, hiddenSize);
  const candidateBias = (span: Span): Span => ({ offset: span.offset + 2 * hiddenSize, length: hiddenSize });

  const steps = visitingOrder(timeSteps, direction).map((time, visited) => {
    const gates = blockOf(spanOf(projection.gates), time, batch * gateColumns);
    const gateMatrix = matrixOf(gates, batch, gateColumns);
    const candidate = blockOf(candidates, time, stepLength);
    const previousHidden = hidden.previous[time] ?? hidden.states;
    // The gradient of a step's hidden state is read while that of the step before is written: they take turns.
    const [hiddenGradient, previousGradient] =
      visited % 2 === 0 ? hiddenGradients : ([hiddenGradients[1], hiddenGradients[0]] as const);
    const kernel: GruStep = {
      batch,
      hiddenSize,
      gates,
      candidate,
      previousHidden,
      hidden: hidden.current[time] ?? hidden.states,
      outputGradient: outputGradient.at(time),
      hiddenGradient,
      previousGradient,
      resetStateGradient,
    };
    return {
      time,
      kernel,
      previous: matrixOf(previousHidden, batch, hiddenSize),
      gatePart: columnsOf(gateMatrix, 0, 2 * hiddenSize),
      candidatePart: columnsOf(gateMatrix, 2 * hiddenSize, hiddenSize),
      candidate: matrixOf(candidate, batch, hiddenSize),
      carried: matrixOf(previousGradient, batch, hiddenSize),
      resetStateGradient: matrixOf(resetStateGradient, batch, hiddenSize),
    };
  });
  type Step = (typeof steps)[number];
  const stepsBackwards = [...steps].reverse();
  const firstGradient = stepsBackwards[0]?.kernel.hiddenGradient ?? hiddenGradients[0];
  const lastGradient = stepsBackwards.at(-1)?.kernel.previousGradient ?? hiddenGradients[0];

  const forwardResetAfter = (backend: Backend, step: Step): void => {
    backend.multiply(step.previous, packedGates, step.gatePart, true);
    backend.multiply(step.previous, packedCandidate, step.candidate, biases.recurrent !== null);
    backend.gruResetAfterForward(step.kernel);
  };
  const forwardResetBefore = (backend: Backend, step: Step): void => {
    backend.multiply(step.previous, packedGates, step.gatePart, true);
    backend.gruResetBeforeGatesForward(step.kernel);
    backend.multiply(step.candidate, packedCandidate, step.candidatePart, true);
    backend.gruResetBeforeCandidateForward(step.kernel);
  };
  const backwardResetAfter = (backend: Backend, step: Step): void => {
    backend.gruResetAfterBackward(step.kernel);
    backend.multiply(step.gatePart, packedGatesTransposed, step.carried, true);
    backend.multiply(step.candidate, packedCandidateTransposed, step.carried, true);
  };
  const backwardResetBefore = (backend: Backend, step: Step): void => {
    backend.gruResetBeforeCandidateBackward(step.kernel);
    backend.multiply(step.candidatePart, packedCandidateTransposed, step.resetStateGradient, false);
    backend.gruResetBeforeGatesBackward(step.kernel);
    backend.multiply(step.gatePart, packedGatesTransposed, step.carried, true);
  };

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
      if (resetAfter && biases.recurrent) {
        backend.broadcastRow(candidateBias(biases.recurrent.value), candidateRows);
      }
      backend.pack(gateWeights, false, packedGates);
      backend.pack(candidateWeights, false, packedCandidate);
      for (const step of steps) (resetAfter ? forwardResetAfter : forwardResetBefore)(backend, step);
    },
    backward: (backend, pass) => {
      backend.pack(gateWeights, true, packedGatesTransposed);
      backend.pack(candidateWeights, true, packedCandidateTransposed);
      hidden.beginBackward(backend, firstGradient);
      for (const step of stepsBackwards) {
        (resetAfter ? backwardResetAfter : backwardResetBefore)(backend, step);
        if (pass.gradientReach?.path === path) {
          const norm = blockOf(pass.gradientReach.squaredNorms, step.time, 1);
          backend.squaredNorm(step.kernel.hiddenGradient, norm);
        }
      }
      hidden.endBackward(backend, lastGradient);
      const gradient = gradientMatrix(recurrentWeights);
      const gateGradients = columnsOf(projection.gates, 0, 2 * hiddenSize);
      const candidateGradients = columnsOf(projection.gates, 2 * hiddenSize, hiddenSize);
      backend.multiplyTransposed(hidden.previousRows, gateGradients, columnsOf(gradient, 0, 2 * hiddenSize));
      // After backward, `candidates` holds the gradient of the product (reset after) or still its left factor (before).
      const [left, right] = resetAfter ? [hidden.previousRows, candidateRows] : [candidateRows, candidateGradients];
      backend.multiplyTransposed(left, right, columnsOf(gradient, 2 * hiddenSize, hiddenSize));
      biases.backward(backend, projection.gates);
      if (resetAfter && biases.recurrent) backend.sumRows(candidateRows, candidateBias(biases.recurrent.gradient));
      projection.backward(backend);
    },
  };
}
