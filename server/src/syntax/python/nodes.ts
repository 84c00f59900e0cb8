/** Reading Lezer's nodes of Python, of which comments and the grammar's empty errors are none. */
import type { SyntaxNode } from '@lezer/common';

export function childrenOf(node: SyntaxNode | undefined): SyntaxNode[] {
  const result: SyntaxNode[] = [];
  for (let child = node?.firstChild ?? null; child !== null; child = child.nextSibling) {
    if (child.name !== 'Comment' && !(child.type.isError && child.from === child.to)) result.push(child);
  }
  return result;
}

/** Expressions have names that start with a capital; keywords, operators and brackets are named as they are written. */
export function isExpressionNode(node: SyntaxNode): boolean {
  return (
    /^[A-Z]/.test(node.name) && !['Body', 'TypeDef', 'AssignOp', 'FormatSpec', 'FormatConversion'].includes(node.name)
  );
}
