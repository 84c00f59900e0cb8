/** The LSTM layer in one direction, with peepholes and a projection of its state where the plan has them. */
import { type LstmLoop, type LstmProjection, matrixOf } from '../backend';
import type { RecurrentPlan } from '../plan/trainingPlan';
import { planInputProjection } from './inputProjection';
import {
  gradientMatrix,
  type Layer,
  type LayerContext,
  type Parameter,
  parameterMatrix,
  reserveParameter,
} from './layer';
import { planRecurrentBias } from './recurrentBias';
import { recurrentInitialisers } from './recurrentInitialisers';
import { type Direction, reserveLoop, reserveStateHistory } from './recurrentState';

const gateCount = 4;
/** Gates that see the cell state: input, forget, output. */
const peepholeCount = 3;

export function planLstm(context: LayerContext, plan: RecurrentPlan, direction: Direction): Layer {
  const { arena, convention, isRead } = context;
  const { path, hiddenSize, bias, peepholes: hasPeepholes = false, projection: projectedSize = null } = plan;
  const [input, initialHidden, initialCell] = context.inputs;
  if (input === undefined) throw new Error(`${path} reads nothing`);
  const { timeSteps, batch } = input;
  const stateWidth = projectedSize ?? hiddenSize;
  const rows = timeSteps * batch;
  const initialisers = recurrentInitialisers(convention, 'lstm', hiddenSize);
  const gates = planInputProjection(arena, input, path, gateCount * hiddenSize, initialisers.inputWeights);
  const biases = planRecurrentBias(
    arena,
    path,
    bias,
    gateCount * hiddenSize,
    gateCount * hiddenSize,
    initialisers.bias,
  );
  const recurrentWeights = reserveParameter(
    arena,
    `${path}.recurrentWeights`,
    stateWidth,
    gateCount * hiddenSize,
    initialisers.recurrentWeights,
  );
  const peepholes = hasPeepholes
    ? reserveParameter(arena, `${path}.peepholes`, peepholeCount, hiddenSize, initialisers.inputWeights)
    : null;
  const projection = projectedSize === null ? null : planProjection();
  const hidden = reserveStateHistory(context, input, stateWidth, direction, initialHidden, isRead(1));
  const cells = reserveStateHistory(context, input, hiddenSize, direction, initialCell, isRead(2));
  const loop: LstmLoop = {
    ...reserveLoop(context, input, plan, direction, gates.gates, hidden, gateCount * hiddenSize),
    previousCell: cells.previous,
    cell: cells.states,
    cellGradient: cells.carriedGradient,
    scratch: arena.reserve(batch * hiddenSize),
    peepholes,
    projection: projection?.operands ?? null,
  };

  return {
    path,
    parameters: [
      gates.weights,
      recurrentWeights,
      biases.input,
      biases.recurrent,
      peepholes,
      projection?.weights ?? null,
    ].filter((parameter) => parameter !== null),
    outputs: [
      { ...input, width: stateWidth, value: hidden.states, gradient: loop.outputGradient },
      hidden.final,
      cells.final,
    ],
    forward: (backend) => {
      hidden.begin(backend);
      cells.begin(backend);
      gates.forward(backend, biases.values);
      backend.pack(parameterMatrix(recurrentWeights), false, loop.weights);
      if (projection) backend.pack(parameterMatrix(projection.weights), false, projection.operands.weights);
      backend.lstmForward(loop);
    },
    backward: (backend, pass) => {
      backend.pack(parameterMatrix(recurrentWeights), true, loop.weightsTransposed);
      if (projection) backend.pack(parameterMatrix(projection.weights), true, projection.operands.weightsTransposed);
      hidden.beginBackward(backend);
      cells.beginBackward(backend);
      backend.lstmBackward(loop, pass.gradientReach?.path === path ? pass.gradientReach.squaredNorms : null);
      hidden.endBackward(backend);
      cells.endBackward(backend);
      backend.multiplyTransposed(hidden.previousRows, gates.gates, gradientMatrix(recurrentWeights));
      if (projection) {
        backend.multiplyTransposed(
          matrixOf(projection.operands.unprojected, rows, hiddenSize),
          matrixOf(projection.operands.stateGradients, rows, stateWidth),
          gradientMatrix(projection.weights),
        );
      }
      gates.backward(backend, biases.gradients);
    },
  };

  function planProjection(): { readonly weights: Parameter; readonly operands: LstmProjection } {
    const { recurrentWeights: initialiser } = initialisers;
    const packed = arena.reserveBothPacked(hiddenSize, stateWidth);
    return {
      weights: reserveParameter(arena, `${path}.projectionWeights`, hiddenSize, stateWidth, initialiser),
      operands: {
        unprojected: arena.reserve(rows * hiddenSize),
        weights: packed.plain,
        weightsTransposed: packed.transposed,
        stateGradients: arena.reserve(rows * stateWidth),
        scratch: arena.reserve(batch * hiddenSize),
      },
    };
  }
}
