/** What a `case` of a match statement says of its subject, and what it binds. */
import type { Pattern } from '../../syntax/python/ast';
import { dictionary, keyOf, list, unknown, type Value } from '../values';
import { evaluate } from './expressions';
import type { Frame } from './frame';
import type { PythonMachine } from './machine';
import { isInstance } from './membership';
import { compare } from './operators';
import { fieldsOf } from './records';

export interface Match {
  /** Undefined where it is not known. */
  readonly holds: boolean | undefined;
  /** What the names of the pattern are bound to where it holds. */
  readonly bindings: readonly (readonly [name: string, value: Value])[];
}

const always: Match = { holds: true, bindings: [] };
const never: Match = { holds: false, bindings: [] };

/** Classes of the language whose one positional pattern stands for the object itself: `int(size)`. */
const matchedAsThemselves: ReadonlySet<string> = new Set([
  'bool',
  'dict',
  'float',
  'int',
  'list',
  'set',
  'str',
  'tuple',
]);

export function matchPattern(machine: PythonMachine, frame: Frame, pattern: Pattern, subject: Value): Match {
  const match = (inner: Pattern, part: Value): Match => matchPattern(machine, frame, inner, part);
  switch (pattern.kind) {
    case 'value': {
      const value = evaluate(machine, frame, pattern.value);
      // None, True and False are compared by identity; what is equal to them is one of them here.
      return { holds: compare('==', subject, value), bindings: [] };
    }
    case 'capture':
      return pattern.name === null ? always : { holds: true, bindings: [[pattern.name, subject]] };
    case 'alternatives':
      return firstOf(pattern.patterns.map((alternative) => match(alternative, subject)));
    case 'named':
      return both([match(pattern.pattern, subject), { holds: true, bindings: [[pattern.name, subject]] }]);
    case 'sequence':
      return matchSequence(machine, pattern, subject, match);
    case 'mapping':
      return matchMapping(machine, frame, pattern, subject, match);
    case 'class':
      return matchClass(machine, frame, pattern, subject, match);
    case 'other':
      return { holds: undefined, bindings: [] };
  }
}

type Submatch = (pattern: Pattern, part: Value) => Match;

function matchSequence(
  machine: PythonMachine,
  { items, star }: Extract<Pattern, { kind: 'sequence' }>,
  subject: Value,
  match: Submatch,
): Match {
  const isSequence = subject.kind === 'list' || subject.kind === 'tuple' || subject.kind === 'instance';
  const parts = isSequence ? machine.itemsOf(subject) : undefined;
  if (parts === undefined) {
    const isOther = ['none', 'boolean', 'integer', 'float', 'string', 'dictionary', 'set'].includes(subject.kind);
    return isOther ? never : openMatch(items, subject, match);
  }
  const surplus = parts.length - items.length;
  if (star === -1 ? surplus !== 0 : surplus < -1) return never;
  return both(
    items.map((item, position) => {
      if (position === star) return match(item, list(parts.slice(star, star + surplus + 1)));
      const part = parts[star !== -1 && position > star ? position + surplus : position];
      return part === undefined ? never : match(item, part);
    }),
  );
}

function matchMapping(
  machine: PythonMachine,
  frame: Frame,
  { entries, rest }: Extract<Pattern, { kind: 'mapping' }>,
  subject: Value,
  match: Submatch,
): Match {
  if (subject.kind !== 'dictionary') {
    const isOther = ['none', 'boolean', 'integer', 'float', 'string', 'list', 'tuple', 'set'].includes(subject.kind);
    const patterns = entries.map((entry) => entry.pattern);
    return isOther ? never : openMatch(patterns, subject, match, rest);
  }
  const keys = entries.map(({ key }) => keyOf(evaluate(machine, frame, key)));
  const matched = entries.map(({ pattern }, index): Match => {
    const key = keys[index];
    const entry = key === undefined ? undefined : subject.entries.get(key);
    if (entry !== undefined) return match(pattern, entry.value);
    return key === undefined || subject.isOpen.value ? openMatch([pattern], subject, match) : never;
  });
  if (rest === null) return both(matched);
  const left = dictionary();
  for (const [key, entry] of subject.entries) if (!keys.includes(key)) left.entries.set(key, entry);
  left.isOpen.value = subject.isOpen.value;
  return both([...matched, { holds: true, bindings: [[rest, left]] }]);
}

function matchClass(
  machine: PythonMachine,
  frame: Frame,
  { type, positional, keywords }: Extract<Pattern, { kind: 'class' }>,
  subject: Value,
  match: Submatch,
): Match {
  const class_ = evaluate(machine, frame, type);
  const isOfClass: Match = { holds: isInstance(machine, subject, class_), bindings: [] };
  const isItself = class_.kind === 'builtin' && matchedAsThemselves.has(class_.name) && positional.length === 1;
  const fields = class_.kind === 'class' ? fieldsOf(machine, class_) : undefined;
  const named = isItself
    ? keywords
    : [...positional.map((pattern, position) => ({ name: fields?.[position], pattern })), ...keywords];
  const parts = named.map(({ name, pattern }): Match => {
    const value = subject.kind === 'instance' && name !== undefined ? subject.attributes.get(name) : undefined;
    return value === undefined ? openMatch([pattern], subject, match) : match(pattern, value);
  });
  return both([isOfClass, ...(isItself ? positional.map((pattern) => match(pattern, subject)) : []), ...parts]);
}

/** All of them: a name is bound whatever the others say. */
function both(matches: readonly Match[]): Match {
  const answers = matches.map(({ holds }) => holds);
  return {
    holds: answers.includes(false) ? false : answers.includes(undefined) ? undefined : true,
    bindings: matches.flatMap(({ bindings }) => bindings),
  };
}

/** The first that holds; what it binds is only known when those before it surely do not. */
function firstOf(matches: readonly Match[]): Match {
  const possible = matches.filter(({ holds }) => holds !== false);
  const [first] = possible;
  if (first === undefined) return never;
  if (first.holds === true || possible.length === 1) return first;
  const names = new Set(possible.flatMap(({ bindings }) => bindings.map(([name]) => name)));
  return {
    holds: possible.some(({ holds }) => holds === true) ? true : undefined,
    bindings: [...names].map((name) => [name, unknown('a part of what a pattern may match')]),
  };
}

/** Patterns for parts of something that is not known: they may hold, and their names are bound to something unknown. */
function openMatch(patterns: readonly Pattern[], subject: Value, match: Submatch, rest: string | null = null): Match {
  const part = unknown(subject.kind === 'unknown' ? subject.because : 'a part of something that is not followed');
  const { bindings } = both(patterns.map((pattern) => match(pattern, part)));
  return { holds: undefined, bindings: rest === null ? bindings : [...bindings, [rest, part]] };
}
