/** Attributes whose names the program computes: `setattr(self, f"layer_{i}", …)`. */
import { type CallSite, type InstanceValue, unknown, type Value } from './values';

/** The attribute that stands for all whose names are not known. */
export const unnamedAttribute = '?';

/**
 * Sets an attribute by a computed name. Under a name that is not known the value may take the place of any other, or add to
 * them, so all that is kept is that it may be there.
 */
export function setNamed(instance: InstanceValue, name: Value, value: Value, site: CallSite): void {
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
  };
  heap.setVariable(instance.attributes, unnamedAttribute, open);
}
