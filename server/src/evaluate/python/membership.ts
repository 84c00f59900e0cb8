/** Which class a value is of and which attributes it has, as far as that is known. */
import { unnamedAttribute } from '../attributes';
import type { Machine } from '../machine';
import type { ClassValue, InstanceValue, Value } from '../values';

/** Whether a value is an instance of a class or of one of several; undefined when that is not known. */
export function isInstance(machine: Machine, value: Value, kind: Value): boolean | undefined {
  if (kind.kind === 'tuple') {
    const answers = kind.items.map((item) => isInstance(machine, value, item));
    return answers.includes(true) ? true : answers.includes(undefined) ? undefined : false;
  }
  if (value.kind === 'unknown') return undefined;
  switch (kind.kind) {
    case 'class':
      if (value.kind === 'instance') return derivesFrom(machine, value.class, kind);
      // Objects of libraries are of no class of the program, nor are numbers and texts.
      return value.kind === 'foreign' && value.libraryClass === undefined ? undefined : false;
    case 'library':
      if (value.kind === 'instance') return derivesFrom(machine, value.class, kind);
      if (value.kind !== 'foreign' || value.libraryClass === undefined) return undefined;
      return value.libraryClass === kind.path || machine.derivesFrom(value.libraryClass, kind.path);
    case 'builtin':
      return isBuiltIn(value, kind.name);
    default:
      return undefined;
  }
}

/** Whether a class of the program is another class or derives from it. */
function derivesFrom(machine: Machine, owner: ClassValue, of: Value, depth = 0): boolean | undefined {
  if (owner === of) return true;
  if (depth > 30) return undefined;
  const answers = owner.bases.map((base) => {
    if (base.kind === 'class') return derivesFrom(machine, base, of, depth + 1);
    if (base.kind !== 'library') return base.kind === 'builtin' ? false : undefined;
    if (of.kind !== 'library') return false;
    return base.path === of.path || machine.derivesFrom(base.path, of.path);
  });
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}

function isBuiltIn(value: Value, name: string): boolean | undefined {
  const own: Readonly<Record<string, readonly Value['kind'][]>> = {
    int: ['integer', 'boolean'],
    float: ['float'],
    str: ['string'],
    bool: ['boolean'],
    list: ['list'],
    tuple: ['tuple'],
    dict: ['dictionary'],
    set: ['set'],
  };
  const kinds = own[name];
  if (value.kind === 'foreign' && value.libraryClass !== undefined) return kinds === undefined ? undefined : false;
  const isOpen = value.kind === 'quotient' || value.kind === 'foreign' || value.kind === 'library';
  return kinds === undefined || isOpen ? undefined : kinds.includes(value.kind);
}

/** Whether an object has an attribute; undefined when that is not known. */
export function hasAttribute(object: Value, name: string): boolean | undefined {
  if (object.kind === 'foreign') return object.has?.(name) ?? object.variables?.().has(name);
  return object.kind === 'instance' ? isInInstance(object, name) : undefined;
}

function isInInstance(instance: InstanceValue, name: string): boolean | undefined {
  const own = instance.attributes.get(name);
  if (own !== undefined) return own.kind === 'unknown' && own.name !== name ? undefined : true;
  if (instance.attributes.has(unnamedAttribute)) return undefined;
  return inClass(instance.class, name);
}

function inClass(owner: ClassValue, name: string, depth = 0): boolean | undefined {
  if (owner.attributes.has(name)) return true;
  if (owner.attributes.has('__getattr__') || owner.attributes.has('__getattribute__') || depth > 30) return undefined;
  const answers = owner.bases.map((base) => {
    if (base.kind === 'class') return inClass(base, name, depth + 1);
    return base.kind === 'library' && base.path === 'builtins.object' ? false : undefined;
  });
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}
