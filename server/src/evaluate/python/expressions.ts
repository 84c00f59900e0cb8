/** Evaluation of expressions. Total: every expression has a value, perhaps an unknown one with its reason. */
import { constant } from '../../../../model/expression';
import type {
  Argument,
  Call,
  Comparison,
  Comprehension,
  ComprehensionClause,
  Dictionary,
  Expression,
  FormattedString,
  Lambda,
  Parameter,
  Slice,
  Subscript,
} from '../../syntax/python/ast';
import { inRound } from '../circumstances';
import { createScope, lookUp } from '../scope';
import {
  asNumber,
  boolean,
  type CallArguments,
  type CallSite,
  describe,
  dictionary,
  ellipsis,
  type FunctionValue,
  float,
  integer,
  isEnumeration,
  keyOf,
  list,
  mappingOf,
  none,
  positionalArguments,
  text,
  tuple,
  type UnknownValue,
  unknown,
  type Value,
} from '../values';
import { assign } from './assignment';
import { formatted, percentText } from './formatting';
import type { Frame } from './frame';
import type { PythonMachine } from './machine';
import { applyOperator, compare, negative } from './operators';

const longestComprehension = 20_000;

/** The value of an expression; unknown with its reason where it is not known. Costs one unit of fuel. */
export function evaluate(machine: PythonMachine, frame: Frame, node: Expression): Value {
  machine.burn();
  switch (node.kind) {
    case 'name':
      return (
        lookUp(frame.scope, node.name) ??
        machine.builtin(node.name) ??
        machine.starred(frame.scope, node.name) ??
        machine.namedUnknown(node.name, `${node.name} is not defined in this file`, machine.locate(node))
      );
    case 'number':
      return node.isInteger && Number.isSafeInteger(node.value) ? integer(constant(node.value)) : float(node.value);
    case 'string':
      return text(node.value);
    case 'formattedString':
      return formattedString(machine, frame, node);
    case 'constant':
      return node.value === null ? none : node.value === 'ellipsis' ? ellipsis : boolean(node.value);
    case 'tuple':
    case 'list':
    case 'set': {
      const items = itemValues(machine, frame, node.items);
      if (items === undefined) return unknown(`the items of ${machine.textOf(node).slice(0, 40)} are not all known`);
      const sequence: Value = { kind: node.kind, items: node.kind === 'set' ? distinct(items) : items };
      machine.heap.born(sequence);
      return sequence;
    }
    case 'dictionary':
      return dictionaryValue(machine, frame, node);
    case 'attribute': {
      const object = evaluate(machine, frame, node.object);
      return machine.attribute(object, node.name, { span: node, machine });
    }
    case 'subscript':
      return subscript(machine, frame, node);
    case 'call':
      return call(machine, frame, node);
    case 'unary': {
      const operand = evaluate(machine, frame, node.operand);
      if (node.operator === 'not') {
        const truth = machine.truth(operand);
        return truth === undefined ? unknown('depends on a condition that is not known') : boolean(!truth);
      }
      if (node.operator === '-' && operand.kind === 'foreign') {
        return operand.negate?.({ span: node, machine }) ?? unknown(`−${operand.description} is not followed`);
      }
      if (node.operator === '-') return negative(operand);
      return node.operator === '+' ? operand : unknown('~ is not followed');
    }
    case 'binary': {
      const left = evaluate(machine, frame, node.left);
      const right = evaluate(machine, frame, node.right);
      return binary(machine, node.operator, left, right, node);
    }
    case 'comparison':
      return comparison(machine, frame, node);
    case 'logical': {
      const left = evaluate(machine, frame, node.left);
      const truth = machine.truth(left);
      if (truth !== undefined) {
        return truth === (node.operator === 'and') ? evaluate(machine, frame, node.right) : left;
      }
      const right = evaluate(machine, frame, node.right);
      // `unknown and False` is false whatever the unknown is; likewise `unknown or True`.
      const rightTruth = machine.truth(right);
      if (right.kind === 'boolean' && rightTruth === (node.operator === 'or')) return right;
      return machine.join([left, right], node);
    }
    case 'conditional': {
      const truth = machine.truth(evaluate(machine, frame, node.condition));
      if (truth !== undefined) return evaluate(machine, frame, truth ? node.whenTrue : node.whenFalse);
      const results = machine.heap.fork(
        [() => evaluate(machine, frame, node.whenTrue), () => evaluate(machine, frame, node.whenFalse)],
        () => 'goesOn',
        frame.scope.variables,
        node,
      );
      return machine.join(results, node);
    }
    case 'lambda':
      return lambda(machine, frame, node);
    case 'comprehension':
      return comprehension(machine, frame, node);
    case 'starred':
      return evaluate(machine, frame, node.value);
    case 'namedExpression': {
      const value = evaluate(machine, frame, node.value);
      assign(machine, frame, node.target, value);
      return value;
    }
    case 'suspension':
      if (node.operand !== null) evaluate(machine, frame, node.operand);
      return unknown(`what ${node.word} gives is not known`, null, machine.locate(node));
    case 'invalid':
      return unknown('this does not parse', null, machine.locate(node));
  }
}

/** `left operator right`; objects of libraries say first what it is with them. */
export function binary(
  machine: PythonMachine,
  operator: Parameters<typeof applyOperator>[0],
  left: Value,
  right: Value,
  span: Expression,
): Value {
  const site: CallSite = { span, machine };
  if (left.kind === 'foreign') {
    const result = left.binary?.(operator, right, false, site);
    if (result !== undefined) return result;
  }
  if (right.kind === 'foreign') {
    const result = right.binary?.(operator, left, true, site);
    if (result !== undefined) return result;
  }
  if (operator === '%' && left.kind === 'string') {
    return percentText(left.value, right) ?? unknown('a formatted text that is not known');
  }
  return applyOperator(operator, left, right);
}

function comparison(machine: PythonMachine, frame: Frame, node: Comparison): Value {
  let left = evaluate(machine, frame, node.first);
  let isOpen = false;
  for (const { operator, operand } of node.steps) {
    const right = evaluate(machine, frame, operand);
    const holds = compare(operator, left, right);
    if (holds === false) return boolean(false);
    if (holds === undefined) isOpen = true;
    left = right;
  }
  return isOpen ? unknown(`whether ${machine.textOf(node).slice(0, 60)} is not known`) : boolean(true);
}

function formattedString(machine: PythonMachine, frame: Frame, node: FormattedString): Value {
  let result = '';
  for (const part of node.parts) {
    if (typeof part === 'string') {
      result += part;
      continue;
    }
    const value = evaluate(machine, frame, part.expression);
    const written = part.specification === null ? undefined : formatted(value, part.specification);
    if (written === undefined) return unknown('a formatted text that is not known');
    result += written;
  }
  return text(result);
}

/** The values of a display's items; undefined when a starred one cannot be taken apart. */
function itemValues(machine: PythonMachine, frame: Frame, nodes: readonly Expression[]): Value[] | undefined {
  const result: Value[] = [];
  let isKnown = true;
  for (const node of nodes) {
    const value = evaluate(machine, frame, node);
    if (node.kind !== 'starred') {
      result.push(value);
      continue;
    }
    const items = machine.itemsOf(value);
    if (items === undefined) isKnown = false;
    else result.push(...items);
  }
  return isKnown ? result : undefined;
}

function dictionaryValue(machine: PythonMachine, frame: Frame, node: Dictionary): Value {
  const result = dictionary();
  machine.heap.born(result.entries);
  machine.heap.born(result.isOpen);
  for (const entry of node.entries) {
    const value = evaluate(machine, frame, entry.value);
    if (entry.key === null) {
      const spread = mappingOf(value);
      if (spread === undefined || spread.isOpen.value) {
        // Whatever stands before may be overwritten.
        for (const [name, { key }] of result.entries) {
          result.entries.set(name, { key, value: unknown('a dictionary may overwrite it') });
        }
      }
      if (spread === undefined) result.isOpen.value = true;
      else {
        for (const [key, inner] of spread.entries) result.entries.set(key, inner);
        if (spread.isOpen.value) result.isOpen.value = true;
      }
      continue;
    }
    const key = evaluate(machine, frame, entry.key);
    const name = key.kind === 'unknown' ? undefined : keyOf(key);
    if (name === undefined) result.isOpen.value = true;
    else result.entries.set(name, { key, value });
  }
  return result;
}

function call(machine: PythonMachine, frame: Frame, node: Call): Value {
  const site: CallSite = { span: node, machine };
  if (node.callee.kind === 'name' && node.callee.name === 'super') return superObject(machine, frame, node);
  const callee = evaluate(machine, frame, node.callee);
  const parameters = callArguments(machine, frame, node.arguments);
  return machine.call(callee, parameters, site);
}

/** The arguments of a call in the order in which they are written, spread ones taken apart. */
export function callArguments(machine: PythonMachine, frame: Frame, nodes: readonly Argument[]): CallArguments {
  const positional: Value[] = [];
  const keywords = new Map<string, Value>();
  let isOpen = false;
  for (const argument of nodes) {
    const value = evaluate(machine, frame, argument.value);
    switch (argument.form) {
      case 'positional':
        positional.push(value);
        break;
      case 'keyword':
        keywords.set(argument.name ?? '', value);
        break;
      case 'spread': {
        const items = machine.itemsOf(value);
        if (items === undefined) isOpen = true;
        else positional.push(...items);
        break;
      }
      case 'spreadKeywords': {
        const spread = mappingOf(value);
        for (const { key, value: inner } of spread?.entries.values() ?? []) {
          if (key.kind === 'string') keywords.set(key.value, inner);
        }
        if (spread === undefined || spread.isOpen.value) isOpen = true;
      }
    }
  }
  return { positional, keywords, isOpen };
}

/** `super()` and `super(Class, self)`: an object whose attributes are those of the classes above. */
function superObject(machine: PythonMachine, frame: Frame, node: Call): Value {
  const [ownerNode, receiverNode] = node.arguments;
  const ownerValue = ownerNode ? evaluate(machine, frame, ownerNode.value) : enclosingOwner(frame);
  const receiver = receiverNode ? evaluate(machine, frame, receiverNode.value) : frame.receiver;
  if (ownerValue?.kind !== 'class' || receiver === null) return unknown('super() outside of a method');
  return {
    kind: 'foreign',
    description: `super of ${ownerValue.definition.name}`,
    attribute: (name, site) => machine.superAttribute(ownerValue, receiver, name, site),
  };
}

function enclosingOwner(frame: Frame): Value | null {
  return frame.owner;
}

function subscript(machine: PythonMachine, frame: Frame, node: Subscript): Value {
  const object = evaluate(machine, frame, node.object);
  const indices = node.indices.map((index) => indexValue(machine, frame, index));
  const [first] = indices;
  const site: CallSite = { span: node, machine };
  if (object.kind === 'foreign') {
    return object.index?.(indices, site) ?? unknown(`an item of ${object.description}`, null, machine.locate(node));
  }
  if (first === undefined) return unknown('an index is missing');
  const index = node.isTuple ? tuple(indices) : first;
  return itemAt(machine, object, index, site);
}

function indexValue(machine: PythonMachine, frame: Frame, node: Expression | Slice): Value {
  if (node.kind !== 'slice') return evaluate(machine, frame, node);
  const part = (expression: Expression | null): Value | null =>
    expression === null ? null : evaluate(machine, frame, expression);
  return { kind: 'slice', lower: part(node.lower), upper: part(node.upper), step: part(node.step) };
}

function itemOfSequence(
  machine: PythonMachine,
  object: Value,
  index: Value,
  missing: (because: string) => Value,
): Value {
  const items = machine.itemsOf(object);
  if (items === undefined) return missing('a list that something may have changed');
  if (index.kind === 'slice') {
    const selected = sliceItems(machine, items, index.lower, index.upper, index.step);
    if (selected === undefined) return missing('a slice with bounds that are not known');
    if (object.kind === 'string')
      return text(selected.map((item) => (item.kind === 'string' ? item.value : '')).join(''));
    return object.kind === 'list' ? list(selected) : tuple(selected);
  }
  const position = machine.positionIn(index, items.length);
  const item = position === undefined ? undefined : items[position];
  if (item !== undefined) return item;
  const open = missing(`which item of ${describe(object)} is taken is not known`);
  return open.kind === 'unknown' ? { ...open, alternatives: objectsAmong(items) } : open;
}

function objectsAmong(values: readonly Value[]): readonly Value[] {
  return values.filter(({ kind }) => kind === 'foreign' || kind === 'instance');
}

function itemAt(machine: PythonMachine, object: Value, index: Value, site: CallSite): Value {
  const missing = (because: string): Value => unknown(because, null, machine.locate(site.span));
  switch (object.kind) {
    case 'list':
    case 'tuple':
    case 'string':
      return itemOfSequence(machine, object, index, missing);
    case 'class': {
      const member = index.kind === 'string' && isEnumeration(object) ? object.attributes.get(index.value) : undefined;
      return member ?? missing(`an item of ${describe(object)}`);
    }
    case 'dictionary': {
      const key = index.kind === 'unknown' ? undefined : keyOf(index);
      const entry = key === undefined ? undefined : object.entries.get(key);
      if (entry !== undefined) return entry.value;
      const name = index.kind === 'string' ? index.value : null;
      const because = `the dictionary has no known entry ${describe(index)}`;
      if (key === undefined) {
        const alternatives = objectsAmong([...object.entries.values()].map(({ value }) => value));
        return { ...unknown(because, null, machine.locate(site.span)), alternatives };
      }
      return name === null ? missing(because) : machine.namedUnknown(name, because, machine.locate(site.span));
    }
    case 'instance': {
      const getter = machine.findInClass(object.class, '__getitem__');
      if (getter?.kind === 'function') {
        return machine.call({ ...getter, receiver: object }, positionalArguments(index), site);
      }
      if (object.class.nature === 'tuple') return itemOfSequence(machine, object, index, missing);
      return missing(`an item of ${describe(object)}`);
    }
    case 'library':
      // `Generic[T]`, `list[int]`: a type with parameters is the type.
      return object;
    case 'unknown':
      // `config["hidden_size"]` of an unknown configuration is `hidden_size`.
      return index.kind === 'string'
        ? machine.namedUnknown(index.value, object.because, object.location ?? machine.locate(site.span))
        : (axisOfShape(machine, object, index) ?? missing(object.because));
    default:
      return missing(`an item of ${describe(object)}`);
  }
}

/** `array.shape[-1]` of an array that is not known: the same size wherever it is asked for. */
function axisOfShape(machine: PythonMachine, shape: UnknownValue, index: Value): Value | undefined {
  const { owner, name } = shape;
  const axis = asNumber(index);
  const isShape = name !== null && /^shape(?:[@#]|$)/.test(name) && owner !== undefined && owner.name !== null;
  return isShape && Number.isInteger(axis) ? machine.computedUnknown(`${owner.name}.shape[${axis}]`, owner) : undefined;
}

/** `items[lower:upper:step]`, as Python cuts; undefined when a bound is not known. */
function sliceItems(
  machine: PythonMachine,
  items: readonly Value[],
  lower: Value | null,
  upper: Value | null,
  step: Value | null,
): readonly Value[] | undefined {
  const numberOf = (bound: Value | null): number | null | undefined => {
    if (bound === null || bound.kind === 'none') return null;
    const end = bound.kind === 'integer' ? machine.positionIn(bound, Number.POSITIVE_INFINITY) : undefined;
    if (end !== undefined) return end;
    const negated =
      bound.kind === 'integer' ? machine.positionIn(negative(bound), Number.POSITIVE_INFINITY) : undefined;
    return negated === undefined ? undefined : -negated;
  };
  const [from, to, by] = [numberOf(lower), numberOf(upper), numberOf(step)];
  if (from === undefined || to === undefined || by === undefined) return undefined;
  if (by === null || by === 1) return items.slice(from ?? 0, to ?? items.length);
  if (by === -1 && from === null && to === null) return [...items].reverse();
  if (by < 1) return undefined;
  return items.slice(from ?? 0, to ?? items.length).filter((_, position) => position % by === 0);
}

function lambda(machine: PythonMachine, frame: Frame, node: Lambda): FunctionValue {
  return {
    kind: 'function',
    definition: node,
    closure: frame.scope,
    defaults: defaultValues(machine, frame, node.parameters),
    owner: frame.owner,
    receiver: null,
  };
}

/** The defaults of parameters by name, evaluated where the function is defined. */
export function defaultValues(
  machine: PythonMachine,
  frame: Frame,
  parameters: readonly Parameter[],
): ReadonlyMap<string, Value> {
  const defaults = new Map<string, Value>();
  for (const parameter of parameters) {
    if (parameter.default !== null) defaults.set(parameter.name, evaluate(machine, frame, parameter.default));
  }
  return defaults;
}

function comprehension(machine: PythonMachine, frame: Frame, node: Comprehension): Value {
  const inner: Frame = { ...frame, scope: createScope(frame.scope) };
  const keys: Value[] = [];
  const values: Value[] = [];
  // What the first clause runs over is evaluated outside: in a class body it sees the class' names.
  const [clause] = node.clauses;
  const outermost = clause === undefined ? none : evaluate(machine, frame, clause.iterable);
  const isComplete = runClauses(machine, inner, node.clauses, outermost, () => {
    keys.push(evaluate(machine, inner, node.element));
    if (node.value !== null) values.push(evaluate(machine, inner, node.value));
    return keys.length < longestComprehension;
  });
  if (!isComplete) {
    return unknown(
      `${machine.textOf(node).slice(0, 60)} runs over something that is not known`,
      null,
      machine.locate(node),
    );
  }
  if (node.of === 'dictionary') {
    const entries = keys.map((key, index) => ({ key, value: values[index] ?? none }));
    return entries.every(({ key }) => keyOf(key) !== undefined)
      ? dictionary(entries)
      : unknown('a dictionary whose keys are not all known');
  }
  return node.of === 'set' ? { kind: 'set', items: distinct(keys) } : list(keys);
}

/** Runs `work` for every combination the clauses give; false when that cannot be known. */
function runClauses(
  machine: PythonMachine,
  frame: Frame,
  clauses: readonly ComprehensionClause[],
  iterable: Value,
  work: () => boolean,
): boolean {
  const [clause, ...others] = clauses;
  if (clause === undefined) return work();
  const [next] = others;
  const items = machine.itemsOf(iterable);
  if (items === undefined) return false;
  const run = (item: Value): boolean => {
    assign(machine, frame, clause.target, item);
    const truths = clause.conditions.map((condition) => machine.truth(evaluate(machine, frame, condition)));
    if (truths.includes(false)) return true;
    if (truths.includes(undefined)) return false;
    const inner = next === undefined ? none : evaluate(machine, frame, next.iterable);
    return runClauses(machine, frame, others, inner, work);
  };
  return [...items].every((item, round) => inRound(frame, round, () => run(item)));
}

/** One of each, in order of first appearance. Values that cannot be compared are kept. */
export function distinct(items: readonly Value[]): Value[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const key = keyOf(item);
    if (key === undefined) return true;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
