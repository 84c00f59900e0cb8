/** Renames the class that a call constructs, in the style the file names it, and keeps the imports right. */
import type { SyntaxNode, Tree } from '@lezer/common';
import type { FileAnalysis } from '../analysis';
import { type Rewrite, refusedAt, type TextEdit } from './edits';
import { assignmentOf, childrenOf, descendants, enclosing, textOf, usesOf } from './nodes';

type Source = Pick<FileAnalysis, 'tree' | 'text' | 'lines'>;

export interface ConstructorRename {
  readonly call: SyntaxNode;
  readonly from: string;
  readonly to: string;
}

/**
 * `layers.LSTM(…)` and `LSTM(…)` are renamed where they stand; the import of a bare name is replaced when nothing else
 * needs the old one, else extended. A class under another name (`from … import LSTM as L`, `RNN = layers.LSTM`) is changed
 * where it gets that name, provided that every use of it is to change.
 */
export function renameConstructors(source: Source, renames: readonly ConstructorRename[]): Rewrite {
  const { tree, text } = source;
  const edits: TextEdit[] = [];
  const byName = new Map<string, ConstructorRename[]>();
  for (const rename of renames) {
    const callee = rename.call.firstChild;
    const last = callee?.lastChild;
    if (callee?.name === 'MemberExpression' && last?.name === 'PropertyName' && textOf(text, last) === rename.from) {
      edits.push({ from: last.from, to: last.to, insert: rename.to });
    } else if (callee?.name === 'VariableName') {
      const name = textOf(text, callee);
      byName.set(name, [...(byName.get(name) ?? []), rename]);
    } else {
      return refuseRename(source, rename);
    }
  }
  for (const [name, group] of byName) {
    const [first] = group;
    if (first === undefined) continue;
    const result = renameBareName(tree, text, name, group) ?? refuseRename(source, first);
    if (result.kind === 'refused') return result;
    edits.push(...result.edits);
  }
  return { kind: 'edits', edits };
}

/** For a call of something that is renamed nowhere, or not with certainty. */
export function refuseRename({ text, lines }: Source, { call, from }: ConstructorRename): Rewrite {
  const callee = call.firstChild === null ? 'this call' : textOf(text, call.firstChild);
  const message = `${callee} is not a plain name of ${from}, so it is not certain what to change.`;
  return refusedAt(lines.locate(call), message);
}

function renameBareName(
  tree: Tree,
  text: string,
  name: string,
  renames: readonly ConstructorRename[],
): Rewrite | undefined {
  const [first] = renames;
  if (first === undefined || renames.some(({ from, to }) => from !== first.from || to !== first.to)) return undefined;
  const script = tree.topNode;
  const callees = new Set(renames.map(({ call }) => call.from));
  const others = usesOf(script, text, name).filter(({ node }) => !callees.has(node.from));
  const imports = others.filter(({ node }) => node.parent?.name === 'ImportStatement');
  const definition = imports.length === 0 ? undefined : imports[0]?.node;
  const everyUseChanges = others.every(({ node }) => node.parent?.name === 'ImportStatement');
  if (name === first.from) {
    const atCalls = renames.map(({ call }) => ({ from: call.from, to: call.from + name.length, insert: first.to }));
    if (isBoundByImport(script, text, first.to)) return { kind: 'edits', edits: atCalls };
    if (definition === undefined) {
      return importsEverything(script, text) ? { kind: 'edits', edits: atCalls } : undefined;
    }
    const insert = everyUseChanges ? first.to : `${name}, ${first.to}`;
    return { kind: 'edits', edits: [...atCalls, { from: definition.from, to: definition.to, insert }] };
  }
  // `LSTM as L`: the imported name stands two tokens before the alias.
  const imported = definition?.prevSibling?.name === 'as' ? definition.prevSibling.prevSibling : null;
  if (imported !== null && imported !== undefined && textOf(text, imported) === first.from && everyUseChanges) {
    return { kind: 'edits', edits: [{ from: imported.from, to: imported.to, insert: first.to }] };
  }
  return renameAtAssignment(
    text,
    others.map(({ node }) => node),
    first,
  );
}

/** `RNN = layers.LSTM`, written once and used for nothing but the calls that change. */
function renameAtAssignment(
  text: string,
  others: readonly SyntaxNode[],
  rename: ConstructorRename,
): Rewrite | undefined {
  const [target] = others;
  const statement = target === undefined ? null : enclosing(target, 'AssignStatement');
  const value = statement === null ? undefined : assignmentOf(statement)?.value;
  const named = value?.name === 'MemberExpression' ? value.lastChild : value;
  if (others.length !== 1 || named === null || named === undefined || textOf(text, named) !== rename.from)
    return undefined;
  if (value?.name !== 'MemberExpression') return undefined;
  return { kind: 'edits', edits: [{ from: named.from, to: named.to, insert: rename.to }] };
}

function isBoundByImport(script: SyntaxNode, text: string, name: string): boolean {
  return usesOf(script, text, name).some(
    ({ node }) => node.parent?.name === 'ImportStatement' && node.nextSibling?.name !== 'as',
  );
}

function importsEverything(script: SyntaxNode, text: string): boolean {
  return descendants(script, 'ImportStatement').some((statement) =>
    childrenOf(statement).some((child) => textOf(text, child) === '*'),
  );
}
