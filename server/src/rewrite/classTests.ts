/** Places of a Python program that ask whether a layer is of a class, which it will not be any more. */
import type { SyntaxNode, Tree } from '@lezer/common';
import { descendants, textOf } from './nodes';

/** `isinstance(module, nn.LSTM)` and `type(module) == nn.LSTM`, where they do not ask for the new class as well. */
export function classTest(
  { tree, text }: { readonly tree: Tree; readonly text: string },
  from: string,
  to: string,
): SyntaxNode | null {
  if (!/\bisinstance\s*\(|\btype\s*\(/.test(text)) return null;
  const names = (node: SyntaxNode, name: string): boolean => new RegExp(`\\b${name}\\b`).test(textOf(text, node));
  const asks = (node: SyntaxNode): boolean =>
    /^(?:isinstance|type)\s*\(/.test(textOf(text, node)) && names(node, from) && !names(node, to);
  return descendants(tree.topNode, 'CallExpression', 'BinaryExpression').find(asks) ?? null;
}

export function classTestMessage(from: string, to: string): string {
  return `a layer is asked here whether it is of the class ${from}, and it will be of ${to}: ask for both first.`;
}
