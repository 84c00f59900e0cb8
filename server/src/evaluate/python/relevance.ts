/** Which functions can have to do with models: only these are worth running when nothing calls them. */
import type { FunctionValue, Value } from '../values';

/**
 * The functions whose text names something that makes models, or another such function. `isRelevant` says of a global value
 * whether it does; `textOf` gives a function's source.
 */
export function relevantFunctions(
  functions: readonly FunctionValue[],
  globals: ReadonlyMap<string, Value>,
  isRelevant: (value: Value) => boolean,
  textOf: (value: FunctionValue) => string,
): ReadonlySet<FunctionValue> {
  const found = new Set<FunctionValue>();
  // A function may import what it needs itself.
  let names = ['import', ...[...globals].filter(([, value]) => isRelevant(value)).map(([name]) => name)];
  let open = functions.map((value) => ({ value, text: textOf(value) }));
  while (names.length > 0) {
    const mentions = new RegExp(`(?<![\\p{L}\\p{N}_])(?:${names.map(escapeName).join('|')})(?![\\p{L}\\p{N}_])`, 'u');
    const reached = open.filter(({ text }) => mentions.test(text));
    open = open.filter(({ text }) => !mentions.test(text));
    for (const { value } of reached) found.add(value);
    names = reached.flatMap(({ value }) => (value.definition.kind === 'function' ? [value.definition.name] : []));
  }
  return found;
}

/** Names may hold characters beyond ASCII, but none that mean something in an expression besides `$`. */
function escapeName(name: string): string {
  return name.replaceAll('$', '\\$');
}
