/** Classes: made from their definition, and instances made from them. */
import type { ClassDefinition } from '../../syntax/javascript/ast';
import { createScope } from '../scope';
import { unknown, type Value } from '../values';
import { evaluate } from './expressions';
import type { Frame } from './frame';
import type { JavaScriptMachine } from './machine';
import { ClassObject, FunctionObject, Getter, type InstanceObject, undefinedValue } from './objects';
import { keyValue, propertyName } from './patterns';

export function makeClass(machine: JavaScriptMachine, frame: Frame, node: ClassDefinition): ClassObject {
  const scope = createScope(frame.scope);
  const base = node.base === null ? null : evaluate(machine, frame, node.base);
  const made = new ClassObject(node, node.name, base, scope);
  if (node.name !== null) scope.variables.set(node.name, made);
  const inside: Frame = { ...frame, scope, receiver: { self: made, owner: made } };
  for (const member of node.members) {
    if (member.form === 'field' && !member.isStatic) {
      made.fields.push(member);
      continue;
    }
    const name = propertyName(keyValue(machine, inside, member.key));
    if (name === undefined) continue;
    if (member.form === 'field') {
      const value = member.value === null ? undefinedValue : evaluate(machine, inside, member.value);
      made.statics.set(name, machine.bound(name, value, node));
      continue;
    }
    const { value } = member;
    if (value?.kind !== 'function' || member.form === 'setter') continue;
    const method = new FunctionObject(value, scope, name, null, made);
    if (name === 'constructor' && !member.isStatic) made.construct = method;
    else if (member.isStatic) made.statics.set(name, method);
    else made.members.set(name, member.form === 'getter' ? new Getter(method) : method);
  }
  machine.noteDefinition(made);
  return made;
}

/** Sets the fields that a class' body gives its instances, when its constructor begins or its base's is done. */
export function initialiseFields(machine: JavaScriptMachine, owner: ClassObject, instance: InstanceObject): void {
  machine.withFrame(
    {
      scope: owner.closure,
      home: owner.closure,
      functionName: instance.owner.name,
      receiver: { self: instance, owner },
      possibleReturns: [],
      round: '',
      uncertainExits: { count: 0 },
    },
    (frame) => {
      for (const { key, value: node } of owner.fields) {
        const name = propertyName(keyValue(machine, frame, key));
        if (name === undefined || node === null) continue;
        machine.heap.setVariable(instance.attributes, name, machine.bound(name, evaluate(machine, frame, node), node));
      }
    },
  );
}

/** What an instance holds under a name that nothing in the file sets. */
export function missingMember(machine: JavaScriptMachine, instance: InstanceObject, name: string): Value {
  const root = instance.owner.root;
  if (root === null && !machine.isExploring) return undefinedValue;
  return unknown(`nothing that is read sets ${name} of ${instance.owner.name ?? 'a class'}`);
}
