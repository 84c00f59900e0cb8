/** Evaluation of expressions. Total: every expression has a value, perhaps an unknown one with its reason. */
import { constant } from '../../../../model/expression';
import type {
  Assignment,
  Binary,
  Call,
  Expression,
  Item,
  ObjectLiteral,
  Span,
  Update,
} from '../../syntax/javascript/ast';
import { lookUp } from '../scope';
import {
  boolean,
  type CallArguments,
  type CallSite,
  dictionary,
  integer,
  keyOf,
  list,
  noArguments,
  none,
  number,
  text,
  unknown,
  type Value,
} from '../values';
import { makeClass } from './classes';
import type { Frame } from './frame';
import type { JavaScriptMachine } from './machine';
import { FunctionObject, Getter, isNothing, undefinedValue } from './objects';
import { arithmetic, compare, plainText, toNumber, typeName } from './operators';
import { bind, keyValue, propertyName } from './patterns';

export function evaluate(machine: JavaScriptMachine, frame: Frame, node: Expression): Value {
  machine.burn();
  const site: CallSite = { span: node, machine };
  switch (node.kind) {
    case 'name':
      return (
        lookUp(frame.scope, node.name) ??
        machine.global(node.name) ??
        machine.namedUnknown(node.name, `${node.name} is not defined in this file`, machine.locate(node))
      );
    case 'literal':
      return literal(node.value);
    case 'template': {
      const parts = node.parts.map((part) =>
        typeof part === 'string' ? part : plainText(evaluate(machine, frame, part)),
      );
      return parts.every((part) => part !== undefined)
        ? text(parts.join(''))
        : unknown('a text that is not all known', null, machine.locate(node));
    }
    case 'array': {
      const items = itemValues(machine, frame, node.items);
      if (items === undefined) {
        return unknown(
          `the items of ${machine.textOf(node).slice(0, 40)} are not all known`,
          null,
          machine.locate(node),
        );
      }
      return machine.made(list(items));
    }
    case 'object':
      return objectValue(machine, frame, node);
    case 'member': {
      if (node.object.kind === 'super') return superMember(machine, frame, node.name, site);
      const object = evaluate(machine, frame, node.object);
      return node.isOptional && isNothing(object) ? undefinedValue : machine.attribute(object, node.name, site);
    }
    case 'index': {
      const object = evaluate(machine, frame, node.object);
      if (node.isOptional && isNothing(object)) return undefinedValue;
      return machine.item(object, evaluate(machine, frame, node.index), site);
    }
    case 'call':
      return call(machine, frame, node);
    case 'dynamicImport': {
      const source = evaluate(machine, frame, node.source);
      return source.kind === 'string' ? machine.module(source.value, site) : unknown('a module that is not known');
    }
    case 'unary':
      return unary(machine, frame, node);
    case 'update':
      return update(machine, frame, node);
    case 'binary':
      return binary(machine, node, evaluate(machine, frame, node.left), evaluate(machine, frame, node.right));
    case 'logical':
      return logical(machine, frame, node.operator, evaluate(machine, frame, node.left), node.right, node);
    case 'conditional': {
      const truth = machine.truth(evaluate(machine, frame, node.condition));
      if (truth !== undefined) return evaluate(machine, frame, truth ? node.whenTrue : node.whenFalse);
      return eitherOf(machine, frame, node, [
        () => evaluate(machine, frame, node.whenTrue),
        () => evaluate(machine, frame, node.whenFalse),
      ]);
    }
    case 'assignment':
      return assignment(machine, frame, node);
    case 'sequence':
      return node.expressions.reduce<Value>((_, expression) => evaluate(machine, frame, expression), undefinedValue);
    case 'function': {
      const made = functionObject(frame, node);
      machine.noteDefinition(made);
      return made;
    }
    case 'class':
      return makeClass(machine, frame, node);
    case 'this':
      return frame.receiver?.self ?? undefinedValue;
    case 'super':
      return unknown('super outside of a method');
    case 'invalid':
      return unknown('this is not read', null, machine.locate(node));
  }
}

function literal(value: number | string | boolean | null): Value {
  if (value === null) return none;
  if (typeof value === 'string') return text(value);
  return typeof value === 'number' ? number(value) : boolean(value);
}

/** Runs the two ways of a condition that is not known, and joins their values and what they changed. */
function eitherOf(machine: JavaScriptMachine, frame: Frame, where: Span, ways: readonly (() => Value)[]): Value {
  const results = machine.fork(ways, () => 'goesOn', frame, where);
  return machine.join(results, where);
}

export function functionObject(frame: Frame, node: Extract<Expression, { kind: 'function' }>): FunctionObject {
  const isArrow = node.form === 'arrow';
  const receiver = isArrow ? frame.receiver : null;
  return new FunctionObject(node, frame.scope, node.name, receiver, frame.receiver?.owner ?? null);
}

/** The values of items; undefined when a spread one cannot be taken apart. */
export function itemValues(machine: JavaScriptMachine, frame: Frame, nodes: readonly Item[]): Value[] | undefined {
  const result: Value[] = [];
  let isKnown = true;
  for (const { isSpread, value: node } of nodes) {
    const value = evaluate(machine, frame, node);
    const items = isSpread ? machine.itemsOf(value) : [value];
    if (items === undefined) isKnown = false;
    else result.push(...items);
  }
  return isKnown ? result : undefined;
}

/** Values without properties of their own: `...(isFirst && { inputShape })` spreads nothing where it is false. */
const bareKinds: ReadonlySet<Value['kind']> = new Set(['boolean', 'integer', 'float']);

function objectValue(machine: JavaScriptMachine, frame: Frame, node: ObjectLiteral): Value {
  const result = dictionary();
  machine.heap.born(result.entries);
  for (const entry of node.entries) {
    const value = evaluate(machine, frame, entry.value);
    if (entry.form === 'spread') {
      if (value.kind === 'dictionary') {
        for (const [key, inner] of value.entries) result.entries.set(key, inner);
        if (value.isOpen.value) result.isOpen.value = true;
      } else if (!isNothing(value) && !bareKinds.has(value.kind)) result.isOpen.value = true;
      continue;
    }
    const name = propertyName(keyValue(machine, frame, entry.key));
    if (name === undefined) {
      result.isOpen.value = true;
      continue;
    }
    if (value.kind === 'foreign') value.named?.(name);
    const held = entry.form === 'getter' && value instanceof FunctionObject ? new Getter(value) : value;
    const key = text(name);
    result.entries.set(keyOf(key) ?? '', { key, value: held });
  }
  return result;
}

function call(machine: JavaScriptMachine, frame: Frame, node: Call): Value {
  const site: CallSite = { span: node, machine };
  const { callee } = node;
  if (callee.kind === 'super') return machine.constructBase(frame, callArguments(machine, frame, node.arguments), site);
  let self: Value = undefinedValue;
  let called: Value;
  if (callee.kind === 'member' || callee.kind === 'index') {
    if (callee.object.kind === 'super') self = frame.receiver?.self ?? undefinedValue;
    else self = evaluate(machine, frame, callee.object);
    if (callee.isOptional && isNothing(self)) return undefinedValue;
    const at: CallSite = { span: callee, machine };
    if (callee.kind === 'index') called = machine.item(self, evaluate(machine, frame, callee.index), at);
    else if (callee.object.kind === 'super') called = superMember(machine, frame, callee.name, at);
    else called = machine.attribute(self, callee.name, at);
  } else called = evaluate(machine, frame, callee);
  if (node.isOptional && isNothing(called)) return undefinedValue;
  const parameters = callArguments(machine, frame, node.arguments);
  return node.isNew ? machine.construct(called, parameters, site) : machine.callOn(called, self, parameters, site);
}

export function callArguments(machine: JavaScriptMachine, frame: Frame, nodes: readonly Item[]): CallArguments {
  const positional: Value[] = [];
  let isOpen = false;
  for (const { isSpread, value: node } of nodes) {
    const value = evaluate(machine, frame, node);
    const items = isSpread ? machine.itemsOf(value) : [value];
    if (items === undefined) isOpen = true;
    else positional.push(...items);
  }
  return { positional, keywords: new Map(), isOpen };
}

/** `super.name`: what the classes above the one whose method runs give. */
function superMember(machine: JavaScriptMachine, frame: Frame, name: string, site: CallSite): Value {
  const { owner, self } = frame.receiver ?? { owner: null, self: undefinedValue };
  const [, parent] = owner?.lineage ?? [];
  const member = parent?.member(name) ?? parent?.attribute(name);
  if (member instanceof Getter) return machine.callOn(member.body, self, noArguments, site);
  if (member !== undefined) return member;
  return unknown(`${name} of a base class that is not read`, null, machine.locate(site.span));
}

function unary(machine: JavaScriptMachine, frame: Frame, node: Extract<Expression, { kind: 'unary' }>): Value {
  const operand = evaluate(machine, frame, node.operand);
  switch (node.operator) {
    case '!': {
      const truth = machine.truth(operand);
      return truth === undefined ? unknown('depends on a condition that is not known') : boolean(!truth);
    }
    case '-':
      return arithmetic('-', integer(constant(0)), operand);
    case '+':
      return toNumber(operand);
    case '~':
      return arithmetic('^', integer(constant(-1)), operand);
    case 'typeof': {
      const name = typeName(operand);
      return name === undefined ? unknown('a type that is not known') : text(name);
    }
    case 'void':
      return undefinedValue;
    case 'delete': {
      const { operand: place } = node;
      if (place.kind === 'member') {
        const object = evaluate(machine, frame, place.object);
        if (object.kind === 'dictionary') machine.heap.setEntry(object, keyOf(text(place.name)) ?? '', undefined);
      }
      return boolean(true);
    }
  }
}

function update(machine: JavaScriptMachine, frame: Frame, node: Update): Value {
  const held = toNumber(evaluate(machine, frame, node.operand));
  const next = arithmetic(node.operator === '++' ? '+' : '-', held, integer(constant(1)));
  bind(machine, frame, node.target, next, 'assignment');
  return node.isPrefix ? next : held;
}

function binary(machine: JavaScriptMachine, node: Binary, left: Value, right: Value): Value {
  switch (node.operator) {
    case '==':
    case '===':
    case '!=':
    case '!==':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'in':
    case 'instanceof': {
      const holds = compare(node.operator, left, right);
      return holds === undefined
        ? unknown(`whether ${machine.textOf(node).slice(0, 60)} is not known`)
        : boolean(holds);
    }
    default:
      return arithmetic(node.operator, left, right);
  }
}

function logical(
  machine: JavaScriptMachine,
  frame: Frame,
  operator: '&&' | '||' | '??',
  left: Value,
  rightNode: Expression,
  whole: Span,
): Value {
  const isTaken = takesRight(machine, operator, left);
  if (isTaken === false) return left;
  if (isTaken === true) return evaluate(machine, frame, rightNode);
  return eitherOf(machine, frame, whole, [() => left, () => evaluate(machine, frame, rightNode)]);
}

function takesRight(machine: JavaScriptMachine, operator: '&&' | '||' | '??', left: Value): boolean | undefined {
  if (operator === '??') return isNothing(left) ? true : left.kind === 'unknown' ? undefined : false;
  const truth = machine.truth(left);
  return truth === undefined ? undefined : truth === (operator === '&&');
}

function assignment(machine: JavaScriptMachine, frame: Frame, node: Assignment): Value {
  const { operator } = node;
  let value: Value;
  if (operator === null) value = evaluate(machine, frame, node.value);
  else {
    const held = evaluate(machine, frame, node.held);
    value =
      operator === '&&' || operator === '||' || operator === '??'
        ? logical(machine, frame, operator, held, node.value, node)
        : arithmetic(operator, held, evaluate(machine, frame, node.value));
  }
  bind(machine, frame, node.target, value, 'assignment');
  return value;
}
