/** What a variable or an attribute of a Python file is bound to, where every assignment of it is understood. */
import type { SyntaxNode } from '@lezer/common';
import type { FileAnalysis } from '../../analysis';
import { assignmentOf, childrenOf, enclosing, textOf } from '../../rewrite/nodes';
import { occurrencesOf } from './calls';

/**
 * Every value that is assigned to the variable or attribute `node` names, in the function that binds it, in the module, or,
 * of `self.name`, in the class. Null where one of them is not a plain `name = value`, or there is none: a parameter, a loop.
 */
export function valuesOf(analysis: FileAnalysis, node: SyntaxNode): readonly SyntaxNode[] | null {
  const { text } = analysis;
  if (node.name === 'MemberExpression') {
    const scope = enclosing(node, 'ClassDefinition');
    const property = node.lastChild;
    if (scope === null || property?.name !== 'PropertyName' || !isSelf(text, node.firstChild)) return null;
    const uses = occurrencesOf(analysis, textOf(text, property), scope);
    return plainValues(uses.flatMap(({ parent }) => (isSelfMember(text, parent) ? [parent] : [])));
  }
  if (node.name !== 'VariableName') return null;
  const name = textOf(text, node);
  for (let scope = scopeAround(node); ; scope = scopeAround(scope)) {
    const uses = occurrencesOf(analysis, name, scope).filter((use) => sameScope(use, scope));
    const binding = uses.filter(isBinding);
    if (binding.length > 0) return plainValues(binding);
    if (scope.name === 'Script') return null;
  }
}

/** The one value that the name is bound to, followed through other names. */
export function singleValueOf(analysis: FileAnalysis, node: SyntaxNode, depth = 4): SyntaxNode | null {
  if (node.name !== 'VariableName' && node.name !== 'MemberExpression') return node;
  const values = depth === 0 ? null : valuesOf(analysis, node);
  const [value] = values ?? [];
  return values?.length === 1 && value !== undefined ? singleValueOf(analysis, value, depth - 1) : null;
}

/** The function or module that a name in this place is looked up in first. */
export function scopeAround(node: SyntaxNode): SyntaxNode {
  return enclosing(node, 'FunctionDefinition', 'LambdaExpression', 'Script') ?? node;
}

function sameScope(use: SyntaxNode, scope: SyntaxNode): boolean {
  const own = scopeAround(use);
  return own.from === scope.from && own.to === scope.to;
}

function isSelf(text: string, node: SyntaxNode | null): boolean {
  return node?.name === 'VariableName' && textOf(text, node) === 'self';
}

function isSelfMember(text: string, node: SyntaxNode | null): node is SyntaxNode {
  return node?.name === 'MemberExpression' && isSelf(text, node.firstChild);
}

function plainValues(uses: readonly SyntaxNode[]): readonly SyntaxNode[] | null {
  const values: SyntaxNode[] = [];
  for (const use of uses.filter(isBinding)) {
    const assignment = use.parent === null ? null : assignmentOf(use.parent);
    const [target, ...others] = assignment?.targets ?? [];
    if (assignment === null || target?.from !== use.from || others.length > 0) return null;
    values.push(assignment.value);
  }
  return values.length === 0 ? null : values;
}

/** Whether this use of a name gives it a value. */
export function isBinding(node: SyntaxNode): boolean {
  let target = node;
  while (target.parent?.name === 'TupleExpression' || target.parent?.name === 'ArrayExpression') target = target.parent;
  const { parent } = target;
  switch (parent?.name) {
    case 'AssignStatement':
    case 'UpdateStatement':
      return hasAfter(target, 'AssignOp', 'UpdateOp');
    case 'ForStatement':
      return hasAfter(target, 'in');
    case 'ParamList':
      return target.prevSibling?.name !== 'AssignOp';
    case 'NamedExpression':
      return parent.firstChild?.from === target.from;
    case 'WithStatement':
    case 'TryStatement':
      return target.prevSibling?.name === 'as';
    case 'ScopeStatement':
      return true;
    case 'FunctionDefinition':
    case 'ClassDefinition':
      return childrenOf(parent).some((child) => child.from === target.from && child.name === 'VariableName');
    default:
      return false;
  }
}

function hasAfter(node: SyntaxNode, ...kinds: readonly string[]): boolean {
  for (let sibling = node.nextSibling; sibling !== null; sibling = sibling.nextSibling) {
    if (kinds.includes(sibling.name)) return true;
  }
  return false;
}
