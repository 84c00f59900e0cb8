/** Classes whose members are made from their fields: data classes, attrs, pydantic models, named tuples, enumerations. */
import { constant } from '../../../../model/expression';
import type { ClassDefinition, Expression, Span } from '../../syntax/python/ast';
import { createScope } from '../scope';
import {
  asNumber,
  builtin,
  type CallArguments,
  type CallSite,
  type ClassValue,
  dictionary,
  type ForeignValue,
  type InstanceValue,
  integer,
  isEnumeration,
  keyOf,
  mappingOf,
  noArguments,
  positionalArguments,
  text,
  tuple,
  unknown,
  type Value,
} from '../values';
import type { PythonMachine } from './machine';

const recordDecorators: ReadonlySet<string> = new Set([
  'dataclasses.dataclass',
  'pydantic.dataclasses.dataclass',
  'attr.s',
  'attr.attrs',
  'attr.dataclass',
  'attr.define',
  'attr.frozen',
  'attrs.define',
  'attrs.frozen',
  'attrs.mutable',
]);
const tupleBases: ReadonlySet<string> = new Set(['typing.NamedTuple']);
const recordBases: ReadonlySet<string> = new Set([
  'pydantic.BaseModel',
  'pydantic.BaseSettings',
  'pydantic_settings.BaseSettings',
  'flax.linen.Module',
  'flax.linen.RNNCellBase',
]);
const enumerationBases: ReadonlySet<string> = new Set(['enum.Enum', 'enum.IntEnum', 'enum.StrEnum']);
const valueEnumerationBases: ReadonlySet<string> = new Set(['enum.IntEnum', 'enum.StrEnum']);

/** `field(default=…)` and its like: how a field gets its value when none is given. */
class FieldValue implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'field';

  constructor(
    readonly byDefault: Value | undefined,
    readonly factory: Value | undefined,
    /** Whether the constructor takes it. */
    readonly isParameter = true,
  ) {}

  attribute(): undefined {
    return undefined;
  }
}

/** The value of `dataclasses.field(…)`, `attr.ib(…)`, `attrs.field(…)` or `pydantic.Field(…)`. */
export function fieldValue({ positional, keywords }: CallArguments): Value {
  return new FieldValue(
    keywords.get('default') ?? positional[0],
    keywords.get('default_factory') ?? keywords.get('factory'),
    !isFalse(keywords.get('init')),
  );
}

function isFalse(value: Value | undefined): boolean {
  return value?.kind === 'boolean' && !value.value;
}

/** What a class is by its decorators and bases, once both are evaluated. */
export function natureOf(decorators: readonly Value[], bases: readonly Value[]): ClassValue['nature'] {
  const isIn = (names: ReadonlySet<string>, values: readonly Value[]): boolean =>
    values.some((value) => value.kind === 'library' && names.has(value.path));
  if (isIn(enumerationBases, bases)) {
    // `class Kind(str, Enum)`: its members are texts.
    const isValued = isIn(valueEnumerationBases, bases) || bases.some(({ kind }) => kind === 'builtin');
    return isValued ? 'valueEnumeration' : 'enumeration';
  }
  if (isIn(tupleBases, bases)) return 'tuple';
  return isIn(recordDecorators, decorators) || derivesFromRecord(bases) ? 'record' : 'plain';
}

/** Such a base makes records of all classes derived from it, where a decorator makes one of its own class alone. */
function derivesFromRecord(bases: readonly Value[], depth = 0): boolean {
  return bases.some(
    (base) =>
      (base.kind === 'library' && recordBases.has(base.path)) ||
      (base.kind === 'class' && depth < 20 && derivesFromRecord(base.bases, depth + 1)),
  );
}

/** `ClassVar` and `ClassVar[int]` mark what is no field. */
function isClassVariable(annotation: Expression | null): boolean {
  const named = annotation?.kind === 'subscript' ? annotation.object : annotation;
  return (named?.kind === 'name' || named?.kind === 'attribute') && named.name === 'ClassVar';
}

/** Names with an annotation in the class' body, or bound to a field description, in order. */
export function fieldNames(definition: ClassDefinition, members: ReadonlyMap<string, Value>): string[] {
  return definition.body.flatMap((statement) => {
    const target: Expression | undefined =
      statement.kind === 'annotatedAssign'
        ? statement.target
        : statement.kind === 'assign'
          ? statement.targets[0]
          : undefined;
    if (target?.kind !== 'name' || (statement.kind === 'annotatedAssign' && isClassVariable(statement.annotation)))
      return [];
    return statement.kind === 'annotatedAssign' || members.get(target.name) instanceof FieldValue ? [target.name] : [];
  });
}

/** The fields of a class and of the records it derives from, base first; undefined when it is no record. */
export function fieldsOf(machine: PythonMachine, owner: ClassValue): readonly string[] | undefined {
  const records = machine.lineage(owner).filter(({ nature }) => nature === 'record' || nature === 'tuple');
  if (records.length === 0) return undefined;
  return [...new Set(records.toReversed().flatMap((ancestor) => ancestor.fields))];
}

/** Sets the fields of a new instance as the constructor made from them would. */
export function fillFields(
  machine: PythonMachine,
  instance: InstanceValue,
  fields: readonly string[],
  parameters: CallArguments,
  site: CallSite,
): void {
  const parametersByName = fields.filter((name) => {
    const member = machine.findInClass(instance.class, name);
    return !(member instanceof FieldValue) || member.isParameter;
  });
  fields.forEach((name) => {
    const position = parametersByName.indexOf(name);
    const given = position === -1 ? undefined : (parameters.keywords.get(name) ?? parameters.positional[position]);
    const value = given ?? defaultOf(machine, instance.class, name, parameters.isOpen, site);
    machine.heap.setVariable(instance.attributes, name, machine.bound(name, value, site.span));
  });
  const after = machine.findInClass(instance.class, '__post_init__');
  if (after?.kind === 'function') {
    machine.call({ ...after, receiver: instance }, noArguments, site);
  }
}

function defaultOf(machine: PythonMachine, owner: ClassValue, name: string, isOpen: boolean, site: CallSite): Value {
  const member = isOpen ? undefined : machine.findInClass(owner, name);
  if (member instanceof FieldValue) {
    if (member.byDefault !== undefined) return member.byDefault;
    if (member.factory !== undefined) {
      return machine.call(member.factory, noArguments, site);
    }
  } else if (member !== undefined) return member;
  return machine.namedUnknown(name, `nothing gives ${name} of ${owner.definition.name}`, machine.locate(site.span));
}

/** The members of an enumeration as instances with a name and a value. A second name for a value is the same member. */
export function makeEnumeration(owner: ClassValue, site: CallSite): void {
  const members = new Map<string, Value>();
  let last: Value | undefined;
  for (const [name, given] of owner.attributes) {
    if (given.kind === 'function' || /^_.*_$/.test(name)) continue;
    const value = given.kind === 'library' && given.path === autoPath ? automaticValue(owner, name, last) : given;
    last = value;
    const key = keyOf(value);
    const held = key === undefined ? undefined : members.get(key);
    const member: Value = held ?? {
      kind: 'instance',
      class: owner,
      attributes: new Map<string, Value>([
        ['name', { kind: 'string', value: name }],
        ['value', value],
      ]),
      construction: {
        parameters: positionalArguments(value),
        location: site.machine.locate(site.span),
      },
    };
    if (key !== undefined) members.set(key, member);
    owner.attributes.set(name, member);
  }
}

/** What the members that a class' body made stand for, each once and in order; undefined when it is no enumeration. */
export function membersOf(owner: ClassValue): readonly InstanceValue[] | undefined {
  if (!isEnumeration(owner)) return undefined;
  const members = [...owner.attributes.values()].filter(
    (member): member is InstanceValue => member.kind === 'instance' && member.class === owner,
  );
  return [...new Set(members)];
}

/** `Kind("lstm")`: the member with that value. */
export function memberFor(owner: ClassValue, { positional, keywords, isOpen }: CallArguments, site: CallSite): Value {
  const [value] = positional;
  const key = value === undefined ? undefined : keyOf(value);
  const isPlain = positional.length === 1 && keywords.size === 0 && !isOpen && value?.kind !== 'unknown';
  const found = membersOf(owner)?.find((member) => {
    const held = member.attributes.get('value');
    return member === value || (key !== undefined && held !== undefined && keyOf(held) === key);
  });
  return isPlain && found !== undefined
    ? found
    : unknown(`which ${owner.definition.name} it is is not known`, null, site.machine.locate(site.span));
}

const autoPath = 'enum.auto';

/** `auto()`: one more than the highest before it, which is the last where values are counted up; the name in a `StrEnum`. */
function automaticValue(owner: ClassValue, name: string, last: Value | undefined): Value {
  if (owner.bases.some((base) => base.kind === 'library' && base.path === 'enum.StrEnum'))
    return text(name.toLowerCase());
  if (last === undefined) return integer(constant(1));
  const number = asNumber(last);
  return number === undefined ? unknown('what auto() counts on from is not known') : integer(constant(number + 1));
}

/** `collections.namedtuple(name, fields)`. */
export function namedTuple(parameters: CallArguments, site: CallSite): Value | undefined {
  const [name, fields] = parameters.positional;
  const names =
    fields?.kind === 'string'
      ? fields.value.split(/[\s,]+/).filter(Boolean)
      : fields && textsIn(site.machine.itemsOf(fields));
  if (name?.kind !== 'string' || names === undefined) return undefined;
  const record = syntheticRecord(name.value, names, site.span);
  const defaults = parameters.keywords.get('defaults');
  const values = defaults === undefined || defaults.kind === 'none' ? [] : site.machine.itemsOf(defaults);
  if (values === undefined) return undefined;
  // Defaults are those of the last fields.
  names.slice(names.length - values.length).forEach((field, index) => {
    const value = values[index];
    if (value !== undefined) record.attributes.set(field, value);
  });
  return record;
}

/** `dataclasses.replace(instance, **changes)`, and `_replace` of named tuples: made anew from its fields. */
export function replaced(
  { positional: [instance], keywords, isOpen }: CallArguments,
  site: CallSite,
): Value | undefined {
  if (instance?.kind !== 'instance' || isOpen || instance.class.nature === 'plain') return undefined;
  const fields = [...parameterFields(instance.class)].flatMap((name): [string, Value][] => {
    const value = instance.attributes.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  const changed: CallArguments = { positional: [], keywords: new Map([...fields, ...keywords]), isOpen: false };
  return site.machine.call(instance.class, changed, site);
}

function parameterFields({ fields, bases, attributes }: ClassValue, depth = 0): ReadonlySet<string> {
  const names = new Set<string>();
  for (const base of bases) {
    if (base.kind === 'class' && depth < 20) for (const name of parameterFields(base, depth + 1)) names.add(name);
  }
  for (const name of fields) {
    const member = attributes.get(name);
    if (!(member instanceof FieldValue) || member.isParameter) names.add(name);
    else names.delete(name);
  }
  return names;
}

/** `dataclasses.asdict(instance)`: its fields as a dictionary, and so on for records within. */
export function asDictionary(value: Value): Value {
  switch (value.kind) {
    case 'instance':
      if (value.class.nature !== 'record' && value.class.nature !== 'tuple') return value;
      return dictionary([...value.attributes].map(([name, held]) => ({ key: text(name), value: asDictionary(held) })));
    case 'list':
    case 'tuple':
      return { ...value, items: value.items.map(asDictionary) };
    case 'dictionary': {
      const copy = dictionary(
        [...value.entries.values()].map(({ key, value: held }) => ({ key, value: asDictionary(held) })),
      );
      copy.isOpen.value = value.isOpen.value;
      return copy;
    }
    default:
      return value;
  }
}

/** Methods that named tuples and pydantic's models have without their class defining them. */
export function recordMethod(instance: InstanceValue, name: string): Value | undefined {
  const { nature } = instance.class;
  if (nature === 'tuple' && name === '_fields') return tuple([...instance.attributes.keys()].map(text));
  if (nature === 'tuple' ? name === '_asdict' : nature === 'record' && (name === 'model_dump' || name === 'dict')) {
    return builtin(name, () => asDictionary(instance));
  }
  if (nature === 'tuple' && name === '_replace') {
    return builtin(name, (parameters, site) => {
      const whole = { ...parameters, positional: [instance, ...parameters.positional] };
      return replaced(whole, site) ?? unknown('a record that is not known');
    });
  }
  if (nature === 'record' && (name === 'model_copy' || name === 'copy')) {
    return builtin(name, ({ keywords }, site) => {
      const update = keywords.get('update');
      const changes = update === undefined ? dictionary() : mappingOf(update);
      if (changes === undefined || changes.isOpen.value) return unknown('a record that is not known');
      const given = [...changes.entries.values()].flatMap(({ key, value }): [string, Value][] =>
        key.kind === 'string' ? [[key.value, value]] : [],
      );
      const parameters = { positional: [instance], keywords: new Map(given), isOpen: false };
      return replaced(parameters, site) ?? unknown('a record that is not known');
    });
  }
  return undefined;
}

function textsIn(items: readonly Value[] | undefined): string[] | undefined {
  const texts = items?.flatMap((item) => (item.kind === 'string' ? [item.value] : []));
  return texts?.length === items?.length ? texts : undefined;
}

function syntheticRecord(name: string, fields: readonly string[], span: Span): ClassValue {
  const definition: ClassDefinition = {
    kind: 'class',
    name,
    nameSpan: span,
    bases: [],
    body: [],
    decorators: [],
    ...span,
  };
  return {
    kind: 'class',
    definition,
    bases: [],
    attributes: new Map(),
    home: createScope(null),
    nature: 'tuple',
    fields,
  };
}
