/** Execution of statements, with both ways taken where a condition is not known. */
import type {
  ClassDefinition,
  Expression,
  For,
  FunctionDefinition,
  ImportFrom,
  Name,
  Span,
  Statement,
  Try,
} from '../../syntax/python/ast';
import { createScope, globalScope, type Scope } from '../scope';
import {
  type CallSite,
  type ClassValue,
  describe,
  type ForeignValue,
  type FunctionValue,
  isEnumeration,
  keyOf,
  noArguments,
  none,
  positionalArguments,
  text,
  unknown,
  type Value,
} from '../values';
import { nameDescriptors, setThrough } from './descriptors';
import { binary, defaultValues, evaluate } from './expressions';
import { type Frame, normal, type Outcome } from './frame';
import type { PythonMachine } from './machine';
import { matchPattern } from './matching';
import { Memory } from './memory';
import { openDictionary, openSequence } from './methods';
import { importedModules, importedNames } from './modules';
import { fieldNames, makeEnumeration, natureOf } from './records';

/** Work that all rounds of one loop may take. A training loop takes more, and its rounds are all alike. */
const mostLoopWork = 20_000;
/** Rounds after which the work of a loop is foreseen. */
const roundsToForesee = 4;

/** More rounds than layers are ever made in; training loops are longer and make none. */
const mostIterations = 256;

export function runBlock(machine: PythonMachine, frame: Frame, body: readonly Statement[]): Outcome {
  const { possibleReturns, uncertainExits } = frame;
  for (const [index, statement] of body.entries()) {
    const returns = possibleReturns.length;
    const { breaks, continues } = uncertainExits;
    const outcome = run(machine, frame, statement);
    if (outcome.kind !== 'normal') return outcome;
    const rest = body.slice(index + 1);
    const mayHaveReturned = possibleReturns.length > returns;
    const mayHaveLeft = uncertainExits.breaks > breaks || uncertainExits.continues > continues;
    if (rest.length > 0 && (mayHaveReturned || mayHaveLeft)) {
      return runPerhaps(machine, frame, rest, mayHaveLeft, statement);
    }
  }
  return normal;
}

/** Statements after one that may have returned from the function, left the loop or cut its round short. */
function runPerhaps(
  machine: PythonMachine,
  frame: Frame,
  rest: readonly Statement[],
  mayHaveLeft: boolean,
  where: Span,
): Outcome {
  const [outcome = normal] = machine.heap.fork<Outcome | null>(
    [() => runBlock(machine, frame, rest), () => null],
    (end) => (end === null ? (mayHaveLeft ? 'goesOn' : 'returned') : fateOf(end)),
    frame.scope.variables,
    where,
  );
  if (outcome === null || !mayHaveLeft) return outcome ?? normal;
  // The round that was cut short goes on to the next one: whatever else ends this one only may happen.
  if (outcome.kind === 'return') frame.possibleReturns.push(outcome.value);
  else if (outcome.kind === 'break') frame.uncertainExits.breaks += 1;
  return normal;
}

function fateOf(outcome: Outcome): 'goesOn' | 'returned' | 'raised' {
  return outcome.kind === 'raise' ? 'raised' : outcome.kind === 'return' ? 'returned' : 'goesOn';
}

function run(machine: PythonMachine, frame: Frame, node: Statement): Outcome {
  machine.burn();
  switch (node.kind) {
    case 'expressionStatement':
      evaluate(machine, frame, node.expression);
      return normal;
    case 'assign': {
      const value = evaluate(machine, frame, node.value);
      for (const target of node.targets) assign(machine, frame, target, value);
      return normal;
    }
    case 'annotatedAssign':
      if (node.value !== null) assign(machine, frame, node.target, evaluate(machine, frame, node.value));
      return normal;
    case 'augmentedAssign':
      augment(machine, frame, node);
      return normal;
    case 'return':
      return { kind: 'return', value: node.value === null ? none : evaluate(machine, frame, node.value) };
    case 'if':
      return runIf(machine, frame, node.branches, node.otherwise, node);
    case 'for':
      return runFor(machine, frame, node);
    case 'while':
      return runWhile(machine, frame, node);
    case 'with':
      for (const { context, target } of node.items) {
        const value = evaluate(machine, frame, context);
        if (target !== null) assign(machine, frame, target, entered(machine, value, node));
      }
      return runBlock(machine, frame, node.body);
    case 'try':
      return runTry(machine, frame, node);
    case 'function':
      define(machine, frame, node);
      return normal;
    case 'class':
      defineClass(machine, frame, node);
      return normal;
    case 'import':
      for (const { name, value } of importedModules(machine.modules, node, machine.currentSource.file)) {
        setName(machine, frame, name, value);
      }
      return normal;
    case 'importFrom':
      importFrom(machine, frame, node);
      return normal;
    case 'delete':
      for (const target of node.targets) remove(machine, frame, target);
      return normal;
    case 'scope': {
      for (const name of node.names) frame.scope.redirected.set(name, redirection(frame.scope, node.word, name));
      return normal;
    }
    case 'assert':
      evaluate(machine, frame, node.condition);
      return normal;
    case 'raise':
      if (node.value !== null) evaluate(machine, frame, node.value);
      return { kind: 'raise' };
    case 'match':
      return runMatch(machine, frame, node);
    case 'break':
    case 'continue':
      return { kind: node.kind };
    case 'pass':
    case 'invalid':
      return normal;
  }
}

function importFrom(machine: PythonMachine, frame: Frame, node: ImportFrom): void {
  const site = { span: node, machine };
  const prefix = `${'.'.repeat(node.level)}${node.path}${node.path === '' ? '' : '.'}`;
  const own = importedNames(machine.modules, node, machine.currentSource.file);
  for (const { name, value } of own ?? []) {
    const missing = unknown(`${prefix}${name} is not found`, null, machine.locate(node));
    setName(machine, frame, name, value ?? missing);
  }
  if (own !== undefined) return;
  if (node.names === null) machine.noteStarImport(frame.scope, `${'.'.repeat(node.level)}${node.path}`, node);
  for (const { name, alias } of node.names ?? []) {
    const value = machine.reexported(frame.scope, name) ?? machine.libraryMember(`${prefix}${name}`, site);
    setName(machine, frame, alias ?? name, value);
  }
}

function redirection(scope: Scope, word: 'global' | 'nonlocal', name: string): Scope {
  if (word === 'global') return globalScope(scope);
  for (let outer = scope.parent; outer !== null; outer = outer.parent) {
    if (outer.variables.has(name) && !outer.isClassBody) return outer;
  }
  return globalScope(scope);
}

function setName(machine: PythonMachine, frame: Frame, name: string, value: Value): void {
  const scope = frame.scope.redirected.get(name) ?? frame.scope;
  machine.heap.setVariable(scope.variables, name, value);
}

/** `target = value` for every kind of target. */
export function assign(machine: PythonMachine, frame: Frame, target: Expression, value: Value): void {
  switch (target.kind) {
    case 'name':
      setName(machine, frame, target.name, machine.bound(target.name, value, target));
      return;
    case 'tuple':
    case 'list':
      unpack(machine, frame, target.items, value, target);
      return;
    case 'attribute':
      assignAttribute(machine, evaluate(machine, frame, target.object), target, value);
      return;
    case 'subscript':
      assignItem(machine, frame, target, value);
      return;
    case 'starred':
      assign(machine, frame, target.value, value);
      return;
    default:
  }
}

/** `object.name = value`. */
function assignAttribute(
  machine: PythonMachine,
  object: Value,
  target: Extract<Expression, { kind: 'attribute' }>,
  value: Value,
): void {
  const named = machine.bound(target.name, value, target);
  const site = { span: target, machine };
  const setter = object.kind === 'instance' ? machine.findInClass(object.class, setterOf(target.name)) : undefined;
  if (setter?.kind === 'function') {
    machine.call({ ...setter, receiver: object }, positionalArguments(named), site);
  } else if (object.kind === 'instance') {
    if (machine.hasDescriptors && setThrough(machine, object, target.name, named, site)) return;
    const assigned = machine.behaviourOf(object.class)?.assigned;
    const kept = assigned === undefined ? named : assigned(object, target.name, named, site);
    if (kept !== undefined) machine.heap.setVariable(object.attributes, target.name, kept);
  } else if (object.kind === 'class') {
    machine.heap.setVariable(object.attributes, target.name, named);
  } else if (object.kind === 'foreign') object.setAttribute?.(target.name, named, site);
  else if (object.kind === 'library') {
    machine.heap.setVariable(machine.libraryAttributes, `${object.path}.${target.name}`, named);
  } else if (object.kind === 'unknown') {
    for (const each of object.alternatives ?? []) {
      machine.heap.perhaps(() => assignAttribute(machine, each, target, value), target);
    }
  }
}

/** `object[index] = value`. */
function assignItem(
  machine: PythonMachine,
  frame: Frame,
  target: Extract<Expression, { kind: 'subscript' }>,
  value: Value,
): void {
  const object = evaluate(machine, frame, target.object);
  const index = indexOf(machine, frame, target);
  const { heap } = machine;
  if (object.kind === 'foreign') {
    object.setItem?.(index, value, { span: target, machine });
  } else if (object.kind === 'dictionary') {
    const key = index.kind === 'unknown' ? undefined : keyOf(index);
    if (key === undefined) openDictionary(heap, object);
    else heap.setEntry(object, key, { key: index, value });
  } else if (object.kind === 'list') {
    const position = object.isOpen ? undefined : machine.positionIn(index, object.items.length);
    if (position === undefined) openSequence(heap, object);
    else {
      heap.setItems(object, object.items.with(position, value));
      object.replaced?.();
    }
  }
}

/** The index of a subscript; unknown for slices and tuples, which nothing here assigns to. */
function indexOf(machine: PythonMachine, frame: Frame, target: Extract<Expression, { kind: 'subscript' }>): Value {
  const [node] = target.indices;
  return node === undefined || node.kind === 'slice' || target.isTuple
    ? unknown('an index that is not followed')
    : evaluate(machine, frame, node);
}

/** `del target`. */
function remove(machine: PythonMachine, frame: Frame, target: Expression): void {
  const { heap } = machine;
  switch (target.kind) {
    case 'name':
      heap.deleteVariable(frame.scope.variables, target.name);
      return;
    case 'attribute': {
      const object = evaluate(machine, frame, target.object);
      const site = { span: target, machine };
      if (object.kind === 'instance' || object.kind === 'class') heap.deleteVariable(object.attributes, target.name);
      else if (object.kind === 'foreign') deleteAttribute(object, target.name, site);
      return;
    }
    case 'subscript': {
      const object = evaluate(machine, frame, target.object);
      const index = indexOf(machine, frame, target);
      const key = index.kind === 'unknown' ? undefined : keyOf(index);
      if (object.kind === 'foreign') object.setItem?.(index, undefined, { span: target, machine });
      else if (object.kind === 'dictionary' && key !== undefined) heap.setEntry(object, key, undefined);
      else if (object.kind === 'dictionary') openDictionary(heap, object);
      else if (object.kind === 'list') {
        const position = object.isOpen ? undefined : machine.positionIn(index, object.items.length);
        if (position === undefined) openSequence(heap, object);
        else heap.setItems(object, object.items.toSpliced(position, 1));
      }
      return;
    }
    case 'tuple':
    case 'list':
      for (const item of target.items) remove(machine, frame, item);
      return;
    default:
  }
}

function deleteAttribute(object: ForeignValue, name: string, site: CallSite): void {
  if (object.deleteAttribute) object.deleteAttribute(name, site);
  else object.escape?.(site);
}

function unpack(
  machine: PythonMachine,
  frame: Frame,
  targets: readonly Expression[],
  value: Value,
  span: Expression,
): void {
  const site = { span, machine };
  const star = targets.findIndex((target) => target.kind === 'starred');
  const items =
    machine.itemsOf(value) ??
    (value.kind === 'foreign' && star === -1 ? value.unpack?.(targets.length, site) : undefined);
  const fits =
    items !== undefined && (star === -1 ? items.length === targets.length : items.length >= targets.length - 1);
  targets.forEach((target, position) => {
    if (!fits || items === undefined) {
      const because = value.kind === 'unknown' ? value.because : `${describe(value)} cannot be taken apart here`;
      const tuples = value.kind === 'unknown' ? (value.alternatives ?? []) : [];
      const alternatives = tuples.flatMap((each) => machine.itemsOf(each)?.[position] ?? []);
      assign(machine, frame, target, { ...unknown(because, null, machine.locate(target)), alternatives });
      return;
    }
    const surplus = items.length - targets.length;
    if (position === star) {
      assign(machine, frame, target, { kind: 'list', items: items.slice(star, star + surplus + 1) });
      return;
    }
    const item = items[star !== -1 && position > star ? position + surplus : position];
    if (item !== undefined) assign(machine, frame, target, item);
  });
}

function augment(machine: PythonMachine, frame: Frame, node: Extract<Statement, { kind: 'augmentedAssign' }>): void {
  const held = evaluate(machine, frame, node.target);
  const operand = evaluate(machine, frame, node.value);
  if (node.operator === '+' && held.kind === 'list') {
    // `+=` changes a list in place, for everyone who holds it.
    const items = machine.itemsOf(operand);
    if (items === undefined) openSequence(machine.heap, held);
    else machine.heap.setItems(held, [...held.items, ...items]);
    return;
  }
  const site = { span: node.target, machine };
  const changed = held.kind === 'foreign' ? held.inPlace?.(node.operator, operand, site) : undefined;
  assign(machine, frame, node.target, changed ?? binary(machine, node.operator, held, operand, node.target));
}

function runIf(
  machine: PythonMachine,
  frame: Frame,
  branches: readonly { readonly condition: Expression; readonly body: readonly Statement[] }[],
  otherwise: readonly Statement[],
  where: Span,
): Outcome {
  const [branch, ...others] = branches;
  if (branch === undefined) return runBlock(machine, frame, otherwise);
  const truth = machine.truth(evaluate(machine, frame, branch.condition));
  if (truth === true) return runBlock(machine, frame, branch.body);
  const rest = (): Outcome => runIf(machine, frame, others, otherwise, where);
  return truth === false ? rest() : runBoth(machine, frame, [() => runBlock(machine, frame, branch.body), rest], where);
}

/** Runs alternatives of which one will happen, and goes on from their join. */
function runBoth(machine: PythonMachine, frame: Frame, alternatives: readonly (() => Outcome)[], where: Span): Outcome {
  const outcomes = machine.heap.fork(alternatives, fateOf, frame.scope.variables, where);
  const returned = outcomes.flatMap((outcome) => (outcome.kind === 'return' ? [outcome.value] : []));
  const going = outcomes.filter((outcome) => outcome.kind !== 'return' && outcome.kind !== 'raise');
  const [only] = going;
  if (only !== undefined) {
    frame.possibleReturns.push(...returned);
    if (going.every((outcome) => outcome.kind === only.kind)) return only;
    // Left on one way only: what comes from here on may not happen.
    if (going.some((outcome) => outcome.kind === 'break')) frame.uncertainExits.breaks += 1;
    if (going.some((outcome) => outcome.kind === 'continue')) frame.uncertainExits.continues += 1;
    return normal;
  }
  return returned.length > 0 ? { kind: 'return', value: machine.join(returned, where) } : { kind: 'raise' };
}

function runFor(machine: PythonMachine, frame: Frame, node: For): Outcome {
  const iterable = evaluate(machine, frame, node.iterable);
  const items = machine.itemsOf(iterable);
  const { breaks, continues } = frame.uncertainExits;
  const ofAny = (): Outcome => {
    const element = anyItemOf(machine, iterable, node.target);
    const end = runUnknownLoop(machine, frame, node, () => assign(machine, frame, node.target, element));
    // What left this loop does not leave those around it.
    Object.assign(frame.uncertainExits, { breaks, continues });
    return end;
  };
  if (items === undefined || items.length > mostIterations) return ofAny();
  const returns = frame.possibleReturns.length;
  const isWholeLoop = (): boolean => frame.uncertainExits.breaks === breaks && frame.possibleReturns.length === returns;
  const fuel = machine.fuelLeft;
  const isTooLong = (round: number): boolean =>
    round >= roundsToForesee && ((fuel - machine.fuelLeft) / round) * items.length > mostLoopWork;
  let isCertain = true;
  const walk = (): Outcome => {
    for (const [round, item] of items.entries()) {
      // A list that its own loop changes is walked in another way than from its first state.
      const isChanged = iterable.kind === 'list' && iterable.items !== items;
      isCertain = isWholeLoop() && !isTooLong(round) && !isChanged;
      if (!isCertain) return normal;
      assign(machine, frame, node.target, item);
      const outcome = runBlock(machine, frame, node.body);
      if (outcome.kind === 'break') return normal;
      if (outcome.kind === 'return' || outcome.kind === 'raise') return outcome;
    }
    return runBlock(machine, frame, node.otherwise);
  };
  const outcome = machine.heap.attempt(walk, () => isCertain && isWholeLoop());
  if (outcome === undefined) return ofAny();
  Object.assign(frame.uncertainExits, { breaks, continues });
  return outcome;
}

/** An item of something whose items are not known, or are not looked at one by one: of known ones it may be any. */
function anyItemOf(machine: PythonMachine, iterable: Value, where: Span): Value {
  const because = `an item of ${describe(iterable)}`;
  return { ...unknown(because, null, machine.locate(where)), alternatives: possibleItems(machine, iterable) };
}

/** The objects, or tuples with objects in them, that may be items of a value. */
function possibleItems(machine: PythonMachine, iterable: Value): readonly Value[] {
  const held = iterable.kind === 'list' || iterable.kind === 'tuple' || iterable.kind === 'set';
  const items = held
    ? iterable.items
    : iterable.kind === 'unknown'
      ? (iterable.alternatives ?? []).flatMap((value) => machine.itemsOf(value) ?? [value])
      : (machine.itemsOf(iterable) ?? []);
  return items.filter(({ kind }) => kind === 'foreign' || kind === 'instance' || kind === 'tuple');
}

function runWhile(machine: PythonMachine, frame: Frame, node: Extract<Statement, { kind: 'while' }>): Outcome {
  const { breaks, continues } = frame.uncertainExits;
  const returns = frame.possibleReturns.length;
  const isCertain = (): boolean => frame.uncertainExits.breaks === breaks && frame.possibleReturns.length === returns;
  let isOpen = true;
  const walk = (): Outcome => {
    for (let round = 0; round < mostIterations && isCertain(); round++) {
      const truth = machine.truth(evaluate(machine, frame, node.condition));
      isOpen = truth === undefined;
      if (truth === false) return runBlock(machine, frame, node.otherwise);
      if (truth === undefined) return normal;
      isOpen = true;
      const outcome = runBlock(machine, frame, node.body);
      if (outcome.kind === 'normal' || outcome.kind === 'continue') continue;
      isOpen = false;
      return outcome.kind === 'break' ? normal : outcome;
    }
    return normal;
  };
  // Rounds that are known to happen are kept; those that may happen come after them.
  const outcome = machine.heap.attempt(walk, isCertain);
  const end = outcome !== undefined && !isOpen ? outcome : runUnknownLoop(machine, frame, node, () => {});
  Object.assign(frame.uncertainExits, { breaks, continues });
  return end;
}

/** A loop whose number of rounds is not known: no round at all, joined with one or more. */
function runUnknownLoop(
  machine: PythonMachine,
  frame: Frame,
  node: Span & { readonly body: readonly Statement[] },
  bind: () => void,
): Outcome {
  const round = (): Outcome => {
    bind();
    const outcome = runBlock(machine, frame, node.body);
    return outcome.kind === 'break' || outcome.kind === 'continue' ? normal : outcome;
  };
  // A second round sees what the first one left open, so that nothing that changes from round to round looks fixed.
  const first = runBoth(machine, frame, [round, () => normal], node);
  return first.kind === 'normal' ? runBoth(machine, frame, [round, () => normal], node) : first;
}

function runTry(machine: PythonMachine, frame: Frame, node: Try): Outcome {
  const attempt = (): Outcome => {
    const outcome = runBlock(machine, frame, node.body);
    return outcome.kind === 'normal' ? runBlock(machine, frame, node.otherwise) : outcome;
  };
  const handlers = node.handlers.map((handler) => () => {
    if (handler.name !== null) setName(machine, frame, handler.name, unknown('an exception'));
    return runBlock(machine, frame, handler.body);
  });
  const outcome = runAttempt(machine, frame, attempt, handlers, node);
  const last = runBlock(machine, frame, node.finally);
  return last.kind === 'normal' ? outcome : last;
}

/** `try: import x / except ImportError: x = None` is the commonest form: imports are taken to succeed. */
function runAttempt(
  machine: PythonMachine,
  frame: Frame,
  attempt: () => Outcome,
  handlers: readonly (() => Outcome)[],
  node: Try,
): Outcome {
  if (
    handlers.length === 0 ||
    node.body.every((statement) => statement.kind === 'import' || statement.kind === 'importFrom')
  ) {
    return attempt();
  }
  const targets = plainTargets(node.body);
  if (targets !== undefined) {
    // What cannot be computed is unknown here, so where everything is known nothing was raised.
    const isKnown = (): boolean => targets.every((target) => evaluate(machine, frame, target).kind !== 'unknown');
    const outcome = machine.heap.attempt(attempt, isKnown);
    if (outcome !== undefined) return outcome;
  }
  return runBoth(machine, frame, [attempt, ...handlers], node);
}

/** The names that a block assigns, where all it does is to compute them from constants and other names. */
function plainTargets(body: readonly Statement[]): readonly Name[] | undefined {
  const targets: Name[] = [];
  for (const statement of body) {
    if (statement.kind !== 'assign' || !isPlain(statement.value)) return undefined;
    for (const target of statement.targets) {
      if (target.kind !== 'name') return undefined;
      targets.push(target);
    }
  }
  return targets;
}

const conversions: ReadonlySet<string> = new Set(['int', 'float', 'str', 'len', 'min', 'max', 'abs', 'sum']);

/** Whether an expression only computes: constants, names, items, arithmetic and conversions of them. */
function isPlain(expression: Expression): boolean {
  switch (expression.kind) {
    case 'name':
    case 'number':
    case 'string':
    case 'constant':
      return true;
    case 'tuple':
    case 'list':
      return expression.items.every(isPlain);
    case 'dictionary':
      return expression.entries.every(({ key, value }) => (key === null || isPlain(key)) && isPlain(value));
    case 'unary':
      return isPlain(expression.operand);
    case 'binary':
      return isPlain(expression.left) && isPlain(expression.right);
    case 'subscript':
      return (
        isPlain(expression.object) && expression.indices.every((index) => index.kind !== 'slice' && isPlain(index))
      );
    case 'call': {
      const { callee } = expression;
      const isConversion = callee.kind === 'name' && conversions.has(callee.name);
      return isConversion && expression.arguments.every(({ value }) => isPlain(value));
    }
    default:
      return false;
  }
}

function runMatch(machine: PythonMachine, frame: Frame, node: Extract<Statement, { kind: 'match' }>): Outcome {
  const subject = evaluate(machine, frame, node.subject);
  const possible: (() => Outcome)[] = [];
  for (const { pattern, guard, body } of node.cases) {
    const { holds, bindings } = matchPattern(machine, frame, pattern, subject);
    if (holds === false) continue;
    const bind = (): void => {
      for (const [name, value] of bindings) setName(machine, frame, name, machine.bound(name, value, node));
    };
    const work = (): Outcome => {
      bind();
      return runBlock(machine, frame, body);
    };
    let isTaken: boolean | undefined = holds;
    if (guard !== null) {
      // A guard sees what its pattern binds, and leaves it bound where it fails.
      if (possible.length === 0) bind();
      const truth = machine.truth(evaluate(machine, frame, guard));
      const isCertain = possible.length === 0 && holds === true;
      if (isCertain && truth === false) continue;
      isTaken = isCertain ? truth : undefined;
    }
    possible.push(work);
    if (isTaken === true) return possible.length === 1 ? work() : runBoth(machine, frame, possible, node);
  }
  return runBoth(machine, frame, [...possible, () => normal], node);
}

/** What `with … as name` binds: libraries' context managers give themselves or something not known. */
function entered(machine: PythonMachine, context: Value, span: Statement): Value {
  if (context.kind === 'foreign' && context.enter !== undefined) return context.enter();
  if (context.kind === 'instance') {
    const enter = machine.findInClass(context.class, '__enter__');
    if (enter?.kind === 'function')
      return machine.call({ ...enter, receiver: context }, noArguments, { span, machine });
  }
  return unknown(`what ${describe(context)} gives is not known`, null, machine.locate(span));
}

function define(machine: PythonMachine, frame: Frame, node: FunctionDefinition): void {
  const value: FunctionValue = {
    kind: 'function',
    definition: node,
    closure: frame.scope,
    defaults: defaultValues(machine, frame, node.parameters),
    owner: null,
    receiver: null,
  };
  if (!frame.scope.isClassBody) machine.noteDefinition(value, frame.scope);
  // `@size.setter` leaves the property what it is and says what assigning to it does.
  const isSetter = node.decorators.some((decorator) => decorator.kind === 'attribute' && decorator.name === 'setter');
  if (isSetter) setName(machine, frame, setterOf(node.name), value);
  else setName(machine, frame, node.name, decorated(machine, frame, node, value));
}

/** The name under which a class keeps the setter of a property; no name of the program has a point. */
function setterOf(name: string): string {
  return `${name}.setter`;
}

/** Decorators of functions that give one object for the same arguments, however often they are called. */
const memoisers: ReadonlySet<string> = new Set(['functools.lru_cache', 'functools.cache', 'functools.cached_property']);

function remembering(inner: Value): Value {
  return inner.kind === 'function' ? { ...inner, memory: new Memory() } : inner;
}

/** Decorators that leave a function what it is, and those that the evaluator knows by name. */
const transparentDecorators =
  /^(builtins|abc|functools|typing|typing_extensions|contextlib|torch|tensorflow|keras|jax|flax|numba|numpy|dataclasses|pytest)\b/;

/** The function after its decorators, the last one first. */
function decorated(
  machine: PythonMachine,
  frame: Frame,
  { decorators }: FunctionDefinition,
  value: FunctionValue,
): Value {
  return decorators.reduceRight<Value>((inner, node) => {
    const callee = node.kind === 'call' ? node.callee : node;
    const known = evaluate(machine, frame, callee);
    if (known.kind === 'library' && memoisers.has(known.path)) return remembering(inner);
    const isProperty = callee.kind === 'attribute' && /^(setter|getter|deleter)$/.test(callee.name);
    if (isProperty || (known.kind === 'library' && transparentDecorators.test(known.path))) return inner;
    const decorator = node === callee ? known : evaluate(machine, frame, node);
    return machine.call(decorator, positionalArguments(inner), { span: node, machine });
  }, value);
}

function defineClass(machine: PythonMachine, frame: Frame, node: ClassDefinition): void {
  const scope = createScope(frame.scope, true);
  const body: Frame = { ...frame, scope, functionName: frame.functionName };
  const bases = node.bases.map((base) => evaluate(machine, frame, base));
  // `@dataclass` and `@dataclass(frozen=True)` say the same about fields.
  const decorators = node.decorators.map((decorator) =>
    evaluate(machine, frame, decorator.kind === 'call' ? decorator.callee : decorator),
  );
  const nature = natureOf(decorators, bases);
  runBlock(machine, body, node.body);
  const value: ClassValue = {
    kind: 'class',
    definition: node,
    bases,
    attributes: scope.variables,
    home: globalScope(frame.scope),
    nature,
    fields: nature === 'record' || nature === 'tuple' ? fieldNames(node, scope.variables) : [],
  };
  if (isEnumeration(value)) makeEnumeration(value, { span: node, machine });
  for (const [name, member] of scope.variables) {
    // `super()` in a method starts from the class that the method is written in.
    if (member.kind === 'function' && member.owner === null) scope.variables.set(name, { ...member, owner: value });
  }
  if (nameDescriptors(machine, value, { span: node, machine })) machine.hasDescriptors = true;
  if (!scope.variables.has('__name__')) scope.variables.set('__name__', text(node.name));
  machine.noteDefinition(value, frame.scope);
  setName(
    machine,
    frame,
    node.name,
    nature === 'plain' ? decoratedClass(machine, frame, node, value, decorators) : value,
  );
}

/** The class after decorators of the program, the last one first: a function is run, of anything else no effect is known. */
function decoratedClass(
  machine: PythonMachine,
  frame: Frame,
  { decorators: nodes }: ClassDefinition,
  value: ClassValue,
  decorators: readonly Value[],
): ClassValue {
  let result = value;
  for (const [index, node] of [...nodes.entries()].reverse()) {
    const callee = decorators[index];
    if (callee?.kind !== 'function' && callee?.kind !== 'class' && callee?.kind !== 'unknown') continue;
    const decorator = callee.kind === 'function' && node.kind === 'call' ? evaluate(machine, frame, node) : callee;
    const parameters = positionalArguments(result);
    const given = decorator.kind === 'function' ? machine.call(decorator, parameters, { span: node, machine }) : none;
    if (given.kind === 'class') result = given;
    else result.attributes.set('__new__', unknown(`${describe(callee)} decides over the class`));
  }
  return result;
}
