/** The methods and functions of PyTorch tensors that model code uses. */
import { integerOf } from '../../../../model/expression';
import {
  type FunctionDetails,
  type Quantity,
  type TensorType,
  unknown as unknownQuantity,
} from '../../../../model/graph';
import {
  asNumber,
  builtin,
  type CallArguments,
  type CallSite,
  type ForeignValue,
  none,
  tuple,
  unknown,
  type Value,
} from '../../evaluate/values';
import { fromQuantity, LibraryArguments, sizesOf } from '../arguments';
import { axisPosition, floatTensor, shapeOf, unknownTensor } from '../shapes';
import { axisValue, multiplied, shapeValue, type TensorDialect, TensorValue } from '../tensor';
import { expectRank } from './axes';
import { createdType } from './creation';
import { summed } from './einsum';
import {
  combined,
  concatenated,
  expanded,
  flattened,
  givenSizes,
  mostPieces,
  padded,
  permuted,
  piece,
  pieces,
  projected,
  reduced,
  repeated,
  reshaped,
  splitSizes,
  squeezed,
  stacked,
  transposed,
  unsqueezed,
  withoutAxis,
} from './shaping';
import { asTensor, PackedSequence, type TorchTrace } from './trace';

/** An operation on a tensor: the same whether written `x.f(…)` or `torch.f(x, …)`. */
type Operation = (tensor: TensorValue, given: LibraryArguments, rest: readonly Value[], site: CallSite) => Value;

function shaping(
  name: string,
  type: (tensor: TensorValue, given: LibraryArguments, rest: readonly Value[], site: CallSite) => TensorType,
  axis?: (given: LibraryArguments) => number | null,
): Operation {
  return (tensor, given, rest, site) =>
    tensor.recorder.apply(name, [tensor], type(tensor, given, rest, site), site, axis?.(given) ?? null);
}

/** Its axes in another order, as far as that is known. */
function reordered(
  tensor: TensorValue,
  type: TensorType,
  order: readonly (number | undefined)[],
  site: CallSite,
): TensorValue {
  const known = order.filter((axis) => axis !== undefined);
  const details = known.length < order.length ? {} : { order: known };
  return tensor.recorder.apply('permute', [tensor], type, site, null, details);
}

/** Two of its axes in each other's places. */
function swapped(
  tensor: TensorValue,
  first: number | undefined,
  second: number | undefined,
  site: CallSite,
): TensorValue {
  const type = transposed(tensor, first, second);
  const { axes } = tensor;
  if (first === undefined || second === undefined) return tensor.recorder.apply('permute', [tensor], type, site);
  if (axes === undefined) {
    return tensor.recorder.apply('permute', [tensor], type, site, null, { swapped: [first, second] });
  }
  const [one, other] = [axisPosition(first, axes.length), axisPosition(second, axes.length)];
  const order = axes.map((_, axis) => (axis === one ? other : axis === other ? one : axis));
  return reordered(tensor, type, order, site);
}

/** The axis that one is added at or taken away from. */
const axisGiven = (given: LibraryArguments): number | null => asNumber(given.get('dim')) ?? null;

const dropout: Operation = (tensor, given, _rest, site) => {
  const rate = given.number('p', 0.5);
  return tensor.recorder.apply('dropout', [tensor], tensor.type, site, null, rate === null ? {} : { operand: rate });
};

const same = (name: string): Operation => shaping(name, (tensor) => tensor.type);

/** What changes neither shape nor meaning leaves no trace in the flow. */
const transparent: Operation = (tensor) => tensor;

const reduction = (name: string): Operation =>
  shaping(
    name,
    (tensor, given) => reduced(tensor, given.get('dim'), given.flag('keepdim', false) === true),
    (given) => given.number('dim', 0),
  );

/** `max` and `min` along an axis give values and positions. */
const extremeWithPositions =
  (name: string): Operation =>
  (tensor, given, rest, site) => {
    const value = reduction(name)(tensor, given, rest, site);
    if (!given.has('dim')) return value;
    const positions = value instanceof TensorValue ? value.withType({ ...value.type, element: 'integer' }) : value;
    return tuple([value, positions]);
  };

/** Positional parameters after the tensor itself, and the operation. */
const operations: Readonly<Record<string, readonly [readonly string[], Operation]>> = {
  ...Object.fromEntries(
    [
      'contiguous',
      'to',
      'cuda',
      'cpu',
      'float',
      'double',
      'half',
      'type',
      'type_as',
      'clone',
      'requires_grad_',

      'bfloat16',
    ].map((name) => [name, [[], transparent]]),
  ),
  detach: [[], same('detach')],
  long: [[], (tensor) => tensor.withType({ ...tensor.type, element: 'integer' })],
  int: [[], (tensor) => tensor.withType({ ...tensor.type, element: 'integer' })],
  ...Object.fromEntries(
    [
      'relu',
      'tanh',
      'sigmoid',
      'gelu',
      'leaky_relu',
      'elu',
      'selu',
      'silu',
      'softplus',
      'exp',
      'log',
      'abs',
      'sqrt',
      'neg',
      'masked_fill',
      'masked_fill_',
      'clamp',
      'pow',
      'relu_',
      'tanh_',
      'sigmoid_',
      'normal_',
      'uniform_',
      'zero_',
      'fill_',
      'square',
      'sign',
      'sin',
      'cos',
      'round',
      'log1p',
      'normalize',
      'layer_norm',
      'flip',
      'roll',
      'cumsum',
    ].map((name) => [name, [[], same(name.replace(/_$/, ''))]]),
  ),
  dropout: [['p', 'training', 'inplace'], dropout],
  softmax: [
    ['dim'],
    shaping(
      'softmax',
      (tensor) => tensor.type,
      (given) => given.number('dim', -1),
    ),
  ],
  log_softmax: [
    ['dim'],
    shaping(
      'log_softmax',
      (tensor) => tensor.type,
      (given) => given.number('dim', -1),
    ),
  ],
  ...Object.fromEntries(
    ['mean', 'sum', 'std', 'var', 'norm', 'argmax', 'argmin', 'logsumexp', 'prod', 'all', 'any'].map((name) => [
      name,
      [['dim', 'keepdim'], reduction(name)],
    ]),
  ),
  max: [['dim', 'keepdim'], extremeWithPositions('max')],
  min: [['dim', 'keepdim'], extremeWithPositions('min')],
  view: [[], shaping('reshape', (tensor, _given, rest, site) => reshaped(tensor, givenSizes(rest, site)))],
  reshape: [[], shaping('reshape', (tensor, _given, rest, site) => reshaped(tensor, givenSizes(rest, site)))],
  flatten: [
    ['start_dim', 'end_dim'],
    shaping('flatten', (tensor, given) => flattened(tensor, given.number('start_dim', 0), given.number('end_dim', -1))),
  ],
  permute: [
    [],
    (tensor, _given, rest, site) => {
      const [first] = rest;
      const order = first?.kind === 'tuple' || first?.kind === 'list' ? first.items : rest;
      const ranked = expectRank(tensor, order.length);
      const positions = order.map((axis) => axisPosition(asNumber(axis) ?? Number.NaN, order.length));
      return reordered(ranked, permuted(ranked, order), positions, site);
    },
  ],
  transpose: [
    ['dim0', 'dim1'],
    (tensor, given, _rest, site) => {
      const [first, second] = [asNumber(given.get('dim0')), asNumber(given.get('dim1'))];
      return swapped(tensor, first, second, site);
    },
  ],
  t: [[], (tensor, _given, _rest, site) => swapped(tensor, 0, 1, site)],
  squeeze: [
    ['dim'],
    shaping(
      'squeeze',
      (tensor, given) => squeezed(tensor, given.has('dim') ? asNumber(given.get('dim')) : null),
      axisGiven,
    ),
  ],
  unsqueeze: [
    ['dim'],
    shaping('unsqueeze', (tensor, given) => unsqueezed(tensor, asNumber(given.get('dim'))), axisGiven),
  ],
  expand: [[], shaping('expand', (tensor, _given, rest, site) => expanded(tensor, givenSizes(rest, site)))],
  repeat: [[], shaping('repeat', (tensor, _given, rest, site) => repeated(tensor, givenSizes(rest, site)))],
  chunk: [
    ['chunks', 'dim'],
    (tensor, given, _rest, site) => {
      const parts = asNumber(given.get('chunks'));
      if (parts === undefined || parts < 1 || parts > 64)
        return unknown('a tensor cut in a number of pieces that is not known');
      const type = piece(tensor, parts, asNumber(given.get('dim')) ?? 0);
      return tuple(Array.from({ length: parts }, () => tensor.recorder.apply('chunk', [tensor], type, site)));
    },
  ],
  split: [
    ['split_size', 'dim'],
    (tensor, given, _rest, site) => {
      const axis = given.has('dim') ? asNumber(given.get('dim')) : 0;
      const size = given.get('split_size');
      const length = asNumber(size);
      const sizes =
        length !== undefined
          ? splitSizes(tensor, length, axis)
          : size?.kind === 'list' || size?.kind === 'tuple'
            ? sizesOf(size, site)
            : undefined;
      const types = sizes === undefined ? undefined : pieces(tensor, sizes, axis);
      return cut('split', tensor, types, site);
    },
  ],
  unbind: [
    ['dim'],
    (tensor, given, _rest, site) => {
      const axis = given.has('dim') ? asNumber(given.get('dim')) : 0;
      const whole = axis === undefined || tensor.axes === undefined ? undefined : tensor.axes.at(axis);
      const count = whole?.kind === 'known' ? integerOf(whole.value) : undefined;
      const isFew = count !== undefined && count <= mostPieces;
      const types = isFew ? Array.from({ length: count }, () => withoutAxis(tensor, axis)) : undefined;
      return cut('unbind', tensor, types, site);
    },
  ],
  select: [['dim', 'index'], shaping('select', (tensor, given) => withoutAxis(tensor, asNumber(given.get('dim'))))],
  pad: [['pad'], shaping('pad', (tensor, given, _rest, site) => padded(tensor, sizesGiven(given.get('pad'), site)))],
  linear: [['weight', 'bias'], shaping('linear', (tensor, given) => projected(tensor, given.get('weight')))],
  matmul: [['other'], product('matmul')],
  bmm: [['mat2'], product('matmul')],
  mm: [['mat2'], product('matmul')],
  add: [['other'], elementwise('add')],
  mul: [['other'], elementwise('multiply')],
  sub: [['other'], elementwise('subtract')],
  div: [['other'], elementwise('divide')],
};

function sizesGiven(value: Value | undefined, site: CallSite): readonly Quantity[] | undefined {
  return value?.kind === 'list' || value?.kind === 'tuple' ? sizesOf(value, site) : undefined;
}

/** The pieces a tensor is cut into, each an operation of its own. */
function cut(name: string, tensor: TensorValue, types: readonly TensorType[] | undefined, site: CallSite): Value {
  if (types === undefined) return unknown('a tensor cut in pieces of which it is not known how many they are');
  return tuple(types.map((type) => tensor.recorder.apply(name, [tensor], type, site)));
}

function product(name: string): Operation {
  return (tensor, _given, [other], site) =>
    other instanceof TensorValue
      ? tensor.recorder.apply(name, [tensor, other], multiplied(tensor, other), site)
      : tensor.recorder.apply(name, [tensor], unknownTensor('it is multiplied by something not known'), site);
}

function elementwise(name: string): Operation {
  return (tensor, _given, [other], site) =>
    other instanceof TensorValue
      ? tensor.recorder.apply(name, [tensor, other], combined(tensor, other), site)
      : tensor.recorder.apply(name, [tensor], tensor.type, site, null, operandOf(other));
}

function operandOf(other: Value | undefined): FunctionDetails {
  const operand = asNumber(other);
  return operand === undefined ? {} : { operand };
}

export const torchDialect: TensorDialect = {
  attribute: (tensor, name, site) => {
    const entry = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (entry !== undefined) {
      const [signature, operation] = entry;
      return builtin(name, (parameters, at) =>
        operation(tensor, new LibraryArguments(signature, parameters, at), parameters.positional, at),
      );
    }
    switch (name) {
      case 'shape':
        return tensor.axes === undefined ? new OpenShape(tensor) : shapeValue(tensor);
      case 'size':
        return builtin('size', ({ positional: [axis] }) => {
          if (axis !== undefined) return axisValue(tensor, axis);
          return tensor.axes === undefined ? new OpenShape(tensor) : shapeValue(tensor);
        });
      case 'dim':
        return builtin('dim', () =>
          tensor.axes === undefined ? unknown('the number of axes is not known') : fromQuantity(rankOf(tensor)),
        );
      case 'ndim':
        return tensor.axes === undefined ? undefined : fromQuantity(rankOf(tensor));
      case 'T':
      case 'mT':
        return swapped(tensor, -1, -2, site);
      case 'data':
        return tensor;
      case 'device':
      case 'dtype':
      case 'is_cuda':
        return unknown(`${name} of a tensor`);
      case 'item':
        return builtin('item', () => unknown('a number that is only known when it runs'));
      case 'new_zeros':
      case 'new_ones':
        return builtin(name, ({ positional }, at) => created(tensor.recorder, givenSizes(positional, at)));
      case 'new':
        return builtin(name, () => none);
      default:
        // Another method: a tensor comes out of it, of what shape is not known.
        return builtin(name, (_parameters, at) =>
          tensor.recorder.apply(name, [tensor], unknownTensor(`what ${name} does to a shape is not followed`), at),
        );
    }
  },
};

function rankOf(tensor: TensorValue): Quantity {
  const rank = tensor.axes?.length;
  return rank === undefined
    ? unknownQuantity('the number of axes is not known')
    : { kind: 'known', value: { terms: rank === 0 ? [] : [{ coefficient: rank, factors: [] }] } };
}

/** The shape of a tensor of which not even the number of axes is known: taking it apart tells. */
class OpenShape implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'shape';

  constructor(private readonly tensor: TensorValue) {}

  attribute(): Value | undefined {
    return undefined;
  }

  index(): Value {
    return unknown('the size of an axis that is not known');
  }

  unpack(count: number): readonly Value[] | undefined {
    const ranked = expectRank(this.tensor, count);
    return ranked.axes?.length === count ? ranked.axes.map(fromQuantity) : undefined;
  }
}

function created(recorder: TensorValue['recorder'], sizes: readonly Quantity[] | undefined): TensorValue {
  return recorder.constant(
    sizes === undefined
      ? unknownTensor('it is created with sizes that are not known')
      : { shape: shapeOf(sizes), element: 'float' },
  );
}

const likeCreators: ReadonlySet<string> = new Set(['zeros_like', 'ones_like', 'randn_like', 'rand_like', 'empty_like']);

/** The result of `torch.<name>(…)` or `torch.nn.functional.<name>(…)`; undefined when it is not followed. */
export function torchFunction(
  trace: TorchTrace,
  name: string,
  parameters: CallArguments,
  site: CallSite,
): Value | undefined {
  const { positional, keywords } = parameters;
  const [first, ...rest] = positional;
  const type = createdType(name, parameters, site);
  if (type !== undefined) return trace.recorder.constant(type);
  if (likeCreators.has(name) && first instanceof TensorValue) return trace.recorder.constant(first.type);
  switch (name) {
    case 'cat':
    case 'concat':
    case 'concatenate':
    case 'stack': {
      const tensors = first === undefined ? undefined : site.machine.itemsOf(first);
      if (tensors === undefined)
        return trace.recorder.constant(unknownTensor('tensors are joined that are not all known'));
      const parts = tensors.map((tensor) => asTensor(trace, tensor, 'one of the joined tensors is not followed'));
      const axis = asNumber(rest[0] ?? keywords.get('dim') ?? keywords.get('axis')) ?? 0;
      const type = name === 'stack' ? stacked(parts, axis) : concatenated(parts, axis);
      return trace.recorder.apply(name === 'stack' ? 'stack' : 'concatenate', parts, type, site, axis);
    }
    case 'einsum': {
      const [equation, ...operands] = positional;
      const tensors = operands.map((operand) => asTensor(trace, operand, 'one of the summed tensors is not followed'));
      const type =
        equation?.kind === 'string'
          ? summed(equation.value, tensors)
          : unknownTensor('a summation that is not followed');
      const details = equation?.kind === 'string' ? { equation: equation.value } : {};
      return trace.recorder.apply('einsum', tensors, type, site, null, details);
    }
    case 'scaled_dot_product_attention': {
      const given = ['query', 'key', 'value'].map((parameter, index) => positional[index] ?? keywords.get(parameter));
      const [query, key, value] = given.map((each) => asTensor(trace, each, 'what it attends to is not followed'));
      if (query === undefined || key === undefined || value === undefined) return undefined;
      const width = value.axes?.at(-1);
      const type =
        query.axes === undefined || width === undefined
          ? unknownTensor('the shapes that are attended to are not known')
          : floatTensor([...query.axes.slice(0, -1), width]);
      return trace.recorder.apply(name, [query, key, value], type, site);
    }
    case 'device':
      return { ...unknown('a device'), mayBeModule: false };
    default:
  }
  if (!(first instanceof TensorValue)) return undefined;
  const entry = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (entry !== undefined) {
    const [signature, operation] = entry;
    const given = new LibraryArguments(signature, { ...parameters, positional: rest }, site);
    return operation(first, given, rest, site);
  }
  return trace.recorder.apply(name, [first], unknownTensor(`what ${name} does to a shape is not followed`), site);
}

/** `torch.nn.utils.rnn`: packing keeps the padded tensor, whose sizes are the upper bounds. */
export function packing(trace: TorchTrace, name: string, parameters: CallArguments, site: CallSite): Value | undefined {
  const [first] = parameters.positional;
  switch (name) {
    case 'pack_padded_sequence': {
      const given = new LibraryArguments(['input', 'lengths', 'batch_first', 'enforce_sorted'], parameters, site);
      const input = asTensor(trace, given.get('input'), 'its input is not followed');
      const isBatchFirst = given.flag('batch_first', false) === true;
      const type = isBatchFirst ? input.type : transposed(input, 0, 1);
      return new PackedSequence(trace.recorder.apply('pack_padded_sequence', [input], type, site));
    }
    case 'pad_packed_sequence': {
      const given = new LibraryArguments(
        ['sequence', 'batch_first', 'padding_value', 'total_length'],
        parameters,
        site,
      );
      const padded = asTensor(trace, first ?? given.get('sequence'), 'its input is not followed');
      const isBatchFirst = given.flag('batch_first', false) === true;
      const type = isBatchFirst ? padded.type : transposed(padded, 0, 1);
      const lengths = trace.recorder.constant({ shape: { kind: 'unknown', because: 'lengths' }, element: 'integer' });
      return tuple([trace.recorder.apply('pad_packed_sequence', [padded], type, site), lengths]);
    }
    case 'pad_sequence':
      return trace.recorder.constant(unknownTensor('sequences of different lengths are padded'));
    default:
      return undefined;
  }
}
