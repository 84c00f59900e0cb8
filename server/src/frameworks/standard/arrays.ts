/** NumPy's arrays by their shapes: made, computed with, cut and reshaped; what they hold is not followed. */
import { constant, integerOf } from '../../../../model/expression';
import type { Quantity } from '../../../../model/graph';
import {
  asNumber,
  builtin,
  type CallArguments,
  type CallSite,
  type ForeignValue,
  integer,
  none,
  tuple,
  unknown,
  type Value,
} from '../../evaluate/values';
import { fromQuantity, LibraryArguments, sizeOf, sizesOf } from '../arguments';
import { axisPosition, broadcast, difference, exactly, isSameSize, product, quotient } from '../shapes';

export class ArrayValue implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'array';

  private readonly state: { value: readonly Quantity[] };

  constructor(axes: readonly Quantity[]) {
    this.state = { value: axes };
  }

  get axes(): readonly Quantity[] {
    return this.state.value;
  }

  /** `array.shape = (2, 3)`; no other attribute says anything of it. */
  setAttribute(name: string, value: Value, site: CallSite): void {
    if (name === 'shape') this.takeShape(value, site);
  }

  private takeShape(shape: Value, site: CallSite): void {
    const open = { kind: 'unknown', because: 'the array takes another shape' } as const;
    const axes = this.reshaped(shape, site)?.axes ?? this.axes.map(() => open);
    site.machine.heap.setState(this.state, axes, (states) => {
      const [first = []] = states;
      const isSame = states.every(
        (state) => state.length === first.length && state.every((axis, at) => isSameSize(axis, first[at] ?? open)),
      );
      return isSame ? first : first.map(() => open);
    });
  }

  attribute(name: string): Value | undefined {
    switch (name) {
      case 'shape':
        return tuple(this.axes.map(fromQuantity));
      case 'ndim':
        return integer(constant(this.axes.length));
      case 'size':
        return fromQuantity(product(...this.axes));
      case 'T':
        return new ArrayValue(this.axes.toReversed());
      case 'reshape':
        return builtin(name, ({ positional, keywords, isOpen }, site) => {
          const [first] = positional;
          const shape = positional.length === 1 && first !== undefined ? first : tuple(positional);
          return (isOpen || keywords.size > 0 ? undefined : this.reshaped(shape, site)) ?? notFollowed(name, site);
        });
      case 'resize':
        return builtin(name, ({ positional }, site) => {
          const [first] = positional;
          this.takeShape(positional.length === 1 && first !== undefined ? first : tuple(positional), site);
          return none;
        });
      case 'flatten':
      case 'ravel':
        return builtin(name, () => new ArrayValue([product(...this.axes)]));
      case 'transpose':
        return builtin(name, ({ positional }, site) =>
          positional.length === 0 ? new ArrayValue(this.axes.toReversed()) : notFollowed(name, site),
        );
      default:
        if (elementwiseMethods.has(name)) return builtin(name, () => new ArrayValue(this.axes));
        return builtin(name, (_parameters, site) => notFollowed(name, site));
    }
  }

  index(indices: readonly Value[], site: CallSite): Value {
    const axes: Quantity[] = [];
    const open = indices.findIndex(({ kind }) => kind === 'ellipsis');
    const consumed = indices.filter(({ kind }) => kind !== 'none' && kind !== 'ellipsis').length;
    let position = 0;
    for (const [place, index] of indices.entries()) {
      const axis = this.axes[position];
      if (place === open) {
        const skipped = this.axes.length - consumed;
        axes.push(...this.axes.slice(position, position + skipped));
        position += skipped;
      } else if (index.kind === 'none') axes.push(exactly(1));
      else if (axis === undefined) return notFollowed('an index', site);
      else {
        position += 1;
        if (index.kind === 'integer') continue;
        const size = index.kind === 'slice' ? cut(axis, index.lower, index.upper, index.step) : undefined;
        if (size === undefined) return notFollowed('an index', site);
        axes.push(size);
      }
    }
    const rest = this.axes.slice(position);
    return axes.length + rest.length === 0 ? notFollowed('an entry', site) : new ArrayValue([...axes, ...rest]);
  }

  binary(operator: string, other: Value, _isReflected: boolean, site: CallSite): Value {
    if (operator === '@') return notFollowed(operator, site);
    if (['integer', 'float', 'boolean', 'quotient'].includes(other.kind)) return new ArrayValue(this.axes);
    const axes = other instanceof ArrayValue ? broadcast(this.axes, other.axes) : undefined;
    return axes === undefined ? notFollowed(operator, site) : new ArrayValue(axes);
  }

  negate(): Value {
    return new ArrayValue(this.axes);
  }

  length(): Value | undefined {
    const [first] = this.axes;
    return first === undefined ? undefined : fromQuantity(first);
  }

  join(other: Value): Value | undefined {
    const isSame =
      other instanceof ArrayValue &&
      other.axes.length === this.axes.length &&
      other.axes.every((axis, position) => isSameSize(axis, this.axes[position] ?? axis));
    return isSame ? this : undefined;
  }

  deepCopy(): ArrayValue {
    return new ArrayValue(this.axes);
  }

  reshaped(shape: Value, site: CallSite): ArrayValue | undefined {
    const items = shape.kind === 'tuple' || shape.kind === 'list' ? shape.items : [shape];
    const open = items.findIndex((item) => asNumber(item) === -1);
    const sizes = items.map((item) => sizeOf(item, site));
    if (open === -1) return new ArrayValue(sizes);
    const rest = product(...sizes.filter((_, index) => index !== open));
    return new ArrayValue(sizes.with(open, quotient(product(...this.axes), rest)));
  }
}

function notFollowed(what: string, site: CallSite): Value {
  return {
    ...unknown(`what ${what} gives of an array is not followed`, null, site.machine.locate(site.span)),
    mayBeModule: false,
  };
}

const elementwiseMethods: ReadonlySet<string> = new Set(['astype', 'copy', 'clip', 'round', 'conj', 'numpy']);
const elementwise: ReadonlySet<string> = new Set([
  ...[
    'exp',
    'log',
    'log1p',
    'sqrt',
    'abs',
    'absolute',
    'square',
    'sin',
    'cos',
    'tanh',
    'sign',
    'clip',
    'round',
    'flip',
  ],
  ...[
    'asarray',
    'array',
    'ascontiguousarray',
    'copy',
    'zeros_like',
    'ones_like',
    'empty_like',
    'full_like',
    'nan_to_num',
  ],
]);

/** How many entries a slice of an axis takes; undefined for what is not followed. */
function cut(axis: Quantity, lower: Value | null, upper: Value | null, step: Value | null): Quantity | undefined {
  const isAbsent = (bound: Value | null): boolean => bound === null || bound.kind === 'none';
  if (isAbsent(lower) && isAbsent(upper)) {
    return isAbsent(step) || Math.abs(asNumber(step ?? undefined) ?? 0) === 1 ? axis : undefined;
  }
  const size = axis.kind === 'known' ? integerOf(axis.value) : undefined;
  const [from, to] = [
    isAbsent(lower) ? 0 : asNumber(lower ?? undefined),
    isAbsent(upper) ? null : asNumber(upper ?? undefined),
  ];
  if (!isAbsent(step) || from === undefined || to === undefined) return undefined;
  // `[:-n]` and `[n:]` of an axis that is long enough; how long an axis of a symbol is, nobody knows.
  if (size === undefined) return from === 0 && to !== null && to < 0 ? difference(axis, exactly(-to)) : undefined;
  const clamped = (bound: number): number => Math.min(size, Math.max(0, bound < 0 ? bound + size : bound));
  return exactly(Math.max(0, clamped(to ?? size) - clamped(from)));
}

/** The array of a list written out; undefined when its shape is not known. */
export function arrayOf(value: Value): ArrayValue | undefined {
  if (value instanceof ArrayValue) return value;
  const axes = axesOf(value);
  return axes === undefined || axes.length === 0 ? undefined : new ArrayValue(axes);
}

function axesOf(value: Value): readonly Quantity[] | undefined {
  if (value instanceof ArrayValue) return value.axes;
  if (['integer', 'float', 'boolean', 'quotient'].includes(value.kind)) return [];
  if ((value.kind !== 'list' && value.kind !== 'tuple') || value.isOpen) return undefined;
  const inner = value.items.map(axesOf);
  const [first] = inner;
  const isRegular = inner.every(
    (axes) =>
      axes !== undefined &&
      axes.length === first?.length &&
      axes.every((axis, at) => isSameSize(axis, first[at] ?? axis)),
  );
  if (!isRegular) return undefined;
  return [exactly(value.items.length), ...(first ?? [])];
}

/** Where the functions that make arrays take the shape. */
const creators: Readonly<Record<string, readonly string[]>> = {
  zeros: ['shape'],
  ones: ['shape'],
  empty: ['shape'],
  full: ['shape'],
  'random.random': ['shape'],
  'random.random_sample': ['shape'],
  'random.standard_normal': ['shape'],
  'random.normal': ['loc', 'scale', 'shape'],
  'random.uniform': ['low', 'high', 'shape'],
  'random.randint': ['low', 'high', 'shape'],
};

/** A function of NumPy by its path after `numpy.`; undefined for what is not followed. */
export function arrayFunction(name: string, parameters: CallArguments, site: CallSite): Value | undefined {
  const { positional, keywords, isOpen } = parameters;
  const [first] = positional;
  if (isOpen) return undefined;
  const signature = Object.hasOwn(creators, name) ? creators[name] : undefined;
  if (signature !== undefined) {
    const given = new LibraryArguments(signature, parameters, site);
    const shape = given.get('shape') ?? keywords.get('size');
    const sizes = sizesOf(shape, site) ?? (shape?.kind === 'integer' ? [sizeOf(shape, site)] : undefined);
    return sizes && new ArrayValue(sizes);
  }
  switch (name) {
    case 'random.rand':
    case 'random.randn':
      return positional.length === 0 ? undefined : new ArrayValue(positional.map((size) => sizeOf(size, site)));
    case 'array':
    case 'asarray':
      return first && !keywords.has('ndmin') ? arrayOf(first) : undefined;
    case 'expand_dims': {
      const axis = asNumber(positional[1] ?? keywords.get('axis'));
      const at =
        axis === undefined || !(first instanceof ArrayValue) ? undefined : axisPosition(axis, first.axes.length + 1);
      return at === undefined || !(first instanceof ArrayValue)
        ? undefined
        : new ArrayValue(first.axes.toSpliced(at, 0, exactly(1)));
    }
    case 'reshape':
      return first instanceof ArrayValue && positional[1] !== undefined
        ? first.reshaped(positional[1], site)
        : undefined;
    default:
      return first instanceof ArrayValue && elementwise.has(name) ? new ArrayValue(first.axes) : undefined;
  }
}
