/** Execution of statements, with both ways taken where a condition is not known. */
import type { Expression, For, ImportFrom, Name, Span, Statement, Try } from '../../syntax/python/ast';
import { inRound } from '../circumstances';
import { globalScope, type Scope } from '../scope';
import { describe, noArguments, none, unknown, type Value } from '../values';
import { assign, augment, remove, setName } from './assignment';
import { define, defineClass } from './definitions';
import { evaluate } from './expressions';
import { type Frame, normal, type Outcome } from './frame';
import type { PythonMachine } from './machine';
import { matchPattern } from './matching';
import { importedModules, importedNames } from './modules';

/** Work that all rounds of one loop may take. A training loop takes more, and its rounds are all alike. */
const mostLoopWork = 20_000;
/** Rounds after which the work of a loop is foreseen. */
const roundsToForesee = 4;

/** More rounds than layers are ever made in; training loops are longer and make none. */
const mostIterations = 256;

/** Runs statements up to the first that ends the block; after one that only may end it, the rest runs as what may happen. */
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
      const outcome = inRound(frame, round, () => runBlock(machine, frame, node.body));
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
      const outcome = inRound(frame, round, () => runBlock(machine, frame, node.body));
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
  const removed = handlers.length === 0 ? -1 : node.body.findIndex((statement) => importsRemoved(machine, statement));
  if (removed !== -1) {
    const before = (): Outcome => runBlock(machine, frame, node.body.slice(0, removed));
    return runBoth(
      machine,
      frame,
      handlers.map((handler) => () => orElse(before(), handler)),
      node,
    );
  }
  if (handlers.length === 0 || node.body.every(isImportOrName)) return attempt();
  const targets = plainTargets(node.body);
  if (targets !== undefined) {
    // What cannot be computed is unknown here, so where everything is known nothing was raised.
    const isKnown = (): boolean => targets.every((target) => evaluate(machine, frame, target).kind !== 'unknown');
    const outcome = machine.heap.attempt(attempt, isKnown);
    if (outcome !== undefined) return outcome;
  }
  return runBoth(machine, frame, [attempt, ...handlers], node);
}

/** Whether a statement imports what current releases of its library no longer have, which raises ImportError. */
function importsRemoved(machine: PythonMachine, statement: Statement): boolean {
  if (statement.kind !== 'importFrom' || statement.level > 0) return false;
  return (statement.names ?? []).some(({ name }) => machine.isRemoved(`${statement.path}.${name}`));
}

/** `import x`, and what is noted beside it: `HAS_X = True`, `layers = x.layers`. */
function isImportOrName(statement: Statement): boolean {
  if (statement.kind === 'import' || statement.kind === 'importFrom') return true;
  const isNote = statement.kind === 'assign' && isPath(statement.value);
  return isNote && statement.targets.every(({ kind }) => kind === 'name');
}

/** A constant, a name, or attributes of one. */
function isPath(expression: Expression): boolean {
  if (expression.kind === 'attribute') return isPath(expression.object);
  return ['name', 'constant', 'string', 'number'].includes(expression.kind);
}

function orElse(outcome: Outcome, next: () => Outcome): Outcome {
  return outcome.kind === 'normal' ? next() : outcome;
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
