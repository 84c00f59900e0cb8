/** States that a program hands on from call to call: `out, state = model(x, state)`. */
import type { SyntaxNode } from '@lezer/common';
import type { FileAnalysis } from '../../analysis';
import { argumentsOf } from '../../rewrite/arguments';
import { assignmentOf, enclosing, itemsOf, textOf } from '../../rewrite/nodes';
import type { Span } from '../../syntax/python/ast';

/** What variables are called that hold a state; an environment or an optimiser is handed on as a model is not. */
export const stateName = /^(?:[hc]|h[xc]|cx|[hc]_?[0nt]|hs|cs|\w*(?:hidden|state|memory|cell|hid)\w*)$/i;

/** `a, state = model(x, state)` over several names: those it reads and gives anew. */
export interface Carry {
  readonly statement: SyntaxNode;
  readonly callee: SyntaxNode;
  readonly names: readonly string[];
  /** `(h, c)` written out, or one name for the whole state. */
  readonly isWrittenOut: boolean;
}

/** Assignments within a stretch that have several targets, found by their text. */
export function assignmentsIn({ tree, text }: FileAnalysis, { from, to }: Span): readonly SyntaxNode[] {
  return [...text.slice(from, to).matchAll(/^[ \t]*[\w(][^=#\n]*,[^=#\n]*=[^=\n]/gm)].flatMap(({ 0: start, index }) => {
    const at = from + index + start.length - start.trimStart().length;
    const node = tree.resolveInner(at, 1);
    const statement = node.name === 'AssignStatement' ? node : enclosing(node, 'AssignStatement');
    return statement !== null && statement.from === at ? [statement] : [];
  });
}

/** Null for an assignment that hands no state on. */
export function carryOf(text: string, statement: SyntaxNode): Carry | null {
  const assignment = assignmentOf(statement);
  const callee = assignment?.value.name === 'CallExpression' ? assignment.value.firstChild : null;
  if (assignment === null || callee === null || callee.name !== 'VariableName' || assignment.targets.length < 2)
    return null;
  const given = assignment.targets.flatMap((target) => namesIn(target, text));
  const read = argumentsOf(assignment.value, text).flatMap(({ value }) => namesIn(value, text));
  const names = given.filter((name) => read.includes(name) && stateName.test(name));
  const isWrittenOut = assignment.targets.some(({ name }) => name === 'TupleExpression');
  return names.length === 0 ? null : { statement, callee, names, isWrittenOut };
}

/** The names of a target or an argument, those in a tuple too; nothing of what is computed. */
function namesIn(node: SyntaxNode, text: string): readonly string[] {
  if (node.name === 'VariableName') return [textOf(text, node)];
  return node.name === 'TupleExpression' ? itemsOf(node).flatMap((item) => namesIn(item, text)) : [];
}
