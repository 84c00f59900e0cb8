/** The few functions of Python's standard library and of NumPy that sizes pass through. */
import { constant, multiply } from '../../../model/expression';
import type { Library } from '../evaluate/machine';
import { toInteger } from '../evaluate/python/operators';
import {
  asInteger,
  asNumber,
  type CallArguments,
  type CallSite,
  dictionary,
  float,
  integer,
  keyOf,
  type Value,
} from '../evaluate/values';

type Meaning = (argument: Value, site: CallSite) => Value | undefined;

const rounded =
  (round: (value: number) => number): Meaning =>
  (value) => {
    if (value.kind === 'integer') return value;
    const number = asNumber(value);
    return number === undefined ? undefined : integer(constant(round(number)));
  };

const real =
  (meaning: (value: number) => number): Meaning =>
  (value) => {
    const number = asNumber(value);
    return number === undefined ? undefined : float(meaning(number));
  };

const product: Meaning = (value, site) => {
  const items = site.machine.itemsOf(value);
  const sizes = items?.map(asInteger).filter((size) => size !== undefined);
  return sizes !== undefined && sizes.length === items?.length ? integer(multiply(...sizes)) : undefined;
};

/** An ordered dictionary is a dictionary: Python's keep their order. */
const orderedDictionary: Meaning = (source, site) => {
  if (source.kind === 'dictionary') return source;
  const result = dictionary();
  for (const pair of site.machine.itemsOf(source) ?? []) {
    const [key, value] = site.machine.itemsOf(pair) ?? [];
    const name = key === undefined ? undefined : keyOf(key);
    if (key === undefined || value === undefined || name === undefined) return undefined;
    result.entries.set(name, { key, value });
  }
  return result;
};

/** Functions of one argument by their path. */
const meanings: Readonly<Record<string, Meaning>> = {
  'math.ceil': rounded(Math.ceil),
  'math.floor': (value, site) => (value.kind === 'quotient' ? toInteger(value) : rounded(Math.floor)(value, site)),
  'math.sqrt': real(Math.sqrt),
  'math.log': real(Math.log),
  'math.log2': real(Math.log2),
  'math.prod': product,
  'numpy.prod': product,
  'collections.OrderedDict': orderedDictionary,
};

export class StandardLibrary implements Library {
  canonicalPath(path: string): string | undefined {
    return Object.hasOwn(meanings, path) ? path : undefined;
  }

  call(path: string, { positional, keywords, isOpen }: CallArguments, site: CallSite): Value | undefined {
    const [argument] = positional;
    if (isOpen || keywords.size > 0) return undefined;
    if (argument === undefined) return path === 'collections.OrderedDict' ? dictionary() : undefined;
    return meanings[path]?.(argument, site);
  }
}
