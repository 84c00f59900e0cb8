/** Which variables of a stretch of Python hold something that was made from given ones. */
import type { SyntaxNode } from '@lezer/common';
import { childrenOf, descendants, textOf } from '../../rewrite/nodes';
import { scopeAround } from './bindings';

/** A statement that gives variables a value. */
export interface Derivation {
  readonly statement: SyntaxNode;
  readonly targets: readonly string[];
}

/**
 * Goes through the assignments of a scope in source order and adds to `names` every variable whose value reads one of them, and
 * every list that such a value is appended to. Order is that of the text: a loop is gone through once, functions within are not
 * entered. What is assigned again from other things is made from them no more.
 *
 * @param names changed in place
 * @param from where to begin, and `to` where to end
 * @returns the assignments that read one of the names
 */
export function derive(
  scope: SyntaxNode,
  text: string,
  names: Set<string>,
  from: number,
  to: number = text.length,
): readonly Derivation[] {
  const found: Derivation[] = [];
  const within = (node: SyntaxNode): boolean => {
    const own = scopeAround(node);
    return own.from === scope.from && own.to === scope.to;
  };
  for (const node of statementsBetween(scope, from, to)) {
    if (node.name === 'CallExpression') {
      const list = appendedTo(node, text);
      if (list !== null && within(node) && readsAny(node, text, names)) names.add(list);
      continue;
    }
    if (!within(node)) continue;
    const { targets, value } = sides(node, text);
    if (value === undefined) continue;
    if (readsAny(value, text, names)) {
      found.push({ statement: node, targets });
      for (const target of targets) names.add(target);
    } else if (targets.length === 1 && !isPartOf(node)) {
      for (const target of targets) names.delete(target);
    }
  }
  return found;
}

/** Assignments and calls that begin within a stretch, in source order; what lies outside of it is not visited. */
function statementsBetween(node: SyntaxNode, from: number, to: number): readonly SyntaxNode[] {
  return childrenOf(node).flatMap((child) => {
    if (child.to <= from || child.from >= to) return [];
    const inner = statementsBetween(child, from, to);
    const isOne = (child.name === 'AssignStatement' || child.name === 'CallExpression') && child.from >= from;
    return isOne ? [child, ...inner] : inner;
  });
}

/** `name` of `name.append(…)` and `name.extend(…)`. */
export function appendedTo(call: SyntaxNode, text: string): string | null {
  const callee = call.firstChild;
  const [object, method] = [callee?.firstChild, callee?.lastChild];
  if (callee?.name !== 'MemberExpression' || object?.name !== 'VariableName' || !method) return null;
  return /^(?:append|extend)$/.test(textOf(text, method)) ? textOf(text, object) : null;
}

/** Whether a variable of these names is read in a node, the node itself included. */
export function readsAny(node: SyntaxNode, text: string, names: ReadonlySet<string>): boolean {
  if (node.name === 'VariableName') return names.has(textOf(text, node));
  const written = textOf(text, node);
  if (![...names].some((name) => written.includes(name))) return false;
  return descendants(node, 'VariableName').some(
    (name) =>
      names.has(textOf(text, name)) && !(name.parent?.name === 'ArgList' && name.nextSibling?.name === 'AssignOp'),
  );
}

/** The variables that an assignment gives a value, `a` of `a[i] = …` among them. */
export function assignedNames(statement: SyntaxNode, text: string): readonly string[] {
  return sides(statement, text).targets;
}

/** The variables that an assignment gives a value, `a` of `a[i] = …` among them, and the last value. */
function sides(
  statement: SyntaxNode,
  text: string,
): { readonly targets: readonly string[]; readonly value?: SyntaxNode } {
  const children = childrenOf(statement);
  const operator = children.findLastIndex(({ name }) => name === 'AssignOp');
  const left = children.slice(0, operator);
  const targets = left.flatMap((child): readonly SyntaxNode[] => {
    if (child.name === 'VariableName') return [child];
    if (child.name === 'TupleExpression' || child.name === 'ArrayExpression') return descendants(child, 'VariableName');
    const object = child.name === 'MemberExpression' ? child.firstChild : null;
    return object?.name === 'VariableName' ? [object] : [];
  });
  const values = children.slice(operator + 1).filter(({ name }) => name !== ',' && name !== 'Comment');
  const [value] = values;
  const names = targets.map((target) => textOf(text, target));
  // `a, b = x, y`: what stands right of the sign is asked as a whole.
  if (value === undefined || operator < 0) return { targets: names };
  return { targets: names, value: values.length === 1 ? value : statement };
}

/** `data[…] = …` changes a part of what is there. */
function isPartOf(statement: SyntaxNode): boolean {
  return statement.firstChild?.name === 'MemberExpression';
}
