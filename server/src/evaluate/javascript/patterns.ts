/** Binding values to names: declarations, assignments, parameters, and values taken apart on the way. */
import type { Binding, Expression, Key, Pattern } from '../../syntax/javascript/ast';
import { describe, dictionary, keyOf, list, text, unknown, type Value } from '../values';
import { evaluate } from './expressions';
import type { Frame } from './frame';
import type { JavaScriptMachine } from './machine';
import { UngivenObject, undefinedValue } from './objects';
import { plainText } from './operators';

/** How a name gets its value: by a new variable of the block or the function, or by changing the one that is there. */
export type BindingForm = 'block' | 'function' | 'assignment';

export function bind(machine: JavaScriptMachine, frame: Frame, target: Pattern, value: Value, form: BindingForm): void {
  switch (target.kind) {
    case 'name': {
      const named = machine.bound(target.name, value, target);
      const scope = form === 'block' ? frame.scope : form === 'function' ? frame.home : holderOf(frame, target.name);
      machine.heap.setVariable(scope.variables, target.name, named);
      return;
    }
    case 'property': {
      const object = evaluate(machine, frame, target.object);
      machine.setProperty(object, keyValue(machine, frame, target.key), value, { span: target, machine });
      return;
    }
    case 'arrayPattern':
      bindItems(machine, frame, target, value, form);
      return;
    case 'objectPattern':
      bindProperties(machine, frame, target, value, form);
      return;
    case 'invalid':
  }
}

/** The scope whose variable a plain assignment changes; the outermost one where there is none yet. */
function holderOf(frame: Frame, name: string): Frame['scope'] {
  let scope = frame.scope;
  while (!scope.variables.has(name) && scope.parent !== null) scope = scope.parent;
  return scope;
}

/** Binds what a position gives, or the default where it gives nothing. */
function bindOrDefault(
  machine: JavaScriptMachine,
  frame: Frame,
  { target, default: fallback }: Binding,
  value: Value,
  form: BindingForm,
): void {
  bind(machine, frame, target, withDefault(machine, frame, fallback, value, target), form);
}

export function withDefault(
  machine: JavaScriptMachine,
  frame: Frame,
  fallback: Expression | null,
  value: Value,
  where: Pattern,
): Value {
  if (fallback === null) return value;
  if (value === undefinedValue) return evaluate(machine, frame, fallback);
  // What is not known may also be missing.
  return value.kind === 'unknown' ? machine.join([value, evaluate(machine, frame, fallback)], where) : value;
}

export function keyValue(machine: JavaScriptMachine, frame: Frame, key: Key): Value {
  return typeof key === 'string' ? text(key) : evaluate(machine, frame, key);
}

function bindItems(
  machine: JavaScriptMachine,
  frame: Frame,
  target: Extract<Pattern, { kind: 'arrayPattern' }>,
  value: Value,
  form: BindingForm,
): void {
  const items =
    machine.itemsOf(value) ??
    (value.kind === 'foreign' ? value.unpack?.(target.items.length, { span: target, machine }) : undefined);
  const missing = (): Value =>
    unknown(
      value.kind === 'unknown' ? value.because : `${describe(value)} cannot be taken apart here`,
      null,
      machine.locate(target),
    );
  target.items.forEach((binding, position) => {
    if (binding === null) return;
    const item = items === undefined ? missing() : (items[position] ?? undefinedValue);
    bindOrDefault(machine, frame, binding, item, form);
  });
  if (target.rest !== null) {
    bind(machine, frame, target.rest, items === undefined ? missing() : list(items.slice(target.items.length)), form);
  }
}

function bindProperties(
  machine: JavaScriptMachine,
  frame: Frame,
  target: Extract<Pattern, { kind: 'objectPattern' }>,
  value: Value,
  form: BindingForm,
): void {
  const taken = new Set<string>();
  for (const { key, binding } of target.entries) {
    const name = plainText(keyValue(machine, frame, key));
    if (name !== undefined) taken.add(name);
    // What nobody gives takes its default, as a parameter of its own would.
    const isUngiven = value instanceof UngivenObject && binding.default !== null;
    const held =
      name === undefined
        ? unknown('a property whose name is not known')
        : isUngiven
          ? undefinedValue
          : machine.attribute(value, name, { span: binding.target, machine });
    bindOrDefault(machine, frame, binding, held, form);
  }
  if (target.rest === null) return;
  const others = value.kind === 'dictionary' ? [...value.entries.values()] : undefined;
  const rest = dictionary(others?.filter(({ key }) => key.kind === 'string' && !taken.has(key.value)) ?? []);
  rest.isOpen.value = value.kind !== 'dictionary' || value.isOpen.value;
  bind(machine, frame, target.rest, rest, form);
}

/** The name under which an object keeps a property: names and numbers are the same. */
export function propertyName(key: Value): string | undefined {
  return key.kind === 'unknown' ? undefined : (plainText(key) ?? keyOf(key));
}
