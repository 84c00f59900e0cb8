/** Statements of Python around a node, and edits that add lines beside them. */
import type { SyntaxNode } from '@lezer/common';
import { lineBreakOf, type TextEdit } from './edits';
import { enclosing } from './nodes';

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
