/** Reading the arguments of a library call against the library's signature. */

import { constant } from '../../../model/expression';
import { known, type Quantity, unknown as unknownQuantity } from '../../../model/graph';
import {
  asNumber,
  asQuantity,
  boolean,
  type CallArguments,
  type CallSite,
  describe,
  integer,
  type UnknownValue,
  type Value,
} from '../evaluate/values';

export class LibraryArguments {
  private readonly values: ReadonlyMap<string, Value>;

  /** `signature` names the positional parameters in order. */
  constructor(
    signature: readonly string[],
    private readonly given: CallArguments,
    private readonly site: CallSite,
  ) {
    const values = new Map<string, Value>(given.keywords);
    given.positional.forEach((value, index) => {
      const name = signature[index];
      if (name !== undefined) values.set(name, value);
    });
    this.values = values;
  }

  /** The same arguments with another value for one of them. */
  with(name: string, value: Value): LibraryArguments {
    const keywords = new Map(this.values).set(name, value);
    return new LibraryArguments([], { positional: [], keywords, isOpen: this.given.isOpen }, this.site);
  }

  /** The value given for a parameter. */
  get(name: string): Value | undefined {
    return this.values.get(name);
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  /** The size given, its default, or unknown. A size that the source does not determine becomes a symbol named after it. */
  size(name: string, byDefault?: number): Quantity {
    const value = this.values.get(name);
    if (value !== undefined) return sizeOf(value, this.site);
    if (this.given.isOpen) return unknownQuantity(`${name} may be among arguments that are not known`);
    return byDefault === undefined ? unknownQuantity(`${name} is not given`) : known(constant(byDefault));
  }

  /** True, false, or why that is not known. */
  flag(name: string, byDefault: boolean): boolean | UnknownValue {
    const value = this.values.get(name) ?? (this.given.isOpen ? undefined : boolean(byDefault));
    if (value === undefined) return { kind: 'unknown', because: `${name} is not known`, name, location: null };
    const truth = this.site.machine.truth(value);
    return truth ?? { kind: 'unknown', because: `${name} is not known (${describe(value)})`, name, location: null };
  }

  /** A number, its default, or null when it is not known. */
  number(name: string, byDefault: number): number | null {
    const value = this.values.get(name);
    if (value === undefined) return this.given.isOpen ? null : byDefault;
    return asNumber(value) ?? null;
  }

  /** A text, its default, or null when it is given but not known. */
  text(name: string, byDefault: string): string | null {
    const value = this.values.get(name);
    if (value === undefined) return this.given.isOpen ? null : byDefault;
    if (value.kind === 'string') return value.value;
    return null;
  }

  /** `None` and absence are the same for most parameters. */
  isNone(name: string): boolean {
    const value = this.values.get(name);
    return value === undefined ? !this.given.isOpen : value.kind === 'none';
  }
}

/** The size a value stands for. What has no name of its own is named by the source text it came from. */
export function sizeOf(value: Value, site: CallSite): Quantity {
  const { machine } = site;
  if (value.kind === 'unknown' && value.name !== null) machine.sizeNames.add(value.name);
  if (value.kind === 'unknown' && value.name === null && value.location !== null) {
    const source = machine.textOf(value.location);
    // What a formula could take apart stands in brackets: `4·(a or 8)²`.
    const name = /\s/.test(source) ? `(${source})` : source;
    if (source.length <= 40) return known(machine.symbol({ name, meaning: value.because, location: value.location }));
  }
  return asQuantity(value);
}

/** The sizes of a tuple or list of integers; undefined when it is not one of known length. */
export function sizesOf(value: Value | undefined, site: CallSite): readonly Quantity[] | undefined {
  if (value === undefined) return undefined;
  if (value.kind === 'tuple' || value.kind === 'list') return value.items.map((item) => sizeOf(item, site));
  const items = value.kind === 'foreign' ? site.machine.itemsOf(value) : undefined;
  return items?.map((item) => sizeOf(item, site));
}

/** The value that stands for a size. */
export function fromQuantity(size: Quantity): Value {
  return size.kind === 'known'
    ? integer(size.value)
    : { kind: 'unknown', because: size.because, name: null, location: null };
}
