/** Functions that create tensors: `torch.zeros(…)`, `torch.eye(…)`, `torch.tensor([…])`. */
import type { Quantity, TensorType } from '../../../../model/graph';
import { asNumber, type CallArguments, type CallSite, type Value } from '../../evaluate/values';
import { LibraryArguments, sizesOf } from '../arguments';
import { exactly, floatTensor, shapeOf, unknownTensor } from '../shapes';
import { arrayOf } from '../standard/arrays';
import { TensorValue } from '../tensor';
import { givenSizes } from './shaping';

/** Functions that take the sizes one by one or together. */
const ofSizes: ReadonlySet<string> = new Set(['zeros', 'ones', 'randn', 'rand', 'empty']);
/** Classes whose constructors take sizes or data. */
const classes: ReadonlySet<string> = new Set(['Tensor', 'FloatTensor', 'DoubleTensor', 'HalfTensor', 'LongTensor']);

const open = unknownTensor('a tensor made from data');

/** The type of the tensor that `torch.<name>(…)` creates; undefined for what creates none. */
export function createdType(name: string, parameters: CallArguments, site: CallSite): TensorType | undefined {
  const { positional, keywords } = parameters;
  const [first] = positional;
  if (ofSizes.has(name)) {
    const size = keywords.get('size');
    return ofGiven(size === undefined ? givenSizes(positional, site) : sizesOf(size, site));
  }
  if (classes.has(name)) {
    const areSizes = positional.length > 0 && positional.every(({ kind }) => kind === 'integer' || kind === 'unknown');
    const isOneUnknown = positional.length === 1 && first?.kind === 'unknown';
    if (areSizes && !isOneUnknown) return ofGiven(givenSizes(positional, site));
    return first === undefined ? open : ofData(first, name === 'LongTensor' ? 'integer' : 'float');
  }
  switch (name) {
    case 'tensor':
    case 'as_tensor':
    case 'from_numpy': {
      const data = first ?? keywords.get('data');
      return data === undefined ? open : ofData(data, 'unknown');
    }
    case 'full': {
      const size = first ?? keywords.get('size');
      return ofGiven(size && sizesOf(size, site));
    }
    case 'normal': {
      const size = positional[2] ?? keywords.get('size');
      return ofGiven(size && sizesOf(size, site));
    }
    case 'eye': {
      const given = new LibraryArguments(['n', 'm'], parameters, site);
      const rows = given.size('n');
      return floatTensor([rows, given.has('m') ? given.size('m') : rows]);
    }
    case 'linspace':
    case 'logspace':
      return floatTensor([new LibraryArguments(['start', 'end', 'steps'], parameters, site).size('steps')]);
    case 'arange':
      return range(parameters);
    default:
      return undefined;
  }
}

function ofGiven(sizes: readonly Quantity[] | undefined): TensorType {
  return sizes === undefined ? unknownTensor('it is created with sizes that are not known') : floatTensor(sizes);
}

function ofData(data: Value, element: TensorType['element']): TensorType {
  const isScalar = data.kind === 'integer' || data.kind === 'float' || data.kind === 'boolean';
  const axes = isScalar ? [] : data instanceof TensorValue ? data.axes : arrayOf(data)?.axes;
  return axes === undefined ? open : { shape: shapeOf(axes), element };
}

/** `arange(end)`, `arange(start, end, step)`: as many numbers as there are steps before the end. */
function range({ positional, keywords, isOpen }: CallArguments): TensorType {
  const numbers = positional.map(asNumber);
  const isPlain = !isOpen && !['start', 'end', 'step'].some((name) => keywords.has(name));
  if (!isPlain || numbers.length === 0 || numbers.length > 3 || numbers.includes(undefined)) return open;
  const [first = 0, second, step = 1] = numbers;
  const [start, end] = second === undefined ? [0, first] : [first, second];
  const length = Math.ceil((end - start) / step);
  return Number.isFinite(length) ? { shape: shapeOf([exactly(Math.max(0, length))]), element: 'unknown' } : open;
}
