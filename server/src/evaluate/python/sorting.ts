/** `sorted` and `list.sort`, and `max` and `min` by a key. */
import { type CallArguments, type CallSite, positionalArguments, type Value } from '../values';
import { compare } from './operators';

/** The items in order; undefined where the order is not known. */
export function sortItems(
  items: readonly Value[],
  { keywords, isOpen }: CallArguments,
  site: CallSite,
): readonly Value[] | undefined {
  const reverse = keywords.get('reverse');
  const isReversed = reverse?.kind === 'boolean' && reverse.value;
  const isFollowed = [...keywords.keys()].every((name) => name === 'reverse' || name === 'key');
  if (isOpen || !isFollowed || (reverse !== undefined && reverse.kind !== 'boolean')) return undefined;
  const keyed = withKeys(items, keywords.get('key'), site);
  let isOrdered = true;
  const ordered = keyed.sort((left, right) => {
    const isLess = compare('<', left.key, right.key);
    const isMore = compare('<', right.key, left.key);
    if (isLess === undefined || isMore === undefined) isOrdered = false;
    // Items with equal keys keep their order, in a reversed order too.
    return (isLess ? -1 : isMore ? 1 : 0) * (isReversed ? -1 : 1);
  });
  return isOrdered ? ordered.map(({ item }) => item) : undefined;
}

/** The first item with the greatest or least key; undefined where that is not known. */
export function extremeByKey(
  kind: 'max' | 'min',
  items: readonly Value[],
  key: Value,
  site: CallSite,
): Value | undefined {
  const [first, ...others] = withKeys(items, key, site);
  if (first === undefined) return undefined;
  let best = first;
  for (const other of others) {
    const isBetter = kind === 'max' ? compare('<', best.key, other.key) : compare('<', other.key, best.key);
    if (isBetter === undefined) return undefined;
    if (isBetter) best = other;
  }
  return best.item;
}

interface Keyed {
  readonly item: Value;
  readonly key: Value;
}

function withKeys(items: readonly Value[], key: Value | undefined, site: CallSite): Keyed[] {
  const isGiven = key !== undefined && key.kind !== 'none';
  return items.map((item) => ({ item, key: isGiven ? site.machine.call(key, positionalArguments(item), site) : item }));
}
