/** What tells two values of one place apart stays short, however much went into them. */
import { expect, test } from 'vitest';
import type { SourceLocation } from '../../../model/graph';
import { LineMap } from '../syntax/lines';
import { Circumstances } from './circumstances';
import { createScope } from './scope';
import { positionalArguments, text, unknown, type Value } from './values';

const lines = new LineMap('a.py', 'x\n'.repeat(100));
const span = { from: 0, to: 1 };

/** The place that a function called with these values reaches. */
function placeIn(circumstances: Circumstances, ...values: readonly Value[]): SourceLocation {
  const scope = createScope(createScope(null));
  circumstances.enter(scope, positionalArguments(...values));
  return circumstances.reached({ ...span }, lines, scope, '');
}

test('equal arguments give equal circumstances, others do not', () => {
  const circumstances = new Circumstances();
  const of = (...values: readonly Value[]) => circumstances.of(placeIn(circumstances, ...values));
  expect(of(text('a'))).toBe(of(text('a')));
  expect(of(text('a'))).not.toBe(of(text('b')));
  expect(of()).not.toBe(of(text('a')));
});

test('arguments made of arguments do not add up', () => {
  const circumstances = new Circumstances();
  let given: Value = text('a');
  for (let depth = 0; depth < 6; depth++) {
    const location = placeIn(circumstances, ...Array.from({ length: 40 }, () => given));
    expect(circumstances.of(location).length).toBeLessThan(40);
    given = unknown('it is given', 'x', location);
  }
});

test('arguments beyond what is described are told apart from all others', () => {
  const circumstances = new Circumstances();
  const of = (value: string) => circumstances.of(placeIn(circumstances, text(value)));
  const long = 'a'.repeat(1_000_000);
  const places = Array.from({ length: 20 }, (_, index) => of(`${long}${index}`));
  expect(new Set(places).size).toBe(20);
  expect(of('b')).not.toBe(of('b'));
});

test('what is looked up by equal keys is the same wherever it is asked for', () => {
  const circumstances = new Circumstances();
  const [owner, here, there] = [1, 2, 3].map((from) => lines.locate({ from, to: from + 1 }));
  if (!owner || !here || !there) throw new Error('three places');
  const of = (location: SourceLocation, key: string) =>
    circumstances.of(circumstances.lookedUp(location, owner, positionalArguments(text(key))));
  expect(of(here, 'size')).toBe(of(there, 'size'));
  expect(of(here, 'size')).not.toBe(of(here, 'width'));
});
