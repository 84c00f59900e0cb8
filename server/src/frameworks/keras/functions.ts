/**
 * Functions of tensors in `keras.ops`, `keras.backend` and TensorFlow, as far as shapes go.
 *
 * What is not described here gives a tensor of unknown shape: what was computed from is still known.
 */
import { integerOf } from '../../../../model/expression';
import {
  type FunctionDetails,
  type Quantity,
  type Shape,
  type TensorType,
  unknown as unknownQuantity,
} from '../../../../model/graph';
import { asNumber, type CallArguments, type CallSite, list, type Value } from '../../evaluate/values';
import { sizeOf, sizesOf } from '../arguments';
import {
  axisPosition,
  broadcastShapes,
  difference,
  exactly,
  lastAxis,
  product,
  quotient,
  shapeOf,
  total,
  unknownTensor,
} from '../shapes';
import { multiplied, shapeValue, TensorValue } from '../tensor';
import { reshaped } from './basic';
import { rankValue } from './dialect';
import { concatenated } from './joins';
import { type KerasTrace, tensorsAmong, tensorsOf } from './trace';

/** One call of a function: its arguments, by the names that any of the libraries gives them. */
class FunctionCall {
  readonly tensors: readonly TensorValue[];

  constructor(
    readonly trace: KerasTrace,
    readonly name: string,
    readonly parameters: CallArguments,
    readonly site: CallSite,
  ) {
    this.tensors = tensorsAmong([...parameters.positional, ...parameters.keywords.values()]);
  }

  /** The argument at a position, or by one of the names it goes by. */
  argument(position: number, ...names: readonly string[]): Value | undefined {
    const named = names.map((name) => this.parameters.keywords.get(name)).find((value) => value !== undefined);
    return named ?? this.parameters.positional[position];
  }

  tensor(position: number, ...names: readonly string[]): TensorValue | undefined {
    const value = this.argument(position, ...names);
    return value instanceof TensorValue ? value : undefined;
  }

  axis(position: number, byDefault?: number): number | undefined {
    const value = this.argument(position, 'axis', 'dim', 'axes');
    return value === undefined ? byDefault : asNumber(value);
  }

  sizes(position: number, ...names: readonly string[]): readonly Quantity[] | undefined {
    const value = this.argument(position, ...names);
    if (value === undefined) return undefined;
    return sizesOf(value, this.site);
  }

  flag(position: number, name: string): boolean | undefined {
    const value = this.argument(position, name);
    return value === undefined ? false : this.site.machine.truth(value);
  }

  give(
    type: TensorType,
    inputs: readonly TensorValue[] = this.tensors,
    axis: number | null = null,
    details: FunctionDetails = {},
  ): TensorValue {
    return this.trace.recorder.apply(this.name, inputs, type, this.site, axis, details);
  }

  unknown(because = `the shape of ${this.name} is not followed`): TensorValue {
    return this.give(unknownTensor(because));
  }
}

type Meaning = (call: FunctionCall) => Value | undefined;

const same: Meaning = (call) => {
  const tensor = call.tensor(0, 'x', 'input', 'inputs', 'tensor', 'features', 'logits') ?? call.tensors[0];
  return tensor && call.give(tensor.type);
};

/** Along one axis, the last unless it is told another. */
const alongAxis: Meaning = (call) => {
  const tensor = call.tensor(0, 'x', 'input', 'logits') ?? call.tensors[0];
  return tensor && call.give(tensor.type, call.tensors, call.axis(1, -1) ?? null);
};

const elementwise: Meaning = (call) => {
  const operands = [...call.parameters.positional, ...call.parameters.keywords.values()].slice(0, 3);
  const tensors = operands.filter((value): value is TensorValue => value instanceof TensorValue);
  const [first, ...rest] = tensors;
  if (first === undefined) return call.unknown();
  const shape = rest.reduce<Shape>((joined, { type }) => broadcastShapes(joined, type.shape), first.type.shape);
  const operand = operands[0] === first ? asNumber(operands[1]) : undefined;
  return call.give(
    { shape, element: first.type.element },
    call.tensors,
    null,
    operand === undefined ? {} : { operand },
  );
};

/** A sum, mean or the like over some axes, or over all. */
const reduction: Meaning = (call) => {
  const tensor = call.tensor(0, 'x', 'input_tensor', 'input');
  const axes = tensor?.axes;
  if (tensor === undefined) return undefined;
  const over = call.argument(1, 'axis', 'axes', 'reduction_indices', 'dimension');
  const isKept = call.flag(2, 'keepdims');
  if (over === undefined || over.kind === 'none') {
    const isWhole = isKept === false;
    return isWhole ? call.give({ shape: shapeOf([]), element: tensor.type.element }) : call.unknown();
  }
  const positions = (call.site.machine.itemsOf(over) ?? [over]).map((value) => {
    const number = asNumber(value);
    return number === undefined || axes === undefined ? undefined : axisPosition(number, axes.length);
  });
  if (axes === undefined || isKept === undefined || positions.includes(undefined)) {
    const because = tensor.type.shape.kind === 'unknown' ? tensor.type.shape.because : 'the axis is not known';
    // The last but one goes, the last stays, however many there are.
    const last = asNumber(over) === -2 ? lastAxis(tensor.type) : undefined;
    return call.give({ shape: { kind: 'unknown', because, ...(last ? { last } : {}) }, element: tensor.type.element });
  }
  const kept = isKept
    ? axes.map((size, axis) => (positions.includes(axis) ? exactly(1) : size))
    : axes.filter((_, axis) => !positions.includes(axis));
  const [axis = null] = positions.length === 1 ? positions : [];
  return call.give({ shape: shapeOf(kept), element: tensor.type.element }, call.tensors, axis);
};

const argument: Meaning = (call) => {
  const tensor = call.tensor(0, 'x', 'input');
  const axis = call.axis(1, call.name.startsWith('K.') ? -1 : undefined);
  const axes = tensor?.axes;
  const position = axes === undefined || axis === undefined ? undefined : axisPosition(axis, axes.length);
  if (axes === undefined || position === undefined) return call.unknown();
  return call.give({ shape: shapeOf(axes.toSpliced(position, 1)), element: 'integer' });
};

const expandDims: Meaning = (call) => {
  const tensor = call.tensor(0, 'x', 'input');
  const axis = call.axis(1, -1);
  const position =
    tensor?.axes === undefined || axis === undefined ? undefined : axisPosition(axis, tensor.axes.length + 1);
  if (tensor?.axes === undefined || position === undefined) return call.unknown();
  const type = { ...tensor.type, shape: shapeOf(tensor.axes.toSpliced(position, 0, exactly(1))) };
  return call.give(type, call.tensors, position);
};

const squeeze: Meaning = (call) => {
  const tensor = call.tensor(0, 'x', 'input');
  const axis = call.axis(1);
  const position =
    tensor?.axes === undefined || axis === undefined ? undefined : axisPosition(axis, tensor.axes.length);
  if (tensor?.axes === undefined || position === undefined) return call.unknown();
  return call.give({ ...tensor.type, shape: shapeOf(tensor.axes.toSpliced(position, 1)) }, call.tensors, position);
};

const concatenate: Meaning = (call) => {
  const tensors = tensorsOf(call.argument(0, 'values', 'tensors', 'xs', 'arrays'), call.site);
  const byDefault = call.name === 'concatenate' ? -1 : undefined;
  if (tensors === undefined) return call.unknown();
  const axis = call.axis(1, byDefault) ?? null;
  return call.give(
    concatenated(
      tensors.map(({ type }) => type),
      axis,
    ),
    tensors,
    axis,
  );
};

const stack: Meaning = (call) => {
  const tensors = tensorsOf(call.argument(0, 'values', 'x', 'arrays'), call.site);
  const [first] = tensors ?? [];
  const axis = call.axis(1, 0);
  if (tensors === undefined || first?.axes === undefined || axis === undefined) return call.unknown();
  const position = axisPosition(axis, first.axes.length + 1);
  if (position === undefined) return call.unknown();
  const type = { ...first.type, shape: shapeOf(first.axes.toSpliced(position, 0, exactly(tensors.length))) };
  return call.give(type, tensors);
};

/** Pieces of equal size, or of stated sizes, along one axis. */
const split: Meaning = (call) => {
  const isTensorFlow = call.name === 'split' && call.parameters.keywords.has('num_or_size_splits');
  const tensor = call.tensor(0, 'value', 'x');
  const pieces = call.argument(1, 'num_or_size_splits', 'indices_or_sections');
  const axis = call.axis(2, 0);
  const count = pieces === undefined ? undefined : asNumber(pieces);
  const sizes = pieces === undefined ? undefined : sizesOf(pieces, call.site);
  const position =
    tensor?.axes === undefined || axis === undefined ? undefined : axisPosition(axis, tensor.axes.length);
  const held = position === undefined ? undefined : tensor?.axes?.[position];
  const number = count ?? (isTensorFlow ? sizes?.length : undefined);
  if (tensor === undefined || number === undefined || number < 1 || number > 64) return undefined;
  const parts = Array.from({ length: number }, (_, index): TensorType => {
    if (tensor.axes === undefined || position === undefined || held === undefined) {
      const because = 'the shape that is split is not known';
      const last = axis === -1 && count !== undefined ? quotient(lastAxis(tensor.type), exactly(number)) : undefined;
      return { shape: { kind: 'unknown', because, ...(last ? { last } : {}) }, element: tensor.type.element };
    }
    const size = count === undefined ? (sizes?.[index] ?? held) : quotient(held, exactly(number));
    return { ...tensor.type, shape: shapeOf(tensor.axes.with(position, size)) };
  });
  const location = call.site.machine.locate(call.site.span);
  return list(
    call.trace.recorder.record({ kind: 'function', name: 'split', axis: axis ?? null }, [tensor], parts, location),
  );
};

const unstack: Meaning = (call) => {
  const tensor = call.tensor(0, 'value', 'x');
  const axis = call.axis(2, 0);
  const position =
    tensor?.axes === undefined || axis === undefined ? undefined : axisPosition(axis, tensor.axes.length);
  const size = position === undefined ? undefined : tensor?.axes?.[position];
  const count = size?.kind === 'known' ? integerOf(size.value) : undefined;
  if (tensor?.axes === undefined || position === undefined || count === undefined || count > 256) return undefined;
  const type = { ...tensor.type, shape: shapeOf(tensor.axes.toSpliced(position, 1)) };
  const types = Array.from({ length: count }, () => type);
  const location = call.site.machine.locate(call.site.span);
  return list(
    call.trace.recorder.record({ kind: 'function', name: 'unstack', axis: position }, [tensor], types, location),
  );
};

const reshape: Meaning = (call) => {
  const tensor = call.tensor(0, 'x', 'tensor');
  const sizes = call.sizes(1, 'shape', 'newshape');
  if (tensor === undefined || sizes === undefined) return call.unknown();
  const isOpen = sizes.some((size) => size.kind === 'known' && integerOf(size.value) === -1);
  if (!isOpen) return call.give({ ...tensor.type, shape: shapeOf(sizes) });
  const axes = tensor.axes ?? [unknownQuantity('the shape that is changed is not known')];
  return call.give({ ...tensor.type, shape: shapeOf(reshaped(axes, sizes)) });
};

const transpose: Meaning = (call) => {
  const tensor = call.tensor(0, 'x', 'a');
  const order = call.argument(1, 'perm', 'axes', 'pattern');
  const numbers =
    order === undefined || order.kind === 'none' ? undefined : call.site.machine.itemsOf(order)?.map(asNumber);
  const axes = tensor?.axes;
  if (tensor === undefined || axes === undefined) return call.unknown();
  if (order === undefined) {
    const type = { ...tensor.type, shape: shapeOf(axes.toReversed()) };
    return call.give(type, call.tensors, null, { order: axes.map((_, axis) => axis).reverse() });
  }
  if (numbers?.length !== axes.length) return call.unknown();
  const moved = numbers.map((axis) => (axis === undefined ? undefined : axes[axis]));
  const known = numbers.filter((axis) => axis !== undefined);
  return call.give(
    {
      ...tensor.type,
      shape: shapeOf(moved.map((size) => size ?? unknownQuantity('the order of the axes is not known'))),
    },
    call.tensors,
    null,
    known.length === axes.length ? { order: known } : {},
  );
};

const matrixProduct: Meaning = (call) => {
  const [left, right] = [call.tensor(0, 'x', 'a', 'x1'), call.tensor(1, 'y', 'b', 'x2')];
  if (left === undefined || right === undefined) return call.unknown();
  const isTransposed = ['transpose_a', 'transpose_b'].some((name) => call.flag(9, name) !== false);
  if (!isTransposed) {
    const type = multiplied(left, right);
    const last = right.axes === undefined || right.axes.length < 2 ? undefined : right.axes.at(-1);
    if (type.shape.kind === 'known' || last === undefined) return call.give(type);
    return call.give({ ...type, shape: { ...type.shape, last } });
  }
  const turned = (tensor: TensorValue, name: string): TensorValue | undefined => {
    const flag = call.flag(9, name);
    if (flag === false) return tensor;
    const [columns, rows] = [tensor.axes?.at(-1), tensor.axes?.at(-2)];
    if (flag === undefined || tensor.axes === undefined || !columns || !rows) return undefined;
    return tensor.withType({ ...tensor.type, shape: shapeOf([...tensor.axes.slice(0, -2), columns, rows]) });
  };
  const [a, b] = [turned(left, 'transpose_a'), turned(right, 'transpose_b')];
  return a && b ? call.give(multiplied(a, b)) : call.unknown();
};

/** `K.dot`, `tensordot(…, axes=1)`: the last axis of one against the last but one of the other. */
const dot: Meaning = (call) => {
  const [left, right] = [call.tensor(0, 'x', 'a', 'x1'), call.tensor(1, 'y', 'b', 'x2')];
  const [a, b] = [left?.axes, right?.axes];
  if (b === undefined) return call.unknown();
  const kept = b.length === 1 ? [] : [...b.slice(0, -2), ...b.slice(-1)];
  if (a !== undefined) return call.give({ shape: shapeOf([...a.slice(0, -1), ...kept]), element: 'float' });
  const last = kept.at(-1);
  const because = 'the shapes that are multiplied are not known';
  return call.give({ shape: { kind: 'unknown', because, ...(last ? { last } : {}) }, element: 'float' });
};

const tensordot: Meaning = (call) => {
  const axes = call.argument(2, 'axes');
  return axes !== undefined && asNumber(axes) === 1 && call.tensor(1, 'b', 'x2')?.axes?.length === 2
    ? dot(call)
    : call.unknown();
};

/** `einsum("bth,hk->btk", x, w)`: every letter names a size. */
const einsum: Meaning = (call) => {
  const [equation] = call.parameters.positional;
  if (equation?.kind !== 'string' || !/^[a-zA-Z, ]+->[a-zA-Z ]*$/.test(equation.value)) return call.unknown();
  const [given = '', result = ''] = equation.value.replaceAll(' ', '').split('->');
  const sizes = new Map<string, Quantity>();
  given.split(',').forEach((letters, operand) => {
    const axes = call.tensors[operand]?.axes;
    [...letters].forEach((letter, axis) => {
      const size = axes?.[axis];
      if (size !== undefined && axes?.length === letters.length) sizes.set(letter, sizes.get(letter) ?? size);
    });
  });
  const open = unknownQuantity('a size of einsum that is not known');
  return call.give(
    { shape: shapeOf([...result].map((letter) => sizes.get(letter) ?? open)), element: 'float' },
    call.tensors,
    null,
    { equation: equation.value },
  );
};

/** The axes of nested lists of numbers, as a tensor made of them has them; undefined for anything else. */
function axesOfData(value: Value | undefined): readonly Quantity[] | undefined {
  if (value?.kind === 'integer' || value?.kind === 'float' || value?.kind === 'boolean') return [];
  if (value?.kind !== 'list' && value?.kind !== 'tuple') return undefined;
  const inner = axesOfData(value.items[0]);
  return inner === undefined ? undefined : [exactly(value.items.length), ...inner];
}

/** A tensor made of data that the program states. */
const stated: Meaning = (call) => {
  const axes = axesOfData(call.argument(0, 'value', 'x'));
  return axes && call.trace.recorder.constant({ shape: shapeOf(axes), element: 'float' });
};

const oneHot: Meaning = (call) => {
  const tensor = call.tensor(0, 'indices', 'x');
  const depth = call.argument(1, 'depth', 'num_classes');
  if (depth === undefined) return tensor && call.unknown();
  const width = sizeOf(depth, call.site);
  const axes = tensor?.axes ?? axesOfData(call.argument(0, 'indices', 'x'));
  const shape: Shape =
    axes === undefined
      ? { kind: 'unknown', because: 'the shape of the indices is not known', last: width }
      : shapeOf([...axes, width]);
  return tensor ? call.give({ shape, element: 'float' }) : call.trace.recorder.constant({ shape, element: 'float' });
};

const repeat: Meaning = (call) => {
  const tensor = call.tensor(0, 'x', 'input');
  const axes = tensor?.axes;
  const count = call.argument(1, 'n', 'rep', 'repeats');
  const axis = call.axis(2);
  if (axes === undefined || count === undefined) return call.unknown();
  const times = sizeOf(count, call.site);
  const [batch, width] = axes;
  if (axis === undefined) {
    const isVector = call.parameters.keywords.has('n') || axes.length === 2;
    return isVector && batch && width
      ? call.give({ shape: shapeOf([batch, times, width]), element: 'float' })
      : call.unknown();
  }
  const position = axisPosition(axis, axes.length);
  const held = position === undefined ? undefined : axes[position];
  if (position === undefined || held === undefined) return call.unknown();
  return call.give({ shape: shapeOf(axes.with(position, product(held, times))), element: 'float' });
};

const tile: Meaning = (call) => {
  const tensor = call.tensor(0, 'input', 'x');
  const counts = call.sizes(1, 'multiples', 'n', 'repeats');
  if (tensor?.axes === undefined || counts?.length !== tensor.axes.length) return call.unknown();
  const axes = tensor.axes.map((size, axis) => product(size, counts[axis] ?? exactly(1)));
  return call.give({ ...tensor.type, shape: shapeOf(axes) });
};

const flatten: Meaning = (call) => {
  const tensor = call.tensor(0, 'x');
  const [batch, ...rest] = tensor?.axes ?? [];
  return batch === undefined
    ? call.unknown()
    : call.give({ shape: shapeOf([batch, product(...rest)]), element: 'float' });
};

/** Tensors of a stated shape: zeros, ones, noise. */
const made: Meaning = (call) => {
  const sizes = call.sizes(0, 'shape', 'dims', 'size');
  if (sizes === undefined) return undefined;
  return call.trace.recorder.constant({ shape: shapeOf(sizes), element: 'float' });
};

/** `range(limit)`, `arange(start, stop)`: one axis, of known size where both ends are known and the step is one. */
const counted: Meaning = (call) => {
  const { positional } = call.parameters;
  const limit = call.argument(positional.length > 1 ? 1 : 0, 'limit', 'stop');
  const start = positional.length > 1 ? positional[0] : call.parameters.keywords.get('start');
  const step = call.argument(2, 'delta', 'step');
  const from = start === undefined ? exactly(0) : sizeOf(start, call.site);
  const isPlain = limit !== undefined && (step === undefined || asNumber(step) === 1);
  const size = isPlain ? difference(sizeOf(limit, call.site), from) : unknownQuantity('how far it counts is not known');
  return call.trace.recorder.constant({ shape: shapeOf([size]), element: 'integer' });
};

const shape: Meaning = (call) => {
  const tensor = call.tensor(0, 'x', 'input');
  return tensor && shapeValue(tensor);
};

const rank: Meaning = (call) => {
  const tensor = call.tensor(0, 'x', 'input');
  return tensor && rankValue(tensor);
};

const gather: Meaning = (call) => {
  const [table, indices] = [call.tensor(0, 'params', 'x'), call.tensor(1, 'indices')];
  const isFirst = call.axis(9, 0) === 0;
  if (table?.axes === undefined || indices?.axes === undefined || !isFirst) return call.unknown();
  return call.give({ shape: shapeOf([...indices.axes, ...table.axes.slice(1)]), element: 'float' });
};

const padded: Meaning = (call) => {
  const tensor = call.tensor(0, 'tensor', 'x');
  const margins = call.argument(1, 'paddings', 'pad_width');
  const pairs =
    margins === undefined ? undefined : call.site.machine.itemsOf(margins)?.map((pair) => sizesOf(pair, call.site));
  if (tensor?.axes === undefined || pairs?.length !== tensor.axes.length) return call.unknown();
  const axes = tensor.axes.map((size, axis) => {
    const [before, after] = pairs[axis] ?? [];
    return before && after ? total(size, before, after) : unknownQuantity('its padding is not known');
  });
  return call.give({ ...tensor.type, shape: shapeOf(axes) });
};

const names = (meaning: Meaning, ...spellings: readonly string[]): Readonly<Record<string, Meaning>> =>
  Object.fromEntries(spellings.map((name) => [name, meaning]));

const meanings: Readonly<Record<string, Meaning>> = {
  ...names(alongAxis, 'softmax', 'log_softmax'),
  ...names(
    same,
    'exp',
    'log',
    'log1p',
    'expm1',
    'tanh',
    'sigmoid',
    'relu',
    'relu6',
    'leaky_relu',
    'elu',
    'selu',
    'gelu',
    'silu',
    'swish',
    'softplus',
    'softsign',
    'hard_sigmoid',
    'abs',
    'square',
    'sqrt',
    'rsqrt',
    'negative',
    'sign',
    'round',
    'floor',
    'ceil',
    'sin',
    'cos',
    'cast',
    'identity',
    'stop_gradient',
    'clip',
    'clip_by_value',
    'dropout',
    'linear',
    'l2_normalize',
    'normalize',
    'zeros_like',
    'ones_like',
    'reverse',
    'flip',
    'roll',
    'cumsum',
    'cumprod',
    'logical_not',
    'convert_to_tensor',
    'ensure_shape',
    'print_tensor',
    'in_train_phase',
    'reciprocal',
    'exponential',
    'bias_add',
  ),
  ...names(
    elementwise,
    'add',
    'subtract',
    'multiply',
    'divide',
    'divide_no_nan',
    'pow',
    'power',
    'maximum',
    'minimum',
    'equal',
    'not_equal',
    'greater',
    'greater_equal',
    'less',
    'less_equal',
    'logical_and',
    'logical_or',
    'logical_xor',
    'where',
    'mod',
    'floormod',
    'squared_difference',
    'switch',
  ),
  ...names(
    reduction,
    'sum',
    'mean',
    'max',
    'min',
    'prod',
    'any',
    'all',
    'std',
    'var',
    'logsumexp',
    'reduce_sum',
    'reduce_mean',
    'reduce_max',
    'reduce_min',
    'reduce_prod',
    'reduce_any',
    'reduce_all',
    'reduce_std',
    'reduce_variance',
    'reduce_logsumexp',
    'amax',
    'amin',
    'norm',
  ),
  ...names(argument, 'argmax', 'argmin'),
  ...names(concatenate, 'concat', 'concatenate'),
  ...names(matrixProduct, 'matmul'),
  ...names(transpose, 'transpose', 'permute_dimensions'),
  ...names(repeat, 'repeat', 'repeat_elements'),
  ...names(flatten, 'batch_flatten'),
  ...names(made, 'zeros', 'ones', 'normal', 'uniform', 'truncated_normal', 'random_normal', 'random_uniform'),
  ...names(counted, 'range', 'arange'),
  ...names(shape, 'shape', 'int_shape'),
  ...names(rank, 'ndim', 'rank'),
  ...names(gather, 'gather', 'embedding_lookup', 'take'),
  expand_dims: expandDims,
  squeeze,
  stack,
  split,
  unstack,
  reshape,
  dot,
  tensordot,
  einsum,
  one_hot: oneHot,
  constant: stated,
  tile,
  pad: padded,
};

/** Functions that make tensors of what is none. */
const makers: ReadonlySet<Meaning> = new Set([made, counted, oneHot, stated]);

/** Paths under which these functions are found. */
const homes =
  /^(?:keras\.(?:ops|backend|activations|random)(?:\.numpy|\.nn)?|tensorflow(?:\.(?:math|nn|linalg|random|compat\.v1|compat\.v2))*)\.(\w+)$/;

/** The result of a function of tensors; undefined for what is none, or is given none. */
export function kerasFunction(
  trace: KerasTrace,
  path: string,
  parameters: CallArguments,
  site: CallSite,
): Value | undefined {
  const name = homes.exec(path)?.[1];
  if (name === undefined || parameters.isOpen) return undefined;
  const meaning = Object.hasOwn(meanings, name) ? meanings[name] : undefined;
  const call = new FunctionCall(trace, name, parameters, site);
  const isMaker = meaning !== undefined && makers.has(meaning);
  if (call.tensors.length === 0 && !isMaker) return constantFunction(trace, name, parameters);
  return meaning?.(call) ?? (call.tensors.length > 0 && !/^[A-Z]/.test(name) ? call.unknown() : undefined);
}

/** Functions of plain numbers that sizes pass through. */
function constantFunction(trace: KerasTrace, name: string, { positional: [value] }: CallArguments): Value | undefined {
  if (name === 'epsilon') return { kind: 'float', value: 1e-7 };
  if (name === 'image_data_format') {
    return trace.settings.get('data_format') ?? { kind: 'string', value: 'channels_last' };
  }
  if (name === 'floatx') return { kind: 'string', value: 'float32' };
  return name === 'cast' ? value : undefined;
}
