/** Execution of statements, with both ways taken where a condition is not known. */
import type { For, ForEach, Pattern, Span, Statement, Switch, Try, While } from '../../syntax/javascript/ast';
import { inRound } from '../circumstances';
import { createScope } from '../scope';
import { type DictionaryEntry, describe, dictionary, keyOf, list, number, text, unknown, type Value } from '../values';
import { makeClass } from './classes';
import { evaluate, functionObject } from './expressions';
import { type Frame, normal, type Outcome } from './frame';
import type { JavaScriptMachine } from './machine';
import { undefinedValue } from './objects';
import { compare } from './operators';
import { type BindingForm, bind } from './patterns';

/** Work that all rounds of one loop may take. A training loop takes more, and its rounds are all alike. */
const mostLoopWork = 20_000;
/** Rounds after which the work of a loop is foreseen. */
const roundsToForesee = 4;
/** More rounds than layers are ever made in; training loops are longer and make none. */
const mostIterations = 256;

/** Functions can be called before the statement that defines them. */
export function hoist(machine: JavaScriptMachine, frame: Frame, body: readonly Statement[]): void {
  for (const statement of body) {
    if (statement.kind !== 'function' || statement.name === null) continue;
    const made = functionObject(frame, statement);
    machine.noteDefinition(made);
    machine.heap.setVariable(frame.scope.variables, statement.name, made);
  }
}

export function runBody(machine: JavaScriptMachine, frame: Frame, body: readonly Statement[]): Outcome {
  hoist(machine, frame, body);
  for (const statement of body) {
    const outcome = run(machine, frame, statement);
    if (outcome.kind !== 'normal') return outcome;
  }
  return normal;
}

export function run(machine: JavaScriptMachine, frame: Frame, node: Statement): Outcome {
  machine.burn();
  switch (node.kind) {
    case 'expressionStatement':
      evaluate(machine, frame, node.expression);
      return normal;
    case 'declaration':
      for (const { target, value } of node.declared) {
        const held = value === null ? undefinedValue : evaluate(machine, frame, value);
        bind(machine, frame, target, held, node.isBlockScoped ? 'block' : 'function');
      }
      return normal;
    case 'function':
      return normal;
    case 'class':
      if (node.name !== null) {
        const made = makeClass(machine, frame, node);
        machine.heap.setVariable(frame.scope.variables, node.name, made);
      }
      return normal;
    case 'block':
      return runBody(machine, inner(frame), node.body);
    case 'if': {
      const truth = machine.truth(evaluate(machine, frame, node.condition));
      const body = (): Outcome => run(machine, frame, node.body);
      const otherwise = (): Outcome => (node.otherwise === null ? normal : run(machine, frame, node.otherwise));
      if (truth === undefined) return runEither(machine, frame, [body, otherwise], node);
      return truth ? body() : otherwise();
    }
    case 'for':
      return runFor(machine, frame, node);
    case 'forEach':
      return runForEach(machine, frame, node);
    case 'while':
      return runWhile(machine, frame, node);
    case 'switch':
      return runSwitch(machine, frame, node);
    case 'try':
      return runTry(machine, frame, node);
    case 'return':
      return { kind: 'return', value: node.value === null ? undefinedValue : evaluate(machine, frame, node.value) };
    case 'throw':
      evaluate(machine, frame, node.value);
      return { kind: 'throw' };
    case 'break':
    case 'continue':
      // Which loop is left is not followed: none of those around is certain any more.
      if (node.isLabelled) frame.uncertainExits.count += 1;
      return { kind: node.kind };
    case 'import': {
      const site = { span: node, machine };
      const source = machine.module(node.source, site);
      for (const { imported, local } of node.names) {
        const value = imported === '*' ? source : machine.exported(source, imported, site);
        machine.heap.setVariable(frame.scope.variables, local, machine.bound(local, value, node));
      }
      return normal;
    }
    case 'export':
      machine.passOn(node);
      return normal;
    case 'exportDefault': {
      const value = evaluate(machine, frame, node.value);
      machine.heap.setVariable(frame.scope.variables, 'default', value);
      return normal;
    }
    case 'enumeration':
      runEnumeration(machine, frame, node);
      return normal;
    case 'empty':
      return normal;
  }
}

/** A block inside the frame: what it declares ends with it. */
function inner(frame: Frame): Frame {
  return { ...frame, scope: createScope(frame.scope) };
}

/** Runs alternatives of which one will happen, and goes on from their join. */
function runEither(
  machine: JavaScriptMachine,
  frame: Frame,
  alternatives: readonly (() => Outcome)[],
  where: Span,
): Outcome {
  const outcomes = machine.fork(
    alternatives,
    (outcome) => (outcome.kind === 'throw' ? 'raised' : outcome.kind === 'return' ? 'returned' : 'goesOn'),
    frame,
    where,
  );
  const returned = outcomes.flatMap((outcome) => (outcome.kind === 'return' ? [outcome.value] : []));
  const going = outcomes.filter((outcome) => outcome.kind !== 'return' && outcome.kind !== 'throw');
  const [only] = going;
  if (only !== undefined) {
    frame.possibleReturns.push(...returned);
    if (going.every((outcome) => outcome.kind === only.kind)) return only;
    // Left on one way only: what the loop does from here on may not happen.
    frame.uncertainExits.count += 1;
    return normal;
  }
  return returned.length > 0 ? { kind: 'return', value: machine.join(returned, where) } : { kind: 'throw' };
}

/** What a loop does in one round, and whether another follows; undefined when that is not known. */
interface Rounds {
  /** Prepares the round of this number. */
  readonly begin: (round: number) => boolean | undefined;
  readonly body: () => Outcome;
  /** Prepares a round of which nothing is known. */
  readonly beginAny: () => void;
}

function runRounds(machine: JavaScriptMachine, frame: Frame, rounds: Rounds, where: Span): Outcome {
  const exits = frame.uncertainExits.count;
  const fuel = machine.fuelLeft;
  const isCertain = (): boolean => frame.uncertainExits.count === exits;
  let isOpen = true;
  const walk = (): Outcome => {
    for (let round = 0; round < mostIterations && isCertain(); round++) {
      if (round >= roundsToForesee && fuel - machine.fuelLeft > mostLoopWork) return normal;
      const goesOn = rounds.begin(round);
      if (goesOn === undefined) return normal;
      if (!goesOn) {
        isOpen = false;
        return normal;
      }
      const outcome = inRound(frame, round, rounds.body);
      if (outcome.kind === 'normal' || outcome.kind === 'continue') continue;
      isOpen = false;
      return outcome.kind === 'break' ? normal : outcome;
    }
    return normal;
  };
  // Rounds that are known to happen are kept; those that may happen come after them.
  const outcome = machine.heap.attempt(walk, isCertain);
  return outcome !== undefined && !isOpen ? outcome : runAnyRounds(machine, frame, rounds, where);
}

/** A loop whose number of rounds is not known: no round at all, joined with one or more. */
function runAnyRounds(machine: JavaScriptMachine, frame: Frame, rounds: Rounds, where: Span): Outcome {
  const round = (): Outcome => {
    rounds.beginAny();
    const outcome = rounds.body();
    return outcome.kind === 'break' || outcome.kind === 'continue' ? normal : outcome;
  };
  // A second round sees what the first one left open, so that nothing that changes from round to round looks fixed.
  const first = runEither(machine, frame, [round, () => normal], where);
  return first.kind === 'normal' ? runEither(machine, frame, [round, () => normal], where) : first;
}

function runFor(machine: JavaScriptMachine, frame: Frame, node: For): Outcome {
  const outer = inner(frame);
  if (node.first !== null) run(machine, outer, node.first);
  const step = (): void => {
    if (node.next !== null) evaluate(machine, outer, node.next);
  };
  const counters = node.first?.kind === 'declaration' && node.first.isBlockScoped ? outer.scope.variables : new Map();
  return runRounds(
    machine,
    frame,
    {
      begin: (round) => {
        if (round > 0) step();
        return node.condition === null ? true : machine.truth(evaluate(machine, outer, node.condition));
      },
      beginAny: () => {
        for (const name of counters.keys()) {
          const value = unknown(`${name} changes from round to round`, null, machine.locate(node));
          machine.heap.setVariable(counters, name, value);
        }
      },
      body: () => {
        // Each round has variables of its own for the functions that are made in it; changes go back to the loop's.
        const own = inner(outer);
        for (const [name, value] of counters) own.scope.variables.set(name, value);
        const outcome = run(machine, own, node.body);
        for (const name of counters.keys()) {
          const value = own.scope.variables.get(name);
          if (value !== undefined && value !== counters.get(name)) machine.heap.setVariable(counters, name, value);
        }
        return outcome;
      },
    },
    node,
  );
}

function runForEach(machine: JavaScriptMachine, frame: Frame, node: ForEach): Outcome {
  const iterable = evaluate(machine, frame, node.iterable);
  const items = node.over === 'keys' ? machine.keysOf(iterable) : machine.itemsOf(iterable);
  const form: BindingForm = node.isDeclared ? 'block' : 'assignment';
  let own = frame;
  const begin = (target: Pattern, value: Value): void => {
    own = inner(frame);
    bind(machine, own, target, value, form);
  };
  return runRounds(
    machine,
    frame,
    {
      begin: (round) => {
        if (items === undefined) return undefined;
        const item = items[round];
        if (item !== undefined) begin(node.target, item);
        return item !== undefined;
      },
      beginAny: () => {
        const because = `an item of ${describe(iterable)}`;
        begin(node.target, unknown(because, null, machine.locate(node.target)));
      },
      body: () => run(machine, own, node.body),
    },
    node,
  );
}

function runWhile(machine: JavaScriptMachine, frame: Frame, node: While): Outcome {
  return runRounds(
    machine,
    frame,
    {
      begin: (round) =>
        round === 0 && node.runsFirst ? true : machine.truth(evaluate(machine, frame, node.condition)),
      beginAny: () => {},
      body: () => run(machine, frame, node.body),
    },
    node,
  );
}

function runSwitch(machine: JavaScriptMachine, frame: Frame, node: Switch): Outcome {
  const subject = evaluate(machine, frame, node.subject);
  const own = inner(frame);
  /** From a case on, into the next ones, until one breaks. */
  const enter = (first: number) => (): Outcome => {
    for (const { body } of node.cases.slice(first)) {
      const outcome = runBody(machine, own, body);
      if (outcome.kind !== 'normal') return outcome.kind === 'break' ? normal : outcome;
    }
    return normal;
  };
  const possible: (() => Outcome)[] = [];
  for (const [index, { test }] of node.cases.entries()) {
    if (test === null) continue;
    const holds = compare('===', subject, evaluate(machine, own, test));
    if (holds === false) continue;
    possible.push(enter(index));
    if (holds === true) return possible.length === 1 ? enter(index)() : runEither(machine, frame, possible, node);
  }
  const byDefault = node.cases.findIndex(({ test }) => test === null);
  const otherwise = byDefault === -1 ? (): Outcome => normal : enter(byDefault);
  return possible.length === 0 ? otherwise() : runEither(machine, frame, [...possible, otherwise], node);
}

/** What is attempted is taken to succeed, unless it only throws: a handler is there for what goes wrong at run time. */
function runTry(machine: JavaScriptMachine, frame: Frame, node: Try): Outcome {
  const attempted = run(machine, frame, node.body);
  const { handler } = node;
  let outcome = attempted;
  if (attempted.kind === 'throw') {
    outcome = normal;
    if (handler !== null) {
      const own = inner(frame);
      if (handler.target !== null) bind(machine, own, handler.target, unknown('an exception'), 'block');
      outcome = run(machine, own, handler.body);
    }
  }
  const last = node.finally === null ? normal : run(machine, frame, node.finally);
  return last.kind === 'normal' ? outcome : last;
}

function runEnumeration(
  machine: JavaScriptMachine,
  frame: Frame,
  node: Extract<Statement, { kind: 'enumeration' }>,
): void {
  let next = 0;
  const entries: DictionaryEntry[] = [];
  // Later members may be computed from earlier ones by their plain names.
  const own = inner(frame);
  for (const { name, value: written } of node.members) {
    const value = written === null ? number(next) : evaluate(machine, own, written);
    next = (machine.wholeNumber(value) ?? next) + 1;
    own.scope.variables.set(name, value);
    entries.push({ key: text(name), value });
  }
  machine.heap.setVariable(frame.scope.variables, node.name, dictionary(entries));
}

/** The keys of an object, as `for (… in …)` and `Object.keys` give them. */
export function keysOf(value: Value): readonly Value[] | undefined {
  if (value.kind === 'list' && !value.isOpen) return value.items.map((_, index) => text(String(index)));
  if (value.kind !== 'dictionary' || value.isOpen.value) return undefined;
  return [...value.entries.values()].map(({ key }) => key);
}

/** The entries of an object as pairs of name and value. */
export function entriesOf(value: Value): readonly Value[] | undefined {
  const keys = keysOf(value);
  if (value.kind === 'list' && !value.isOpen)
    return value.items.map((item, index) => list([text(String(index)), item]));
  if (value.kind !== 'dictionary') return undefined;
  return keys?.map((key) => list([key, value.entries.get(keyOf(key) ?? '')?.value ?? undefinedValue]));
}
