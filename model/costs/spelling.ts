/** Formulas as people read them: one template, spelled once with names and once with sizes. */
import { format } from '../expression';
import type { Quantity } from '../graph';

/** A size inside a formula: parenthesised where it is a sum, a question mark where it is not known. */
export function spellQuantity(quantity: Quantity): string {
  if (quantity.kind === 'unknown') return '?';
  const text = format(quantity.value);
  return quantity.value.terms.length > 1 ? `(${text})` : text;
}

/**
 * The template filled with the names of its slots, then with their sizes.
 * `spell((of) => `${of('I')}·${of('U')}`, new Map([['I', eight], ['U', two]]))` gives `['I·U', '8·2']`.
 */
export function spell(
  template: (of: (name: string) => string) => string,
  sizes: ReadonlyMap<string, Quantity>,
): readonly string[] {
  const sized = template((name) => {
    const size = sizes.get(name);
    return size === undefined ? name : spellQuantity(size);
  });
  return [template((name) => name), sized];
}
