/** Attributes reached by computed names: `setattr(self, f"layer_{i}", …)`, `vars(args)`, and changes by code that is not read. */
import type { Heap } from './heap';
import { type CallSite, type DictionaryValue, type InstanceValue, text, unknown, type Value } from './values';

/** The attribute that stands for all modules whose names are not known. */
export const unnamedAttribute = '?';

/**
 * Registers a module by a computed name. Under a name that is not known the value may take the place of any other, or add to
 * them, so all that is kept is that it may be there.
 */
export function registerModule(instance: InstanceValue, name: Value, value: Value, site: CallSite): void {
  const { heap } = site.machine;
  if (name.kind === 'string') {
    heap.setVariable(instance.attributes, name.value, site.machine.bound(name.value, value, site.span));
    return;
  }
  const held = instance.attributes.get(unnamedAttribute);
  const others = held?.kind === 'unknown' ? (held.alternatives ?? []) : [];
  const because = 'it is registered under a name that is not known';
  const open = {
    ...unknown(because, null, site.machine.locate(site.span)),
    alternatives: [...others, value].slice(-16),
    ...(value.kind === 'unknown' ? { mayBeModule: true } : {}),
  };
  heap.setVariable(instance.attributes, unnamedAttribute, open);
}

/** Any of the variables, or of those `among` them, may have another value from here on: each becomes unknown under its own name. */
export function openVariables(
  heap: Heap,
  variables: Map<string, Value>,
  because: string,
  among?: ReadonlySet<string>,
): void {
  for (const [name, value] of [...variables]) {
    if (isData(value) && among?.has(name) !== false) heap.setVariable(variables, name, unknown(because, name));
  }
}

/** Numbers, texts and collections: what a configuration holds. Functions, classes and layers are not overwritten by data. */
function isData(value: Value): boolean {
  return ['none', 'boolean', 'integer', 'float', 'string', 'list', 'tuple', 'dictionary', 'set'].includes(value.kind);
}

/** `vars(object)` or `globals()`: a dictionary whose entries are the variables. */
export function dictionaryView(variables: Map<string, Value>): DictionaryValue {
  const entries = [...variables].map(([name, value]) => [`string:${name}`, { key: text(name), value }] as const);
  return { kind: 'dictionary', entries: new Map(entries), isOpen: { value: false }, mirrors: variables };
}

/** `del object.name`, also by `delattr`. */
export function deleteAttribute(object: Value, name: string, site: CallSite): void {
  if (object.kind === 'instance' || object.kind === 'class') {
    site.machine.heap.deleteVariable(object.attributes, name);
  } else if (object.kind === 'foreign') {
    if (object.deleteAttribute) object.deleteAttribute(name, site);
    else object.escape?.(site);
  }
}
