/** Calls of Python found by the name of what they call, and edits that add statements beside them. */
import type { SyntaxNode, Tree } from '@lezer/common';
import { argumentsOf, type CallArgument, hasSpread } from './arguments';
import { lineBreakOf, type TextEdit } from './edits';
import { enclosing, textOf } from './nodes';

export interface Source {
  readonly text: string;
  readonly tree: Tree;
}

/**
 * Calls of `name(…)` and `….name(…)` in source order. Found by their text first: most files hold none, and walking a whole
 * tree costs a thousand times as much.
 */
export function callsNamed({ text, tree }: Source, name: string): readonly SyntaxNode[] {
  return namesIn({ text, tree }, name).flatMap((node) => {
    const callee = node.name === 'VariableName' ? node : node.parent;
    const call = callee?.parent;
    return call?.name === 'CallExpression' && call.firstChild?.from === callee?.from && call.firstChild?.to === node.to
      ? [call]
      : [];
  });
}

/** Every place where a variable or an attribute of this name is written or read, comments and texts excluded. */
export function namesIn({ text, tree }: Source, name: string): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + name.length)) {
    const node = tree.resolveInner(at, 1);
    const isWhole = node.from === at && node.to === at + name.length;
    if (isWhole && (node.name === 'VariableName' || node.name === 'PropertyName')) found.push(node);
  }
  return found;
}

/** What a method is called on: `model` of `model.eval()`; null for a plain function. */
export function receiverOf(call: SyntaxNode): SyntaxNode | null {
  const callee = call.firstChild;
  return callee?.name === 'MemberExpression' ? callee.firstChild : null;
}

/** The argument a parameter gets by name or position; null where it gets none or a spread leaves that open. */
export function argumentFor(call: SyntaxNode, text: string, name: string, position: number): CallArgument | null {
  if (hasSpread(call, text)) return null;
  const all = argumentsOf(call, text);
  const byName = all.find((argument) => argument.name === name);
  if (byName !== undefined) return byName;
  const byPosition = all[position];
  return byPosition?.form === 'positional' ? byPosition : null;
}

const statementKinds: ReadonlySet<string> = new Set([
  'AssignStatement',
  'ExpressionStatement',
  'ReturnStatement',
  'ForStatement',
  'WhileStatement',
  'IfStatement',
  'WithStatement',
]);

/** The statement that a node is or stands in. */
export function statementOf(node: SyntaxNode): SyntaxNode | null {
  return statementKinds.has(node.name) ? node : enclosing(node, ...statementKinds);
}

/** The function a node stands in, or the whole program. */
export function scopeOf(node: SyntaxNode): SyntaxNode | null {
  return enclosing(node, 'FunctionDefinition', 'Script');
}

/** A line of its own in front of a statement; null where the statement shares its line with another. */
export function insertLineBefore(text: string, statement: SyntaxNode, line: string): TextEdit | null {
  const indentation = indentationOf(text, statement);
  if (indentation === null) return null;
  return { from: statement.from, to: statement.from, insert: `${line}${lineBreakOf(text)}${indentation}` };
}

/** A line of its own after a statement of one line; null where something but a comment follows on that line. */
export function insertLineAfter(text: string, statement: SyntaxNode, line: string): TextEdit | null {
  const indentation = indentationOf(text, statement);
  const end = /^[ \t]*(#[^\r\n]*)?(?=\r?\n|$)/.exec(text.slice(statement.to));
  if (indentation === null || end === null) return null;
  const at = statement.to + end[0].length;
  return { from: at, to: at, insert: `${lineBreakOf(text)}${indentation}${line}` };
}

function indentationOf(text: string, statement: SyntaxNode): string | null {
  const before = text.slice(text.lastIndexOf('\n', statement.from - 1) + 1, statement.from);
  return /^[ \t]*$/.test(before) ? before : null;
}

/** Whether two expressions are written the same, spaces aside. */
export function isWrittenAlike(text: string, left: SyntaxNode, right: SyntaxNode): boolean {
  return withoutSpaces(textOf(text, left)) === withoutSpaces(textOf(text, right));
}

function withoutSpaces(text: string): string {
  return text.replaceAll(/\s+/g, '');
}
