/** What is written at a node of the source: the name that a call calls, a plain text, a number. */
import type { SyntaxNode } from '@lezer/common';
import { textOf } from '../../rewrite/nodes';

/** The last name of what is called: `LSTM` of `keras.layers.LSTM(…)`; null where what is called is no name. */
export function calledName(call: SyntaxNode, text: string): string | null {
  const callee = call.firstChild;
  const last = callee?.name === 'MemberExpression' ? callee.lastChild : callee;
  return last?.name === 'PropertyName' || last?.name === 'VariableName' ? textOf(text, last) : null;
}

/** The content of a plain string literal, else null. */
export function stringOf(node: SyntaxNode | undefined, text: string): string | null {
  const match = node?.name === 'String' ? /^(['"])([^'"\\]*)\1$/.exec(textOf(text, node)) : null;
  return match?.[2] ?? null;
}
