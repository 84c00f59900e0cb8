/** Properties and methods of JavaScript's built-in types. */
import { constant } from '../../../../model/expression';
import { distinct } from '../python/expressions';
import {
  asNumber,
  boolean,
  builtin,
  type CallArguments,
  type CallSite,
  type DictionaryValue,
  integer,
  keyOf,
  list,
  number,
  type SequenceValue,
  text,
  unknown,
  type Value,
} from '../values';
import { callbackResults } from './callbacks';
import type { JavaScriptMachine } from './machine';
import { FunctionObject, MapObject, undefinedValue } from './objects';
import { compare, longestText, plainText } from './operators';

type Method = (parameters: CallArguments, site: CallSite) => Value;

/** More items than any list of layers or characters has, so that no program fills the memory. */
export const mostItems = 10_000;

/** The property or method `name` of a value of a built-in type; undefined when it is not followed. */
export function methodOf(machine: JavaScriptMachine, object: Value, name: string): Value | undefined {
  const method = findMethod(machine, object, name);
  return typeof method === 'function' ? builtin(name, method) : method;
}

function findMethod(machine: JavaScriptMachine, object: Value, name: string): Method | Value | undefined {
  switch (object.kind) {
    case 'list':
    case 'tuple':
      return name === 'length' ? machine.lengthOf(object) : arrayMethod(machine, object, name);
    case 'set':
      return setMethod(machine, object, name);
    case 'string':
      return name === 'length' ? number(object.value.length) : stringMethod(object.value, name);
    case 'dictionary':
      return dictionaryMethod(object, name);
    case 'integer':
    case 'float':
      return numberMethod(object, name);
    case 'foreign':
      if (object instanceof FunctionObject) return functionMethod(machine, object, name);
      return object instanceof MapObject ? mapMethod(machine, object, name) : undefined;
    default:
      return undefined;
  }
}

function arrayMethod(machine: JavaScriptMachine, array: SequenceValue, name: string): Method | undefined {
  // Of an array whose items are not all known, only its growth is followed.
  if (array.isOpen && name !== 'push') return undefined;
  const set = (items: readonly Value[]): void =>
    machine.heap.setItems(
      array,
      items.length <= mostItems ? items : [...array.items, unknown('more items than are followed')],
    );
  const made = (items: readonly Value[]): Value =>
    items.length <= mostItems ? machine.made(list(items)) : unknown('more items than are followed');
  const index = (value: Value | undefined, byDefault: number): number | undefined =>
    value === undefined || value === undefinedValue ? byDefault : machine.wholeNumber(value);
  switch (name) {
    case 'push':
      return ({ positional, isOpen }) => {
        set([...array.items, ...positional, ...(isOpen ? [unknown('items that are not known')] : [])]);
        return integer(constant(array.items.length));
      };
    case 'unshift':
      return ({ positional }) => {
        set([...positional, ...array.items]);
        return integer(constant(array.items.length));
      };
    case 'pop':
      return () => {
        const last = array.items.at(-1);
        set(array.items.slice(0, -1));
        return last ?? undefinedValue;
      };
    case 'shift':
      return () => {
        const [first = undefinedValue, ...rest] = array.items;
        set(rest);
        return first;
      };
    case 'reverse':
      return () => {
        set(array.items.toReversed());
        return array;
      };
    case 'toReversed':
      return () => made(array.items.toReversed());
    case 'fill':
      return ({ positional: [value = undefinedValue] }) => {
        set(array.items.map(() => value));
        return array;
      };
    case 'at':
      return ({ positional: [place] }) => {
        const position = index(place, 0);
        return position === undefined ? unknown('an item of an array') : (array.items.at(position) ?? undefinedValue);
      };
    case 'concat':
      return ({ positional, isOpen }) => {
        const parts = positional.map((value) => (value.kind === 'unknown' ? undefined : (listItems(value) ?? [value])));
        return isOpen || !parts.every((part) => part !== undefined)
          ? unknown('arrays are joined that are not known')
          : made([...array.items, ...parts.flat()]);
      };
    case 'slice':
      return ({ positional: [from, to] }) => {
        const [start, end] = [index(from, 0), index(to, array.items.length)];
        return start === undefined || end === undefined
          ? unknown('a slice with bounds that are not known')
          : made(array.items.slice(start, end));
      };
    case 'join':
      return ({ positional: [separator = text(',')] }) => {
        const parts = array.items.map(plainText);
        return separator.kind === 'string' && parts.every((part) => part !== undefined)
          ? text(parts.join(separator.value))
          : unknown('a text that is not all known');
      };
    case 'includes':
    case 'indexOf':
      return ({ positional: [wanted = undefinedValue] }) => {
        const answers = array.items.map((item) => compare('===', item, wanted));
        const position = answers.indexOf(true);
        if (answers.slice(0, position === -1 ? undefined : position).includes(undefined)) {
          return unknown('whether an array holds a value is not known');
        }
        return name === 'includes' ? boolean(position !== -1) : number(position);
      };
    case 'flat':
      return () => made(array.items.flatMap((item) => listItems(item) ?? [item]));
    case 'keys':
      return () => made(array.items.map((_, position) => number(position)));
    case 'values':
      return () => made(array.items);
    case 'entries':
      return () => made(array.items.map((item, position) => list([number(position), item])));
    case 'sort':
      return (parameters, site) => {
        const sorted = sortedItems(machine, array.items, parameters, site);
        if (sorted !== undefined) set(sorted);
        else if (array.items.length > 1) set(array.items.map(() => unknown('an item of a sorted array')));
        return array;
      };
    case 'splice':
      return () => {
        set([...array.items.map(() => unknown('an item of a changed array')), unknown('more items may follow')]);
        return unknown('items taken from an array');
      };
    default:
      return callbackResults(machine, array, array.items, name, made);
  }
}

/** Longer arrays are not put in order: each comparison may be a call of the program. */
const mostSorted = 64;

/** The items in order; undefined where a comparison is not known. */
function sortedItems(
  machine: JavaScriptMachine,
  items: readonly Value[],
  { positional: [comparison = undefinedValue], isOpen }: CallArguments,
  site: CallSite,
): readonly Value[] | undefined {
  if (items.length > mostSorted || isOpen) return undefined;
  const isBefore = (left: Value, right: Value): boolean | undefined => {
    if (comparison === undefinedValue) {
      // Without a comparison, items are compared as texts, numbers too.
      const [first, second] = [plainText(left), plainText(right)];
      return first === undefined || second === undefined ? undefined : first < second;
    }
    const order = asNumber(machine.call(comparison, { positional: [left, right], keywords: new Map(), isOpen }, site));
    return order === undefined ? undefined : order < 0;
  };
  const sorted: Value[] = [];
  for (const item of items) {
    let position = sorted.length;
    for (const before of sorted.toReversed()) {
      const isFirst = isBefore(item, before);
      if (isFirst === undefined) return undefined;
      if (!isFirst) break;
      position -= 1;
    }
    sorted.splice(position, 0, item);
  }
  return sorted;
}

function listItems(value: Value): readonly Value[] | undefined {
  return value.kind === 'list' || value.kind === 'tuple' ? value.items : undefined;
}

function setMethod(machine: JavaScriptMachine, set: SequenceValue, name: string): Method | Value | undefined {
  switch (name) {
    case 'size':
      return set.items.some((item) => item.kind === 'unknown') ? undefined : machine.lengthOf(set);
    case 'add':
      return ({ positional: [item = undefinedValue] }) => {
        machine.heap.setItems(set, distinct([...set.items, item]));
        return set;
      };
    case 'has':
      return ({ positional: [wanted = undefinedValue] }) => {
        const answers = set.items.map((item) => compare('===', item, wanted));
        if (answers.includes(true)) return boolean(true);
        return answers.includes(undefined) ? unknown('whether a set holds a value is not known') : boolean(false);
      };
    case 'delete':
    case 'clear':
      return () => {
        machine.heap.setItems(set, [unknown('what is left of a set is not known')]);
        return undefinedValue;
      };
    case 'values':
    case 'keys':
      return () => machine.made(list(set.items));
    default:
      return callbackResults(machine, set, set.items, name, (items) => machine.made(list(items)));
  }
}

function mapMethod(machine: JavaScriptMachine, map: MapObject, name: string): Method | Value | undefined {
  const { entries } = map;
  switch (name) {
    case 'size':
      return entries.isOpen.value ? undefined : number(entries.entries.size);
    case 'set':
      return ({ positional: [key = undefinedValue, value = undefinedValue] }) => {
        const held = key.kind === 'unknown' ? undefined : keyOf(key);
        if (held === undefined) machine.heap.setState(entries.isOpen, true, (states) => states.includes(true));
        else machine.heap.setEntry(entries, held, { key, value });
        return map;
      };
    case 'get':
      return ({ positional: [key = undefinedValue] }) => {
        const held = key.kind === 'unknown' ? undefined : keyOf(key);
        const entry = held === undefined ? undefined : entries.entries.get(held);
        if (entry !== undefined) return entry.value;
        return held === undefined || entries.isOpen.value ? unknown('an entry of a map') : undefinedValue;
      };
    case 'has':
      return ({ positional: [key = undefinedValue] }) => {
        const held = key.kind === 'unknown' ? undefined : keyOf(key);
        if (held !== undefined && entries.entries.has(held)) return boolean(true);
        return held === undefined || entries.isOpen.value ? unknown('whether a map has a key') : boolean(false);
      };
    default: {
      if (entries.isOpen.value) return undefined;
      const held = [...entries.entries.values()];
      if (name === 'keys') return () => list(held.map(({ key }) => key));
      if (name === 'values') return () => list(held.map(({ value }) => value));
      return name === 'entries' ? () => list(held.map(({ key, value }) => list([key, value]))) : undefined;
    }
  }
}

function dictionaryMethod(object: DictionaryValue, name: string): Method | undefined {
  if (name !== 'hasOwnProperty') return undefined;
  return ({ positional: [key] }) => {
    const held = key === undefined || key.kind === 'unknown' ? undefined : keyOf(key);
    if (held !== undefined && object.entries.has(held)) return boolean(true);
    return held === undefined || object.isOpen.value ? unknown('whether an object has a property') : boolean(false);
  };
}

function functionMethod(machine: JavaScriptMachine, callee: FunctionObject, name: string): Method | Value | undefined {
  switch (name) {
    case 'name':
      return text(callee.name ?? '');
    case 'call':
      return ({ positional: [self = undefinedValue, ...rest], isOpen }, site) =>
        machine.callOn(callee, self, { positional: rest, keywords: new Map(), isOpen }, site);
    case 'apply':
      return ({ positional: [self = undefinedValue, given] }, site) => {
        const items = given === undefined ? [] : machine.itemsOf(given);
        const parameters = { positional: items ?? [], keywords: new Map(), isOpen: items === undefined };
        return machine.callOn(callee, self, parameters, site);
      };
    case 'bind':
      return ({ positional: [self = undefinedValue, ...first] }) =>
        builtin(callee.name ?? 'bound', ({ positional, ...rest }, site) =>
          machine.callOn(callee, self, { ...rest, positional: [...first, ...positional] }, site),
        );
    default:
      return undefined;
  }
}

function numberMethod(object: Value, name: string): Method | undefined {
  const written = plainText(object);
  if (name === 'toString' && written !== undefined) return () => text(written);
  return undefined;
}

function stringMethod(value: string, name: string): Method | undefined {
  const argument = ({ positional: [first] }: CallArguments): string | undefined =>
    first?.kind === 'string' ? first.value : undefined;
  const numeric = (given: Value | undefined): number | undefined => {
    const written = given === undefined ? undefined : plainText(given);
    return written === undefined ? undefined : Number(written);
  };
  const open = unknown('a text that is not known');
  switch (name) {
    case 'toString':
    case 'valueOf':
      return () => text(value);
    case 'toUpperCase':
      return () => text(value.toUpperCase());
    case 'toLowerCase':
      return () => text(value.toLowerCase());
    case 'trim':
      return () => text(value.trim());
    case 'split':
      return (parameters) => {
        const separator = argument(parameters);
        return separator === undefined ? open : list(value.split(separator).slice(0, mostItems).map(text));
      };
    case 'includes':
    case 'startsWith':
    case 'endsWith':
      return (parameters) => {
        const part = argument(parameters);
        return part === undefined ? unknown('whether a text holds another') : boolean(value[name](part));
      };
    case 'indexOf':
      return (parameters) => {
        const part = argument(parameters);
        return part === undefined ? unknown('where a text holds another') : number(value.indexOf(part));
      };
    case 'repeat':
      return ({ positional: [times] }) => {
        const count = numeric(times);
        const isShort = count !== undefined && count >= 0 && value.length * count <= longestText;
        return isShort ? text(value.repeat(count)) : open;
      };
    case 'charAt':
      return ({ positional: [place] }) => {
        const position = numeric(place);
        return position === undefined ? open : text(value.charAt(position));
      };
    case 'concat':
      return ({ positional }) => {
        const parts = positional.map(plainText);
        return parts.every((part) => part !== undefined) ? text(value.concat(...parts)) : open;
      };
    case 'slice':
    case 'substring':
      return ({ positional: [from, to] }) => {
        const [start, end] = [from === undefined ? 0 : numeric(from), to === undefined ? value.length : numeric(to)];
        return start === undefined || end === undefined ? open : text(value[name](start, end));
      };
    default:
      return undefined;
  }
}
