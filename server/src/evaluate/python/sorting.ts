/** `sorted` and `list.sort`. */
import type { CallArguments, Value } from '../values';
import { compare } from './operators';

/** The items in order; undefined where the order is not known or depends on a `key`. */
export function sortItems(items: readonly Value[], parameters: CallArguments): readonly Value[] | undefined {
  const { keywords, isOpen } = parameters;
  const reverse = keywords.get('reverse');
  const isReversed = reverse?.kind === 'boolean' && reverse.value;
  const others = [...keywords].filter(([name, value]) => name !== 'reverse' && value.kind !== 'none');
  if (isOpen || others.length > 0 || (reverse !== undefined && reverse.kind !== 'boolean')) return undefined;
  let isOrdered = true;
  const ordered = [...items].sort((left, right) => {
    const isLess = compare('<', left, right);
    const isMore = compare('<', right, left);
    if (isLess === undefined || isMore === undefined) isOrdered = false;
    return isLess ? -1 : isMore ? 1 : 0;
  });
  if (!isOrdered) return undefined;
  return isReversed ? ordered.reverse() : ordered;
}
