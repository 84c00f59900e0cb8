/** What PyTorch's reshaping and joining operations do to shapes. */
import { divideExactly, integerOf } from '../../../../model/expression';
import { type Quantity, type TensorType, unknown as unknownQuantity } from '../../../../model/graph';
import { asNumber, type CallSite, type Value } from '../../evaluate/values';
import { sizeOf, sizesOf } from '../arguments';
import {
  axisPosition,
  broadcast,
  combine,
  exactly,
  isOne,
  product,
  quotient,
  shapeOf,
  total,
  unknownTensor,
} from '../shapes';
import { TensorValue } from '../tensor';

/** A tensor's type with other axes. */
export function typed(tensor: TensorValue, axes: readonly Quantity[]): TensorType {
  return { shape: shapeOf(axes), element: tensor.type.element };
}

/** The reason a tensor's shape is not known, passed on to what is computed from it. */
function stillUnknown(tensor: TensorValue, otherwise: string): TensorType {
  return unknownTensor(tensor.type.shape.kind === 'unknown' ? tensor.type.shape.because : otherwise);
}

/** Sizes given one by one or as one tuple. */
export function givenSizes(values: readonly Value[], site: CallSite): readonly Quantity[] | undefined {
  const [first] = values;
  if (first !== undefined && first.kind !== 'integer' && first.kind !== 'unknown') return sizesOf(first, site);
  return values.map((value) => sizeOf(value, site));
}

/** `view` and `reshape`: one size may be −1, which stands for what is left. */
export function reshaped(tensor: TensorValue, sizes: readonly Quantity[] | undefined): TensorType {
  if (sizes === undefined) return stillUnknown(tensor, 'it is reshaped to sizes that are not known');
  const open = sizes.findIndex((size) => size.kind === 'known' && integerOf(size.value) === -1);
  if (open === -1) return typed(tensor, sizes);
  const others = product(...sizes.filter((_, position) => position !== open));
  const whole =
    tensor.axes === undefined ? unknownQuantity('the number of elements is not known') : product(...tensor.axes);
  const rest = combine([whole, others], ([elements, taken]) =>
    elements && taken ? divideExactly(elements, taken) : undefined,
  );
  return typed(tensor, sizes.with(open, rest.kind === 'known' ? rest : quotient(whole, others)));
}

export function permuted(tensor: TensorValue, order: readonly Value[]): TensorType {
  const { axes } = tensor;
  const positions = order.map((value) => axisPosition(asNumber(value) ?? Number.NaN, axes?.length ?? 0));
  const picked = positions.map((position) => (position === undefined ? undefined : axes?.[position]));
  const found = picked.filter((axis): axis is Quantity => axis !== undefined);
  return axes !== undefined && found.length === axes.length
    ? typed(tensor, found)
    : stillUnknown(tensor, 'its axes are permuted in an order that is not known');
}

export function transposed(tensor: TensorValue, first: number | undefined, second: number | undefined): TensorType {
  const { axes } = tensor;
  const [a, b] = [first, second].map((axis) =>
    axis === undefined || axes === undefined ? undefined : axisPosition(axis, axes.length),
  );
  const [left, right] = [a === undefined ? undefined : axes?.[a], b === undefined ? undefined : axes?.[b]];
  if (axes === undefined || a === undefined || b === undefined || left === undefined || right === undefined) {
    return stillUnknown(tensor, 'axes are swapped that are not known');
  }
  return typed(tensor, axes.with(a, right).with(b, left));
}

export function squeezed(tensor: TensorValue, axis: number | null | undefined): TensorType {
  const { axes } = tensor;
  if (axes === undefined || axis === undefined) return stillUnknown(tensor, 'an axis is removed that is not known');
  if (axis === null) {
    // Which axes are 1 must be known of every one of them.
    return axes.every((size) => size.kind === 'known')
      ? typed(
          tensor,
          axes.filter((size) => !isOne(size)),
        )
      : unknownTensor('which axes are removed is not known');
  }
  const position = axisPosition(axis, axes.length);
  const size = position === undefined ? undefined : axes[position];
  if (position === undefined || size === undefined) return unknownTensor('an axis is removed that does not exist');
  return isOne(size) ? typed(tensor, axes.toSpliced(position, 1)) : tensor.type;
}

/** `unsqueeze(axis)`: an axis of one more; undefined for an axis that is not known. */
export function unsqueezed(tensor: TensorValue, axis: number | undefined): TensorType {
  const { axes } = tensor;
  if (axes === undefined || axis === undefined) return stillUnknown(tensor, 'an axis is added that is not known');
  const position = axisPosition(axis, axes.length + 1);
  return position === undefined
    ? unknownTensor('an axis is added beyond the last one')
    : typed(tensor, axes.toSpliced(position, 0, exactly(1)));
}

/** `flatten(start, end)`: the axes from one to the other as one; null for an end that is not known. */
export function flattened(tensor: TensorValue, start: number | null, end: number | null): TensorType {
  const { axes } = tensor;
  if (axes === undefined || start === null || end === null)
    return stillUnknown(tensor, 'axes are joined that are not known');
  const [from, to] = [axisPosition(start, axes.length), axisPosition(end, axes.length)];
  if (from === undefined || to === undefined || from > to) return tensor.type;
  return typed(tensor, [...axes.slice(0, from), product(...axes.slice(from, to + 1)), ...axes.slice(to + 1)]);
}

/** Mean, sum and their like over one axis, several, or all of them. */
export function reduced(tensor: TensorValue, axis: Value | undefined, keep: boolean): TensorType {
  const { axes } = tensor;
  if (axis === undefined || axis.kind === 'none') return { shape: shapeOf([]), element: 'float' };
  const numbers = (axis.kind === 'tuple' || axis.kind === 'list' ? axis.items : [axis]).map(asNumber);
  const positions = numbers.map((number) =>
    number === undefined || axes === undefined ? undefined : axisPosition(number, axes.length),
  );
  if (axes === undefined || positions.includes(undefined))
    return stillUnknown(tensor, 'it is reduced over an axis that is not known');
  const kept = axes.flatMap((size, position) => (positions.includes(position) ? (keep ? [exactly(1)] : []) : [size]));
  return { shape: shapeOf(kept), element: 'float' };
}

export function concatenated(tensors: readonly TensorValue[], axis: number | undefined): TensorType {
  const [first] = tensors;
  const axes = first?.axes;
  const position = axis === undefined || axes === undefined ? undefined : axisPosition(axis, axes.length);
  if (first === undefined || axes === undefined || position === undefined) {
    return unknownTensor('tensors are joined whose shapes are not known');
  }
  const sizes = tensors.map((tensor) => tensor.axes?.[position]);
  const found = sizes.filter((size): size is Quantity => size !== undefined);
  if (found.length < tensors.length || tensors.some((tensor) => tensor.axes?.length !== axes.length)) {
    return unknownTensor('tensors are joined whose shapes are not all known');
  }
  // An axis that one of the tensors leaves open is as long as in the one that says it.
  const joined = axes.map((size, index) => {
    if (index === position) return total(...found);
    return tensors.map((tensor) => tensor.axes?.[index]).find((other) => other?.kind === 'known') ?? size;
  });
  return typed(first, joined);
}

export function stacked(tensors: readonly TensorValue[], axis: number | undefined): TensorType {
  const [first] = tensors;
  if (first?.axes === undefined || axis === undefined)
    return unknownTensor('tensors are stacked whose shapes are not known');
  const position = axisPosition(axis, first.axes.length + 1);
  return position === undefined
    ? unknownTensor('tensors are stacked along an axis that does not exist')
    : typed(first, first.axes.toSpliced(position, 0, exactly(tensors.length)));
}

/** One of `parts` equal pieces along an axis. */
export function piece(tensor: TensorValue, parts: number, axis: number | undefined): TensorType {
  const { axes } = tensor;
  const position = axis === undefined || axes === undefined ? undefined : axisPosition(axis, axes.length);
  const size = position === undefined ? undefined : axes?.[position];
  if (axes === undefined || position === undefined || size === undefined) {
    return stillUnknown(tensor, 'it is cut along an axis that is not known');
  }
  const part = combine([size, exactly(parts)], ([whole, count]) =>
    whole && count ? divideExactly(whole, count) : undefined,
  );
  return typed(
    tensor,
    axes.with(position, part.kind === 'known' ? part : unknownQuantity('the pieces may differ in size')),
  );
}

/** Pieces of the given sizes along an axis; undefined where the axis is not known. */
export function pieces(
  tensor: TensorValue,
  sizes: readonly Quantity[],
  axis: number | undefined,
): readonly TensorType[] | undefined {
  const { axes } = tensor;
  const position = axis === undefined || axes === undefined ? undefined : axisPosition(axis, axes.length);
  if (axes === undefined || position === undefined) return undefined;
  return sizes.map((size) => typed(tensor, axes.with(position, size)));
}

/** The sizes that `split` cuts an axis into: all as long as asked, the last one perhaps shorter. */
export function splitSizes(
  tensor: TensorValue,
  length: number,
  axis: number | undefined,
): readonly Quantity[] | undefined {
  const whole = axis === undefined || tensor.axes === undefined ? undefined : tensor.axes.at(axis);
  const size = whole?.kind === 'known' ? integerOf(whole.value) : undefined;
  if (size === undefined || length < 1 || size / length > mostPieces) return undefined;
  const count = Math.ceil(size / length);
  return Array.from({ length: count }, (_, index) => exactly(Math.min(length, size - index * length)));
}

/** More pieces than gates or heads are ever cut into; the steps of a sequence may be this many. */
export const mostPieces = 256;

/** `pad(x, (left, right, top, bottom, …))`: pairs from the last axis on. */
export function padded(tensor: TensorValue, amounts: readonly Quantity[] | undefined): TensorType {
  const { axes } = tensor;
  if (axes === undefined || amounts === undefined || amounts.length % 2 !== 0 || amounts.length > 2 * axes.length) {
    return stillUnknown(tensor, 'it is padded by amounts that are not known');
  }
  return typed(
    tensor,
    axes.map((size, position) => {
      const pair = 2 * (axes.length - 1 - position);
      return total(size, ...amounts.slice(pair, pair + 2));
    }),
  );
}

/** `linear(x, weight)`: the rows of the weight become the last axis. */
export function projected(tensor: TensorValue, weight: Value | undefined): TensorType {
  const rows = weight instanceof TensorValue ? weight.axes?.[0] : undefined;
  if (tensor.axes === undefined || rows === undefined) {
    const otherwise = 'it is multiplied by a weight that is not known';
    const type = stillUnknown(tensor, otherwise);
    return rows === undefined || type.shape.kind === 'known' ? type : { ...type, shape: { ...type.shape, last: rows } };
  }
  return typed(tensor, tensor.axes.with(-1, rows));
}

/** One axis taken at one position. */
export function withoutAxis(tensor: TensorValue, axis: number | undefined): TensorType {
  const { axes } = tensor;
  const position = axis === undefined || axes === undefined ? undefined : axisPosition(axis, axes.length);
  return axes === undefined || position === undefined
    ? stillUnknown(tensor, 'an axis is taken away that is not known')
    : typed(tensor, axes.toSpliced(position, 1));
}

/** `expand`: −1 keeps a size. */
export function expanded(tensor: TensorValue, sizes: readonly Quantity[] | undefined): TensorType {
  if (sizes === undefined) return stillUnknown(tensor, 'it is expanded to sizes that are not known');
  const added = sizes.length - (tensor.axes?.length ?? sizes.length);
  return typed(
    tensor,
    sizes.map((size, index) => {
      const isKept = size.kind === 'known' && integerOf(size.value) === -1;
      return isKept ? (tensor.axes?.[index - added] ?? unknownQuantity('an axis that is kept')) : size;
    }),
  );
}

export function repeated(tensor: TensorValue, counts: readonly Quantity[] | undefined): TensorType {
  const { axes } = tensor;
  if (axes === undefined || counts === undefined)
    return stillUnknown(tensor, 'it is repeated a number of times that is not known');
  const padded = [...Array.from({ length: Math.max(0, counts.length - axes.length) }, () => exactly(1)), ...axes];
  return typed(
    tensor,
    padded.map((size, index) => product(size, counts[index] ?? exactly(1))),
  );
}

export function combined(left: TensorValue, right: TensorValue): TensorType {
  const axes = left.axes && right.axes ? broadcast(left.axes, right.axes) : undefined;
  return axes ? typed(left, axes) : unknownTensor('the shapes that are combined are not known');
}
