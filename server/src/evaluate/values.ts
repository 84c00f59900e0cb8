/**
 * Abstract values: what the evaluator knows of each value of the analysed program.
 *
 * A value is known exactly, known in terms of symbols (integers), or unknown with a reason. Objects that the program can
 * change (lists, dictionaries, instances, scopes) are changed only through the `Heap`, which can take changes back.
 */
import { constant, type Expression, equals, format, integerOf, symbol } from '../../../model/expression';
import { known, type Quantity, type SourceLocation, unknown as unknownQuantity } from '../../../model/graph';
import type { ClassDefinition, FunctionDefinition, Lambda, Span } from '../syntax/python/ast';
import type { Machine } from './machine';
import type { Memory } from './python/memory';
import type { Scope } from './scope';

export type Value =
  | NoneValue
  | BooleanValue
  | IntegerValue
  | QuotientValue
  | FloatValue
  | StringValue
  | EllipsisValue
  | SequenceValue
  | DictionaryValue
  | SliceValue
  | FunctionValue
  | BuiltinValue
  | ClassValue
  | InstanceValue
  | ModuleValue
  | LibraryValue
  | ForeignValue
  | UnknownValue;

export interface NoneValue {
  readonly kind: 'none';
}
export interface BooleanValue {
  readonly kind: 'boolean';
  readonly value: boolean;
}
/** An integer, perhaps in terms of symbols. */
export interface IntegerValue {
  readonly kind: 'integer';
  readonly value: Expression;
}
/** The real quotient of two integers of which one is symbolic; `int()` of it is exact. */
export interface QuotientValue {
  readonly kind: 'quotient';
  readonly numerator: Expression;
  readonly denominator: Expression;
}
export interface FloatValue {
  readonly kind: 'float';
  readonly value: number;
}
export interface StringValue {
  readonly kind: 'string';
  readonly value: string;
}
export interface EllipsisValue {
  readonly kind: 'ellipsis';
}
/** Items are replaced as a whole, through the heap, never changed in place. */
export interface SequenceValue {
  readonly kind: 'list' | 'tuple' | 'set';
  items: readonly Value[];
  /** Set when it may hold other items than these: neither its length nor any position is known then. */
  isOpen?: boolean;
  /** Told when an item takes the place of another, by what keeps the list for a library. */
  readonly replaced?: () => void;
}
export interface DictionaryValue {
  readonly kind: 'dictionary';
  /** By `keyOf` of the key. */
  readonly entries: Map<string, DictionaryEntry>;
  /** Set when a key that is not known was written: a missing entry may exist after all. */
  readonly isOpen: { value: boolean };
  /** The variables or attributes that it is a view of (`vars(object)`): what is written here is written there. */
  readonly mirrors?: Map<string, Value>;
}
export interface DictionaryEntry {
  readonly key: Value;
  readonly value: Value;
}
export interface SliceValue {
  readonly kind: 'slice';
  readonly lower: Value | null;
  readonly upper: Value | null;
  readonly step: Value | null;
}
export interface FunctionValue {
  readonly kind: 'function';
  readonly definition: FunctionDefinition | Lambda;
  readonly closure: Scope;
  /** Values of default expressions, taken when the function is defined. */
  readonly defaults: ReadonlyMap<string, Value>;
  /** The class in whose body it is defined: where `super()` starts. */
  readonly owner: ClassValue | null;
  /** Bound first argument of a method. */
  readonly receiver: Value | null;
  /** What it gave before, where it gives the same object for the same arguments. */
  readonly memory?: Memory;
}
/** A function whose meaning is given here: a builtin of the language or a method of a builtin type. */
export interface BuiltinValue {
  readonly kind: 'builtin';
  readonly name: string;
  readonly call: (parameters: CallArguments, site: CallSite) => Value;
}
export interface ClassValue {
  readonly kind: 'class';
  readonly definition: ClassDefinition;
  readonly bases: readonly Value[];
  readonly attributes: Map<string, Value>;
  /** The global scope of the file that defines it. */
  readonly home: Scope;
  /**
   * `record`s and `tuple`s have constructors made from their fields; instances of a `tuple` can be taken apart; members of a
   * `valueEnumeration` (`IntEnum`, `StrEnum`) stand for their values.
   */
  readonly nature: 'plain' | 'record' | 'tuple' | 'enumeration' | 'valueEnumeration';
  /** Its own fields; empty for what is no record. */
  readonly fields: readonly string[];
}
export interface InstanceValue {
  readonly kind: 'instance';
  readonly class: ClassValue;
  readonly attributes: Map<string, Value>;
  /** The arguments it was constructed with, and where. */
  readonly construction: { readonly parameters: CallArguments; readonly location: SourceLocation };
}
/** A module of the workspace. */
export interface ModuleValue {
  readonly kind: 'module';
  readonly file: string;
  readonly scope: Scope;
}
/** A module, class or function of a library, by its dotted path as imported. */
export interface LibraryValue {
  readonly kind: 'library';
  readonly path: string;
}
export interface UnknownValue {
  readonly kind: 'unknown';
  readonly because: string;
  /** What the source calls it: the symbol it becomes when it is used as a size. */
  readonly name: string | null;
  readonly location: SourceLocation | null;
  /** The result of code that is not read, a module for all anyone knows (true), or of something that makes none (false). */
  readonly mayBeModule?: boolean;
  /** The unknown object of which this is an attribute. */
  readonly owner?: UnknownValue;
  /** Objects it may be, where branches of a condition that is not known left different values. */
  readonly alternatives?: readonly Value[];
}

/** An object whose behaviour a framework defines: a layer, a tensor, a model. Undefined results mean "not known". */
export interface ForeignValue {
  readonly kind: 'foreign';
  /** "LSTM layer", "tensor": for reasons shown to people. */
  readonly description: string;
  /** Its class by its library's canonical path, where the library says what derives from what. */
  readonly libraryClass?: string | undefined;
  /** Set for an array that is counted wherever it is registered. */
  readonly isTrainedArray?: true;
  attribute(name: string, site: CallSite): Value | undefined;
  /** Whether it has an attribute, where that is known. */
  has?(name: string): boolean | undefined;
  setAttribute?(name: string, value: Value, site: CallSite): void;
  deleteAttribute?(name: string, site: CallSite): void;
  call?(parameters: CallArguments, site: CallSite): Value;
  index?(indices: readonly Value[], site: CallSite): Value;
  /** `object[index] = value` and `del object[index]`; an undefined value deletes. */
  setItem?(index: Value, value: Value | undefined, site: CallSite): void;
  /** The attributes, where they are plain variables (`vars(object)`). */
  variables?(): Map<string, Value>;
  /** Handed to code that is not read and may change it. */
  escape?(site: CallSite): void;
  binary?(operator: string, other: Value, isReflected: boolean, site: CallSite): Value | undefined;
  /** `object operator= other`, where that changes the object itself. */
  inPlace?(operator: string, other: Value, site: CallSite): Value | undefined;
  negate?(site: CallSite): Value;
  items?(): readonly Value[] | undefined;
  /** Taken apart by an assignment to `count` names. */
  unpack?(count: number, site: CallSite): readonly Value[] | undefined;
  length?(): Value | undefined;
  /** The value after two branches of which each gives one of two values. */
  join?(other: Value, site: CallSite): Value | undefined;
  /** Called when the value is bound to a variable or attribute. */
  named?(name: string): void;
  /** The dictionary that it is, for what takes dictionaries: `**config`, `key in config`. */
  mapping?(): DictionaryValue;
  /** What `with … as name` binds. */
  enter?(): Value;
  /** A copy of its own, as `copy.deepcopy` makes it; `copyOf` copies what it holds. */
  deepCopy?(copyOf: (value: Value) => Value): Value;
}

export interface CallArguments {
  readonly positional: readonly Value[];
  readonly keywords: ReadonlyMap<string, Value>;
  /** Set when a spread of something unknown may have added arguments. */
  readonly isOpen: boolean;
}

export const noArguments: CallArguments = { positional: [], keywords: new Map(), isOpen: false };

/** The arguments of a call that has positional ones alone. */
export function positionalArguments(...positional: readonly Value[]): CallArguments {
  return { positional, keywords: new Map(), isOpen: false };
}

/** Where something happens, and the machine that runs it. */
export interface CallSite {
  readonly span: Span;
  readonly machine: Machine;
}

export const none: NoneValue = { kind: 'none' };
export const ellipsis: EllipsisValue = { kind: 'ellipsis' };

/** A number of a language that has one kind of them: an integer where it is whole. */
export function number(value: number): Value {
  return Number.isSafeInteger(value) ? integer(constant(value)) : float(value);
}

export function boolean(value: boolean): BooleanValue {
  return { kind: 'boolean', value };
}
export function integer(value: Expression): IntegerValue {
  return { kind: 'integer', value };
}
export function float(value: number): FloatValue {
  return { kind: 'float', value };
}
export function text(value: string): StringValue {
  return { kind: 'string', value };
}
export function list(items: readonly Value[]): SequenceValue {
  return { kind: 'list', items };
}
export function tuple(items: readonly Value[]): SequenceValue {
  return { kind: 'tuple', items };
}
export function dictionary(entries: Iterable<DictionaryEntry> = []): DictionaryValue {
  const map = new Map<string, DictionaryEntry>();
  for (const entry of entries) map.set(keyOf(entry.key) ?? '', entry);
  return { kind: 'dictionary', entries: map, isOpen: { value: false } };
}
export function unknown(
  because: string,
  name: string | null = null,
  location: SourceLocation | null = null,
): UnknownValue {
  return { kind: 'unknown', because, name, location };
}
/** The dictionary a value is or stands for. */
export function mappingOf(value: Value): DictionaryValue | undefined {
  return value.kind === 'dictionary' ? value : value.kind === 'foreign' ? value.mapping?.() : undefined;
}
export function builtin(name: string, call: BuiltinValue['call']): BuiltinValue {
  return { kind: 'builtin', name, call };
}

/** An unknown value takes the first name the source gives it. */
export function nameUnknown(value: Value, name: string): Value {
  return value.kind === 'unknown' && value.name === null ? { ...value, name } : value;
}

/** Whether the instances of a class are the members of an enumeration. */
export function isEnumeration({ nature }: ClassValue): boolean {
  return nature === 'enumeration' || nature === 'valueEnumeration';
}

/** What a member of an enumeration of numbers or texts stands for. */
export function valueOfMember(value: InstanceValue): Value | undefined {
  return value.class.nature === 'valueEnumeration' ? value.attributes.get('value') : undefined;
}

/** Why the result of calling something unknown is not known: where it is missing or one of several, that is what to mend. */
export function unknownResult(call: string, callee: Value): string {
  const because = callee.kind === 'unknown' ? callee.because : '';
  const isTelling = / is not found$|a condition that is not known$|may have set it$/.test(because);
  return `the result of ${call.slice(0, 60)} is not known${isTelling && because.length < 120 ? `: ${because}` : ''}`;
}

/** The integer a value stands for: what is unknown but has a name stands for the symbol of that name. */
export function asInteger(value: Value): Expression | undefined {
  switch (value.kind) {
    case 'integer':
      return value.value;
    case 'unknown':
      return value.name === null ? undefined : symbol(value.name);
    case 'library':
      // A constant imported from a module that is not read.
      return symbol(value.path.slice(value.path.lastIndexOf('.') + 1));
    case 'instance': {
      const inner = valueOfMember(value);
      return inner && asInteger(inner);
    }
    default:
      return undefined;
  }
}

/** The integer a value stands for when it holds no symbol. */
export function asNumber(value: Value | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (value.kind === 'integer') return integerOf(value.value);
  if (value.kind === 'float') return value.value;
  return value.kind === 'instance' ? asNumber(valueOfMember(value)) : undefined;
}

/** The size a value stands for, as the model graph writes it. */
export function asQuantity(value: Value): Quantity {
  const size = asInteger(value);
  if (size !== undefined) return known(size);
  return unknownQuantity(value.kind === 'unknown' ? value.because : `${describe(value)} is not an integer`);
}

/** Equal keys mean equal values; undefined for what has no value to compare. */
export function keyOf(value: Value): string | undefined {
  switch (value.kind) {
    case 'none':
    case 'ellipsis':
      return value.kind;
    case 'boolean':
      // As a key, True is 1.
      return `integer:${value.value ? 1 : 0}`;
    case 'integer':
      return `integer:${format(value.value)}`;
    case 'quotient':
      return `quotient:${format(value.numerator)}/${format(value.denominator)}`;
    case 'float':
      return Number.isInteger(value.value) ? `integer:${value.value}` : `float:${value.value}`;
    case 'string':
      return `string:${value.value}`;
    case 'tuple': {
      const keys = value.items.map(keyOf);
      return keys.every((key) => key !== undefined) ? `tuple:(${keys.join(',')})` : undefined;
    }
    case 'instance': {
      const inner = valueOfMember(value);
      if (inner !== undefined) return keyOf(inner);
      const name = isEnumeration(value.class) ? value.attributes.get('name') : undefined;
      // A class has one place in its file; two files' classes of one name are told apart by neither, nor meet in one table.
      return name?.kind === 'string'
        ? `member:${value.class.definition.name}@${value.class.definition.from}.${name.value}`
        : undefined;
    }
    case 'library':
      return `library:${value.path}`;
    case 'unknown':
      return value.name === null ? undefined : `unknown:${value.name}`;
    default:
      return undefined;
  }
}

/** Whether two values are the same for every value of the symbols: identity for objects that can change. */
export function isSame(left: Value, right: Value): boolean {
  if (left === right) return true;
  if (left.kind === 'unknown' && right.kind === 'unknown') return left.name !== null && left.name === right.name;
  if (left.kind === 'integer' && right.kind === 'integer') return equals(left.value, right.value) === 'yes';
  if (left.kind === 'tuple' && right.kind === 'tuple') {
    return (
      left.items.length === right.items.length &&
      left.items.every((item, index) => {
        const other = right.items[index];
        return other !== undefined && isSame(item, other);
      })
    );
  }
  const key = keyOf(left);
  return key !== undefined && key === keyOf(right);
}

export function describe(value: Value): string {
  switch (value.kind) {
    case 'none':
      return 'None';
    case 'boolean':
      return value.value ? 'True' : 'False';
    case 'integer':
      return format(value.value);
    case 'quotient':
      return `${format(value.numerator)} / ${format(value.denominator)}`;
    case 'float':
      return String(value.value);
    case 'string':
      return JSON.stringify(value.value);
    case 'ellipsis':
      return '...';
    case 'list':
    case 'tuple':
    case 'set':
      return `a ${value.kind} of ${value.items.length}`;
    case 'dictionary':
      return 'a dictionary';
    case 'slice':
      return 'a slice';
    case 'function':
      return value.definition.kind === 'function' ? `function ${value.definition.name}` : 'a lambda';
    case 'builtin':
      return value.name;
    case 'class':
      return `class ${value.definition.name}`;
    case 'instance':
      return `an instance of ${value.class.definition.name}`;
    case 'module':
      return value.file;
    case 'library':
      return value.path;
    case 'foreign':
      return value.description;
    case 'unknown':
      return value.name ?? 'something unknown';
  }
}
