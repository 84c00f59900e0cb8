/** Sizes that only the default of a parameter says, of a class or function that nothing calls: nobody asked for them. */
import type { SyntaxNode } from '@lezer/common';
import type { ModelGraph } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { childrenOf, textOf } from '../../rewrite/nodes';
import { scopeAround, valuesOf } from './bindings';

/**
 * Whether the value of an argument in the model's source, `layers` or `self.layers`, is the default of a parameter of something
 * that was looked at only because nothing calls it.
 */
export function isUnusedDefault(analysis: FileAnalysis, { extent }: ModelGraph, node: SyntaxNode): boolean {
  const values = node.name === 'MemberExpression' ? valuesOf(analysis, node) : [node];
  const [value] = values ?? [];
  if (values?.length !== 1 || value?.name !== 'VariableName') return false;
  const scope = scopeAround(value);
  const isAlone = (analysis.uncalled ?? []).some(({ from }) => from === extent.from || from === scope.from);
  return isAlone && hasDefault(scope, textOf(analysis.text, value), analysis);
}

function hasDefault(scope: SyntaxNode, name: string, { text }: FileAnalysis): boolean {
  const parameters = scope.getChild('ParamList');
  if (parameters === null) return false;
  return childrenOf(parameters).some((child) => {
    const isParameter = child.name === 'VariableName' && child.prevSibling?.name !== 'AssignOp';
    if (!isParameter || textOf(text, child) !== name) return false;
    const next = child.nextSibling?.name === 'TypeDef' ? child.nextSibling.nextSibling : child.nextSibling;
    return next?.name === 'AssignOp';
  });
}
