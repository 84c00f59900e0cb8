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
    this.children = list(children.map(([name, module]) => tuple([text(name), module])));
  }

  named(name: string): void {
    this.name ??= name;
  }

  /** Names and modules in order; undefined when a condition that is not known decided over one of them. */
  entries(): readonly (readonly [string, Value])[] {
    return this.children.items.map((item, index) => {
      const [name, module] = item.kind === 'tuple' ? item.items : [];
      return [name?.kind === 'string' ? name.value : String(index), module ?? item];
    });
  }

  items(): readonly Value[] {
    return this.entries().map(([name, module]) => (this.type === 'ModuleDict' ? text(name) : module));
  }

  length(): Value {
    return integer(constant(this.children.items.length));
  }

  index([index]: readonly Value[], site: CallSite): Value {
    const entries = this.entries();
    if (index?.kind === 'string') {
      return entries.find(([name]) => name === index.value)?.[1] ?? unknown(`${this.type} has no entry ${index.value}`);
    }
    if (index?.kind === 'slice') {
      const modules = site.machine.itemsOf(list(entries.map(([, module]) => module)));
      const [from, to] = [asNumber(index.lower ?? undefined) ?? 0, asNumber(index.upper ?? undefined)];
      const picked = (modules ?? []).slice(from, to).map((module, position) => [String(position), module] as const);
      return new ContainerValue(this.type, picked, this.location);
    }
    const number = asNumber(index);
    const module = number === undefined ? undefined : entries.at(number)?.[1];
    return module ?? unknown(`which module of the ${this.type} is taken is not known`);
  }

  attribute(name: string): Value | undefined {
    switch (name) {
      case 'append':
      case 'add_module':
      case 'extend':
        return builtin(name, (parameters, site) => this.add(name, parameters, site));
      case 'items':
        return builtin(name, () => list(this.entries().map(([key, module]) => tuple([text(key), module]))));
      case 'values':
        return builtin(name, () => list(this.entries().map(([, module]) => module)));
      case 'keys':
        return builtin(name, () => list(this.entries().map(([key]) => text(key))));
      case 'to':
      case 'cuda':
      case 'train':
      case 'eval':
      case 'apply':
      case 'float':
      case 'double':
        return builtin(name, () => this);
      default:
        return this.entries().find(([key]) => key === name)?.[1];
    }
  }

  setAttribute(name: string, value: Value, site: CallSite): void {
    this.push(name, value, site);
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

  private add(name: string, { positional }: CallArguments, site: CallSite): Value {
    const [first, second] = positional;
    if (name === 'add_module') {
      if (first?.kind === 'string' && second !== undefined) this.push(first.value, second, site);
      return none;
    }
    const added =
      name === 'append' ? [first] : first === undefined ? [] : (site.machine.itemsOf(first) ?? [unknown('modules')]);
    for (const module of added) {
      if (module !== undefined) this.push(String(this.children.items.length), module, site);
    }
    return this;
  }

  private push(name: string, module: Value, site: CallSite): void {
    site.machine.heap.setItems(this.children, [...this.children.items, tuple([text(name), module])]);
  }
}

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
