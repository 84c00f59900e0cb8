/** Python's built-in functions, as far as model definitions use them. */
import { constant, integerOf } from '../../../../model/expression';
import { deleteAttribute, dictionaryView, openVariables, registerModule } from '../attributes';
import {
  asInteger,
  asNumber,
  boolean,
  builtin,
  type CallArguments,
  type CallSite,
  dictionary,
  float,
  integer,
  keyOf,
  list,
  mappingOf,
  none,
  positionalArguments,
  text,
  tuple,
  unknown,
  type Value,
} from '../values';
import { distinct } from './expressions';
import { plainText } from './formatting';
import { hasAttribute, isInstance } from './membership';
import { applyOperator, extreme, fromTruth, negative, toInteger } from './operators';
import { extremeByKey, sortItems } from './sorting';

type Meaning = (parameters: CallArguments, site: CallSite) => Value;

const longestRange = 20_000;

function itemsOfFirst(parameters: CallArguments, site: CallSite): readonly Value[] | undefined {
  const [first] = parameters.positional;
  return first === undefined || parameters.isOpen ? undefined : site.machine.itemsOf(first);
}

function notKnown(site: CallSite): Value {
  const source = site.machine.textOf(site.span).slice(0, 60);
  // Numbers, texts and collections, whatever they are: no module.
  return { ...unknown(`${source} is not known`, null, site.machine.locate(site.span)), mayBeModule: false };
}

/** `f(items)` for a function that needs every item to be known. */
function ofItems(meaning: (items: readonly Value[]) => Value): Meaning {
  return (parameters, site) => {
    const items = itemsOfFirst(parameters, site);
    return items === undefined ? notKnown(site) : meaning(items);
  };
}

const meanings: Readonly<Record<string, Meaning>> = {
  range: (parameters, site) => {
    const bounds = parameters.positional.map(asInteger);
    const [first, second, third] = bounds.map((bound) => (bound === undefined ? undefined : integerOf(bound)));
    if (first === undefined || parameters.isOpen) return notKnown(site);
    if (bounds.length > 1 && second === undefined) return notKnown(site);
    if (bounds.length > 2 && third === undefined) return notKnown(site);
    const [start, stop] = second === undefined ? [0, first] : [first, second];
    const step = third ?? 1;
    const length = step === 0 ? 0 : Math.max(0, Math.ceil((stop - start) / step));
    if (length > longestRange) return notKnown(site);
    return list(Array.from({ length }, (_, index) => integer(constant(start + index * step))));
  },
  len: ({ positional: [value] }, site) => {
    const length = value === undefined ? undefined : lengthOf(value, site);
    if (length !== undefined || value?.kind !== 'unknown' || value.name === null) return length ?? notKnown(site);
    // However often it is asked, the length of one unknown thing is one symbol.
    return site.machine.computedUnknown(`len(${value.name})`, value);
  },
  int: ({ positional: [value] }) => (value === undefined ? integer(constant(0)) : toInteger(value)),
  float: ({ positional: [value] }, site) => {
    const number = asNumber(value) ?? (value?.kind === 'string' ? Number(value.value) : undefined);
    return number === undefined || Number.isNaN(number) ? notKnown(site) : float(number);
  },
  str: ({ positional: [value] }, site) => {
    const written = value === undefined ? '' : plainText(value);
    return written === undefined ? notKnown(site) : text(written);
  },
  bool: ({ positional: [value] }, site) =>
    value === undefined ? boolean(false) : fromTruth(site.machine.truth(value), 'a condition that is not known'),
  list: (parameters, site) =>
    parameters.positional.length === 0 ? list([]) : ofItems((items) => list(items))(parameters, site),
  tuple: (parameters, site) =>
    parameters.positional.length === 0 ? tuple([]) : ofItems((items) => tuple(items))(parameters, site),
  set: (parameters, site) =>
    parameters.positional.length === 0
      ? { kind: 'set', items: [] }
      : ofItems((items) => ({ kind: 'set', items: distinct(items) }))(parameters, site),
  dict: (parameters, site) => {
    const [source] = parameters.positional;
    const mapping = source && mappingOf(source);
    const result = dictionary();
    if (mapping !== undefined) {
      for (const [key, entry] of mapping.entries) result.entries.set(key, entry);
      result.isOpen.value = mapping.isOpen.value;
    } else if (source !== undefined) {
      const pairs = site.machine.itemsOf(source)?.map((pair) => site.machine.itemsOf(pair));
      if (pairs === undefined) return notKnown(site);
      for (const pair of pairs) {
        const [key, value] = pair ?? [];
        const name = key === undefined ? undefined : keyOf(key);
        if (key === undefined || value === undefined || name === undefined) return notKnown(site);
        result.entries.set(name, { key, value });
      }
    }
    for (const [name, value] of parameters.keywords) {
      const key = text(name);
      result.entries.set(keyOf(key) ?? name, { key, value });
    }
    if (parameters.isOpen) result.isOpen.value = true;
    return result;
  },
  sum: (parameters, site) => {
    const items = itemsOfFirst(parameters, site);
    const start = parameters.positional[1] ?? parameters.keywords.get('start') ?? integer(constant(0));
    return items?.reduce((total, item) => applyOperator('+', total, item), start) ?? notKnown(site);
  },
  max: (parameters, site) => extremeOf('max', parameters, site),
  min: (parameters, site) => extremeOf('min', parameters, site),
  abs: ({ positional: [value] }, site) => {
    const number = asNumber(value);
    if (value === undefined || number === undefined) return notKnown(site);
    return number < 0 ? negative(value) : value;
  },
  round: ({ positional: [value, digits] }, site) => {
    const number = asNumber(value);
    if (number === undefined || digits !== undefined) return notKnown(site);
    const floor = Math.floor(number);
    const rest = number - floor;
    // Python rounds a half to the even neighbour.
    const rounded = rest === 0.5 ? (floor % 2 === 0 ? floor : floor + 1) : Math.round(number);
    return integer(constant(rounded));
  },
  sorted: (parameters, site) => {
    const items = itemsOfFirst(parameters, site);
    const ordered = items === undefined ? undefined : sortItems(items, parameters, site);
    // In whatever order they come, there are as many.
    if (ordered === undefined && items !== undefined && !parameters.isOpen) {
      return list(items.map(() => unknown('one of several values in an order that is not known')));
    }
    return ordered === undefined ? notKnown(site) : list(ordered);
  },
  reversed: ofItems((items) => list([...items].reverse())),
  enumerate: (parameters, site) => {
    const items = itemsOfFirst(parameters, site);
    const start = asNumber(parameters.positional[1] ?? parameters.keywords.get('start') ?? integer(constant(0)));
    if (items === undefined || start === undefined) return notKnown(site);
    return list(items.map((item, index) => tuple([integer(constant(start + index)), item])));
  },
  zip: (parameters, site) => {
    const columns = parameters.positional.map((value) => site.machine.itemsOf(value));
    const known = columns.filter((column): column is readonly Value[] => column !== undefined);
    if (known.length < columns.length || parameters.isOpen) return notKnown(site);
    const length = known.length === 0 ? 0 : Math.min(...known.map((column) => column.length));
    return list(Array.from({ length }, (_, row) => tuple(known.map((column) => column[row] ?? none))));
  },
  map: (parameters, site) => {
    const [meaning, ...sources] = parameters.positional;
    const columns = sources.map((source) => site.machine.itemsOf(source));
    const [column] = columns;
    if (meaning === undefined || column === undefined || columns.length !== 1) return notKnown(site);
    return list(column.map((item) => site.machine.call(meaning, positionalArguments(item), site)));
  },
  filter: (parameters, site) => {
    const [meaning, source] = parameters.positional;
    const items = source === undefined ? undefined : site.machine.itemsOf(source);
    if (meaning === undefined || items === undefined) return notKnown(site);
    const truths = items.map((item) => {
      const given = positionalArguments(item);
      return site.machine.truth(meaning.kind === 'none' ? item : site.machine.call(meaning, given, site));
    });
    const kept = list(items.filter((_, index) => truths[index] !== false));
    return truths.includes(undefined) ? { ...kept, isOpen: true } : kept;
  },
  iter: ({ positional: [source] }, site) => {
    const items = source === undefined ? undefined : site.machine.itemsOf(source);
    // A list of what is still to come.
    return items === undefined ? notKnown(site) : { kind: 'list', items };
  },
  next: ({ positional: [source, fallback] }, site) => {
    if (source?.kind !== 'list' || source.isOpen) return notKnown(site);
    const [first, ...others] = source.items;
    site.machine.heap.setItems(source, others);
    return first ?? fallback ?? notKnown(site);
  },
  any: ofItemsTruth((truths) => (truths.includes(true) ? true : truths.includes(undefined) ? undefined : false)),
  all: ofItemsTruth((truths) => (truths.includes(false) ? false : truths.includes(undefined) ? undefined : true)),
  isinstance: ({ positional: [value, kind] }, site) =>
    fromTruth(
      value === undefined || kind === undefined ? undefined : isInstance(site.machine, value, kind),
      site.machine.textOf(site.span).slice(0, 60),
    ),
  hasattr: ({ positional: [object, name] }, site) => {
    const answer = object === undefined || name?.kind !== 'string' ? undefined : hasAttribute(object, name.value);
    return answer === undefined ? notKnown(site) : boolean(answer);
  },
  getattr: ({ positional: [object, name, fallback] }, site) => {
    if (object === undefined || name?.kind !== 'string') return notKnown(site);
    if (fallback !== undefined && hasAttribute(object, name.value) === false) return fallback;
    const value = site.machine.attribute(object, name.value, site);
    return value.kind === 'unknown' && fallback !== undefined ? notKnown(site) : value;
  },
  setattr: ({ positional: [object, name, value] }, site) => {
    if (object !== undefined && name !== undefined && value !== undefined) setAttribute(object, name, value, site);
    return none;
  },
  delattr: ({ positional: [object, name] }, site) => {
    if (object === undefined || name === undefined) return none;
    if (name.kind === 'string') deleteAttribute(object, name.value, site);
    else if (object.kind === 'foreign') object.escape?.(site);
    else if (object.kind === 'instance' || object.kind === 'class') {
      openVariables(site.machine.heap, object.attributes, 'an attribute whose name is not known was deleted');
    }
    return none;
  },
  callable: ({ positional: [value] }, site) =>
    value?.kind === 'function' || value?.kind === 'class' ? boolean(true) : notKnown(site),
  type: ({ positional: [value] }, site) => {
    if (value?.kind === 'instance') return value.class;
    const path = value?.kind === 'foreign' ? value.libraryClass : undefined;
    return path === undefined ? notKnown(site) : { kind: 'library', path };
  },
  print: () => none,
  vars: ({ positional: [object] }, site) => {
    if (object?.kind === 'instance' && site.machine.isModule(object)) {
      // Writing there goes around registration.
      registerModule(object, unknown('vars'), unknown('vars of a module is not followed'), site);
      return notKnown(site);
    }
    if (object?.kind === 'instance' || object?.kind === 'class') return dictionaryView(object.attributes);
    const variables = object?.kind === 'foreign' ? object.variables?.() : undefined;
    return variables === undefined ? notKnown(site) : dictionaryView(variables);
  },
  globals: (_parameters, site) => dictionaryView(site.machine.globalVariables()),
  exec: (_parameters, site) => {
    openVariables(site.machine.heap, site.machine.globalVariables(), 'exec may have set it');
    return none;
  },
  ord: ({ positional: [value] }, site) =>
    value?.kind === 'string' && value.value.length === 1
      ? integer(constant(value.value.charCodeAt(0)))
      : notKnown(site),
  chr: ({ positional: [value] }, site) => {
    const code = asNumber(value);
    return code === undefined ? notKnown(site) : text(String.fromCharCode(code));
  },
};

/** `setattr(object, name, value)`. */
function setAttribute(object: Value, name: Value, value: Value, site: CallSite): void {
  const { machine } = site;
  if (name.kind === 'string') machine.setAttribute(object, name.value, value, site);
  else if (object.kind === 'foreign') object.escape?.(site);
  else if (object.kind === 'instance' && machine.isModule(object)) registerModule(object, name, value, site);
  else if (object.kind === 'instance' || object.kind === 'class') {
    openVariables(machine.heap, object.attributes, 'an attribute whose name is not known was set');
  } else if (object.kind === 'unknown') {
    for (const each of object.alternatives ?? []) {
      machine.heap.perhaps(() => setAttribute(each, name, value, site), site.span);
    }
  }
}

function ofItemsTruth(meaning: (truths: readonly (boolean | undefined)[]) => boolean | undefined): Meaning {
  return (parameters, site) => {
    const items = itemsOfFirst(parameters, site);
    if (items === undefined) return notKnown(site);
    return fromTruth(meaning(items.map((item) => site.machine.truth(item))), 'a condition that is not known');
  };
}

function extremeOf(kind: 'max' | 'min', parameters: CallArguments, site: CallSite): Value {
  const { positional, keywords, isOpen } = parameters;
  const key = keywords.get('key');
  const fallback = keywords.get('default');
  const isFollowed = [...keywords.keys()].every((name) => name === 'key' || name === 'default');
  const values = positional.length === 1 ? itemsOfFirst(parameters, site) : positional;
  if (isOpen || !isFollowed || values === undefined) return notKnown(site);
  if (values.length === 0) return fallback ?? notKnown(site);
  const isByKey = key !== undefined && key.kind !== 'none';
  return (isByKey ? extremeByKey(kind, values, key, site) : extreme(kind, values)) ?? notKnown(site);
}

function lengthOf(value: Value, site: CallSite): Value | undefined {
  if (value.kind === 'foreign') return value.length?.();
  const items = site.machine.itemsOf(value);
  // Sets keep one of each: a length is known only when every item is.
  if (items === undefined || (value.kind === 'set' && items.some((item) => item.kind === 'unknown'))) return undefined;
  return integer(constant(items.length));
}

/**
 * Positional arguments that a meaning reads, and the keywords it knows: a call with others is not followed. What is not
 * listed reads whatever it is given.
 */
const signatures: Readonly<Record<string, { readonly most: number; readonly keywords: readonly string[] }>> = {
  len: { most: 1, keywords: [] },
  int: { most: 1, keywords: [] },
  float: { most: 1, keywords: [] },
  str: { most: 1, keywords: [] },
  bool: { most: 1, keywords: [] },
  list: { most: 1, keywords: [] },
  tuple: { most: 1, keywords: [] },
  set: { most: 1, keywords: [] },
  range: { most: 3, keywords: [] },
  sum: { most: 2, keywords: ['start'] },
  abs: { most: 1, keywords: [] },
  round: { most: 2, keywords: [] },
  sorted: { most: 1, keywords: ['key', 'reverse'] },
  reversed: { most: 1, keywords: [] },
  enumerate: { most: 2, keywords: ['start'] },
  zip: { most: Number.POSITIVE_INFINITY, keywords: ['strict'] },
  any: { most: 1, keywords: [] },
  all: { most: 1, keywords: [] },
  isinstance: { most: 2, keywords: [] },
  getattr: { most: 3, keywords: [] },
  ord: { most: 1, keywords: [] },
  chr: { most: 1, keywords: [] },
};

function guarded(name: string, meaning: Meaning): Meaning {
  const signature = Object.hasOwn(signatures, name) ? signatures[name] : undefined;
  if (signature === undefined) return meaning;
  return (parameters, site) =>
    parameters.positional.length > signature.most ||
    [...parameters.keywords.keys()].some((keyword) => !signature.keywords.includes(keyword))
      ? notKnown(site)
      : meaning(parameters, site);
}

const exceptionsAndDecorators = [
  'object',
  'Exception',
  'ValueError',
  'NotImplementedError',
  'property',
  'staticmethod',
  'classmethod',
  'open',
];

/** What stands for a magic or a shell command of a notebook once its cells are made into Python (`syntax/python/magics.ts`). */
const notebookCommand = builtin('__', (_parameters, site) => ({
  ...unknown('what a command of the notebook gives is only known when it runs', null, site.machine.locate(site.span)),
  mayBeModule: false,
}));

export const builtins: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['__', notebookCommand],
  ...Object.entries(meanings).map(([name, call]): [string, Value] => [name, builtin(name, guarded(name, call))]),
  ...exceptionsAndDecorators.map((name): [string, Value] => [name, { kind: 'library', path: `builtins.${name}` }]),
]);
