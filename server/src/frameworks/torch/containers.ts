/** `nn.Sequential`, `nn.ModuleList` and `nn.ModuleDict`. */
import { constant } from '../../../../model/expression';
import type { SourceLocation } from '../../../../model/graph';
import {
  asNumber,
  builtin,
  type CallArguments,
  type CallSite,
  type ForeignValue,
  integer,
  list,
  none,
  type SequenceValue,
  text,
  tuple,
  unknown,
  type Value,
} from '../../evaluate/values';

/** A container of modules; `children` is a list of (name, module) pairs, changed only through the heap. */
export class ContainerValue implements ForeignValue {
  readonly kind = 'foreign';
  readonly description: string;
  readonly children: SequenceValue;
  /** The variable it was first bound to: what a model made of it alone is called. */
  name: string | null = null;

  constructor(
    readonly type: 'Sequential' | 'ModuleList' | 'ModuleDict',
    children: readonly (readonly [string, Value])[],
    readonly location: SourceLocation,
  ) {
    this.description = type;
    // A name given twice holds what was given last.
    this.children = list([...new Map(children)].map(([name, module]) => tuple([text(name), module])));
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
    return this.entries().map(([name, module]) => (this.type === 'ModuleDict' ? text(name) : module));
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
      const [from, to] = [boundOf(index.lower), boundOf(index.upper)];
      if (from === undefined || to === undefined || index.step !== null) {
        return unknown(`which modules of the ${this.type} are taken is not known`);
      }
      const picked = entries
        .slice(from ?? 0, to ?? entries.length)
        .map(([, module], position) => [String(position), module] as const);
      return new ContainerValue(this.type, picked, this.location);
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
      heap.setItems(this.children, this.children.items.toSpliced(counted, 1));
    } else {
      const name = entries[counted]?.[0] ?? String(counted);
      heap.setItems(this.children, this.children.items.toSpliced(counted, 1, tuple([text(name), value])));
    }
  }

  escape(site: CallSite): void {
    site.machine.heap.setItems(this.children, this.children.items, true);
  }

  /** `ModuleList + modules`, which `+=` is too. */
  binary(operator: string, other: Value, isReflected: boolean, site: CallSite): Value | undefined {
    const added = site.machine.itemsOf(other);
    if (operator !== '+' || isReflected || added === undefined) return undefined;
    const own = this.entries().map(([, module]) => module);
    const joined = [...own, ...added].map((module, index) => [String(index), module] as const);
    return new ContainerValue(this.type, joined, this.location);
  }

  attribute(name: string): Value | undefined {
    switch (name) {
      case 'append':
      case 'add_module':
      case 'extend':
      case 'insert':
      case 'pop':
      case 'update':
        return builtin(name, (parameters, site) => this.change(name, parameters, site));
      case 'items':
        return this.listing(([key, module]) => tuple([text(key), module]));
      case 'values':
      case 'children':
        return this.listing(([, module]) => module);
      case 'parameters':
      case 'named_parameters':
      case 'requires_grad_':
        return builtin(name, (parameters, site) => this.ofEach(name, parameters, site));
      case 'keys':
        return this.listing(([key]) => text(key));
      default:
    }
    if (chainable.has(name)) return builtin(name, () => this);
    if (harmless.has(name)) return builtin(name, () => unknown(`${name} of a ${this.type}`));
    const child = this.entries().find(([key]) => key === name)?.[1];
    // Any other method may change what it holds.
    return (
      child ??
      builtin(name, (_parameters, site) => {
        this.escape(site);
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
      (value, [, module]) =>
        site.machine.call(module, { positional: [value], keywords: new Map(), isOpen: false }, site),
      input,
    );
  }

  deepCopy(copyOf: (value: Value) => Value): Value {
    const children = this.entries().map(([name, module]) => [name, copyOf(module)] as const);
    const copied = new ContainerValue(this.type, children, this.location);
    copied.children.isOpen = this.children.isOpen ?? false;
    return copied;
  }

  /** A method of every module it holds: lists are joined, `named_parameters` with the module's name before each. */
  private ofEach(method: string, parameters: CallArguments, site: CallSite): Value {
    const all: Value[] = [];
    for (const [name, module] of this.entries()) {
      const items = site.machine.call(site.machine.attribute(module, method, site), parameters, site);
      if (items.kind !== 'list') continue;
      for (const item of items.items) {
        const [path, value] = item.kind === 'tuple' ? item.items : [];
        all.push(path?.kind === 'string' && value !== undefined ? tuple([text(`${name}.${path.value}`), value]) : item);
      }
    }
    return method === 'requires_grad_' ? this : list(all);
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
      case 'add_module':
        if (second !== undefined) {
          if (first.kind === 'string') this.setAttribute(first.value, second, site);
          else heap.setItems(this.children, [...this.children.items, second], true);
        }
        return none;
      case 'extend': {
        const modules = site.machine.itemsOf(first);
        if (modules === undefined) this.escape(site);
        for (const module of modules ?? []) this.push(String(this.children.items.length), module, site);
        return this;
      }
      case 'update': {
        if (first.kind !== 'dictionary' || first.isOpen.value) this.escape(site);
        else for (const { key, value } of first.entries.values()) this.setItem(key, value, site);
        return none;
      }
      case 'insert': {
        const position = asNumber(first);
        if (position === undefined || position < 0 || second === undefined) this.escape(site);
        else heap.setItems(this.children, renumbered(this.children.items.toSpliced(position, 0, second)));
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
    site.machine.heap.setItems(this.children, [...this.children.items, tuple([text(name), module])]);
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

const chainable: ReadonlySet<string> = new Set([
  'to',
  'cuda',
  'cpu',
  'train',
  'eval',
  'apply',
  'float',
  'double',
  'half',
]);

/** Methods that look at the modules without changing which there are. */
const harmless: ReadonlySet<string> = new Set([
  'modules',
  'named_modules',
  'named_children',
  'state_dict',
  'load_state_dict',
  'zero_grad',
  'training',
  'buffers',
]);

/** The container that `torch.nn.<type>(…)` constructs. */
export function container(type: ContainerValue['type'], parameters: CallArguments, site: CallSite): Value {
  const { positional, isOpen } = parameters;
  const location = site.machine.locate(site.span);
  const [first] = positional;
  const open = (): Value =>
    new ContainerValue(type, [['…', unknown(`the modules of the ${type} are not known`)]], location);
  if (isOpen) return open();
  if (first?.kind === 'dictionary') {
    const pairs = [...first.entries.values()].map(
      ({ key, value }, index) => [key.kind === 'string' ? key.value : String(index), value] as const,
    );
    return first.isOpen.value ? open() : new ContainerValue(type, pairs, location);
  }
  const modules = type === 'Sequential' ? positional : first === undefined ? [] : site.machine.itemsOf(first);
  if (modules === undefined) return open();
  return new ContainerValue(
    type,
    modules.map((module, index) => [String(index), module] as const),
    location,
  );
}
