/** What every layer of a network is. Tensors are time-major, `[timeSteps, batch, width]`, so that a step is one stretch. */
import type { ArenaPlanner } from '../arena';
import { type Backend, blockOf, type Matrix, matrixOf, type Span } from '../backend';
import type { Initialiser } from '../initialisers';
import type { Convention } from '../plan/trainingPlan';
import { mixBits } from '../random';

/** What flows between two layers. Exactly one layer reads it, and writes the whole of its gradient. */
export interface Sequence {
  readonly timeSteps: number;
  readonly batch: number;
  readonly width: number;
  readonly value: Span;
  /** Gradient of the loss with respect to `value`; null where nothing below has parameters. */
  readonly gradient: Span | null;
  /** `[timeSteps, batch]`: 0 where a step is padding, else 1; null where there is none. */
  readonly mask: Span | null;
}

/** A trained matrix, or a vector as one row. */
export interface Parameter {
  /** The layer's path and the role: `lstm.recurrentWeights`. Layers of the same path share their parameters. */
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly value: Span;
  readonly gradient: Span;
  readonly initialiser: Initialiser;
}

/** Numbers that training changes without a gradient, such as running statistics. A checkpoint holds them. */
export interface LayerState {
  readonly name: string;
  readonly value: Span;
  /** What each number starts as. */
  readonly initial: number;
}

/** What differs from one run through the network to another. */
export interface Pass {
  /** Whether dropout drops, noise is added, and batch norm takes the statistics of the batch. */
  readonly training: boolean;
  /** A different number for every training step, from which dropout and noise draw. */
  readonly dropoutKey: number;
  /**
   * Where the recurrent layer of this path leaves, for each time step, the squared norm of the gradient of its hidden
   * state; null to save the work.
   */
  readonly gradientReach: { readonly path: string; readonly squaredNorms: Span } | null;
}

/** Which sequences of a batch a network is given, where it is split among several. */
export interface BatchShare {
  /** The first of them, counted from 0. */
  readonly first: number;
  /** Sequences of the whole batch. */
  readonly of: number;
}

/** What a layer is planned with. */
export interface LayerContext {
  readonly arena: ArenaPlanner;
  readonly convention: Convention;
  readonly share: BatchShare;
  /** What the layer reads. */
  readonly inputs: readonly Sequence[];
  /** Whether anything reads the output of that number; the gradient of one that nothing reads is never written. */
  readonly isRead: (output: number) => boolean;
}

export interface Layer {
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Left out where there is none. */
  readonly state?: readonly LayerState[];
  /** Numbered as in the plan; one that nothing reads may be left without a gradient. */
  readonly outputs: readonly Sequence[];
  forward(backend: Backend, pass: Pass): void;
  /** From the gradients of the outputs to those of the parameters and of what the layer reads. */
  backward(backend: Backend, pass: Pass): void;
}

/** A step of a layer's work that belongs to it alone. */
export type Part = Pick<Layer, 'forward' | 'backward'>;

/** Several parts as one: forward in order, backward the other way round. */
export function inTurn(parts: readonly Part[]): Part {
  const partsBackwards = [...parts].reverse();
  return {
    forward: (backend, pass) => {
      for (const part of parts) part.forward(backend, pass);
    },
    backward: (backend, pass) => {
      for (const part of partsBackwards) part.backward(backend, pass);
    },
  };
}

/** What the layers of a network with that seed draw from in a training step. */
export function dropoutKeyOf(seed: number, step: number): number {
  return mixBits(seed ^ mixBits(step));
}

/** What the layer of that place in the network draws from, so that no two layers draw the same. */
export function drawingKey({ dropoutKey }: Pick<Pass, 'dropoutKey'>, layerIndex: number): number {
  return mixBits(dropoutKey ^ mixBits(layerIndex + 1));
}

/** The sequence that a layer of one input reads. */
export function soleInput({ inputs }: LayerContext): Sequence {
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) throw new Error(`a layer of one input is given ${inputs.length}`);
  return input;
}

export function reserveParameter(
  arena: ArenaPlanner,
  name: string,
  rows: number,
  columns: number,
  initialiser: Initialiser,
): Parameter {
  return { name, rows, columns, initialiser, ...arena.reserveParameter(name, rows * columns) };
}

export function reserveSequence(arena: ArenaPlanner, timeSteps: number, batch: number, width: number): Sequence {
  const length = timeSteps * batch * width;
  return { timeSteps, batch, width, value: arena.reserve(length), gradient: arena.reserve(length), mask: null };
}

/** All time steps of a sequence as rows of one matrix. */
export function rowsOf(sequence: Sequence, span: Span): Matrix {
  return matrixOf(span, sequence.timeSteps * sequence.batch, sequence.width);
}

/** Copies a stretch. */
export function copy(backend: Backend, source: Span, target: Span): void {
  backend.copyMatrix(matrixOf(source, 1, source.length), matrixOf(target, 1, target.length));
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
    mask: null,
    value: blockOf(sequence.value, step, length),
    gradient: sequence.gradient && blockOf(sequence.gradient, step, length),
  };
}
