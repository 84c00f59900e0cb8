/** Places of a Python program that take a recurrent layer's weights apart by gates, of which another cell has another number. */
import type { SyntaxNode, Tree } from '@lezer/common';
import { assignmentOf, descendants, enclosing, textOf } from './nodes';

interface Source {
  readonly tree: Tree;
  readonly text: string;
}

export const gateMessage =
  'a stretch of the weights is taken here that is one gate of the present cell: with another cell it is something else.';

/** The first place where a stretch of a weight or bias is taken: `bias[n // 4 : n // 2]` is an LSTM's forget gate. */
export function gateUse(source: Source): SyntaxNode | null {
  const { tree, text } = source;
  // A walk over every subscript is for the few programs that touch weights at all.
  if (!/[_.](?:bias|weight)s?_|named_parameters|parameters\(\)|all_weights|get_weights|\.weights/.test(text))
    return null;
  return (
    descendants(tree.topNode, 'MemberExpression', 'CallExpression').find((node) => takesGate(source, node)) ?? null
  );
}

function takesGate({ tree, text }: Source, node: SyntaxNode): boolean {
  const source = textOf(text, node);
  const isStretch = node.name === 'MemberExpression' && node.getChild('[') !== null && node.getChild(':') !== null;
  const isSplit = node.name === 'CallExpression' && /\.(?:chunk|split|tensor_split)\([^()]*\)$/.test(source);
  if (!isStretch && !isSplit) return false;
  const object = isSplit ? node.firstChild?.firstChild : node.firstChild;
  if (!object) return false;
  const taken = textOf(text, object);
  if (/\.(?:bias|weight)_[ih]h_l\d/.test(taken)) return true;
  const root = rootOf(object);
  if (root === null) return false;
  const name = textOf(text, root);
  return (
    isOfParameters(text, node, name) ||
    isBoundToWeights(enclosing(node, 'FunctionDefinition') ?? tree.topNode, text, name)
  );
}

/** `p` in `p.data[1:n]`. */
function rootOf(expression: SyntaxNode): SyntaxNode | null {
  let node: SyntaxNode | null = expression;
  while (node !== null && node.name !== 'VariableName') node = node.firstChild;
  return node;
}

/** A variable of a loop over parameters. */
function isOfParameters(text: string, node: SyntaxNode, name: string): boolean {
  for (let loop = enclosing(node, 'ForStatement'); loop !== null; loop = enclosing(loop, 'ForStatement')) {
    const body = loop.getChild('Body');
    const header = text.slice(loop.from, body?.from ?? loop.to);
    if (
      /(?:\bparameters|named_parameters)\(|all_weights|\.weights\b/.test(header) &&
      new RegExp(`\\b${name}\\b`).test(header)
    )
      return true;
  }
  return false;
}

/** `bias = self.lstm.bias_hh_l0`, `bias = getattr(self.lstm, name)`, `kernel, recurrent, bias = layer.get_weights()`. */
function isBoundToWeights(scope: SyntaxNode, text: string, name: string): boolean {
  return descendants(scope, 'AssignStatement').some((statement) => {
    const assignment = assignmentOf(statement);
    if (assignment === null || !assignment.targets.some((target) => textOf(text, target) === name)) return false;
    return /\.(?:bias|weight)_[ih]h_l\d|^getattr\(|\.get_weights\(\)|\.(?:trainable_)?weights\b/.test(
      textOf(text, assignment.value),
    );
  });
}
