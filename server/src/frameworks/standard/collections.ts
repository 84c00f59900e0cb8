/** The classes of module `collections` that are dictionaries and lists with a habit. */
import { constant } from '../../../../model/expression';
import { openDictionary } from '../../evaluate/python/methods';
import { applyOperator } from '../../evaluate/python/operators';
import {
  asNumber,
  builtin,
  type CallArguments,
  type CallSite,
  type DictionaryValue,
  dictionary,
  type ForeignValue,
  integer,
  keyOf,
  list,
  mappingOf,
  noArguments,
  none,
  unknown,
  type Value,
} from '../../evaluate/values';

/** A dictionary that makes what it is asked for and does not hold: `defaultdict`, `Counter`. */
class SupplyingDictionary implements ForeignValue {
  readonly kind = 'foreign';

  constructor(
    readonly description: string,
    private readonly data: DictionaryValue,
    private readonly supply: (site: CallSite) => Value,
    /** Whether asking for an entry makes one. */
    private readonly keepsSupplied: boolean,
  ) {}

  attribute(name: string, site: CallSite): Value | undefined {
    if (name === 'most_common' || name === 'elements' || name === 'total') {
      return builtin(name, () => unknown(`${name} of a ${this.description} is not followed`));
    }
    // A Counter adds to its counts where a dictionary would replace them.
    if (!this.keepsSupplied && (name === 'update' || name === 'subtract')) {
      return builtin(name, (_parameters, at) => {
        this.escape(at);
        return none;
      });
    }
    return site.machine.attribute(this.data, name, site);
  }

  index([index]: readonly Value[], site: CallSite): Value {
    const key = index === undefined || index.kind === 'unknown' ? undefined : keyOf(index);
    const held = key === undefined ? undefined : this.data.entries.get(key)?.value;
    if (held !== undefined) return held;
    if (index === undefined || key === undefined || this.data.isOpen.value) {
      return unknown(`an entry of the ${this.description} is not known`, null, site.machine.locate(site.span));
    }
    const made = this.supply(site);
    if (this.keepsSupplied) site.machine.heap.setEntry(this.data, key, { key: index, value: made });
    return made;
  }

  setItem(index: Value, value: Value | undefined, site: CallSite): void {
    const key = index.kind === 'unknown' ? undefined : keyOf(index);
    if (key === undefined) site.machine.heap.setState(this.data.isOpen, true, (states) => states.includes(true));
    else site.machine.heap.setEntry(this.data, key, value && { key: index, value });
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

  escape(site: CallSite): void {
    openDictionary(site.machine.heap, this.data);
  }
}

/** The entries that a constructor of dictionaries is given; undefined when they are not all known. */
function entriesOf(
  { positional: [source], keywords, isOpen }: CallArguments,
  site: CallSite,
): DictionaryValue | undefined {
  const held = source && mappingOf(source);
  const result = dictionary(held?.entries.values());
  if (isOpen || held?.isOpen.value) result.isOpen.value = true;
  const pairs = source === undefined || held !== undefined ? [] : site.machine.itemsOf(source);
  for (const pair of pairs ?? []) {
    const [key, value] = site.machine.itemsOf(pair) ?? [];
    const name = key === undefined ? undefined : keyOf(key);
    if (key === undefined || value === undefined || name === undefined) return undefined;
    result.entries.set(name, { key, value });
  }
  for (const [name, value] of keywords)
    result.entries.set(`string:${name}`, { key: { kind: 'string', value: name }, value });
  return pairs === undefined ? undefined : result;
}

const zero = integer(constant(0));
const one = integer(constant(1));

/** A class of `collections` called; undefined when it is not followed. */
export function collection(name: string, parameters: CallArguments, site: CallSite): Value | undefined {
  const [first, ...rest] = parameters.positional;
  switch (name) {
    case 'OrderedDict':
      return entriesOf(parameters, site);
    case 'defaultdict': {
      const data = entriesOf({ ...parameters, positional: rest }, site);
      if (data === undefined || first === undefined || first.kind === 'none') return data;
      return new SupplyingDictionary('defaultdict', data, (at) => at.machine.call(first, noArguments, at), true);
    }
    case 'Counter': {
      const counts = dictionary();
      const items = first === undefined ? [] : site.machine.itemsOf(first);
      const isCounted = first === undefined || mappingOf(first) === undefined;
      if (items === undefined || !isCounted || parameters.keywords.size > 0 || parameters.isOpen) return undefined;
      for (const key of items) {
        const entryKey = key.kind === 'unknown' ? undefined : keyOf(key);
        if (entryKey === undefined) return undefined;
        const value = applyOperator('+', counts.entries.get(entryKey)?.value ?? zero, one);
        counts.entries.set(entryKey, { key, value });
      }
      return new SupplyingDictionary('Counter', counts, () => zero, false);
    }
    case 'deque': {
      const items = first === undefined ? [] : site.machine.itemsOf(first);
      const bound = rest[0] ?? parameters.keywords.get('maxlen');
      const most = bound === undefined || bound.kind === 'none' ? Number.POSITIVE_INFINITY : asNumber(bound);
      // One of bounded length drops items when others come: only that it starts with these is known.
      if (items === undefined || most === undefined || parameters.isOpen) return undefined;
      return Number.isFinite(most) ? undefined : list(items);
    }
    default:
      return undefined;
  }
}
