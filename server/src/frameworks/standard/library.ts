/** The few functions of Python's standard library and of NumPy that sizes pass through. */
import { constant, multiply } from '../../../../model/expression';
import type { Library } from '../../evaluate/machine';
import { builtins } from '../../evaluate/python/builtins';
import { toInteger } from '../../evaluate/python/operators';
import { fieldValue, namedTuple } from '../../evaluate/python/records';
import {
  asInteger,
  asNumber,
  boolean,
  type CallArguments,
  type CallSite,
  dictionary,
  float,
  integer,
  keyOf,
  list,
  none,
  text,
  type Value,
} from '../../evaluate/values';
import { ParserValue } from './argparse';
import { simpleNamespace } from './namespace';

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

/** Functions and classes that look at all their arguments. */
const general: Readonly<Record<string, (parameters: CallArguments, site: CallSite) => Value | undefined>> = {
  'argparse.ArgumentParser': () => new ParserValue(),
  'argparse.Namespace': simpleNamespace,
  'types.SimpleNamespace': simpleNamespace,
  'collections.namedtuple': namedTuple,
  'dataclasses.field': fieldValue,
  'attr.ib': fieldValue,
  'attr.field': fieldValue,
  'attrs.field': fieldValue,
  'pydantic.Field': fieldValue,
  'os.getenv': environmentDefault,
  'os.environ.get': environmentDefault,
  'json.loads': ({ positional: [source] }) => {
    if (source?.kind !== 'string') return undefined;
    try {
      return fromJson(JSON.parse(source.value));
    } catch {
      return undefined;
    }
  },
};

/** A variable of the environment is taken to be unset. */
function environmentDefault({ positional: [, fallback], keywords }: CallArguments): Value | undefined {
  return fallback ?? keywords.get('default');
}

/** The value of the program that a JSON document stands for. */
function fromJson(data: unknown): Value {
  if (data === null) return none;
  if (typeof data === 'boolean') return boolean(data);
  if (typeof data === 'string') return text(data);
  if (typeof data === 'number') return Number.isSafeInteger(data) ? integer(constant(data)) : float(data);
  if (Array.isArray(data)) return list(data.map(fromJson));
  const entries = typeof data === 'object' ? Object.entries(data) : [];
  return dictionary(entries.map(([key, value]) => ({ key: text(key), value: fromJson(value) })));
}

const lowercase = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const whitespace = ' \t\n\r\u000b\u000c';

/** Constants of module `string`, from which character models make their vocabularies. Source: CPython, Lib/string.py. */
const constants: Readonly<Record<string, Value>> = {
  'string.ascii_lowercase': text(lowercase),
  'string.ascii_uppercase': text(lowercase.toUpperCase()),
  'string.ascii_letters': text(lowercase + lowercase.toUpperCase()),
  'string.digits': text(digits),
  'string.punctuation': text(punctuation),
  'string.whitespace': text(whitespace),
  'string.printable': text(digits + lowercase + lowercase.toUpperCase() + punctuation + whitespace),
  'math.pi': float(Math.PI),
};

const portableBuiltins = 'six.moves.';

export class StandardLibrary implements Library {
  canonicalPath(path: string): string | undefined {
    if (path.startsWith(portableBuiltins)) return path;
    return [meanings, general, constants].some((known) => Object.hasOwn(known, path)) ? path : undefined;
  }

  constant(path: string): Value | undefined {
    // `from six.moves import range`: what Python 3 has built in, for programs that once ran on Python 2.
    if (path.startsWith(portableBuiltins)) return builtins.get(path.slice(portableBuiltins.length));
    return Object.hasOwn(constants, path) ? constants[path] : undefined;
  }

  call(path: string, parameters: CallArguments, site: CallSite): Value | undefined {
    const meaning = Object.hasOwn(general, path) ? general[path] : undefined;
    if (meaning !== undefined) return meaning(parameters, site);
    const { positional, keywords, isOpen } = parameters;
    const [argument] = positional;
    // What a second argument means (`math.log(x, base)`) is not followed.
    if (isOpen || keywords.size > 0 || positional.length > 1) return undefined;
    if (argument === undefined) return path === 'collections.OrderedDict' ? dictionary() : undefined;
    return meanings[path]?.(argument, site);
  }
}
