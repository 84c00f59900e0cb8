/** Names of further classes of a library, in the style in which the file names those it has, with their imports. */
import type { SyntaxNode } from '@lezer/common';
import { lineBreakOf, type TextEdit } from '../edits';
import { appendItem, removeItems } from '../listItems';
import { childrenOf, descendants, enclosing, textOf, usesOf } from '../nodes';
import type { Source } from './settings';

export interface NamedClass {
  /** How to write it: `layers.Bidirectional`, `Bidirectional`. */
  readonly name: string;
  /** What binds it. */
  readonly edits: readonly TextEdit[];
}

/**
 * A class of the module from which the call takes its class: `layers.LSTM(…)` gives `layers.Bidirectional`, and `LSTM(…)`
 * gives `Bidirectional` with its import. Null where the call's own name does not say where it comes from.
 */
export function besideClassOf({ tree, text }: Source, call: SyntaxNode, name: string): NamedClass | null {
  const callee = call.firstChild;
  if (callee?.name === 'MemberExpression') {
    const last = callee.lastChild;
    if (last?.name !== 'PropertyName' || !isCollection({ tree, text }, text.slice(callee.from, last.from))) return null;
    return { name: text.slice(callee.from, last.from).replaceAll(/\s+/g, '') + name, edits: [] };
  }
  if (callee?.name !== 'VariableName') return null;
  const uses = usesOf(tree.topNode, text, name);
  const isImported = uses.some(
    ({ node }) => node.parent?.name === 'ImportStatement' && node.nextSibling?.name !== 'as',
  );
  if (isImported) return { name, edits: [] };
  if (uses.some(({ kind }) => kind !== 'read')) return null;
  const own = usesOf(tree.topNode, text, textOf(text, callee)).map(({ node }) => node.parent);
  const statement = own.find((parent) => parent?.name === 'ImportStatement') ?? null;
  // `keras.layers.recurrent` has no convolutions.
  if (statement !== null && !/^from\s+(?:[\w.]*\blayers|torch\.nn)\s+import\b/.test(textOf(text, statement)))
    return null;
  if (statement?.getChild('from') == null) {
    const everything = descendants(tree.topNode, 'ImportStatement').some((one) =>
      childrenOf(one).some((child) => child.name === '*'),
    );
    return everything ? { name, edits: [] } : null;
  }
  return { name, edits: [importedWith({ tree, text }, statement, name)] };
}

/** Whether `layers.`, `nn.` or a name given to one of them stands in front: what holds the classes of all layers. */
function isCollection({ tree, text }: Source, prefix: string): boolean {
  const name = prefix.replaceAll(/[\s.]+$/g, '');
  if (/(?:^|\.)(?:layers|nn)$/.test(name)) return true;
  return descendants(tree.topNode, 'ImportStatement').some((statement) =>
    new RegExp(`\\b(?:layers|nn)\\s+as\\s+${name}\\b`).test(textOf(text, statement)),
  );
}

interface ImportedName {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The names of `from … import a, b as c`. */
function importedNames(statement: SyntaxNode, text: string): readonly ImportedName[] {
  const names: ImportedName[] = [];
  let pending: SyntaxNode[] = [];
  const close = (): void => {
    const [first, last] = [pending[0], pending.at(-1)];
    pending = [];
    if (first === undefined || last === undefined) return;
    names.push({ name: text.slice(first.from, last.to), from: first.from, to: last.to });
  };
  const children = childrenOf(statement);
  for (const child of children.slice(children.findIndex(({ name }) => name === 'import') + 1)) {
    if (child.name === ',' || child.name === ')') close();
    else if (child.name !== '(' && child.name !== 'Comment') pending.push(child);
  }
  close();
  return names;
}

/** Sorted where the names were, else at the end. */
function importedWith({ text }: Source, statement: SyntaxNode, name: string): TextEdit {
  const names = importedNames(statement, text);
  const isSorted = names.every((one, index) => index === 0 || (names[index - 1]?.name ?? '') <= one.name);
  const next = isSorted && names.length > 1 ? names.find((one) => one.name > name) : undefined;
  const last = names.at(-1);
  if (next !== undefined) {
    const lineStart = text.lastIndexOf('\n', next.from - 1) + 1;
    const indentation = text.slice(lineStart, next.from);
    const separator = indentation.trim() === '' ? `,${lineBreakOf(text)}${indentation}` : ', ';
    return { from: next.from, to: next.from, insert: name + separator };
  }
  return last === undefined
    ? { from: statement.to, to: statement.to, insert: ` ${name}` }
    : appendItem(text, last, name);
}

/** Takes an imported name away that only these uses needed. */
export function withoutImport({ tree, text }: Source, name: string, uses: readonly SyntaxNode[]): readonly TextEdit[] {
  const given = new Set(uses.map(({ from }) => from));
  const others = usesOf(tree.topNode, text, name).filter(({ node }) => !given.has(node.from));
  const [only] = others;
  const statement = only?.node.parent;
  if (others.length !== 1 || statement?.name !== 'ImportStatement' || statement.getChild('from') === null) return [];
  const names = importedNames(statement, text);
  if (names.length === 1) {
    const end = text.indexOf('\n', statement.to);
    const isAlone = text.slice(statement.to, end === -1 ? text.length : end).trim() === '' && end !== -1;
    return isAlone ? [{ from: statement.from, to: end + 1, insert: '' }] : [];
  }
  const [first, last] = [names[0], names.at(-1)];
  if (first === undefined || last === undefined) return [];
  const list = { from: first.from - 1, to: last.to + 1 };
  return removeItems(text, list, names, (one) => one.name === name);
}

/** Adds `import module as name` in front of the first import of the script that mentions the package; null without one. */
export function importOfModule(
  { tree, text }: Source,
  packageName: string,
  statement: string,
  name: string,
): readonly TextEdit[] | null {
  const imports = descendants(tree.topNode, 'ImportStatement');
  const isBound = imports.some((one) => {
    const source = textOf(text, one);
    return source === statement || (source === `import ${name}` && statement === `import ${name}`);
  });
  if (isBound) return [];
  const first = imports.find(
    (one) =>
      one.parent?.name === 'Script' && new RegExp(`^(?:from|import)\\s+${packageName}\\b`).test(textOf(text, one)),
  );
  if (first === undefined || usesOf(tree.topNode, text, name).some(({ kind }) => kind !== 'read')) return null;
  return [{ from: first.from, to: first.from, insert: statement + lineBreakOf(text) }];
}

/** A name that nothing in the scope has yet. */
export function freshName({ text }: Source, scope: SyntaxNode, ...candidates: readonly string[]): string | null {
  const taken = new Set(descendants(scope, 'VariableName', 'PropertyName').map((node) => textOf(text, node)));
  return candidates.find((name) => !taken.has(name)) ?? null;
}

/** The statement around a node that stands in a block. */
export function statementAround(node: SyntaxNode): SyntaxNode | null {
  for (let one: SyntaxNode | null = node; one !== null; one = one.parent) {
    if (one.parent?.name === 'Body' || one.parent?.name === 'Script') return one;
  }
  return null;
}

/** The white space in front of a statement that starts its line; null where something else stands there. */
export function indentationOf(text: string, node: SyntaxNode): string | null {
  const before = text.slice(text.lastIndexOf('\n', node.from - 1) + 1, node.from);
  return before.trim() === '' ? before : null;
}

export function functionAround(node: SyntaxNode, { tree }: Source): SyntaxNode {
  return enclosing(node, 'FunctionDefinition') ?? tree.topNode;
}
