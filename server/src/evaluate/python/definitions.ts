/** What the statements `def` and `class` define. */
import type { ClassDefinition, FunctionDefinition } from '../../syntax/python/ast';
import { createScope, globalScope } from '../scope';
import {
  type ClassValue,
  describe,
  type FunctionValue,
  isEnumeration,
  none,
  positionalArguments,
  text,
  unknown,
  type Value,
} from '../values';
import { setName, setterOf } from './assignment';
import { nameDescriptors } from './descriptors';
import { defaultValues, evaluate } from './expressions';
import type { Frame } from './frame';
import type { PythonMachine } from './machine';
import { Memory } from './memory';
import { fieldNames, makeEnumeration, natureOf } from './records';
import { runBlock } from './statements';

/** `def`: binds the function, decorated, or keeps it as the setter of a property. */
export function define(machine: PythonMachine, frame: Frame, node: FunctionDefinition): void {
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

/** `class`: runs the body and binds the class, decorated. */
export function defineClass(machine: PythonMachine, frame: Frame, node: ClassDefinition): void {
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
