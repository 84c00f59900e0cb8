/** JavaScript's own objects as abstract values: `undefined`, functions, classes and their instances, maps. */
import type { ClassDefinition, Expression, FunctionDefinition, Key } from '../../syntax/javascript/ast';
import type { Scope } from '../scope';
import { type CallSite, type DictionaryValue, dictionary, type ForeignValue, unknown, type Value } from '../values';

/** The value of what was never given. `null` is `none`. */
export const undefinedValue: ForeignValue = {
  kind: 'foreign',
  description: 'undefined',
  attribute: () => undefined,
};

/** `null` and `undefined`, which `??` and `?.` treat alike. */
export function isNothing(value: Value): boolean {
  return value.kind === 'none' || value === undefinedValue;
}

/** What the value of `this` and of `super` is for code inside a class. */
export interface Receiver {
  readonly self: Value;
  readonly owner: ClassObject | null;
}

export class FunctionObject implements ForeignValue {
  readonly kind = 'foreign';
  readonly properties = new Map<string, Value>();

  constructor(
    readonly definition: FunctionDefinition,
    readonly closure: Scope,
    /** What it is called: its own name, else that of the variable or property it was first bound to. */
    public name: string | null,
    /** The receiver that an arrow function sees, or that `bind` fixed. Methods get theirs when they are called. */
    readonly receiver: Receiver | null,
    /** The class whose body defines it. */
    readonly owner: ClassObject | null,
  ) {}

  get description(): string {
    return this.name === null ? 'a function' : `function ${this.name}`;
  }

  named(name: string): void {
    this.name ??= name;
  }

  attribute(name: string): Value | undefined {
    return this.properties.get(name);
  }
}

/** A property that is computed when it is read. */
export class Getter implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'a getter';

  constructor(readonly body: FunctionObject) {}

  attribute(): undefined {
    return undefined;
  }
}

export class ClassObject implements ForeignValue {
  readonly kind = 'foreign';
  readonly statics = new Map<string, Value>();
  /** Methods and getters of instances. */
  readonly members = new Map<string, FunctionObject | Getter>();
  readonly fields: { readonly key: Key; readonly value: Expression | null }[] = [];
  construct: FunctionObject | null = null;

  constructor(
    readonly definition: ClassDefinition,
    public name: string | null,
    readonly base: Value | null,
    readonly closure: Scope,
  ) {}

  get description(): string {
    return `class ${this.name ?? ''}`.trim();
  }

  named(name: string): void {
    this.name ??= name;
  }

  /** The class and those it derives from, as far as the file defines them. */
  get lineage(): readonly ClassObject[] {
    const line: ClassObject[] = [];
    for (let current: Value | null = this; current instanceof ClassObject; current = current.base) {
      if (line.includes(current)) break;
      line.push(current);
    }
    return line;
  }

  /** What the line of classes ends in: something from elsewhere, or null. */
  get root(): Value | null {
    return this.lineage.at(-1)?.base ?? null;
  }

  attribute(name: string): Value | undefined {
    for (const ancestor of this.lineage) {
      const member = ancestor.statics.get(name);
      if (member !== undefined) return member;
    }
    return undefined;
  }

  member(name: string): FunctionObject | Getter | undefined {
    for (const ancestor of this.lineage) {
      const member = ancestor.members.get(name);
      if (member !== undefined) return member;
    }
    return undefined;
  }
}

export class InstanceObject implements ForeignValue {
  readonly kind = 'foreign';
  readonly attributes: Map<string, Value>;
  /** What the constructor of a library's class made of it: a model that is also an object of the program. */
  readonly inherited = new Map<'base', Value>();

  constructor(
    readonly owner: ClassObject,
    attributes: Iterable<readonly [string, Value]> = [],
  ) {
    this.attributes = new Map(attributes);
  }

  get description(): string {
    return `an instance of ${this.owner.name ?? 'a class'}`;
  }

  get base(): Value | undefined {
    return this.inherited.get('base');
  }

  named(name: string): void {
    if (this.base?.kind === 'foreign') this.base.named?.(name);
  }

  attribute(name: string, site: CallSite): Value | undefined {
    return this.attributes.get(name) ?? (this.base && site.machine.attribute(this.base, name, site));
  }
}

export class MapObject implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'a map';
  readonly entries: DictionaryValue = dictionary();

  attribute(): undefined {
    return undefined;
  }
}

/** Stands for the arguments that nobody gives to a function looked at by itself: each property is a symbol of its name. */
export class UngivenObject implements ForeignValue {
  readonly kind = 'foreign';

  constructor(readonly description: string) {}

  attribute(name: string, site: CallSite): Value {
    return site.machine.bound(name, unknown(`no call gives ${name} of ${this.description}`), site.span);
  }
}
