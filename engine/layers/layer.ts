/** What every layer of a network is. Tensors are time-major, `[timeSteps, batch, width]`, so that a step is one stretch. */
import type { ArenaPlanner } from '../arena';
import { type Backend, blockOf, type Matrix, matrixOf, type Span } from '../backend';
import type { Initialiser } from '../initialisers';

/** What flows between two layers. */
export interface Sequence {
  readonly timeSteps: number;
  readonly batch: number;
  readonly width: number;
  readonly value: Span;
  /** Gradient of the loss with respect to `value`; null where nothing below has parameters. */
  readonly gradient: Span | null;
}

/** A trained matrix, or a vector as one row. */
export interface Parameter {
  /** The layer's path and the role: `lstm.recurrentWeights`. */
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly value: Span;
  readonly gradient: Span;
  readonly initialiser: Initialiser;
}

/** What differs from one run through the network to another. */
export interface Pass {
  /** Whether dropout drops. */
  readonly training: boolean;
  /** A different number for every training step, from which dropout draws. */
  readonly dropoutKey: number;
  /**
   * Where the recurrent layer of this path leaves, for each time step, the squared norm of the gradient of its hidden
   * state; null to save the work.
   */
  readonly gradientReach: { readonly path: string; readonly squaredNorms: Span } | null;
}

export interface Layer {
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly output: Sequence;
  forward(backend: Backend, pass: Pass): void;
  /** From the gradient of `output` to those of the parameters and of the layer's input. */
  backward(backend: Backend, pass: Pass): void;
}

export function reserveParameter(
  arena: ArenaPlanner,
  name: string,
  rows: number,
  columns: number,
  initialiser: Initialiser,
): Parameter {
  return { name, rows, columns, initialiser, ...arena.reserveParameter(rows * columns) };
}

export function reserveSequence(arena: ArenaPlanner, timeSteps: number, batch: number, width: number): Sequence {
  const length = timeSteps * batch * width;
  return { timeSteps, batch, width, value: arena.reserve(length), gradient: arena.reserve(length) };
}

/** All time steps of a sequence as rows of one matrix. */
export function rowsOf(sequence: Sequence, span: Span): Matrix {
  return matrixOf(span, sequence.timeSteps * sequence.batch, sequence.width);
}

export function parameterMatrix(parameter: Parameter): Matrix {
  return matrixOf(parameter.value, parameter.rows, parameter.columns);
}

export function gradientMatrix(parameter: Parameter): Matrix {
  return matrixOf(parameter.gradient, parameter.rows, parameter.columns);
}

/** One time step of a sequence, as a view: the gradients of all other steps stay the zeros they were at the start. */
export function stepOf(sequence: Sequence, step: number): Sequence {
  const length = sequence.batch * sequence.width;
  return {
    ...sequence,
    timeSteps: 1,
    value: blockOf(sequence.value, step, length),
    gradient: sequence.gradient && blockOf(sequence.gradient, step, length),
  };
}
