/** `copy.copy` and `copy.deepcopy`: objects of their own, a module's copy with arrays of its own. */
import { type InstanceValue, unknown, type Value } from '../../evaluate/values';

/** A copy of everything that can change below a value; what it holds twice is held twice by the copy. */
export function deepCopy(original: Value): Value {
  const made = new Map<Value, Value>();
  const copyOf = (value: Value): Value => {
    const held = made.get(value);
    if (held !== undefined) return held;
    const copy = copyWithin(value, copyOf, made);
    made.set(value, copy);
    return copy;
  };
  return copyOf(original);
}

function copyWithin(value: Value, copyOf: (value: Value) => Value, made: Map<Value, Value>): Value {
  switch (value.kind) {
    case 'list':
    case 'set':
    case 'tuple':
      return { ...value, items: value.items.map(copyOf) };
    case 'dictionary': {
      const entries = [...value.entries].map(
        ([name, entry]) => [name, { key: entry.key, value: copyOf(entry.value) }] as const,
      );
      return { kind: 'dictionary', entries: new Map(entries), isOpen: { value: value.isOpen.value } };
    }
    case 'instance': {
      if (value.class.nature === 'enumeration') return value;
      if (value.class.attributes.has('__deepcopy__'))
        return unknown(`${value.class.definition.name} has a __deepcopy__ of its own`);
      const copy: InstanceValue = { ...value, attributes: new Map() };
      // Known before its attributes are copied, which may lead back to it.
      made.set(value, copy);
      for (const [name, held] of value.attributes) copy.attributes.set(name, copyOf(held));
      return copy;
    }
    case 'foreign':
      return (
        value.deepCopy?.(copyOf) ?? {
          ...unknown(`what a copy of ${value.description} holds is not followed`),
          mayBeModule: true,
        }
      );
    default:
      return value;
  }
}

/** A copy of an object alone; undefined for objects whose copies are not followed. */
export function shallowCopy(value: Value, isModule: (instance: InstanceValue) => boolean): Value | undefined {
  switch (value.kind) {
    case 'list':
    case 'set':
      return { ...value };
    case 'dictionary':
      return { kind: 'dictionary', entries: new Map(value.entries), isOpen: { value: value.isOpen.value } };
    case 'instance':
      return isModule(value) ? undefined : { ...value, attributes: new Map(value.attributes) };
    case 'foreign':
      return undefined;
    default:
      return value;
  }
}
