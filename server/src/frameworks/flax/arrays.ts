/** The part of `jax.numpy`, `jax.nn` and `jax.random` that shapes pass through. */
import { constant } from '../../../../model/expression';
import type { Quantity, TensorType } from '../../../../model/graph';
import { asNumber, builtin, type CallArguments, type CallSite, integer, type Value } from '../../evaluate/values';
import { LibraryArguments, sizeOf, sizesOf } from '../arguments';
import { axisPosition, floatTensor, lastAxis, shapeOf, total, unknownTensor } from '../shapes';
import { shapeValue, type TensorDialect, TensorValue } from '../tensor';
import { type FlaxTrace, reshaped, tensorOf } from './layers';

export const flaxDialect: TensorDialect = {
  attribute: (tensor, name) => {
    switch (name) {
      case 'shape':
        return tensor.type.shape.kind === 'unknown' ? new OpenShape(tensor.type) : shapeValue(tensor);
      case 'ndim':
        return tensor.axes === undefined ? undefined : integer(constant(tensor.axes.length));
      case 'T':
        return tensor.axes === undefined ? undefined : tensor.withType(floatTensor(tensor.axes.toReversed()));
      case 'astype':
        return builtin(name, () => tensor);
      case 'reshape':
        return builtin(name, ({ positional }, site) => {
          const [first] = positional;
          const shape =
            positional.length === 1 && first !== undefined ? first : { kind: 'tuple' as const, items: positional };
          return reshape(tensor, shape, site);
        });
      case 'mean':
      case 'sum':
      case 'max':
      case 'min':
        return builtin(name, (given, site) => reduced(name, tensor, new LibraryArguments(['axis'], given, site), site));
      case 'size':
        return undefined;
      default:
        return undefined;
    }
  },
};

/** The shape of a tensor of which only the last axis may be known. */
class OpenShape {
  readonly kind = 'foreign';
  readonly description = 'shape';

  constructor(private readonly type: TensorType) {}

  attribute(): undefined {
    return undefined;
  }

  index([index]: readonly Value[], site: CallSite): Value {
    const last = lastAxis(this.type);
    if (asNumber(index) === -1 && last.kind === 'known') return integer(last.value);
    return {
      kind: 'unknown',
      because: this.type.shape.kind === 'unknown' ? this.type.shape.because : 'a shape',
      name: null,
      location: site.machine.locate(site.span),
    };
  }
}

const constructors: ReadonlySet<string> = new Set(['ones', 'zeros', 'empty', 'full']);
const sampled: ReadonlySet<string> = new Set(['normal', 'uniform', 'randint', 'truncated_normal', 'bernoulli']);
const elementwise: ReadonlySet<string> = new Set([
  ...['relu', 'gelu', 'tanh', 'sigmoid', 'elu', 'selu', 'silu', 'swish', 'leaky_relu'],
  ...['softplus', 'hard_sigmoid', 'hard_tanh', 'exp', 'log', 'sqrt', 'abs', 'square', 'asarray', 'array', 'flip'],
]);
const reductions: ReadonlySet<string> = new Set(['mean', 'sum', 'max', 'min', 'argmax', 'prod']);

/** The result of a function of arrays; undefined for one that is not described here. */
export function arrayFunction(
  trace: FlaxTrace,
  path: string,
  parameters: CallArguments,
  site: CallSite,
): Value | undefined {
  const name = path.slice(path.lastIndexOf('.') + 1);
  const isRandom = path.startsWith('jax.random.');
  if (isRandom ? sampled.has(name) : constructors.has(name)) {
    const given = new LibraryArguments(isRandom ? ['key', 'shape'] : ['shape'], parameters, site);
    const shape = given.get('shape');
    const sizes = sizesOf(shape, site) ?? (shape?.kind === 'integer' ? [sizeOf(shape, site)] : undefined);
    if (sizes === undefined) return undefined;
    const isWhole = name === 'randint' || /int/.test(dtypeOf(given));
    return trace.recorder.constant({ shape: shapeOf(sizes), element: isWhole ? 'integer' : 'float' });
  }
  const [first] = parameters.positional;
  if (name === 'concatenate' || name === 'stack') return joined(trace, name, parameters, site);
  if (!(first instanceof TensorValue)) return undefined;
  if (name === 'softmax' || name === 'log_softmax') {
    const axis = new LibraryArguments(['x', 'axis'], parameters, site).number('axis', -1);
    return trace.recorder.apply(name, [first], first.type, site, axis);
  }
  if (elementwise.has(name)) return trace.recorder.apply(name, [first], first.type, site);
  if (reductions.has(name)) return reduced(name, first, new LibraryArguments(['a', 'axis'], parameters, site), site);
  switch (name) {
    case 'reshape':
      return parameters.positional[1] === undefined ? undefined : reshape(first, parameters.positional[1], site);
    case 'swapaxes': {
      const [a, b] = parameters.positional.slice(1).map(asNumber);
      const { axes } = first;
      const positions = [a, b].map((axis) =>
        axis === undefined || !axes ? undefined : axisPosition(axis, axes.length),
      );
      const [left, right] = positions;
      const [one, other] = [left, right].map((position) => (position === undefined ? undefined : axes?.[position]));
      if (!axes || left === undefined || right === undefined || !one || !other) return undefined;
      const order = axes.map((_, axis) => (axis === left ? right : axis === right ? left : axis));
      const type = floatTensor(axes.with(left, other).with(right, one));
      return trace.recorder.apply('permute', [first], type, site, null, { order });
    }
    case 'one_hot': {
      const classes = new LibraryArguments(['x', 'num_classes'], parameters, site).size('num_classes');
      const type: TensorType = first.axes
        ? floatTensor([...first.axes, classes])
        : { shape: { kind: 'unknown', because: 'a shape that is not known', last: classes }, element: 'float' };
      return trace.recorder.apply(name, [first], type, site);
    }
    default:
      return undefined;
  }
}

function dtypeOf(given: LibraryArguments): string {
  const dtype = given.get('dtype');
  return dtype?.kind === 'library' ? dtype.path : dtype?.kind === 'string' ? dtype.value : '';
}

function reshape(tensor: TensorValue, shape: Value, site: CallSite): Value {
  const items = shape.kind === 'tuple' || shape.kind === 'list' ? shape.items : [shape];
  const open = items.findIndex((item) => asNumber(item) === -1);
  const sizes = items.map((item): Quantity => sizeOf(item, site));
  const type = reshaped(sizes, open === -1 ? undefined : open, tensor.type);
  return tensor.recorder.apply('reshape', [tensor], type, site);
}

function reduced(name: string, tensor: TensorValue, given: LibraryArguments, site: CallSite): Value {
  const axis = given.isNone('axis') ? null : given.number('axis', 0);
  const { axes } = tensor;
  const position = axis === null || axes === undefined ? undefined : axisPosition(axis, axes.length);
  const type =
    axes === undefined || position === undefined || given.has('keepdims')
      ? unknownTensor('an axis that is not known is reduced')
      : floatTensor(axes.filter((_, index) => index !== position));
  return tensor.recorder.apply(name, [tensor], type, site, axis);
}

function joined(trace: FlaxTrace, name: string, parameters: CallArguments, site: CallSite): Value | undefined {
  const given = new LibraryArguments(['arrays', 'axis'], parameters, site);
  const items = given.get('arrays');
  const tensors = (items === undefined ? undefined : site.machine.itemsOf(items))?.map((item) => tensorOf(trace, item));
  const axis = given.number('axis', 0);
  const [first] = tensors ?? [];
  if (tensors === undefined || first === undefined || name === 'stack') return undefined;
  const rank = first.axes?.length;
  const position = axis === null || rank === undefined ? undefined : axisPosition(axis, rank);
  const sizes = tensors.map((tensor) => (position === undefined ? undefined : tensor.axes?.[position]));
  const known = sizes.filter((size) => size !== undefined);
  let type = unknownTensor('tensors are joined whose shapes are not known');
  if (first.axes !== undefined && position !== undefined && known.length === tensors.length) {
    type = floatTensor(first.axes.with(position, total(...known)));
  } else if (axis === -1) {
    const last = total(...tensors.map((tensor) => lastAxis(tensor.type)));
    type = {
      shape: { kind: 'unknown', because: 'tensors are joined whose shapes are not known', last },
      element: 'float',
    };
  }
  return trace.recorder.apply('concatenate', tensors, type, site, axis);
}
