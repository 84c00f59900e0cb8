/** Plans where the tensors of a network lie, so that its memory is known before the first step and never grows. */
import { type PackedMatrix, packedPanelWidth, type Span } from './backend';

/** Spans start on multiples of this many numbers: 64 bytes of 32-bit floats, one cache line. */
const alignment = 16;

/**
 * The arena begins with sections of equal length: parameters, their gradients, and what the optimiser keeps for each
 * parameter, so that each is one stretch to it. Everything else follows.
 */
export interface ArenaPlanner {
  reserve(length: number): Span;
  reservePacked(rows: number, columns: number): PackedMatrix;
  /**
   * A matrix of so many rows and columns, and its transpose, in one place: forward packs the first and backward the second,
   * each before it is used.
   */
  reserveBothPacked(rows: number, columns: number): BothPacked;
  /**
   * Asked for again by the same name it is the same parameter, with a place of its own for the gradient of each further use;
   * `sharedGradients` says where those belong.
   */
  reserveParameter(name: string, length: number): { readonly value: Span; readonly gradient: Span };
  /** Asked for again by the same name it is the same stretch: what layers of the same path keep together. */
  reserveState(name: string, length: number): Span;
  /** Gradients of further uses of a parameter, each to be added to that of the first. */
  readonly sharedGradients: readonly { readonly gradient: Span; readonly further: Span }[];
  /** Numbers taken by parameters so far, padding included. */
  readonly parameterLength: number;
  /** Numbers reserved in all. */
  readonly length: number;
}

export interface BothPacked {
  readonly plain: PackedMatrix;
  readonly transposed: PackedMatrix;
}

/**
 * @param parameterLength the length of each of the first sections, known from planning once with 0
 * @param stateSections how many of them the optimiser keeps
 */
export function createArenaPlanner(parameterLength: number, stateSections: number): ArenaPlanner {
  let nextParameter = 0;
  let next = (2 + stateSections) * parameterLength;
  const parameters = new Map<string, { readonly value: Span; readonly gradient: Span }>();
  const states = new Map<string, Span>();
  const sharedGradients: { readonly gradient: Span; readonly further: Span }[] = [];
  const reserve = (length: number): Span => {
    const offset = next;
    next += padded(length);
    return { offset, length };
  };
  return {
    reserve,
    reservePacked: (rows, columns) => ({ span: reserve(packedLength(rows, columns)), rows, columns }),
    reserveBothPacked: (rows, columns) => {
      const span = reserve(Math.max(packedLength(rows, columns), packedLength(columns, rows)));
      return { plain: { span, rows, columns }, transposed: { span, rows: columns, columns: rows } };
    },
    reserveParameter: (name, length) => {
      const shared = parameters.get(name);
      if (shared !== undefined) {
        if (shared.value.length !== length)
          throw new Error(`${name} is used with ${shared.value.length} and ${length} numbers`);
        const further = reserve(length);
        sharedGradients.push({ gradient: shared.gradient, further });
        return { value: shared.value, gradient: further };
      }
      const offset = nextParameter;
      nextParameter += padded(length);
      const parameter = { value: { offset, length }, gradient: { offset: parameterLength + offset, length } };
      parameters.set(name, parameter);
      return parameter;
    },
    reserveState: (name, length) => {
      const state = states.get(name) ?? reserve(length);
      states.set(name, state);
      return state;
    },
    sharedGradients,
    get parameterLength() {
      return nextParameter;
    },
    get length() {
      return next;
    },
  };
}

function padded(length: number): number {
  return Math.ceil(length / alignment) * alignment;
}

function packedLength(rows: number, columns: number): number {
  return rows * Math.ceil(columns / packedPanelWidth) * packedPanelWidth;
}
