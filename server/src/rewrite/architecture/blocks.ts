/** Puts further statements around the one that applies or makes a layer. */
import type { SyntaxNode } from '@lezer/common';
import { argumentsOf } from '../arguments';
import { lineBreakOf, type TextEdit } from '../edits';
import { assignmentOf, enclosing, textOf, usesOf } from '../nodes';
import { freshName, functionAround, indentationOf, statementAround } from './naming';
import type { Source } from './settings';

/** A statement on a line of its own in front of the one that holds the node; null where that shares its line. */
export function lineBefore(source: Source, node: SyntaxNode, ...lines: readonly string[]): TextEdit | null {
  const statement = statementAround(node);
  const indentation = statement === null ? null : indentationOf(source.text, statement);
  if (statement === null || indentation === null) return null;
  const insert = lines.map((line) => line + lineBreakOf(source.text) + indentation).join('');
  return { from: statement.from, to: statement.from, insert };
}

/** Statements behind the one that holds the node, and behind the comment on its line. */
export function linesAfter(source: Source, node: SyntaxNode, ...lines: readonly string[]): TextEdit | null {
  const statement = statementAround(node);
  const indentation = statement === null ? null : indentationOf(source.text, statement);
  if (statement === null || indentation === null) return null;
  const end = restOfLine(source.text, statement.to);
  if (end === null) return null;
  return { from: end, to: end, insert: lines.map((line) => lineBreakOf(source.text) + indentation + line).join('') };
}

/** The end of the line where nothing but a comment stands in what is left of it, else null. */
export function restOfLine(text: string, from: number): number | null {
  const rest = /^[ \t]*(?:#[^\r\n]*)?(?=\r?\n|$)/.exec(text.slice(from));
  return rest === null ? null : from + rest[0].length;
}

/** Whether the node is run more than once by a call of its function: inside a loop. */
export function isInLoop(node: SyntaxNode): boolean {
  const loop = enclosing(
    node,
    'ForStatement',
    'WhileStatement',
    'ArrayComprehensionExpression',
    'ComprehensionExpression',
  );
  const definition = enclosing(node, 'FunctionDefinition');
  return loop !== null && (definition === null || loop.from > definition.from);
}

/**
 * Edits that put something between a call and its first argument, in a statement of its own; null where the call stands in
 * a way that is not understood.
 *
 * @param build what becomes of the text of the argument
 */
export function putBefore(
  source: Source,
  application: SyntaxNode,
  name: string,
  build: (argument: string) => string,
): readonly TextEdit[] | null {
  const { text } = source;
  const given = argumentsOf(application, text)[0];
  const statement = statementAround(application);
  if (given === undefined || given.form !== 'positional' || statement === null || isInLoop(application)) return null;
  if (!['AssignStatement', 'ReturnStatement', 'ExpressionStatement'].includes(statement.name)) return null;
  const target = nameFor(source, statement, application, given.value, name);
  const isPlain = ['VariableName', 'MemberExpression', 'CallExpression'].includes(given.value.name);
  const argument = textOf(text, given.value);
  const line = target === null ? null : `${target} = ${build(isPlain ? argument : `(${argument})`)}`;
  const before = line === null ? null : lineBefore(source, application, line);
  if (target === null || before === null) return null;
  return target === argument ? [before] : [before, { from: given.value.from, to: given.value.to, insert: target }];
}

/**
 * The variable that holds what is put in between: the argument itself where nothing reads it afterwards, the one that the
 * statement gives a value to, or a new one.
 */
function nameFor(
  source: Source,
  statement: SyntaxNode,
  application: SyntaxNode,
  argument: SyntaxNode,
  name: string,
): string | null {
  const { text } = source;
  const scope = functionAround(statement, source);
  const targets = assignmentOf(statement)?.targets ?? [];
  if (argument.name === 'VariableName') {
    const held = textOf(text, argument);
    const uses = usesOf(scope, text, held).filter(({ node }) => node.from !== argument.from);
    const isGivenAnew = targets.some((target) => textOf(text, target) === held);
    const readsHere = uses.some(({ node, kind }) => kind === 'read' && inside(node, statement));
    if (!readsHere && (isGivenAnew || uses.every(({ node, kind }) => node.from < statement.from || kind !== 'read')))
      return held;
  }
  const [target] = targets;
  if (targets.length === 1 && target?.name === 'VariableName') {
    const held = textOf(text, target);
    const readsHere = usesOf(statement, text, held).some(
      ({ node, kind }) => kind === 'read' && !inside(node, argument),
    );
    const isOnlyApplication = assignmentOf(statement)?.value.from === application.from;
    if (isOnlyApplication && !readsHere) return held;
  }
  return freshName(source, scope, name, `${name}_1`);
}

function inside(node: SyntaxNode, outer: SyntaxNode): boolean {
  return outer.from <= node.from && node.to <= outer.to;
}
