/** Objects of the program that decide what reading and setting an attribute does: those with `__get__` and `__set__`. */
import {
  type CallSite,
  type ClassValue,
  type InstanceValue,
  none,
  positionalArguments,
  text,
  type Value,
} from '../values';
import type { PythonMachine } from './machine';

function methodOf(machine: PythonMachine, member: Value | undefined, name: string): Value | undefined {
  if (member?.kind !== 'instance') return undefined;
  const method = machine.findInClass(member.class, name);
  return method?.kind === 'function' ? { ...method, receiver: member } : undefined;
}

/** What a member of a class gives when it is read from an instance, or from the class; undefined for what is no descriptor. */
export function readThrough(
  machine: PythonMachine,
  member: Value | undefined,
  instance: InstanceValue | null,
  owner: ClassValue,
  site: CallSite,
): Value | undefined {
  const getter = methodOf(machine, member, '__get__');
  return getter && machine.call(getter, positionalArguments(instance ?? none, owner), site);
}

/** Sets an attribute through the descriptor that its class has under the name; false where there is none. */
export function setThrough(
  machine: PythonMachine,
  instance: InstanceValue,
  name: string,
  value: Value,
  site: CallSite,
): boolean {
  const setter = methodOf(machine, machine.findInClass(instance.class, name), '__set__');
  if (setter === undefined) return false;
  machine.call(setter, positionalArguments(instance, value), site);
  return true;
}

/** Whether a member decides over its name even where the instance has an attribute of that name. */
export function isDataDescriptor(machine: PythonMachine, member: Value | undefined): boolean {
  return methodOf(machine, member, '__set__') !== undefined;
}

/** Tells the descriptors of a new class their names. Gives whether it has any. */
export function nameDescriptors(machine: PythonMachine, owner: ClassValue, site: CallSite): boolean {
  let hasAny = false;
  for (const [name, member] of owner.attributes) {
    const naming = methodOf(machine, member, '__set_name__');
    if (naming !== undefined) machine.call(naming, positionalArguments(owner, text(name)), site);
    hasAny ||= ['__get__', '__set__'].some((method) => methodOf(machine, member, method) !== undefined);
  }
  return hasAny;
}
