/** Methods of Python's built-in types. */
import { constant } from '../../../../model/expression';
import {
  builtin,
  type CallArguments,
  type CallSite,
  type DictionaryValue,
  integer,
  keyOf,
  list,
  none,
  type SequenceValue,
  text,
  tuple,
  unknown,
  type Value,
} from '../values';
import type { PythonMachine } from './machine';

type Method = (parameters: CallArguments, site: CallSite) => Value;

/** The method `name` of a value of a built-in type; undefined when it is not followed. */
export function attributeOfBuiltin(machine: PythonMachine, object: Value, name: string): Value | undefined {
  const method = methodOf(machine, object, name);
  return method === undefined ? undefined : builtin(name, method);
}

function methodOf(machine: PythonMachine, object: Value, name: string): Method | undefined {
  switch (object.kind) {
    case 'list':
    case 'set':
      return listMethod(machine, object, name);
    case 'dictionary':
      return dictionaryMethod(machine, object, name);
    case 'string':
      return stringMethod(machine, object.value, name);
    default:
      return undefined;
  }
}

function listMethod(machine: PythonMachine, object: SequenceValue, name: string): Method | undefined {
  const uncertain = (): void => {
    // Whatever else happens to it, the list is no longer what is known.
    machine.heap.setItems(object, [...object.items, unknown('more items may follow')]);
  };
  switch (name) {
    case 'append':
    case 'add':
      return ({ positional: [item] }) => {
        if (item !== undefined) machine.heap.setItems(object, [...object.items, item]);
        return none;
      };
    case 'extend':
    case 'update':
      return ({ positional: [source] }) => {
        const items = source === undefined ? undefined : machine.itemsOf(source);
        if (items === undefined) uncertain();
        else machine.heap.setItems(object, [...object.items, ...items]);
        return none;
      };
    case 'insert':
      return ({ positional: [index, item] }) => {
        const position = index === undefined ? undefined : machine.positionIn(index, object.items.length + 1);
        if (position === undefined || item === undefined) uncertain();
        else machine.heap.setItems(object, object.items.toSpliced(position, 0, item));
        return none;
      };
    case 'pop':
      return ({ positional: [index] }) => {
        const at = index ?? integer(constant(-1));
        const position = machine.positionIn(at, object.items.length);
        const item = position === undefined ? undefined : object.items[position];
        if (position === undefined || item === undefined) {
          uncertain();
          return unknown('an item of a list that is not known');
        }
        machine.heap.setItems(object, object.items.toSpliced(position, 1));
        return item;
      };
    case 'reverse':
      return () => {
        machine.heap.setItems(object, object.items.toReversed());
        return none;
      };
    case 'copy':
      return () => ({ kind: object.kind, items: object.items });
    default:
      return undefined;
  }
}

function dictionaryMethod(machine: PythonMachine, object: DictionaryValue, name: string): Method | undefined {
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
        if (entry !== undefined) return entry.value;
        if (entryKey === undefined || object.isOpen.value) {
          return unknown(`${machine.textOf(site.span).slice(0, 60)} is not known`, null, machine.locate(site.span));
        }
        if (name === 'setdefault' && key !== undefined) {
          machine.heap.setEntry(object, entryKey, { key, value: fallback ?? none });
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
      return ({ positional: [source], keywords }) => {
        if (source !== undefined && source.kind !== 'dictionary') {
          machine.heap.setState(object.isOpen, true, (states) => states.includes(true));
        } else {
          for (const [key, entry] of source?.entries ?? []) machine.heap.setEntry(object, key, entry);
        }
        for (const [keyword, value] of keywords) {
          const key = text(keyword);
          machine.heap.setEntry(object, keyOf(key) ?? keyword, { key, value });
        }
        return none;
      };
    case 'copy':
      return () => ({
        kind: 'dictionary',
        entries: new Map(object.entries),
        isOpen: { value: object.isOpen.value },
      });
    default:
      return undefined;
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
    case 'startswith':
    case 'endswith':
      return ({ positional }) => {
        const [part] = strings(positional) ?? [];
        if (part === undefined) return unknown('whether a text starts or ends with another');
        return { kind: 'boolean', value: name === 'startswith' ? object.startsWith(part) : object.endsWith(part) };
      };
    case 'split':
      return ({ positional }) => {
        const [separator] = strings(positional) ?? [];
        if (positional.length > 1 || (positional.length === 1 && separator === undefined))
          return unknown('a split text');
        const parts = separator === undefined ? object.trim().split(/\s+/).filter(Boolean) : object.split(separator);
        return list(parts.map(text));
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
        return before === undefined || after === undefined
          ? unknown('a replaced text')
          : text(object.replaceAll(before, after));
      };
    default:
      return undefined;
  }
}
