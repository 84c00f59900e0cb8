/** The value after a condition that is not known, of whose ways each left one. */

import type { Span } from '../syntax/python/ast';
import type { Machine } from './machine';
import { describe, isSame, none, tuple, unknown, type Value } from './values';

/** More objects than conditions ever choose from. */
const mostAlternatives = 16;

const noObjects: readonly Value[] = [];

/** The objects that a joined value may be, each once. Numbers and texts among the alternatives are of no use to anyone. */
function objectsAmong(...values: readonly Value[]): readonly Value[] {
  const objects = new Set<Value>();
  for (const value of values) {
    for (const candidate of value.kind === 'unknown' ? (value.alternatives ?? []) : [value]) {
      const isObject = candidate.kind === 'foreign' || candidate.kind === 'instance';
      if (isObject && objects.size < mostAlternatives) objects.add(candidate);
    }
  }
  return objects.size === 0 ? noObjects : [...objects];
}

/** Undefined among the values means that one way left nothing. `where` is what branched. */
export function joinValues(machine: Machine, values: readonly (Value | undefined)[], where: Span): Value {
  const present = values.filter((value): value is Value => value !== undefined);
  const [first, ...others] = present;
  if (first === undefined) return unknown('never set');
  if (present.length < values.length) {
    const because = 'set only under a condition that is not known';
    return { ...unknown(because, null, machine.locate(where)), alternatives: objectsAmong(...present) };
  }
  return others.reduce((joined, other) => joinTwo(machine, joined, other, where), first);
}

function joinTwo(machine: Machine, left: Value, right: Value, where: Span): Value {
  if (isSame(left, right)) return left;
  if (left.kind === 'tuple' && right.kind === 'tuple' && left.items.length === right.items.length) {
    return tuple(left.items.map((item, index) => joinTwo(machine, item, right.items[index] ?? none, where)));
  }
  const joined = left.kind === 'foreign' ? left.join?.(right, { span: where, machine }) : undefined;
  if (joined !== undefined) return joined;
  const because =
    left.kind === 'unknown'
      ? left.because
      : right.kind === 'unknown'
        ? right.because
        : `${describe(left)} or ${describe(right)}, by a condition that is not known`;
  const mayBeModule = [left, right].some((value) => value.kind === 'unknown' && value.mayBeModule === true);
  return {
    ...unknown(because, null, machine.locate(where)),
    ...(mayBeModule ? { mayBeModule } : {}),
    alternatives: objectsAmong(left, right),
  };
}
