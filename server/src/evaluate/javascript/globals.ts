/** Names that every JavaScript program sees: constructors, conversions, `Math`, `Object`, `require`. */
import { add, type Expression, floorDivide, negate } from '../../../../model/expression';
import { fromJson } from '../json';
import { distinct } from '../python/expressions';
import { extreme, toInteger } from '../python/operators';
import {
  asNumber,
  boolean,
  builtin,
  type CallArguments,
  type CallSite,
  dictionary,
  type ForeignValue,
  float,
  integer,
  keyOf,
  list,
  none,
  number,
  positionalArguments,
  text,
  unknown,
  type Value,
} from '../values';
import { mostItems } from './methods';
import { MapObject, undefinedValue } from './objects';
import { arithmetic, plainText, toNumber } from './operators';
import { propertyName } from './patterns';
import { entriesOf, keysOf } from './statements';

type Meaning = (parameters: CallArguments, site: CallSite) => Value | undefined;

/** A function of which some results are not known. */
function partial(name: string, meaning: Meaning): Value {
  return builtin(name, (parameters, site) => {
    const result = parameters.isOpen ? undefined : meaning(parameters, site);
    return result ?? unknown(`the result of ${name} is not known`, null, site.machine.locate(site.span));
  });
}

/** An object of the language. Its other functions give something that is not known, and change nothing. */
function namespace(
  name: string,
  meanings: Readonly<Record<string, Meaning>>,
  constants: Readonly<Record<string, Value>> = {},
): Value {
  return {
    kind: 'foreign',
    description: name,
    attribute: (member) => {
      if (Object.hasOwn(constants, member)) return constants[member];
      const meaning = Object.hasOwn(meanings, member) ? meanings[member] : undefined;
      return partial(`${name}.${member}`, meaning ?? (() => undefined));
    },
  };
}

const onNumber =
  (meaning: (value: number) => number): Meaning =>
  ({ positional: [value] }) => {
    const known = value === undefined ? undefined : asNumber(toNumber(value));
    return known === undefined ? undefined : number(meaning(known));
  };

/** Rounding that is exact for sizes and their quotients. */
const rounding =
  (meaning: (value: number) => number, ofQuotient: (a: Expression, b: Expression) => Expression | undefined): Meaning =>
  (parameters, site) => {
    const [value] = parameters.positional;
    if (value?.kind === 'integer') return value;
    if (value?.kind === 'quotient') {
      const rounded = ofQuotient(value.numerator, value.denominator);
      return rounded && integer(rounded);
    }
    return onNumber(meaning)(parameters, site);
  };

const roundDown = rounding(Math.floor, floorDivide);
const roundUp = rounding(Math.ceil, (numerator, denominator) => {
  const quotient = floorDivide(negate(numerator), denominator);
  return quotient && negate(quotient);
});

const mathematics = namespace(
  'Math',
  {
    floor: roundDown,
    trunc: roundDown,
    ceil: roundUp,
    round: rounding(Math.round, (a, b) => floorDivide(add(a, a, b), add(b, b))),
    sqrt: onNumber(Math.sqrt),
    log: onNumber(Math.log),
    log2: onNumber(Math.log2),
    log10: onNumber(Math.log10),
    exp: onNumber(Math.exp),
    abs: onNumber(Math.abs),
    sign: onNumber(Math.sign),
    pow: ({ positional: [base, exponent] }) => base && exponent && arithmetic('**', base, exponent),
    max: ({ positional }) => extremeOf('max', positional),
    min: ({ positional }) => extremeOf('min', positional),
  },
  { PI: float(Math.PI), E: float(Math.E) },
);

function extremeOf(kind: 'max' | 'min', values: readonly Value[]): Value | undefined {
  if (values.length === 0) return undefined;
  const result = extreme(kind, values);
  return result.kind === 'float' ? number(result.value) : result;
}

const parseWhole: Meaning = ({ positional: [value] }) => {
  if (value?.kind === 'string') return number(Number.parseInt(value.value, 10));
  if (value?.kind === 'unknown') return value;
  return value && toInteger(value);
};
const parseReal: Meaning = ({ positional: [value] }) => {
  if (value?.kind === 'string') return number(Number.parseFloat(value.value));
  return value && toNumber(value);
};

const objects = namespace('Object', {
  keys: ({ positional: [value] }) => fresh(value && keysOf(value)),
  values: ({ positional: [value] }) => {
    const entries = value?.kind === 'dictionary' && !value.isOpen.value ? [...value.entries.values()] : undefined;
    return fresh(entries?.map((entry) => entry.value));
  },
  entries: ({ positional: [value] }) => fresh(value && entriesOf(value)),
  freeze: ({ positional: [value] }) => value,
  assign: ({ positional: [target, ...sources] }, site) => {
    if (target?.kind !== 'dictionary') return target;
    const { heap } = site.machine;
    for (const source of sources) {
      if (source.kind !== 'dictionary') heap.setState(target.isOpen, true, (states) => states.includes(true));
      else for (const [key, entry] of source.entries) heap.setEntry(target, key, entry);
    }
    return target;
  },
  fromEntries: ({ positional: [value] }, site) => {
    const pairs = value && site.machine.itemsOf(value)?.map((pair) => site.machine.itemsOf(pair));
    const entries = pairs?.flatMap((pair) => {
      const [key, held] = pair ?? [];
      const name = key && propertyName(key);
      return name === undefined || held === undefined ? [] : [{ key: text(name), value: held }];
    });
    return entries !== undefined && entries.length === pairs?.length ? dictionary(entries) : undefined;
  },
});

function fresh(items: readonly Value[] | undefined): Value | undefined {
  return items && list(items);
}

/** `Array(n)`, `new Array(n)`, `Array(a, b)`. */
const makeArray: Meaning = ({ positional }) => {
  const [first] = positional;
  if (positional.length !== 1 || first === undefined) return list(positional);
  const length = asNumber(first);
  if (length === undefined) return first.kind === 'integer' || first.kind === 'unknown' ? undefined : list(positional);
  return length >= 0 && length <= mostItems ? list(Array.from({ length }, () => undefinedValue)) : undefined;
};

const arrayFrom: Meaning = ({ positional: [source, callback] }, site) => {
  const length = source?.kind === 'dictionary' ? asNumber(site.machine.attribute(source, 'length', site)) : undefined;
  const items =
    length === undefined
      ? source && site.machine.itemsOf(source)
      : length >= 0 && length <= mostItems
        ? Array.from({ length }, (): Value => undefinedValue)
        : undefined;
  if (items === undefined || callback === undefined) return fresh(items);
  return list(
    items.map((item, position) => site.machine.call(callback, positionalArguments(item, number(position)), site)),
  );
};

const arrays: Value = {
  kind: 'foreign',
  description: 'Array',
  attribute: (name) => {
    if (name === 'from') return partial('Array.from', arrayFrom);
    if (name === 'of') return partial('Array.of', ({ positional }) => list(positional));
    return name === 'isArray'
      ? partial('Array.isArray', ({ positional: [value] }) =>
          value === undefined || value.kind === 'unknown' ? undefined : boolean(value.kind === 'list'),
        )
      : undefined;
  },
  call: (parameters, site) => makeArray(parameters, site) ?? unknown('an array whose length is not known'),
};

const numbers: Value = {
  kind: 'foreign',
  description: 'Number',
  attribute: (name) => {
    if (name === 'parseInt') return partial('Number.parseInt', parseWhole);
    if (name === 'parseFloat') return partial('Number.parseFloat', parseReal);
    return name === 'MAX_SAFE_INTEGER' ? number(Number.MAX_SAFE_INTEGER) : undefined;
  },
  call: ({ positional: [value] }) => (value === undefined ? number(0) : toNumber(value)),
};

/** What `JSON.stringify` makes of a value of the program: a text that is looked into only by `JSON.parse`. */
class JsonText implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'a JSON text';

  /** @param written a copy, so that later changes of the value do not count */
  constructor(readonly written: Value) {}

  attribute(): undefined {
    return undefined;
  }
}

/** A value with arrays and objects of its own; undefined where it holds something that JSON and its like do not. */
function copyOf(value: Value, site: CallSite): Value | undefined {
  switch (value.kind) {
    case 'list': {
      const items = value.items.map((item) => copyOf(item, site));
      if (value.isOpen || !items.every((item) => item !== undefined)) return undefined;
      const copy = list(items);
      site.machine.heap.born(copy);
      return copy;
    }
    case 'dictionary': {
      if (value.isOpen.value) return undefined;
      const given = [...value.entries.values()].filter((entry) => entry.value !== undefinedValue);
      const entries = given.map((entry) => ({
        key: entry.key,
        value: copyOf(entry.value, site),
      }));
      const known = entries.flatMap(({ key, value: held }) => (held === undefined ? [] : [{ key, value: held }]));
      if (known.length < entries.length) return undefined;
      const copy = dictionary(known);
      site.machine.heap.born(copy);
      return copy;
    }
    case 'none':
    case 'boolean':
    case 'integer':
    case 'float':
    case 'string':
    case 'unknown':
      return value;
    default:
      return undefined;
  }
}

const json = namespace('JSON', {
  stringify: ({ positional: [value, replacer = none] }, site) => {
    const written = value === undefined || replacer.kind !== 'none' ? undefined : copyOf(value, site);
    return written && new JsonText(written);
  },
  parse: ({ positional: [source] }, site) => {
    if (source instanceof JsonText) return copyOf(source.written, site);
    if (source?.kind !== 'string') return undefined;
    try {
      return fromJson(JSON.parse(source.value));
    } catch {
      return undefined;
    }
  },
});

const makeSet: Meaning = ({ positional: [source] }, site) => {
  const items = source === undefined ? [] : site.machine.itemsOf(source);
  return items && { kind: 'set', items: distinct(items) };
};

const makeMap: Meaning = ({ positional: [source] }, site) => {
  const map = new MapObject();
  const pairs = source === undefined ? [] : site.machine.itemsOf(source);
  for (const pair of pairs ?? []) {
    const [key, value] = site.machine.itemsOf(pair) ?? [];
    const name = key && keyOf(key);
    if (key === undefined || value === undefined || name === undefined) map.entries.isOpen.value = true;
    else map.entries.entries.set(name, { key, value });
  }
  if (pairs === undefined) map.entries.isOpen.value = true;
  return map;
};

/** What a promise gives stands for the promise. */
const promises = namespace('Promise', {
  resolve: ({ positional: [value] }) => value ?? undefinedValue,
  all: ({ positional: [values] }) => values,
});

const globals: Readonly<Record<string, Value>> = {
  undefined: undefinedValue,
  NaN: float(Number.NaN),
  Infinity: float(Number.POSITIVE_INFINITY),
  Math: mathematics,
  Object: objects,
  Array: arrays,
  Number: numbers,
  JSON: json,
  Promise: promises,
  Set: partial('Set', makeSet),
  Map: partial('Map', makeMap),
  parseInt: partial('parseInt', parseWhole),
  parseFloat: partial('parseFloat', parseReal),
  String: partial('String', ({ positional: [value] }) => {
    const written = value && plainText(value);
    return written === undefined ? undefined : text(written);
  }),
  Boolean: partial('Boolean', ({ positional: [value = undefinedValue] }, site) => {
    const truth = site.machine.truth(value);
    return truth === undefined ? undefined : boolean(truth);
  }),
  structuredClone: partial('structuredClone', ({ positional: [value] }, site) => value && copyOf(value, site)),
  isNaN: partial('isNaN', ({ positional: [value] }) => {
    const known = value && asNumber(toNumber(value));
    return known === undefined ? undefined : boolean(Number.isNaN(known));
  }),
  console: namespace('console', {}),
  // A variable of the environment is taken to be unset.
  process: namespace('process', {}, { env: dictionary() }),
};

/** The library that pages load by a `script` element and use by this name. */
const libraryGlobals: ReadonlyMap<string, string> = new Map([
  ['tf', '@tensorflow/tfjs'],
  ['tfl', '@tensorflow/tfjs-layers'],
]);

/** @param load gives the module of a name, for `require` */
export function globalObject(name: string, load: (source: string, site: CallSite) => Value): Value | undefined {
  if (name === 'require') {
    return partial('require', ({ positional: [source] }, site) =>
      source?.kind === 'string' ? load(source.value, site) : undefined,
    );
  }
  const path = libraryGlobals.get(name);
  if (path !== undefined) return { kind: 'library', path };
  return Object.hasOwn(globals, name) ? globals[name] : undefined;
}
