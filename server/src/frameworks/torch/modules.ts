/** What all PyTorch modules have: layers, containers and instances of the program's classes hold modules and arrays by name. */
import { constant } from '../../../../model/expression';
import { registerModule } from '../../evaluate/attributes';
import {
  asNumber,
  boolean,
  builtin,
  type CallArguments,
  type CallSite,
  type ForeignValue,
  integer,
  list,
  none,
  positionalArguments,
  type SliceValue,
  text,
  tuple,
  unknown,
  type Value,
} from '../../evaluate/values';
import { LayerValue } from '../layer';
import { isArray } from './parameters';

/** A module that is no layer and no instance of a class of the program. */
export interface ModuleObject extends ForeignValue {
  /** Modules and arrays by name, with an unknown one where there may be others. */
  members(): readonly (readonly [string, Value])[];
  /** Registers a module or an array; an undefined value takes away what is registered under the name. */
  register(name: Value, value: Value | undefined, site: CallSite): void;
}

type Named = readonly [string, Value];

/** The attribute of an instance that stands for the layer or container that its class derives from. */
export const baseAttribute = '';

function isModuleObject(value: Value): value is ModuleObject {
  return value.kind === 'foreign' && 'members' in value && 'register' in value;
}

/** Arrays by name, those with a common first part of their names in a part of the layer. */
function partsOf(layer: LayerValue, arrays: readonly Named[]): Named[] {
  const names = new Set(arrays.map(([name]) => name.split('.', 1)[0] ?? name));
  return [...names].map((name) => {
    const own = arrays.find(([path]) => path === name);
    if (own !== undefined) return own;
    const inner = arrays.flatMap(([path, array]): Named[] =>
      path.startsWith(`${name}.`) ? [[path.slice(name.length + 1), array]] : [],
    );
    return [name, new LayerPart(layer, name, inner)];
  });
}

/** A module inside a layer that is described as a whole: `out_proj` of an attention, `layers` of a transformer. */
class LayerPart implements ModuleObject {
  readonly kind = 'foreign';
  readonly description: string;

  constructor(
    private readonly layer: LayerValue,
    name: string,
    private readonly arrays: readonly Named[],
  ) {
    this.description = `${name} of a ${layer.definition.type} layer`;
  }

  members(): readonly Named[] {
    return partsOf(this.layer, this.arrays);
  }

  register(_name: Value, _value: Value | undefined, site: CallSite): void {
    this.layer.reparametrise(site);
  }

  attribute(name: string, site: CallSite): Value | undefined {
    return moduleAttribute(this, name, site) ?? this.find(name);
  }

  setAttribute(_name: string, _value: Value, site: CallSite): void {
    this.layer.reparametrise(site);
  }

  setItem(_index: Value, _value: Value | undefined, site: CallSite): void {
    this.layer.reparametrise(site);
  }

  escape(site: CallSite): void {
    this.layer.reparametrise(site);
  }

  index([index]: readonly Value[]): Value {
    const items = this.items();
    const number = asNumber(index);
    const because = `which part of the ${this.description} is taken is not known`;
    if (items === undefined) return unknown(because);
    if (index?.kind === 'slice') return slicedItems(items, index) ?? { ...unknown(because), alternatives: items };
    return (number === undefined ? undefined : items.at(number)) ?? { ...unknown(because), alternatives: items };
  }

  /** The layers of a stack in order; undefined for a part that is no list. */
  items(): readonly Value[] | undefined {
    const members = this.members();
    return members.every(([name]) => /^\d+$/.test(name)) ? members.map(([, member]) => member) : undefined;
  }

  length(): Value {
    const items = this.items();
    return items === undefined ? unknown(`the length of ${this.description}`) : integer(constant(items.length));
  }

  private find(name: string): Value | undefined {
    return this.members().find(([own]) => own === name)?.[1];
  }
}

function slicedItems(items: readonly Value[], slice: SliceValue): Value | undefined {
  const bound = (value: Value | null): number | null | undefined =>
    value === null || value.kind === 'none' ? null : asNumber(value);
  const [from, to] = [bound(slice.lower), bound(slice.upper)];
  if (from === undefined || to === undefined || slice.step !== null) return undefined;
  return list(items.slice(from ?? 0, to ?? items.length));
}

/** Modules and arrays registered directly with a module, by name. What is no module has none. */
function membersOf(value: Value, site: CallSite): readonly Named[] {
  if (value instanceof LayerValue) {
    const arrays = value.arrays();
    if (arrays === undefined) {
      const open = unknown(`the arrays of a ${value.definition.type} layer are not known`);
      return [['…', { ...open, mayBeModule: true }], ...value.members()];
    }
    return [...partsOf(value, arrays), ...value.members()];
  }
  if (isModuleObject(value)) return value.members();
  if (value.kind !== 'instance' || !site.machine.isModule(value)) return [];
  return [...value.attributes].flatMap(([name, member]) =>
    name === baseAttribute ? membersOf(member, site) : [[name, member] as const],
  );
}

export function isModule(value: Value, site: CallSite): boolean {
  return (
    value instanceof LayerValue || isModuleObject(value) || (value.kind === 'instance' && site.machine.isModule(value))
  );
}

/** Unknown members that are modules or arrays for all anyone knows. */
function mayBeMember(value: Value): boolean {
  return value.kind === 'unknown' && (value.mayBeModule === true || (value.alternatives?.length ?? 0) > 0);
}

function childrenOf(value: Value, site: CallSite): readonly Named[] {
  return membersOf(value, site).filter(([, member]) => isModule(member, site) || mayBeMember(member));
}

/** A module and those below it, each once, by their paths. */
function modulesOf(value: Value, path: string, site: CallSite, seen = new Set<Value>()): Named[] {
  if (seen.has(value)) return [];
  seen.add(value);
  const below = childrenOf(value, site).flatMap(([name, module]) => modulesOf(module, joined(path, name), site, seen));
  return [[path, value], ...below];
}

/** A module and those below it, each once. */
export function modulesBelow(module: Value, site: CallSite): readonly Value[] {
  return modulesOf(module, '', site).map(([, inner]) => inner);
}

/** The arrays of a module and of those below it, each once, by their paths. */
function arraysOf(value: Value, site: CallSite, isRecursive: boolean): Named[] {
  const seen = new Set<Value>();
  const modules = isRecursive ? modulesOf(value, '', site) : [['', value] as const];
  return modules.flatMap(([path, module]) =>
    membersOf(module, site).flatMap(([name, member]): Named[] => {
      if (!isArray(member) || seen.has(member)) return [];
      seen.add(member);
      return [[joined(path, name), member]];
    }),
  );
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** The list of what a method gives, with names before the values for `named_…`; open where something is not known. */
function listing(found: readonly Named[], isNamed: boolean): Value {
  const known = found.filter(([, value]) => value.kind !== 'unknown');
  const result = list(known.map(([name, value]) => (isNamed ? tuple([text(name), value]) : value)));
  return known.length === found.length ? result : { ...result, isOpen: true };
}

/** Has every array below a module trained or not, whatever was said of it before. */
function setTrained(value: Value, flag: Value, site: CallSite): void {
  for (const [, module] of modulesOf(value, '', site)) {
    if (module instanceof LayerValue) module.setTrained('*', flag, site);
  }
  for (const [, array] of arraysOf(value, site, true)) {
    if (array.kind === 'foreign') array.setAttribute?.('requires_grad', flag, site);
  }
}

/** Registers a module or an array with a module, or takes it away. */
export function register(owner: Value, name: Value, value: Value | undefined, site: CallSite): void {
  if (owner instanceof LayerValue) {
    if (name.kind !== 'string') owner.reparametrise(site);
    else if (value === undefined) owner.deleteAttribute(name.value, site);
    else owner.setAttribute(name.value, value, site);
  } else if (isModuleObject(owner)) owner.register(name, value, site);
  else if (owner.kind === 'instance') {
    const base = owner.attributes.get(baseAttribute);
    const isOfLayer =
      base instanceof LayerValue && name.kind === 'string' && membersOf(base, site).some(([own]) => own === name.value);
    if (base !== undefined && (isOfLayer || isModuleObject(base))) register(base, name, value, site);
    else if (value !== undefined) registerModule(owner, name, value, site);
    else if (name.kind === 'string') site.machine.heap.deleteVariable(owner.attributes, name.value);
    else registerModule(owner, name, unknown('a module whose name is not known was taken away'), site);
  }
}

/** What a path (`encoder.0.weight`) names below a module; undefined where it names nothing known. */
function atPath(value: Value, path: string, site: CallSite): Value | undefined {
  if (path === '') return value;
  return path
    .split('.')
    .reduce<Value | undefined>(
      (module, name) => module && membersOf(module, site).find(([own]) => own === name)?.[1],
      value,
    );
}

/** Leaves open what a module holds: something was done to it that is not followed. */
function open(owner: Value, because: string, site: CallSite): Value {
  register(owner, unknown(because), unknown(because), site);
  return unknown(because);
}

/** `module._modules` and `module._parameters`: what is registered, by name. */
class RegistryValue implements ForeignValue {
  readonly kind = 'foreign';

  constructor(
    private readonly owner: Value,
    readonly description: '_modules' | '_parameters' | '_buffers',
    private readonly site: CallSite,
  ) {}

  private entries(): readonly Named[] {
    const { owner, description, site } = this;
    if (description === '_modules') return childrenOf(owner, site);
    return description === '_parameters' ? membersOf(owner, site).filter(([, member]) => isArray(member)) : [];
  }

  items(): readonly Value[] | undefined {
    return allKnown(this.entries())?.map(([name]) => text(name));
  }

  attribute(name: string): Value {
    switch (name) {
      case 'keys':
        return builtin(name, () => list(this.entries().map(([key]) => text(key))));
      case 'values':
        return builtin(name, () => listing(this.entries(), false));
      case 'items':
        return builtin(name, () => listing(this.entries(), true));
      case 'get':
        return builtin(name, ({ positional: [key, fallback] }) => this.find(key) ?? fallback ?? none);
      case 'pop':
        return builtin(name, ({ positional: [key] }, site) => {
          const held = this.find(key);
          if (key === undefined || held === undefined) return open(this.owner, `what ${name} takes away`, site);
          register(this.owner, key, undefined, site);
          return held;
        });
      default:
        return builtin(name, (_parameters, site) => open(this.owner, `what ${name} registers is not known`, site));
    }
  }

  index([index]: readonly Value[]): Value {
    return this.find(index) ?? unknown('a module whose name is not known');
  }

  setItem(index: Value, value: Value | undefined, site: CallSite): void {
    register(this.owner, index, value, site);
  }

  private find(key: Value | undefined): Value | undefined {
    return key?.kind === 'string' ? this.entries().find(([name]) => name === key.value)?.[1] : undefined;
  }
}

function allKnown(entries: readonly Named[]): readonly Named[] | undefined {
  return entries.some(([, value]) => value.kind === 'unknown') ? undefined : entries;
}

/** Methods that return the module itself. */
const chainable: ReadonlySet<string> = new Set([
  'to',
  'cuda',
  'cpu',
  'float',
  'double',
  'half',
  'bfloat16',
  'type',
  'train',
  'eval',
]);

/** Methods that change nothing of what a module holds. */
const quiet: ReadonlySet<string> = new Set([
  'zero_grad',
  'load_state_dict',
  'save_hyperparameters',
  'register_forward_hook',
  'register_forward_pre_hook',
  'register_full_backward_hook',
  'register_backward_hook',
  'share_memory',
  'compile',
  'flatten_parameters',
  'reset_parameters',
]);

/** A module inside a layer that is described as a whole, by its name; undefined where there is none. */
export function partOf(layer: LayerValue, name: string, site: CallSite): Value | undefined {
  const member = membersOf(layer, site).find(([own]) => own === name)?.[1];
  return member instanceof LayerPart ? member : undefined;
}

/** An attribute that every module has; undefined for what is particular to a kind of module. */
export function moduleAttribute(owner: Value, name: string, site: CallSite): Value | undefined {
  if (chainable.has(name)) return builtin(name, () => owner);
  if (quiet.has(name)) return builtin(name, () => none);
  switch (name) {
    case 'children':
    case 'named_children':
      return builtin(name, (_parameters, at) => listing(childrenOf(owner, at), name === 'named_children'));
    case 'modules':
    case 'named_modules':
      return builtin(name, (_parameters, at) => listing(modulesOf(owner, '', at), name === 'named_modules'));
    case 'parameters':
    case 'named_parameters':
      return builtin(name, (parameters, at) => {
        const recurse = recurseOf(name, parameters);
        return listing(arraysOf(owner, at, recurse), name === 'named_parameters');
      });
    case 'buffers':
    case 'named_buffers':
    case 'state_dict':
      return builtin(name, (_parameters, at) => ({
        ...unknown(`${name} is not followed`, null, at.machine.locate(at.span)),
        mayBeModule: false,
      }));
    case 'requires_grad_':
      return builtin(name, ({ positional: [flag], keywords }, at) => {
        setTrained(owner, flag ?? keywords.get('requires_grad') ?? boolean(true), at);
        return owner;
      });
    case 'apply':
      return builtin(name, ({ positional: [method], keywords }, at) => {
        const applied = method ?? keywords.get('fn');
        // The innermost first.
        for (const [, module] of applied ? modulesOf(owner, '', at).reverse() : []) {
          if (applied) at.machine.call(applied, positionalArguments(module), at);
        }
        return owner;
      });
    case 'add_module':
    case 'register_module':
    case 'register_parameter':
      return builtin(name, ({ positional, keywords, isOpen }, at) => {
        const key = positional[0] ?? keywords.get('name');
        const value = positional[1] ?? keywords.get('module') ?? keywords.get('param');
        if (key === undefined || value === undefined) return isOpen ? open(owner, `what ${name} registers`, at) : none;
        register(owner, key, at.machine.bound(key.kind === 'string' ? key.value : name, value, at.span), at);
        return none;
      });
    case 'register_buffer':
      return builtin(name, ({ positional: [first, second], keywords }, at) => {
        const [key, value] = [first ?? keywords.get('name'), second ?? keywords.get('tensor')];
        if (owner.kind !== 'instance' || key?.kind !== 'string' || value === undefined) return none;
        // A buffer is not trained; it is kept as a plain tensor.
        const buffer = isArray(value) ? unknown('a buffer made from a parameter') : value;
        at.machine.heap.setVariable(owner.attributes, key.value, at.machine.bound(key.value, buffer, at.span));
        return none;
      });
    case 'get_submodule':
    case 'get_parameter':
      return builtin(name, ({ positional: [path] }, at) => {
        const found = path?.kind === 'string' ? atPath(owner, path.value, at) : undefined;
        return found ?? open(owner, `what ${name} finds is not known`, at);
      });
    case 'set_submodule':
      return builtin(name, ({ positional: [path, value] }, at) => {
        const parts = path?.kind === 'string' ? path.value.split('.') : [];
        const parent = atPath(owner, parts.slice(0, -1).join('.'), at);
        const last = parts.at(-1);
        if (parent === undefined || last === undefined || value === undefined) {
          return open(owner, `what ${name} replaces is not known`, at);
        }
        register(parent, text(last), value, at);
        return none;
      });
    case '_modules':
    case '_parameters':
    case '_buffers':
      return new RegistryValue(owner, name, site);
    default:
      return undefined;
  }
}

/** `parameters(recurse=True)` and `named_parameters(prefix, recurse=True)`. */
function recurseOf(name: string, { positional, keywords }: CallArguments): boolean {
  const flag = keywords.get('recurse') ?? positional[name === 'parameters' ? 0 : 1];
  return !(flag?.kind === 'boolean' && !flag.value);
}
