/** Calls of a PyTorch layer beside those that the model's flow shows: in other methods, branches and functions. */
import type { SyntaxNode, Tree } from '@lezer/common';
import { descendants, enclosing, textOf, usesOf } from './nodes';

interface Source {
  readonly tree: Tree;
  readonly text: string;
}

/**
 * Every call of an attribute of this name by which the layer may be meant: `self.lstm(…)` in the class that makes it and in
 * those that do not make one of their own, `model.lstm(…)` anywhere.
 *
 * @param attribute how the class reaches the layer: `self.lstm`
 */
export function callsOfAttribute(
  { tree, text }: Source,
  classBody: SyntaxNode,
  attribute: string,
): readonly SyntaxNode[] {
  const name = attribute.slice(attribute.lastIndexOf('.') + 1);
  return descendants(tree.topNode, 'CallExpression').filter((call) => {
    const callee = call.firstChild;
    const last = callee?.lastChild;
    if (callee?.name !== 'MemberExpression' || last?.name !== 'PropertyName' || textOf(text, last) !== name)
      return false;
    const { firstChild: object } = callee;
    if (object === null) return false;
    if (textOf(text, callee) === attribute) {
      const holder = enclosing(call, 'ClassDefinition');
      return holder === null || holder.from === classBody.from || !makesOwn(holder, text, attribute);
    }
    return object.name !== 'VariableName' || !isImported({ tree, text }, textOf(text, object));
  });
}

function makesOwn(holder: SyntaxNode, text: string, attribute: string): boolean {
  return descendants(holder, 'AssignStatement').some(
    ({ firstChild }) => firstChild !== null && textOf(text, firstChild) === attribute,
  );
}

/** `tf.layers.lstm(…)`, `functional.gru(…)`. */
function isImported({ tree, text }: Source, name: string): boolean {
  return usesOf(tree.topNode, text, name).some(({ node }) => node.parent?.name === 'ImportStatement');
}
