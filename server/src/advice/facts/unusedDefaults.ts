/** Sizes that only the default of a parameter says, of a class or function that the file never calls: nobody asked for them. */
import type { SyntaxNode } from '@lezer/common';
import type { FileAnalysis } from '../../analysis';
import { childrenOf, enclosing, textOf } from '../../rewrite/nodes';
import { scopeAround, valuesOf } from './bindings';
import { occurrencesOf } from './calls';

/** Whether a name, or an attribute of `self` that is given it, is a parameter of something that is constructed nowhere here. */
export function isUnusedDefault(analysis: FileAnalysis, node: SyntaxNode): boolean {
  const values = node.name === 'MemberExpression' ? valuesOf(analysis, node) : [node];
  const [value] = values ?? [];
  if (values?.length !== 1 || value?.name !== 'VariableName') return false;
  const scope = scopeAround(value);
  return isParameter(analysis, value, scope) && !isCalled(analysis, scope);
}

function isParameter({ text }: FileAnalysis, { from, to }: SyntaxNode, scope: SyntaxNode): boolean {
  const parameters = scope.getChild('ParamList');
  if (parameters === null) return false;
  return childrenOf(parameters).some(
    (child) =>
      child.name === 'VariableName' &&
      child.prevSibling?.name !== 'AssignOp' &&
      textOf(text, child) === text.slice(from, to),
  );
}

/** Whether the function, or the class that it is the constructor of, is called or derived from outside of itself. */
function isCalled(analysis: FileAnalysis, scope: SyntaxNode): boolean {
  const { text } = analysis;
  const name = scope.getChild('VariableName');
  const isConstructor = name !== null && textOf(text, name) === '__init__';
  const definition = isConstructor ? enclosing(scope, 'ClassDefinition') : scope;
  const called = definition?.getChild('VariableName') ?? null;
  if (definition === null || called === null) return true;
  return occurrencesOf(analysis, textOf(text, called)).some((use) => {
    if (definition.from <= use.from && use.to <= definition.to) return false;
    const whole = use.name === 'PropertyName' ? use.parent : use;
    const { parent } = whole ?? {};
    const isCallee = parent?.name === 'CallExpression' && parent.firstChild?.from === whole?.from;
    return isCallee || (parent?.name === 'ArgList' && parent.parent?.name === 'ClassDefinition');
  });
}
