/** Edits of the arguments of a call that keep its formatting: one line or several, trailing comma or none. */
import type { SyntaxNode } from '@lezer/common';
import type { TextEdit } from './edits';
import { appendItem, removeItems } from './listItems';
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

/** The argument a parameter gets by name or position; null where it gets none or a spread leaves that open. */
export function argumentFor(call: SyntaxNode, text: string, name: string, position: number): CallArgument | null {
  if (hasSpread(call, text)) return null;
  const all = argumentsOf(call, text);
  const byName = all.find((argument) => argument.name === name);
  if (byName !== undefined) return byName;
  const byPosition = all[position];
  return byPosition?.form === 'positional' ? byPosition : null;
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
  return [appendItem(text, last, `${name}=${value}`)];
}

/** Takes arguments away with their commas, and their lines where they had lines of their own. */
export function removeArguments(
  call: SyntaxNode,
  text: string,
  isRemoved: (argument: CallArgument) => boolean,
): readonly TextEdit[] {
  const list = call.getChild('ArgList');
  return list === null ? [] : removeItems(text, list, argumentsOf(call, text), isRemoved);
}
