/**
 * What a run through a model consists of: matrix products and element-wise passes, with how often each is made one after
 * another. As an engine with fused cells does it (docs/decisions/predicted-times.md): the inputs of all steps in one product
 * before the loop, in the loop one recurrent product and one pass over the gates, the gradients of weights after it.
 */
import { gateCount } from '../costs/recurrent';
import type { Cell } from '../graph';
import type { PointwiseOperation, ProductForm } from './profile';

export type Work =
  | {
      readonly kind: 'product';
      readonly form: ProductForm;
      /** Made one after another, each waiting for the one before. */
      readonly calls: number;
      /** `rows × inner` times `inner × columns`. */
      readonly rows: number;
      readonly inner: number;
      readonly columns: number;
    }
  | {
      readonly kind: 'pointwise';
      readonly operation: PointwiseOperation;
      readonly calls: number;
      /** Of one call. */
      readonly elements: number;
    };

/** `calls` products, one after another, of `rows × inner` times `inner × columns` numbers. */
export function productWork(rows: number, inner: number, columns: number, calls = 1): Work {
  return { kind: 'product', form: 'plain', calls, rows, inner, columns };
}

/** The gradient of weights `rows × columns` from `inner` vectors. */
export function weightGradientWork(rows: number, inner: number, columns: number): Work {
  return { kind: 'product', form: 'transposed', calls: 1, rows, inner, columns };
}

/** `calls` passes, one after another, over `elements` numbers each; of a cell over hidden units. */
export function pointwiseWork(operation: PointwiseOperation, elements: number, calls = 1): Work {
  return { kind: 'pointwise', operation, calls, elements };
}

export interface RunShape {
  readonly training: boolean;
  /** Whether the gradient of the layer's input is wanted: something below has weights. */
  readonly inputGradient: boolean;
}

/** `vectors` of `inputs` numbers through a weight matrix to `outputs` numbers each, with a bias. */
export function denseWork(vectors: number, inputs: number, outputs: number, run: RunShape): Work[] {
  const work = [
    pointwiseWork('copy', vectors * outputs),
    pointwiseWork('copy', inputs * outputs),
    productWork(vectors, inputs, outputs),
  ];
  if (run.training) {
    work.push(weightGradientWork(inputs, vectors, outputs), pointwiseWork('sumRows', vectors * outputs));
    if (run.inputGradient) {
      work.push(pointwiseWork('transpose', inputs * outputs), productWork(vectors, outputs, inputs));
    }
  }
  return work;
}

export interface RecurrentSizes {
  readonly cell: Cell;
  readonly batch: number;
  readonly steps: number;
  readonly inputs: number;
  readonly hidden: number;
  /** Width of the state that a step feeds back: that of an LSTM's projection where it has one. */
  readonly state: number;
  /** As the software makes them (`DeviceProfile.gruProducts`); two as Unroll's engine does, where nothing is said. */
  readonly gruProducts?: 1 | 2;
}

const forwardPass = { rnn: 'rnnForward', gru: 'gruForward', lstm: 'lstmForward' } as const;
const backwardPass = { rnn: 'rnnBackward', gru: 'gruBackward', lstm: 'lstmBackward' } as const;

/** Columns of the recurrent products of a step. The candidate of a GRU has one of its own where the reset gate comes in between. */
function recurrentParts({ cell, hidden, gruProducts = 2 }: Omit<RecurrentSizes, 'inputs'>): readonly number[] {
  return cell === 'gru' && gruProducts === 2 ? [2 * hidden, hidden] : [gateCount[cell] * hidden];
}

/** What a layer's loop over time does in each step: the products of the state, and the pass over the gates. */
export function loopWork(sizes: Omit<RecurrentSizes, 'inputs'>, direction: 'forward' | 'backward'): Work[] {
  const { cell, batch, steps, hidden, state } = sizes;
  const products = recurrentParts(sizes).map((part) =>
    direction === 'forward' ? productWork(batch, state, part, steps) : productWork(batch, part, state, steps),
  );
  const pass = direction === 'forward' ? forwardPass[cell] : backwardPass[cell];
  return [...products, pointwiseWork(pass, batch * hidden, steps)];
}

/** One layer in one direction. */
export function recurrentWork(sizes: RecurrentSizes, run: RunShape): Work[] {
  const { cell, batch, steps, inputs, hidden, state } = sizes;
  const columns = gateCount[cell] * hidden;
  const parts = recurrentParts(sizes);
  const work = denseWork(batch * steps, inputs, columns, run);
  work.push(pointwiseWork('copy', state * columns));
  if (cell === 'gru') work.push(pointwiseWork('copy', batch * steps * hidden));
  work.push(...loopWork(sizes, 'forward'));
  if (state !== hidden) work.push(productWork(batch, hidden, state, steps));
  if (!run.training) return work;
  work.push(pointwiseWork('transpose', state * columns));
  work.push(...loopWork(sizes, 'backward'));
  for (const part of parts) work.push(weightGradientWork(state, batch * steps, part));
  if (cell === 'gru') work.push(pointwiseWork('sumRows', batch * steps * hidden));
  if (state !== hidden) {
    work.push(productWork(batch, state, hidden, steps), weightGradientWork(hidden, batch * steps, state));
  }
  return work;
}

/** Both directions' outputs brought side by side, and their gradients apart. */
export function joinDirectionsWork(elements: number, { training }: Pick<RunShape, 'training'>): Work[] {
  return [pointwiseWork('copy', elements, training ? 4 : 2)];
}

/** A convolution over time as the product it amounts to: every output sees `taps` neighbouring vectors. */
export function convolutionWork(
  positions: number,
  taps: number,
  inputs: number,
  filters: number,
  run: RunShape,
): Work[] {
  return [pointwiseWork('copy', positions * taps * inputs), ...denseWork(positions, taps * inputs, filters, run)];
}

/** Additive attention over the steps of a layer: a score v·tanh(W·h + b) per step, then the weighted sum of the steps. */
export function attentionWork(batch: number, steps: number, width: number, training: boolean): Work[] {
  const run = { training, inputGradient: true };
  const passes: Work[] = [
    pointwiseWork('activation', batch * steps * width),
    pointwiseWork('softmaxLoss', batch * steps),
    pointwiseWork('copy', batch * steps * width),
  ];
  if (training) passes.push(pointwiseWork('activationBackward', batch * steps * width, 2));
  return [...denseWork(batch * steps, width, width, run), ...denseWork(batch * steps, width, 1, run), ...passes];
}
