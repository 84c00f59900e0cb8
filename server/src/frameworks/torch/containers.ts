/** `nn.Sequential`, `nn.ModuleList`, `nn.ModuleDict`, `nn.ParameterList` and `nn.ParameterDict`. */
import { constant } from '../../../../model/expression';
import type { SourceLocation } from '../../../../model/graph';
import {
  asNumber,
  builtin,
  type CallArguments,
  type CallSite,
  integer,
  list,
  none,
  positionalArguments,
  type SequenceValue,
  type SliceValue,
  text,
  tuple,
  unknown,
  type Value,
} from '../../evaluate/values';
import { type ModuleObject, moduleAttribute } from './modules';
import { isArray, parameterOf } from './parameters';
import type { TorchTrace } from './trace';

export type ContainerType = 'Sequential' | 'ModuleList' | 'ModuleDict' | 'ParameterList' | 'ParameterDict';

export function isContainerType(name: string): name is ContainerType {
  return ['Sequential', 'ModuleList', 'ModuleDict', 'ParameterList', 'ParameterDict'].includes(name);
}

/** What containers of one file share: the trace that runs, and where each new one is told. */
export interface ContainerHome {
  readonly trace: TorchTrace;
  made(container: ContainerValue): void;
}

/** A container of modules; `children` is a list of (name, module) pairs, changed only through the heap. */
export class ContainerValue implements ModuleObject {
  readonly kind = 'foreign';
  readonly description: string;
  readonly libraryClass: string;
  readonly children: SequenceValue;
  /** The variable it was first bound to: what a model made of it alone is called. */
  name: string | null = null;

  constructor(
    readonly type: ContainerType,
    children: readonly (readonly [string, Value])[],
    readonly location: SourceLocation,
    private readonly home: ContainerHome,
  ) {
    this.description = type;
    this.libraryClass = `torch.nn.${type}`;
    // A name given twice holds what was given last.
    this.children = list([...new Map(children)].map(([name, module]) => tuple([text(name), module])));
    home.made(this);
  }

  private get isDictionary(): boolean {
    return this.type === 'ModuleDict' || this.type === 'ParameterDict';
  }

  members(): readonly (readonly [string, Value])[] {
    return this.entries();
  }

  register(name: Value, value: Value | undefined, site: CallSite): void {
    if (name.kind !== 'string') this.escape(site);
    else if (value !== undefined) this.setAttribute(name.value, value, site);
    else this.deleteAttribute(name.value, site);
  }

  deleteAttribute(name: string, site: CallSite): void {
    const remaining = this.children.items.filter((_, index) => this.entries()[index]?.[0] !== name);
    site.machine.heap.setItems(this.children, remaining);
  }

  named(name: string): void {
    this.name ??= name;
  }

  /** Names and modules in order, with an unknown one last where others may have been added. */
  entries(): readonly (readonly [string, Value])[] {
    const held = this.children.items.map((item, index): readonly [string, Value] => {
      const [name, module] = item.kind === 'tuple' ? item.items : [];
      return [name?.kind === 'string' ? name.value : String(index), module ?? item];
    });
    return this.children.isOpen ? [...held, ['…', unknown(`which modules the ${this.type} holds is not known`)]] : held;
  }

  items(): readonly Value[] | undefined {
    if (this.children.isOpen) return undefined;
    return this.entries().map(([name, module]) => (this.isDictionary ? text(name) : module));
  }

  length(): Value | undefined {
    return this.children.isOpen ? undefined : integer(constant(this.children.items.length));
  }

  index([index]: readonly Value[]): Value {
    const entries = this.entries();
    if (this.children.isOpen) return unknown(`which module of the ${this.type} is taken is not known`);
    if (index?.kind === 'string') {
      return entries.find(([name]) => name === index.value)?.[1] ?? unknown(`${this.type} has no entry ${index.value}`);
    }
    if (index?.kind === 'slice') {
      const picked = slicedEntries(entries, index);
      if (picked === undefined) return unknown(`which modules of the ${this.type} are taken is not known`);
      return this.derived(picked.map(([, module]) => module));
    }
    const number = asNumber(index);
    const module = number === undefined ? undefined : entries.at(number)?.[1];
    return module ?? unknown(`which module of the ${this.type} is taken is not known`);
  }

  setItem(index: Value, value: Value | undefined, site: CallSite): void {
    const { heap } = site.machine;
    const entries = this.entries();
    const position =
      index.kind === 'string' ? entries.findIndex(([name]) => name === index.value) : (asNumber(index) ?? Number.NaN);
    const counted = index.kind !== 'string' && position < 0 ? position + entries.length : position;
    if (this.children.isOpen || !Number.isInteger(counted)) {
      heap.setItems(this.children, [...this.children.items, ...(value === undefined ? [] : [value])], true);
    } else if (index.kind === 'string' && counted === -1) {
      if (value !== undefined) this.push(index.value, value, site);
    } else if (value === undefined) {
      const remaining = this.children.items.toSpliced(counted, 1);
      heap.setItems(this.children, this.isDictionary ? remaining : renumbered(remaining));
    } else {
      const name = entries[counted]?.[0] ?? String(counted);
      const held = tuple([text(name), this.held(value, site)]);
      heap.setItems(this.children, this.children.items.toSpliced(counted, 1, held));
    }
  }

  escape(site: CallSite): void {
    site.machine.heap.setItems(this.children, this.children.items, true);
  }

  /** `ModuleList + modules`, `Sequential + Sequential` and `Sequential * times`: new containers of the same modules. */
  binary(operator: string, other: Value, isReflected: boolean, site: CallSite): Value | undefined {
    const joined = this.combined(operator, other, isReflected, site);
    return joined && this.derived(joined, site.machine.locate(site.span));
  }

  /** `container += modules` changes the container itself. */
  inPlace(operator: string, other: Value, site: CallSite): Value | undefined {
    const joined = this.combined(operator, other, false, site);
    if (joined === undefined) this.escape(site);
    else site.machine.heap.setItems(this.children, renumbered(joined.map((module) => this.held(module, site))));
    return this;
  }

  private combined(operator: string, other: Value, isReflected: boolean, site: CallSite): Value[] | undefined {
    if (this.children.isOpen || this.isDictionary) return undefined;
    const own = this.entries().map(([, module]) => module);
    const times = asNumber(other);
    if (operator === '*' && times !== undefined) return Array.from({ length: times }, () => own).flat();
    const added = site.machine.itemsOf(other);
    return operator === '+' && !isReflected && added !== undefined ? [...own, ...added] : undefined;
  }

  private derived(modules: readonly Value[], location = this.location): ContainerValue {
    const numbered = modules.map((module, index) => [String(index), module] as const);
    return new ContainerValue(this.type, numbered, location, this.home);
  }

  attribute(name: string, site: CallSite): Value | undefined {
    switch (name) {
      case 'append':
      case 'extend':
      case 'insert':
      case 'pop':
      case 'update':
        return builtin(name, (parameters, at) => this.change(name, parameters, at));
      case 'clear':
        return builtin(name, (_parameters, at) => {
          at.machine.heap.setItems(this.children, [], false);
          return none;
        });
      case 'items':
        return this.listing(([key, module]) => tuple([text(key), module]));
      case 'values':
        return this.listing(([, module]) => module);
      case 'keys':
        return this.listing(([key]) => text(key));
      case 'training':
        return unknown('whether a module is being trained');
      default:
    }
    const shared = moduleAttribute(this, name, site);
    if (shared !== undefined) return shared;
    const child = this.entries().find(([key]) => key === name)?.[1];
    // Any other method may change what it holds.
    return (
      child ??
      builtin(name, (_parameters, at) => {
        this.escape(at);
        return unknown(`what ${name} does to a ${this.type} is not followed`);
      })
    );
  }

  setAttribute(name: string, value: Value, site: CallSite): void {
    if (this.entries().some(([key]) => key === name)) this.setItem(text(name), value, site);
    else this.push(name, value, site);
  }

  call({ positional, isOpen }: CallArguments, site: CallSite): Value {
    const [input] = positional;
    if (this.type !== 'Sequential' || input === undefined || isOpen)
      return unknown(`a ${this.type} is not called like this`);
    return this.entries().reduce(
      (value, [, module]) => site.machine.call(module, positionalArguments(value), site),
      input,
    );
  }

  deepCopy(copyOf: (value: Value) => Value): Value {
    const children = this.entries().map(([name, module]) => [name, copyOf(module)] as const);
    const copied = new ContainerValue(this.type, children, this.location, this.home);
    copied.children.isOpen = this.children.isOpen ?? false;
    return copied;
  }

  private listing(pick: (entry: readonly [string, Value]) => Value): Value {
    return builtin('entries', () =>
      this.children.isOpen
        ? unknown(`which modules the ${this.type} holds is not known`)
        : list(this.entries().map(pick)),
    );
  }

  private change(name: string, { positional, isOpen }: CallArguments, site: CallSite): Value {
    const [first, second] = positional;
    const { heap } = site.machine;
    if (isOpen || first === undefined) {
      this.escape(site);
      return this;
    }
    switch (name) {
      case 'append':
        this.push(String(this.children.items.length), first, site);
        return this;
      case 'extend': {
        const modules = site.machine.itemsOf(first);
        if (modules === undefined) this.escape(site);
        for (const module of modules ?? []) this.push(String(this.children.items.length), module, site);
        return this;
      }
      case 'update': {
        const pairs = first instanceof ContainerValue ? first.entries() : pairsOf(first, site);
        if (pairs === undefined) this.escape(site);
        else for (const [key, value] of pairs) this.setItem(text(key), value, site);
        return none;
      }
      case 'insert': {
        const position = asNumber(first);
        if (position === undefined || position < 0 || second === undefined) this.escape(site);
        else {
          const items = this.children.items.toSpliced(position, 0, this.held(second, site));
          heap.setItems(this.children, renumbered(items));
        }
        return none;
      }
      default: {
        const module = this.index([first]);
        this.setItem(first, undefined, site);
        return module;
      }
    }
  }

  private push(name: string, module: Value, site: CallSite): void {
    const entry = tuple([text(name), this.held(module, site)]);
    site.machine.heap.setItems(this.children, [...this.children.items, entry]);
  }

  /** What is kept of a value: lists of parameters make parameters of tensors. */
  private held(value: Value, site: CallSite): Value {
    return heldBy(this.type, value, this.home, site);
  }
}

/** Pairs of positions and modules, after a module came in between. */
function renumbered(items: readonly Value[]): Value[] {
  return items.map((item, index) =>
    tuple([text(String(index)), item.kind === 'tuple' ? (item.items[1] ?? item) : item]),
  );
}

/** A bound of a slice: null where it is left out, undefined where it is not known. */
function boundOf(value: Value | null): number | null | undefined {
  return value === null || value.kind === 'none' ? null : asNumber(value);
}

/** `entries[lower:upper:step]`; undefined where a bound is not known. */
function slicedEntries<Entry>(entries: readonly Entry[], slice: SliceValue): readonly Entry[] | undefined {
  const [from, to, step] = [boundOf(slice.lower), boundOf(slice.upper), boundOf(slice.step)];
  if (from === undefined || to === undefined || step === undefined) return undefined;
  if (step === null || step > 0) {
    const every = step ?? 1;
    return entries.slice(from ?? 0, to ?? entries.length).filter((_, index) => index % every === 0);
  }
  return step === -1 && from === null && to === null ? entries.toReversed() : undefined;
}

function heldBy(type: ContainerType, value: Value, home: ContainerHome, site: CallSite): Value {
  const isOfParameters = type === 'ParameterList' || type === 'ParameterDict';
  const isTensor = value.kind === 'foreign' && value.description === 'tensor' && !isArray(value);
  return isOfParameters && isTensor ? parameterOf(home.trace, value, site) : value;
}

/** Names and values of a dictionary or of pairs; undefined where they are not all known. */
function pairsOf(source: Value, site: CallSite): readonly (readonly [string, Value])[] | undefined {
  if (source.kind === 'dictionary') {
    if (source.isOpen.value) return undefined;
    return [...source.entries.values()].map(
      ({ key, value }, index) => [key.kind === 'string' ? key.value : String(index), value] as const,
    );
  }
  const pairs = site.machine.itemsOf(source)?.map((pair) => site.machine.itemsOf(pair));
  const named = pairs?.flatMap((pair) => {
    const [key, value] = pair ?? [];
    return key?.kind === 'string' && value !== undefined ? [[key.value, value] as const] : [];
  });
  return named !== undefined && named.length === pairs?.length ? named : undefined;
}

/** The container that `torch.nn.<type>(…)` constructs. */
export function container(
  type: ContainerType,
  parameters: CallArguments,
  home: ContainerHome,
  site: CallSite,
): ContainerValue {
  const { positional, keywords, isOpen } = parameters;
  const location = site.machine.locate(site.span);
  const first =
    positional[0] ?? keywords.get(type.endsWith('Dict') ? type.replace('Dict', 's').toLowerCase() : 'modules');
  const made = (children: readonly (readonly [string, Value])[]): ContainerValue => {
    const held = children.map(([name, value]) => [name, heldBy(type, value, home, site)] as const);
    const result = new ContainerValue(type, held, location, home);
    site.machine.heap.born(result.children);
    return result;
  };
  const open = (): ContainerValue => made([['…', unknown(`the modules of the ${type} are not known`)]]);
  if (isOpen) return open();
  const isNamed = type.endsWith('Dict') || first?.kind === 'dictionary';
  if (isNamed) {
    const pairs = first === undefined ? [] : pairsOf(first, site);
    return pairs === undefined ? open() : made(pairs);
  }
  const modules = type === 'Sequential' ? positional : first === undefined ? [] : site.machine.itemsOf(first);
  return modules === undefined ? open() : made(modules.map((module, index) => [String(index), module] as const));
}
