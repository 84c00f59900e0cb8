/**
 * The GRU layer in one direction, in both reset conventions. The recurrent product is taken in two parts: that of the
 * update and reset gates goes on top of the input projection, that of the candidate is formed where its convention wants it.
 */
import { columnsOf, type GruLoop, matrixOf, type Span } from '../backend';
import type { RecurrentPlan } from '../plan/trainingPlan';
import { planInputProjection } from './inputProjection';
import { gradientMatrix, type Layer, type LayerContext, parameterMatrix, reserveParameter } from './layer';
import { planRecurrentBias } from './recurrentBias';
import { recurrentInitialisers } from './recurrentInitialisers';
import { type Direction, reserveLoop, reserveStateHistory } from './recurrentState';

const gateCount = 3;

export function planGru(context: LayerContext, plan: RecurrentPlan, direction: Direction): Layer {
  const { arena, convention, isRead } = context;
  const { path, hiddenSize, bias, resetAfter } = plan;
  const [input, initialHidden] = context.inputs;
  if (input === undefined) throw new Error(`${path} reads nothing`);
  const { timeSteps, batch } = input;
  const gateColumns = gateCount * hiddenSize;
  const initialisers = recurrentInitialisers(convention, 'gru', hiddenSize);
  const projection = planInputProjection(arena, input, path, gateColumns, initialisers.inputWeights);
  // Reset after: the candidate's recurrent bias is added to its recurrent product, inside the reset gate.
  const sharedColumns = resetAfter ? 2 * hiddenSize : gateColumns;
  const biases = planRecurrentBias(arena, path, bias, gateColumns, sharedColumns, initialisers.bias);
  const recurrentWeights = reserveParameter(
    arena,
    `${path}.recurrentWeights`,
    hiddenSize,
    gateColumns,
    initialisers.recurrentWeights,
  );
  const hidden = reserveStateHistory(context, input, hiddenSize, direction, initialHidden, isRead(1));
  const candidates = arena.reserve(timeSteps * batch * hiddenSize);
  const candidateRows = matrixOf(candidates, timeSteps * batch, hiddenSize);
  const packedCandidate = arena.reserveBothPacked(hiddenSize, hiddenSize);
  const loop: GruLoop = {
    ...reserveLoop(context, input, plan, direction, projection.gates, hidden, 2 * hiddenSize),
    resetAfter,
    candidateWeights: packedCandidate.plain,
    candidateWeightsTransposed: packedCandidate.transposed,
    candidate: candidates,
    scratch: arena.reserve(batch * hiddenSize),
  };
  const weights = parameterMatrix(recurrentWeights);
  const gateWeights = columnsOf(weights, 0, 2 * hiddenSize);
  const candidateWeights = columnsOf(weights, 2 * hiddenSize, hiddenSize);
  const candidateBias = (span: Span): Span => ({ offset: span.offset + span.length - hiddenSize, length: hiddenSize });

  return {
    path,
    parameters: [projection.weights, recurrentWeights, biases.input, biases.recurrent].filter((p) => p !== null),
    outputs: [{ ...input, width: hiddenSize, value: hidden.states, gradient: loop.outputGradient }, hidden.final],
    forward: (backend) => {
      hidden.begin(backend);
      projection.forward(backend, biases.values);
      if (resetAfter && biases.recurrent) {
        backend.broadcastRow(candidateBias(biases.recurrent.value), candidateRows);
      } else if (resetAfter) {
        backend.fill(candidates, 0);
      }
      backend.pack(gateWeights, false, loop.weights);
      backend.pack(candidateWeights, false, loop.candidateWeights);
      backend.gruForward(loop);
    },
    backward: (backend, pass) => {
      backend.pack(gateWeights, true, loop.weightsTransposed);
      backend.pack(candidateWeights, true, loop.candidateWeightsTransposed);
      hidden.beginBackward(backend);
      backend.gruBackward(loop, pass.gradientReach?.path === path ? pass.gradientReach.squaredNorms : null);
      hidden.endBackward(backend);
      const gradient = gradientMatrix(recurrentWeights);
      const gateGradients = columnsOf(projection.gates, 0, 2 * hiddenSize);
      const candidateGradients = columnsOf(projection.gates, 2 * hiddenSize, hiddenSize);
      backend.multiplyTransposed(hidden.previousRows, gateGradients, columnsOf(gradient, 0, 2 * hiddenSize));
      // After backward, `candidates` holds the gradient of the product (reset after) or still its left factor (before).
      const [left, right] = resetAfter ? [hidden.previousRows, candidateRows] : [candidateRows, candidateGradients];
      backend.multiplyTransposed(left, right, columnsOf(gradient, 2 * hiddenSize, hiddenSize));
      projection.backward(backend, biases.gradients);
      if (resetAfter && biases.recurrent) backend.sumRows(candidateRows, candidateBias(biases.recurrent.gradient));
    },
  };
}
