/** Methods of Python's built-in types. A method that is not followed leaves the object it may have changed open. */
import { constant } from '../../../../model/expression';
import type { Heap } from '../heap';
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
  mappingOf,
  none,
  type SequenceValue,
  text,
  tuple,
  unknown,
  type Value,
} from '../values';
import { distinct } from './expressions';
import { formatText } from './formatting';
import type { PythonMachine } from './machine';
import { compare } from './operators';
import { sortItems } from './sorting';

type Method = (parameters: CallArguments, site: CallSite) => Value;

/** The method `name` of a value of a built-in type; undefined when it is not followed. */
export function attributeOfBuiltin(machine: PythonMachine, object: Value, name: string): Value | undefined {
  const method = methodOf(machine, object, name);
  return method === undefined ? undefined : builtin(name, method);
}

function methodOf(machine: PythonMachine, object: Value, name: string): Method | undefined {
  switch (object.kind) {
    case 'list':
      return listMethod(machine, object, name);
    case 'set':
      return setMethod(machine, object, name);
    case 'dictionary':
      return dictionaryMethod(machine, object, name);
    case 'string':
      return stringMethod(machine, object.value, name);
    default:
      return undefined;
  }
}

/** The sequence may hold anything from here on; what it held it may still hold. */
export function openSequence(heap: Heap, sequence: SequenceValue): void {
  heap.setItems(sequence, sequence.items, true);
}

export function openDictionary(heap: Heap, dictionary: DictionaryValue): void {
  // Entries may have been overwritten as well.
  for (const [key, { key: name }] of [...dictionary.entries]) {
    heap.setEntry(dictionary, key, { key: name, value: unknown('a dictionary that something may have changed') });
  }
  heap.setState(dictionary.isOpen, true, (states) => states.includes(true));
}

function listMethod(machine: PythonMachine, object: SequenceValue, name: string): Method {
  const { heap } = machine;
  const open = (because: string): Value => {
    openSequence(heap, object);
    return unknown(because);
  };
  /** Work that needs every item to be known, else leaves the list open. */
  const ifKnown =
    (work: Method): Method =>
    (parameters, site) =>
      object.isOpen || parameters.isOpen ? open('a list that is not fully known') : work(parameters, site);
  switch (name) {
    case 'append':
      return ({ positional: [item] }) => {
        if (item !== undefined) heap.setItems(object, [...object.items, item]);
        return none;
      };
    case 'extend':
      return ({ positional: [source] }) => {
        const items = source === undefined ? undefined : machine.itemsOf(source);
        if (items === undefined) return open('a list extended by something that is not known');
        heap.setItems(object, [...object.items, ...items]);
        return none;
      };
    case 'insert':
      return ifKnown(({ positional: [index, item] }) => {
        const position = index === undefined ? undefined : machine.positionIn(index, object.items.length + 1);
        if (position === undefined || item === undefined) return open('an insertion at a place that is not known');
        heap.setItems(object, object.items.toSpliced(position, 0, item));
        return none;
      });
    case 'pop':
      return ifKnown(({ positional: [index] }) => {
        const position = machine.positionIn(index ?? integer(constant(-1)), object.items.length);
        const item = position === undefined ? undefined : object.items[position];
        if (position === undefined || item === undefined) return open('an item of a list that is not known');
        heap.setItems(object, object.items.toSpliced(position, 1));
        return item;
      });
    case 'remove':
      return ifKnown(({ positional: [item] }) => {
        const answers = object.items.map((held) => (item === undefined ? undefined : compare('==', held, item)));
        const position = answers.indexOf(true);
        const isCertain = position !== -1 && !answers.slice(0, position).includes(undefined);
        if (!isCertain) return open('which item is removed is not known');
        heap.setItems(object, object.items.toSpliced(position, 1));
        return none;
      });
    case 'clear':
      return () => {
        heap.setItems(object, [], false);
        return none;
      };
    case 'reverse':
      return ifKnown(() => {
        heap.setItems(object, object.items.toReversed());
        return none;
      });
    case 'sort':
      return ifKnown((parameters, site) => {
        const sorted = sortItems(object.items, parameters, site);
        if (sorted === undefined) return open('a list in an order that is not known');
        heap.setItems(object, sorted);
        return none;
      });
    case 'copy':
      return ifKnown(() => list(object.items));
    case 'index':
      return ifKnown(({ positional: [item, ...bounds] }) => {
        const answers = object.items.map((held) => (item === undefined ? undefined : compare('==', held, item)));
        const position = answers.indexOf(true);
        const isCertain = bounds.length === 0 && position !== -1 && !answers.slice(0, position).includes(undefined);
        return isCertain ? integer(constant(position)) : unknown('where an item stands is not known');
      });
    case 'count':
      return () => unknown('how often an item occurs is not known');
    default:
      return () => open(`what ${name} does to a list is not followed`);
  }
}

function setMethod(machine: PythonMachine, object: SequenceValue, name: string): Method {
  const { heap } = machine;
  const open = (): Value => {
    openSequence(heap, object);
    return unknown(`what ${name} does to a set is not followed`);
  };
  const united = (sources: readonly Value[]): Value[] | undefined => {
    const all = sources.map((source) => machine.itemsOf(source));
    return all.every((items) => items !== undefined) ? distinct([...object.items, ...all.flat()]) : undefined;
  };
  switch (name) {
    case 'add':
      return ({ positional: [item] }) => {
        if (item === undefined) return open();
        heap.setItems(object, distinct([...object.items, item]));
        return none;
      };
    case 'update':
      return ({ positional }) => {
        const items = united(positional);
        if (items === undefined) return open();
        heap.setItems(object, items);
        return none;
      };
    case 'union':
      return ({ positional }) => {
        const items = object.isOpen ? undefined : united(positional);
        return items === undefined ? unknown('a union of sets that are not known') : { kind: 'set', items };
      };
    case 'clear':
      return () => {
        heap.setItems(object, [], false);
        return none;
      };
    case 'copy':
      return () => ({ kind: 'set', items: object.items, isOpen: object.isOpen ?? false });
    case 'intersection':
    case 'difference':
    case 'issubset':
    case 'issuperset':
      return () => unknown(`${name} of sets is not followed`);
    default:
      return open;
  }
}

function dictionaryMethod(machine: PythonMachine, object: DictionaryValue, name: string): Method {
  const { heap } = machine;
  const entries = (pick: (entry: { key: Value; value: Value }) => Value): Value =>
    object.isOpen.value
      ? unknown('a dictionary that is not fully known')
      : list([...object.entries.values()].map(pick));
  switch (name) {
    case 'get':
    case 'pop':
    case 'setdefault':
      return ({ positional: [key, fallback] }, site) => {
        const entryKey = key === undefined || key.kind === 'unknown' ? undefined : keyOf(key);
        const entry = entryKey === undefined ? undefined : object.entries.get(entryKey);
        if (entry !== undefined) {
          if (name === 'pop' && entryKey !== undefined) heap.setEntry(object, entryKey, undefined);
          return entry.value;
        }
        if (entryKey === undefined || object.isOpen.value) {
          if (name !== 'get') openDictionary(heap, object);
          return unknown(`${machine.textOf(site.span).slice(0, 60)} is not known`, null, machine.locate(site.span));
        }
        if (name === 'setdefault' && key !== undefined) {
          heap.setEntry(object, entryKey, { key, value: fallback ?? none });
        }
        return fallback ?? none;
      };
    case 'keys':
      return () => entries((entry) => entry.key);
    case 'values':
      return () => entries((entry) => entry.value);
    case 'items':
      return () => entries((entry) => tuple([entry.key, entry.value]));
    case 'update':
      return ({ positional: [source], keywords, isOpen }) => {
        const given = source && mappingOf(source);
        if (isOpen || (source !== undefined && given === undefined) || given?.isOpen.value)
          openDictionary(heap, object);
        for (const [key, entry] of given?.entries ?? []) heap.setEntry(object, key, entry);
        for (const [keyword, value] of keywords) {
          const key = text(keyword);
          heap.setEntry(object, keyOf(key) ?? keyword, { key, value });
        }
        return none;
      };
    case 'copy':
      return () => ({
        kind: 'dictionary',
        entries: new Map(object.entries),
        isOpen: { value: object.isOpen.value },
      });
    case 'clear':
      return () => {
        for (const key of [...object.entries.keys()]) heap.setEntry(object, key, undefined);
        heap.setState(object.isOpen, false, (states) => states.includes(true));
        return none;
      };
    default:
      return () => {
        openDictionary(heap, object);
        return unknown(`what ${name} does to a dictionary is not followed`);
      };
  }
}

function stringMethod(machine: PythonMachine, object: string, name: string): Method | undefined {
  const strings = (values: readonly Value[]): string[] | undefined => {
    const written = values.map((value) => (value.kind === 'string' ? value.value : undefined));
    return written.every((value) => value !== undefined) ? written : undefined;
  };
  switch (name) {
    case 'lower':
      return () => text(object.toLowerCase());
    case 'upper':
      return () => text(object.toUpperCase());
    case 'strip':
      return ({ positional }) => (positional.length === 0 ? text(object.trim()) : unknown('a stripped text'));
    case 'capitalize':
      return () => text(object.slice(0, 1).toUpperCase() + object.slice(1).toLowerCase());
    case 'format':
      return (parameters) => formatText(object, parameters);
    case 'isdigit':
      return () => boolean(/^\d+$/.test(object));
    case 'startswith':
    case 'endswith':
      return ({ positional }) => {
        const [part] = strings(positional) ?? [];
        if (part === undefined || positional.length > 1) return unknown('whether a text starts or ends with another');
        return boolean(name === 'startswith' ? object.startsWith(part) : object.endsWith(part));
      };
    case 'partition':
    case 'rpartition':
      return ({ positional }) => {
        const [separator] = strings(positional) ?? [];
        if (separator === undefined || separator === '') return unknown('a text taken apart');
        const at = name === 'partition' ? object.indexOf(separator) : object.lastIndexOf(separator);
        if (at === -1) return tuple((name === 'partition' ? [object, '', ''] : ['', '', object]).map(text));
        return tuple([object.slice(0, at), separator, object.slice(at + separator.length)].map(text));
      };
    case 'split':
    case 'rsplit':
      return ({ positional: [first, second], keywords }) => {
        const given = first ?? keywords.get('sep') ?? none;
        const most = second ?? keywords.get('maxsplit');
        const number = most === undefined ? undefined : asNumber(most);
        if (given.kind === 'none' && most === undefined) {
          return list(object.trim().split(/\s+/).filter(Boolean).map(text));
        }
        if (given.kind !== 'string' || (most !== undefined && number === undefined)) return unknown('a split text');
        const parts = object.split(given.value);
        const surplus = number === undefined || number < 0 ? 0 : Math.max(0, parts.length - 1 - number);
        const joined = name === 'split' ? parts.slice(parts.length - 1 - surplus) : parts.slice(0, surplus + 1);
        const others = name === 'split' ? parts.slice(0, parts.length - 1 - surplus) : parts.slice(surplus + 1);
        const whole = joined.join(given.value);
        return list((name === 'split' ? [...others, whole] : [whole, ...others]).map(text));
      };
    case 'join':
      return ({ positional: [source] }) => {
        const items = source === undefined ? undefined : machine.itemsOf(source);
        const parts = items === undefined ? undefined : strings(items);
        return parts === undefined ? unknown('a joined text') : text(parts.join(object));
      };
    case 'replace':
      return ({ positional }) => {
        const [before, after] = strings(positional) ?? [];
        if (before === undefined || after === undefined || positional.length > 2) return unknown('a replaced text');
        return text(object.replaceAll(before, after));
      };
    default:
      return undefined;
  }
}
