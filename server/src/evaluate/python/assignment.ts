/** What assigning to a target does, and deleting it. */
import type { Expression, Statement } from '../../syntax/python/ast';
import { deleteAttribute } from '../attributes';
import {
  type CallSite,
  describe,
  type InstanceValue,
  keyOf,
  positionalArguments,
  unknown,
  type Value,
} from '../values';
import { setThrough } from './descriptors';
import { binary, evaluate } from './expressions';
import type { Frame } from './frame';
import type { PythonMachine } from './machine';
import { openDictionary, openSequence } from './methods';

/** `name = value`, in the scope that `global` or `nonlocal` says. */
export function setName(machine: PythonMachine, frame: Frame, name: string, value: Value): void {
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
      setAttribute(machine, evaluate(machine, frame, target.object), target.name, value, { span: target, machine });
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

/** `object.name = value`, also by `setattr`. */
export function setAttribute(machine: PythonMachine, object: Value, name: string, value: Value, site: CallSite): void {
  const named = machine.bound(name, value, site.span);
  switch (object.kind) {
    case 'instance':
      setInstanceAttribute(machine, object, name, named, site);
      return;
    case 'class':
      machine.heap.setVariable(object.attributes, name, named);
      return;
    case 'foreign':
      object.setAttribute?.(name, named, site);
      return;
    case 'library':
      machine.heap.setVariable(machine.libraryAttributes, `${object.path}.${name}`, named);
      return;
    case 'unknown':
      for (const each of object.alternatives ?? []) {
        machine.heap.perhaps(() => setAttribute(machine, each, name, value, site), site.span);
      }
      return;
    default:
  }
}

function setInstanceAttribute(
  machine: PythonMachine,
  instance: InstanceValue,
  name: string,
  value: Value,
  site: CallSite,
): void {
  const setter = machine.findInClass(instance.class, setterOf(name));
  if (setter?.kind === 'function') {
    machine.call({ ...setter, receiver: instance }, positionalArguments(value), site);
    return;
  }
  if (machine.hasDescriptors && setThrough(machine, instance, name, value, site)) return;
  const assigned = machine.behaviourOf(instance.class)?.assigned;
  const kept = assigned === undefined ? value : assigned(instance, name, value, site);
  if (kept !== undefined) machine.heap.setVariable(instance.attributes, name, kept);
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
export function remove(machine: PythonMachine, frame: Frame, target: Expression): void {
  const { heap } = machine;
  switch (target.kind) {
    case 'name':
      heap.deleteVariable(frame.scope.variables, target.name);
      return;
    case 'attribute': {
      const object = evaluate(machine, frame, target.object);
      deleteAttribute(object, target.name, { span: target, machine });
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

/** `target += value` and its like. */
export function augment(
  machine: PythonMachine,
  frame: Frame,
  node: Extract<Statement, { kind: 'augmentedAssign' }>,
): void {
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

/** The name under which a class keeps the setter of a property; no name of the program has a point. */
export function setterOf(name: string): string {
  return `${name}.setter`;
}
