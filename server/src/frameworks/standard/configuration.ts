/** Dictionaries whose entries are attributes too: `addict.Dict`, `EasyDict`, `Box`, `ConfigDict`, `CfgNode`, `DictConfig`. */

import { constant } from '../../../../model/expression';
import { openVariables } from '../../evaluate/attributes';
import type { Heap } from '../../evaluate/heap';
import {
  builtin,
  type CallSite,
  type DictionaryValue,
  dictionary,
  type ForeignValue,
  integer,
  keyOf,
  list,
  mappingOf,
  none,
  text,
  unknown,
  type Value,
} from '../../evaluate/values';

export class ConfigurationValue implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'configuration';

  /** @param data its entries; dictionaries among them are configurations too */
  constructor(readonly data: DictionaryValue) {}

  attribute(name: string, site: CallSite): Value | undefined {
    const entry = this.data.entries.get(`string:${name}`);
    if (entry !== undefined) return entry.value;
    if (plainCopies.has(name)) return builtin(name, () => plain(this));
    if (quietMethods.has(name)) return builtin(name, () => none);
    if (ownCopies.has(name)) return builtin(name, () => configured(plain(this)));
    if (name === 'unlocked' || name === 'ignore_type') return builtin(name, () => this);
    if (name === 'update' || name === 'merge_update') {
      return builtin(name, ({ positional: [source], keywords, isOpen }, at) => {
        const given = source === undefined ? dictionary() : mappingOf(source);
        if (given === undefined || isOpen) this.escape(at);
        else merge(at.machine.heap, this, given);
        merge(at.machine.heap, this, dictionary([...keywords].map(([key, value]) => ({ key: text(key), value }))));
        return none;
      });
    }
    if (dictionaryMethods.has(name)) return site.machine.attribute(this.data, name, site);
    if (openingMethods.test(name)) {
      return builtin(name, (_parameters, at) => {
        this.escape(at);
        return unknown(`what ${name} does to a configuration is not followed`);
      });
    }
    const because = `the configuration has no known entry ${name}`;
    return site.machine.bound(name, unknown(because, null, site.machine.locate(site.span)), site.span);
  }

  setAttribute(name: string, value: Value, site: CallSite): void {
    this.setItem(text(name), value, site);
  }

  index([index]: readonly Value[], site: CallSite): Value {
    if (index?.kind === 'string')
      return this.data.entries.get(`string:${index.value}`)?.value ?? this.missing(index.value, site);
    const key = index === undefined || index.kind === 'unknown' ? undefined : keyOf(index);
    return (
      (key === undefined ? undefined : this.data.entries.get(key)?.value) ?? unknown('an entry of a configuration')
    );
  }

  setItem(index: Value, value: Value | undefined, site: CallSite): void {
    const key = index.kind === 'unknown' ? undefined : keyOf(index);
    if (key === undefined) this.escape(site);
    else site.machine.heap.setEntry(this.data, key, value && { key: index, value: configured(value) });
  }

  items(): readonly Value[] | undefined {
    return this.data.isOpen.value ? undefined : [...this.data.entries.values()].map(({ key }) => key);
  }

  length(): Value | undefined {
    return this.data.isOpen.value ? undefined : integer(constant(this.data.entries.size));
  }

  mapping(): DictionaryValue {
    return this.data;
  }

  /** `with config.unlocked():` */
  enter(): Value {
    return this;
  }

  deepCopy(copyOf: (value: Value) => Value): Value {
    const copied = copyOf(this.data);
    return copied.kind === 'dictionary' ? new ConfigurationValue(copied) : copied;
  }

  /** Whatever it holds may be another from here on, further down as well. */
  escape(site: CallSite): void {
    const { heap } = site.machine;
    for (const [key, entry] of [...this.data.entries]) {
      if (entry.value instanceof ConfigurationValue) entry.value.escape(site);
      else if (entry.key.kind === 'string') {
        const variables = new Map([[entry.key.value, entry.value]]);
        openVariables(heap, variables, 'code that is not read may have changed it');
        heap.setEntry(this.data, key, { key: entry.key, value: variables.get(entry.key.value) ?? entry.value });
      }
    }
    heap.setState(this.data.isOpen, true, (states) => states.includes(true));
  }

  private missing(name: string, site: CallSite): Value {
    const because = `the configuration has no known entry ${name}`;
    return site.machine.bound(name, unknown(because, null, site.machine.locate(site.span)), site.span);
  }
}

const plainCopies: ReadonlySet<string> = new Set(['to_dict', 'toDict', 'as_dict', 'to_container']);
const ownCopies: ReadonlySet<string> = new Set(['clone', 'copy', 'deepcopy', 'copy_and_resolve_references']);
const quietMethods: ReadonlySet<string> = new Set(['lock', 'unlock', 'freeze', 'unfreeze', 'defrost']);
const dictionaryMethods: ReadonlySet<string> = new Set([
  'get',
  'pop',
  'setdefault',
  'keys',
  'values',
  'items',
  'clear',
]);
const openingMethods = /^(?:merge|load|read|set|update|from|override|apply|parse|extend|resolve)(?:_|$)/;

/** The value with every dictionary in it made a configuration. */
export function configured(value: Value): Value {
  if (value instanceof ConfigurationValue) return value;
  if (value.kind === 'dictionary') {
    const data = dictionary(
      [...value.entries.values()].map(({ key, value: inner }) => ({ key, value: configured(inner) })),
    );
    data.isOpen.value = value.isOpen.value;
    return new ConfigurationValue(data);
  }
  if (value.kind === 'list' && !value.isOpen) return list(value.items.map(configured));
  return value;
}

/** The value with every configuration in it made a plain dictionary. */
export function plain(value: Value): Value {
  const mapping = mappingOf(value);
  if (mapping !== undefined) {
    const data = dictionary(
      [...mapping.entries.values()].map(({ key, value: inner }) => ({ key, value: plain(inner) })),
    );
    data.isOpen.value = mapping.isOpen.value;
    return data;
  }
  return value.kind === 'list' && !value.isOpen ? list(value.items.map(plain)) : value;
}

/** Takes over the entries of another, entry by entry where both have a configuration. */
export function merge(heap: Heap, target: ConfigurationValue, source: DictionaryValue): void {
  for (const [name, { key, value }] of source.entries) {
    const held = target.data.entries.get(name)?.value;
    const given = mappingOf(value);
    if (held instanceof ConfigurationValue && given !== undefined) merge(heap, held, given);
    else heap.setEntry(target.data, name, { key, value: configured(value) });
  }
  if (source.isOpen.value) heap.setState(target.data.isOpen, true, (states) => states.includes(true));
}
