/** Ways around a Lezer tree of Python that edits of the source need: calls, assignments, and the uses of a name. */
import type { SyntaxNode, Tree } from '@lezer/common';
import type { SourceLocation } from '../../../model/graph';

export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}

export function textOf(text: string, node: SyntaxNode): string {
  return text.slice(node.from, node.to);
}

/** Whether two expressions are written the same, spaces aside. */
export function isWrittenAlike(text: string, left: SyntaxNode, right: SyntaxNode): boolean {
  return withoutSpaces(textOf(text, left)) === withoutSpaces(textOf(text, right));
}

function withoutSpaces(text: string): string {
  return text.replaceAll(/\s+/g, '');
}

/** The node of one of these kinds that covers exactly this stretch. */
export function nodeAt(tree: Tree, location: SourceLocation, ...kinds: readonly string[]): SyntaxNode | null {
  let node: SyntaxNode | null = tree.resolveInner(location.from, 1);
  while (node !== null) {
    if (node.from === location.from && node.to === location.to && kinds.includes(node.name)) return node;
    node = node.parent;
  }
  return null;
}

export function callAt(tree: Tree, location: SourceLocation): SyntaxNode | null {
  return nodeAt(tree, location, 'CallExpression');
}

/** The nearest ancestor of a kind, the node itself excluded. */
export function enclosing(node: SyntaxNode, ...kinds: readonly string[]): SyntaxNode | null {
  for (let parent = node.parent; parent !== null; parent = parent.parent) {
    if (kinds.includes(parent.name)) return parent;
  }
  return null;
}

/** Every node of a kind inside a scope, in source order, the scope itself excluded. */
export function descendants(scope: SyntaxNode, ...kinds: readonly string[]): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  const visit = (node: SyntaxNode): void => {
    for (const child of childrenOf(node)) {
      if (kinds.includes(child.name)) found.push(child);
      visit(child);
    }
  };
  visit(scope);
  return found;
}

/** `a, (b, c) = value` with its one value; chained and augmented assignments are none. */
export interface Assignment {
  readonly statement: SyntaxNode;
  /** The targets from left to right: two for `a, b = …` and for `(a, b) = …`, one for `a = …`. */
  readonly targets: readonly SyntaxNode[];
  readonly value: SyntaxNode;
}

export function assignmentOf(statement: SyntaxNode): Assignment | null {
  if (statement.name !== 'AssignStatement') return null;
  const children = childrenOf(statement);
  const operators = children.filter(({ name }) => name === 'AssignOp');
  const [operator] = operators;
  const values = children.filter(
    ({ from, name }) => operator !== undefined && from >= operator.to && name !== 'Comment',
  );
  const [value] = values;
  if (operator === undefined || operators.length !== 1 || value === undefined || values.length !== 1) return null;
  const left = children.filter(({ to, name }) => to <= operator.from && name !== ',');
  const [only] = left;
  const targets = left.length === 1 && only?.name === 'TupleExpression' ? itemsOf(only) : left;
  return { statement, targets, value };
}

/** The assignment whose value is exactly this node. */
export function assignmentTo(value: SyntaxNode): Assignment | null {
  const assignment = value.parent === null ? null : assignmentOf(value.parent);
  return assignment !== null && assignment.value.from === value.from && assignment.value.to === value.to
    ? assignment
    : null;
}

/** The items of a tuple or list between its brackets. */
export function itemsOf(sequence: SyntaxNode): readonly SyntaxNode[] {
  return childrenOf(sequence).filter(({ name }) => !['(', ')', '[', ']', ',', 'Comment'].includes(name));
}

export interface NameUse {
  readonly node: SyntaxNode;
  readonly kind: 'read' | 'write' | 'parameter';
}

/** Every use of a variable inside a scope; names of keyword arguments and of attributes are no uses. */
export function usesOf(scope: SyntaxNode, text: string, name: string): readonly NameUse[] {
  return descendants(scope, 'VariableName')
    .filter((node) => textOf(text, node) === name)
    .flatMap((node): readonly NameUse[] => {
      const kind = useKind(node);
      return kind === 'keyword' ? [] : [{ node, kind }];
    });
}

export function readsOf(scope: SyntaxNode, text: string, name: string): readonly SyntaxNode[] {
  return usesOf(scope, text, name)
    .filter(({ kind }) => kind === 'read')
    .map(({ node }) => node);
}

function useKind(node: SyntaxNode): NameUse['kind'] | 'keyword' {
  const { parent } = node;
  if (parent === null) return 'read';
  if (parent.name === 'ArgList' && node.nextSibling?.name === 'AssignOp') return 'keyword';
  if (parent.name === 'ParamList') return node.prevSibling?.name === 'AssignOp' ? 'read' : 'parameter';
  let target = node;
  while (target.parent?.name === 'TupleExpression' || target.parent?.name === 'ArrayExpression') target = target.parent;
  const holder = target.parent;
  if (holder?.name === 'AssignStatement') return hasSiblingAfter(target, 'AssignOp') ? 'write' : 'read';
  if (holder?.name === 'ForStatement') return hasSiblingAfter(target, 'in') ? 'write' : 'read';
  return 'read';
}

function hasSiblingAfter(node: SyntaxNode, kind: string): boolean {
  for (let sibling = node.nextSibling; sibling !== null; sibling = sibling.nextSibling) {
    if (sibling.name === kind) return true;
  }
  return false;
}
