/**
 * Which functions and classes of a file may have to do with models, by the names in their text: those that name the library
 * or something made of it, and those that name one of these. The others need not be looked at by themselves.
 */
import type { Span } from '../../syntax/javascript/ast';
import type { Value } from '../values';
import { ModuleObject } from './modules';
import { ClassObject, FunctionObject } from './objects';

/** Names of the library, and of what is taken out of it inside of functions. */
const namesOfLibrary = ['tf', 'tfl', 'tfjs', 'tensorflow', 'layers', 'sequential'];

export class Interest {
  private readonly names = new Set<string>(namesOfLibrary);
  private readonly counts: ReadonlyMap<string, number>;

  /**
   * @param defined the functions and classes that the file's top level makes
   * @param isOfLibrary whether a path is one of a library that makes models
   */
  constructor(
    private readonly main: ModuleObject,
    defined: readonly (FunctionObject | ClassObject)[],
    isOfLibrary: (path: string) => boolean,
  ) {
    this.counts = countWords(main.source.text);
    for (const [name, value] of main.scope.variables) if (mayMakeModels(value, main, isOfLibrary)) this.names.add(name);
    const open = defined.flatMap((value) =>
      namedParts(value).map((part) => ({ ...part, words: this.wordsOf(part.span) })),
    );
    // Whoever names something of interest is of interest, until nothing is added.
    for (let hasGrown = true; hasGrown; ) {
      hasGrown = false;
      for (const { name, words } of open) {
        if (this.names.has(name) || !words.some((word) => this.names.has(word))) continue;
        this.names.add(name);
        hasGrown = true;
      }
    }
  }

  holds(definition: Span): boolean {
    return this.wordsOf(definition).some((word) => this.names.has(word));
  }

  /** Whether the file names it in a second place, where it is likely to be called. */
  isNamedTwice(name: string | null): boolean {
    return name !== null && (this.counts.get(name) ?? 0) > 1;
  }

  private wordsOf({ from, to }: Span): readonly string[] {
    return this.main.source.text.slice(from, to).match(word) ?? [];
  }
}

const word = /[\w$]+/g;

function countWords(source: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const found of source.match(word) ?? []) counts.set(found, (counts.get(found) ?? 0) + 1);
  return counts;
}

/** What the top level holds of the library, or of other files, whose functions may make models. */
function mayMakeModels(value: Value, main: ModuleObject, isOfLibrary: (path: string) => boolean): boolean {
  if (value.kind === 'library') return isOfLibrary(value.path);
  if (value instanceof FunctionObject || value instanceof ClassObject) {
    let scope = value.closure;
    while (scope.parent !== null) scope = scope.parent;
    return scope !== main.scope;
  }
  return value instanceof ModuleObject;
}

/** A function by its name; a class with its methods, which others call by theirs. */
function namedParts(value: FunctionObject | ClassObject): readonly { readonly name: string; readonly span: Span }[] {
  const own = value.name === null ? [] : [{ name: value.name, span: value.definition }];
  if (value instanceof FunctionObject) return own;
  const methods = [...value.members].map(([name, member]) => ({
    name,
    span: (member instanceof FunctionObject ? member : member.body).definition,
  }));
  return [...own, ...methods];
}
