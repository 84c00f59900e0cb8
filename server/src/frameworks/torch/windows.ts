/** How windows slide over the axes behind the channels: convolutions and poolings of PyTorch. Source: PyTorch, torch/nn/modules/conv.py. */

import type { WindowPadding } from '../../../../model/computation';
import { floorDivide } from '../../../../model/expression';
import type { Quantity } from '../../../../model/graph';
import type { CallSite } from '../../evaluate/values';
import { type LibraryArguments, sizesOf } from '../arguments';
import { combine, difference, exactly, product, shapeOf, times, total, unknownTensor } from '../shapes';
import type { Description } from './description';

/** One size per axis: a tuple, or one number for all. */
export function windowSizes(
  given: LibraryArguments,
  parameter: string,
  rank: number,
  site: CallSite,
  byDefault?: number,
): readonly Quantity[] {
  const sizes = sizesOf(given.get(parameter), site);
  if (sizes?.length === rank) return sizes;
  const size = sizes?.length === 1 && sizes[0] !== undefined ? sizes[0] : given.size(parameter, byDefault);
  return Array.from({ length: rank }, () => size);
}

/** The one window of a layer over time. @param stride as for `windowLengths` */
export function timeWindow(
  given: LibraryArguments,
  site: CallSite,
  stride: number | 'kernel_size',
): {
  readonly size: Quantity;
  readonly stride: Quantity;
  readonly dilation: Quantity;
  readonly padding: WindowPadding;
} {
  const one = (parameter: string, byDefault?: number): Quantity =>
    windowSizes(given, parameter, 1, site, byDefault)[0] ?? exactly(byDefault ?? 1);
  const size = one('kernel_size');
  const mode = given.get('padding')?.kind === 'string' ? given.text('padding', 'valid') : null;
  return {
    size,
    stride: !given.isNone('stride') ? one('stride') : stride === 'kernel_size' ? size : exactly(stride),
    dilation: one('dilation', 1),
    padding: mode === 'same' || mode === 'valid' ? mode : one('padding', 0),
  };
}

/** The length of each axis after the window has slid over it: `⌊(L + 2p − d·(k − 1) − 1) / s⌋ + 1`. */
export type WindowLengths = (axis: Quantity, position: number) => Quantity;

/** @param stride what the stride is where none is given: a number, or as much as another parameter */
export function windowLengths(
  given: LibraryArguments,
  rank: number,
  site: CallSite,
  stride: number | 'kernel_size',
): WindowLengths | undefined {
  const kernel = windowSizes(given, 'kernel_size', rank, site);
  const strides = given.isNone('stride')
    ? stride === 'kernel_size'
      ? kernel
      : kernel.map(() => exactly(stride))
    : windowSizes(given, 'stride', rank, site);
  const dilation = windowSizes(given, 'dilation', rank, site, 1);
  const mode = given.get('padding')?.kind === 'string' ? given.text('padding', 'valid') : 'sizes';
  if (mode === 'same') return (axis) => axis;
  if (mode !== 'valid' && mode !== 'sizes') return undefined;
  const padding = mode === 'valid' ? kernel.map(() => exactly(0)) : windowSizes(given, 'padding', rank, site, 0);
  return (axis, position) => {
    const [k, s, d, p] = [kernel, strides, dilation, padding].map((sizes) => sizes[position] ?? exactly(1));
    if (!k || !s || !d || !p) return axis;
    const reach = total(product(difference(k, exactly(1)), d), exactly(1));
    const spare = difference(total(axis, times(p, 2)), reach);
    const steps = combine([spare, s], ([left, step]) => (left && step ? floorDivide(left, step) : undefined));
    return total(steps, exactly(1));
  };
}

/**
 * `(N, C, …)` or `(C, …)` after a window has slid over the last `rank` axes.
 *
 * @param channels how many there are afterwards; null for as many as before
 */
export function slidOver(
  rank: number,
  lengths: WindowLengths | undefined,
  channels: Quantity | null,
): Description['output'] {
  return ({ axes, type: { shape } }) => {
    if (shape.kind === 'unknown') return unknownTensor(shape.because);
    const before = axes?.slice(0, -rank);
    if (axes === undefined || before === undefined || before.length < 1 || before.length > 2 || lengths === undefined) {
      return unknownTensor('the length after a convolution is not followed');
    }
    const kept = channels === null ? before : [...before.slice(0, -1), channels];
    return { shape: shapeOf([...kept, ...axes.slice(-rank).map(lengths)]), element: 'float' };
  };
}
