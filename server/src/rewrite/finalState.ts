/** How a method of Python can name the final state of a recurrent layer that it calls, and what makes `torch.cat` join it. */
import type { SyntaxNode } from '@lezer/common';
import { lineBreakOf, type TextEdit } from './edits';
import { type Assignment, itemsOf, readsOf, textOf, usesOf } from './nodes';

/** How the final hidden state is called after the assignment, and what must change for it to have a name. */
export function finalState(
  { targets, statement }: Assignment,
  method: SyntaxNode,
  text: string,
  isLstm: boolean,
): { readonly name: string; readonly edits: readonly TextEdit[] } | null {
  const [, state] = targets;
  if (state === undefined) return null;
  const [hidden, cell] = itemsOf(state);
  if (isLstm && state.name === 'TupleExpression' && hidden !== undefined && cell !== undefined) {
    return hidden.name === 'VariableName' ? named(hidden, method, text, statement, 'h_n') : null;
  }
  if (state.name !== 'VariableName') return null;
  const name = textOf(text, state);
  if (isUnused(name, method, text)) return named(state, method, text, statement, isLstm ? '(h_n, _)' : 'h_n');
  if (changesBetween(method, text, name, statement.to, method.to)) return null;
  return { name: isLstm ? `${name}[0]` : name, edits: [] };
}

function named(
  target: SyntaxNode,
  method: SyntaxNode,
  text: string,
  statement: SyntaxNode,
  replacement: string,
): { readonly name: string; readonly edits: readonly TextEdit[] } | null {
  const name = textOf(text, target);
  if (!isUnused(name, method, text)) {
    return changesBetween(method, text, name, statement.to, method.to) ? null : { name, edits: [] };
  }
  if (usesOf(method, text, 'h_n').length > 0) return null;
  return { name: 'h_n', edits: [{ from: target.from, to: target.to, insert: replacement }] };
}

/** An ignored target: an underscore that is never read. */
function isUnused(name: string, method: SyntaxNode, text: string): boolean {
  return /^_+$/.test(name) && readsOf(method, text, name).length === 0;
}

/** The assignment stands in a block around the subscript, so it has been executed whenever the subscript is. */
export function sharesBlock(statement: SyntaxNode, subscript: SyntaxNode): boolean {
  const block = statement.parent;
  return block !== null && block.from <= subscript.from && subscript.to <= block.to;
}

/** Whether the variable is given another value in this stretch. */
export function changesBetween(method: SyntaxNode, text: string, name: string, from: number, to: number): boolean {
  return usesOf(method, text, name).some(({ node, kind }) => kind === 'write' && node.from >= from && node.from < to);
}

/** Whether the subscript reads the variable that this assignment gave the layer's output, with no other value in between. */
export function readsOutputOf(
  assignment: Assignment,
  subscript: SyntaxNode,
  method: SyntaxNode,
  text: string,
): boolean {
  const [output, state] = assignment.targets;
  const object = subscript.firstChild;
  if (output?.name !== 'VariableName' || state === undefined || assignment.targets.length !== 2) return false;
  if (object?.name !== 'VariableName' || textOf(text, object) !== textOf(text, output)) return false;
  const { statement } = assignment;
  if (subscript.from < statement.to || !sharesBlock(statement, subscript)) return false;
  return !changesBetween(method, text, textOf(text, output), statement.to, subscript.from);
}

/** What makes `torch.cat` available: nothing where it is, an import in front of the first one of PyTorch's, else null. */
export function importOfTorch(script: SyntaxNode, text: string): readonly TextEdit[] | null {
  const uses = usesOf(script, text, 'torch').map(({ node }) => node);
  const imports = uses.filter(({ parent }) => parent?.name === 'ImportStatement');
  if (imports.some((node) => isBound(node) && node.parent?.firstChild?.name === 'import')) return [];
  const [first] = imports.map(({ parent }) => parent);
  if (first === undefined || first === null || first.parent?.name !== 'Script') return null;
  return [{ from: first.from, to: first.from, insert: `import torch${lineBreakOf(text)}` }];
}

/** `import torch`, and `torch` in `import torch, os`, bind the name; `import torch.nn as nn` does not. */
function isBound(node: SyntaxNode): boolean {
  if (node.prevSibling?.name === '.' || node.nextSibling?.name === 'as') return false;
  let last: SyntaxNode = node;
  while (last.nextSibling?.name === '.' && last.nextSibling.nextSibling !== null) last = last.nextSibling.nextSibling;
  return last.nextSibling?.name !== 'as';
}
