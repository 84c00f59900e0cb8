/** The part of a recurrent layer that does not depend on its state: all time steps' inputs times W, in one product. */
import type { ArenaPlanner } from '../arena';
import { type Backend, type Matrix, matrixOf, type Span } from '../backend';
import type { Initialiser } from '../initialisers';
import { gradientMatrix, type Parameter, parameterMatrix, reserveParameter, rowsOf, type Sequence } from './layer';

export interface InputProjection {
  /** `[inputs, gates·hiddenSize]`. */
  readonly weights: Parameter;
  /** `[timeSteps·batch, gates·hiddenSize]`: pre-activations after forward, their gradients before backward. */
  readonly gates: Matrix;
  /** `biases` as `Backend.linear` takes them. */
  forward(backend: Backend, biases: readonly Span[]): void;
  /** @param biasGradients where the gradients of `biases` belong */
  backward(backend: Backend, biasGradients: readonly Span[]): void;
}

export function planInputProjection(
  arena: ArenaPlanner,
  input: Sequence,
  path: string,
  gateColumns: number,
  initialiser: Initialiser,
): InputProjection {
  const weights = reserveParameter(arena, `${path}.inputWeights`, input.width, gateColumns, initialiser);
  const rows = input.timeSteps * input.batch;
  const gates = matrixOf(arena.reserve(rows * gateColumns), rows, gateColumns);
  const packed = arena.reserveBothPacked(input.width, gateColumns);
  const inputRows = rowsOf(input, input.value);
  return {
    weights,
    gates,
    forward: (backend, biases) => {
      backend.linear(inputRows, parameterMatrix(weights), packed.plain, biases, gates);
    },
    backward: (backend, biasGradients) => {
      backend.linearGradients(inputRows, gates, gradientMatrix(weights), biasGradients);
      if (input.gradient) {
        backend.pack(parameterMatrix(weights), true, packed.transposed);
        backend.multiply(gates, packed.transposed, rowsOf(input, input.gradient), false);
      }
    },
  };
}
