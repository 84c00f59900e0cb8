/** Edits of the arguments of a call that keep its formatting: one line or several, trailing comma or none. */
import type { SyntaxNode } from '@lezer/common';
import { lineBreakOf, type TextEdit } from './edits';
import { childrenOf, textOf } from './nodes';

export interface CallArgument {
  readonly form: 'positional' | 'keyword' | 'spread';
  /** Set for keywords only. */
  readonly name: string | null;
  /** The name of a keyword, or the value itself. */
  readonly head: SyntaxNode;
  readonly value: SyntaxNode;
  readonly from: number;
  readonly to: number;
}

/** The arguments of a `CallExpression` in source order. */
export function argumentsOf(call: SyntaxNode, text: string): readonly CallArgument[] {
  const list = call.getChild('ArgList');
  if (list === null) return [];
  const result: CallArgument[] = [];
  let pending: SyntaxNode[] = [];
  for (const child of childrenOf(list)) {
    if (child.name === 'Comment') continue;
    if (child.name !== ',' && child.name !== '(' && child.name !== ')') pending.push(child);
    else {
      const argument = argumentFrom(pending, text);
      if (argument !== null) result.push(argument);
      pending = [];
    }
  }
  const last = argumentFrom(pending, text);
  return last === null ? result : [...result, last];
}

function argumentFrom(nodes: readonly SyntaxNode[], text: string): CallArgument | null {
  const head = nodes[0];
  const value = nodes.at(-1);
  if (head === undefined || value === undefined) return null;
  const span = { head, value, from: head.from, to: value.to };
  if (head.name === '*' || head.name === '**') return { form: 'spread', name: null, ...span };
  return nodes[1]?.name === 'AssignOp'
    ? { form: 'keyword', name: textOf(text, head), ...span }
    : { form: 'positional', name: null, ...span };
}

export function keywordOf(call: SyntaxNode, text: string, name: string): CallArgument | null {
  return argumentsOf(call, text).find((argument) => argument.name === name) ?? null;
}

/** Whether the call spreads a list or a dictionary: which arguments it then has is not known. */
export function hasSpread(call: SyntaxNode, text: string): boolean {
  return argumentsOf(call, text).some(({ form }) => form === 'spread');
}

/** Gives a keyword argument a value, whether it stands there already or not. */
export function setKeyword(call: SyntaxNode, text: string, name: string, value: string): readonly TextEdit[] {
  const existing = keywordOf(call, text, name);
  if (existing !== null) return [{ from: existing.value.from, to: existing.value.to, insert: value }];
  const list = call.getChild('ArgList');
  if (list === null) return [];
  const last = argumentsOf(call, text).at(-1);
  if (last === undefined) return [{ from: list.from + 1, to: list.from + 1, insert: `${name}=${value}` }];
  const separator = startsItsLine(text, last.from) ? `,${lineBreakOf(text)}${indentationAt(text, last.from)}` : ', ';
  return [{ from: last.to, to: last.to, insert: `${separator}${name}=${value}` }];
}

/** Takes an argument away with its comma, and its line where it had one of its own. */
export function removeArgument(call: SyntaxNode, text: string, argument: CallArgument): readonly TextEdit[] {
  const all = argumentsOf(call, text);
  const index = all.findIndex(({ from }) => from === argument.from);
  const previous = all[index - 1];
  const next = all[index + 1];
  const list = call.getChild('ArgList');
  if (index === -1 || list === null) return [];
  if (previous === undefined) {
    if (next !== undefined) return [{ from: argument.from, to: next.from, insert: '' }];
    return [{ from: list.from + 1, to: list.to - 1, insert: '' }];
  }
  const between = text.slice(previous.to, argument.from);
  if (!between.includes('#')) return [{ from: previous.to, to: argument.to, insert: '' }];
  // A comment belongs to the line before: take this argument's own stretch and leave the comment where it is.
  const lineStart = text.lastIndexOf('\n', argument.from);
  const rest = /^[ \t]*,?/.exec(text.slice(argument.to));
  return [{ from: lineStart, to: argument.to + (rest?.[0].length ?? 0), insert: '' }];
}

function startsItsLine(text: string, offset: number): boolean {
  return /^[ \t]*$/.test(text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset));
}

function indentationAt(text: string, offset: number): string {
  return text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
}
