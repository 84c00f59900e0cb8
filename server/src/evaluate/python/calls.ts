/** Binding the arguments of a call to the parameters of a function of the analysed program. */
import { type CallArguments, dictionary, type FunctionValue, text, tuple, unknown, type Value } from '../values';
import type { PythonMachine } from './machine';

/** A value for every parameter: given, default, or unknown because nothing gives it. */
export function bindParameters(
  machine: PythonMachine,
  callee: FunctionValue,
  given: CallArguments,
): ReadonlyMap<string, Value> {
  const { definition, defaults } = callee;
  const bound = new Map<string, Value>();
  const keywords = new Map(given.keywords);
  let position = 0;
  for (const parameter of definition.parameters) {
    const { name } = parameter;
    if (parameter.form === 'rest') {
      const rest = given.positional.slice(position);
      position = given.positional.length;
      bound.set(name, given.isOpen ? unknown('more arguments may be given than are known', name) : tuple(rest));
      continue;
    }
    if (parameter.form === 'restKeywords') {
      const rest = dictionary([...keywords].map(([key, value]) => ({ key: text(key), value })));
      rest.isOpen.value = given.isOpen;
      bound.set(name, rest);
      continue;
    }
    const positional = parameter.form === 'keywordOnly' ? undefined : given.positional[position];
    const keyword = parameter.form === 'positionalOnly' ? undefined : keywords.get(name);
    if (positional !== undefined) {
      position += 1;
      bound.set(name, machine.bound(name, positional, parameter));
    } else if (keyword !== undefined) {
      keywords.delete(name);
      bound.set(name, machine.bound(name, keyword, parameter));
    } else {
      // With a spread of unknown arguments even a parameter that has a default may have been given another value.
      const fallback = given.isOpen ? undefined : defaults.get(name);
      const owner = definition.kind === 'function' ? ` of ${definition.name}` : '';
      bound.set(
        name,
        fallback ?? machine.namedUnknown(name, `no call gives ${name}${owner}`, machine.locate(parameter)),
      );
    }
  }
  return bound;
}
