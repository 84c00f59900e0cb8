/** Gives an argument another value, where it stands or where the name that it gives is defined. */
import type { SyntaxNode, Tree } from '@lezer/common';
import { argumentsOf, hasSpread } from '../arguments';
import type { TextEdit } from '../edits';
import { childrenOf, descendants, enclosing, textOf, usesOf } from '../nodes';
import { assignmentAround } from '../stateWalk';

export interface Source {
  readonly tree: Tree;
  readonly text: string;
}

/** Definitions that refer to one another are followed this far. */
const maximumSteps = 4;

/**
 * The edits after which the expression has the value: of the literal itself, or of the one assignment, default or argument
 * that names it. Null where that is not certain.
 */
export function settingTo(
  source: Source,
  expression: SyntaxNode,
  value: string,
  steps = maximumSteps,
): readonly TextEdit[] | null {
  if (steps === 0) return null;
  const follow = (next: SyntaxNode): readonly TextEdit[] | null => settingTo(source, next, value, steps - 1);
  switch (expression.name) {
    case 'Number':
    case 'Boolean':
      return [{ from: expression.from, to: expression.to, insert: value }];
    case 'VariableName':
      return ofVariable(source, expression, value, follow);
    case 'MemberExpression':
      return ofAttribute(source, expression, follow);
    default:
      return null;
  }
}

type Follow = (next: SyntaxNode) => readonly TextEdit[] | null;

function ofVariable(source: Source, name: SyntaxNode, value: string, follow: Follow): readonly TextEdit[] | null {
  const scope = enclosing(name, 'FunctionDefinition') ?? source.tree.topNode;
  for (let around: SyntaxNode | null = scope; around !== null; around = enclosing(around, 'FunctionDefinition')) {
    const found = inScope(source, around, textOf(source.text, name), value, follow);
    if (found !== undefined) return found;
  }
  return scope === source.tree.topNode
    ? null
    : (inScope(source, source.tree.topNode, textOf(source.text, name), value, follow) ?? null);
}

/** Undefined where the scope does not define the name. */
function inScope(
  source: Source,
  scope: SyntaxNode,
  name: string,
  value: string,
  follow: Follow,
): readonly TextEdit[] | null | undefined {
  const definitions = usesOf(scope, source.text, name).filter(
    ({ node, kind }) =>
      kind !== 'read' && (enclosing(node, 'FunctionDefinition') ?? source.tree.topNode).from === scope.from,
  );
  const [definition] = definitions;
  if (definition === undefined) return undefined;
  if (definitions.length > 1) return null;
  if (definition.kind === 'parameter') return ofParameter(source, scope, definition.node, value, follow);
  const assignment = assignmentAround(definition.node);
  return assignment?.targets.length === 1 ? follow(assignment.value) : null;
}

/** `self.units`, which the class assigns once. */
function ofAttribute({ text }: Source, attribute: SyntaxNode, follow: Follow): readonly TextEdit[] | null {
  const body = enclosing(attribute, 'ClassDefinition');
  const name = textOf(text, attribute);
  if (body === null || !/^self\.\w+$/.test(name)) return null;
  const writes = descendants(body, 'AssignStatement')
    .filter((statement) => statement.firstChild !== null && textOf(text, statement.firstChild) === name)
    .map((statement) => (statement.firstChild === null ? null : assignmentAround(statement.firstChild)));
  const [write] = writes;
  return writes.length === 1 && write?.targets.length === 1 ? follow(write.value) : null;
}

/** What every call gives, and the default that the others take. */
function ofParameter(
  source: Source,
  definition: SyntaxNode,
  parameter: SyntaxNode,
  value: string,
  follow: Follow,
): readonly TextEdit[] | null {
  const { text, tree } = source;
  const isConstructor = nameOf(definition, text) === '__init__';
  const owner = isConstructor ? enclosing(definition, 'ClassDefinition') : definition;
  const name = owner === null ? null : nameOf(owner, text);
  if (name === null) return null;
  const position = positionOf(parameter) - (isConstructor ? 1 : 0);
  const edits: TextEdit[] = [];
  let usesDefault = false;
  const uses = usesOf(tree.topNode, text, name).filter(({ node, kind }) => kind === 'read' && node.parent !== owner);
  for (const { node } of uses) {
    const call = node.parent;
    const isSubclass = call?.name === 'ArgList' && call.parent?.name === 'ClassDefinition';
    if (call?.name !== 'CallExpression' || call.firstChild?.from !== node.from) {
      if (isSubclass) return null;
      continue;
    }
    if (hasSpread(call, text)) return null;
    const given = argumentsOf(call, text);
    const argument =
      given.find((candidate) => candidate.name === textOf(text, parameter)) ??
      given.filter(({ form }) => form === 'positional')[position];
    const followed = argument === undefined ? undefined : follow(argument.value);
    if (followed === null) return null;
    if (followed === undefined) usesDefault = true;
    else edits.push(...followed);
  }
  if (edits.length > 0 && !usesDefault) return edits;
  const fallback = defaultOf(parameter);
  return fallback === null ? null : [...edits, { from: fallback.from, to: fallback.to, insert: value }];
}

function nameOf(definition: SyntaxNode, text: string): string | null {
  const name = definition.getChild('VariableName');
  return name === null ? null : textOf(text, name);
}

function positionOf(parameter: SyntaxNode): number {
  const before = parameter.parent === null ? [] : childrenOf(parameter.parent);
  return before.filter(({ name, to }) => name === ',' && to <= parameter.from).length;
}

function defaultOf(parameter: SyntaxNode): SyntaxNode | null {
  let sibling = parameter.nextSibling;
  if (sibling?.name === 'TypeDef') sibling = sibling.nextSibling;
  const value = sibling?.name === 'AssignOp' ? sibling.nextSibling : null;
  return value !== null && ['Number', 'Boolean'].includes(value.name) ? value : null;
}

/** The text of a size that is twice as large, or half: `128`, `hidden * 2`; null where that cannot be written plainly. */
export function scaledSize(text: string, size: SyntaxNode, factor: 'double' | 'half'): string | null {
  const source = textOf(text, size);
  if (size.name === 'Number') {
    const value = factor === 'double' ? Number(source) * 2 : Number(source) / 2;
    return Number.isSafeInteger(value) ? String(value) : null;
  }
  if (factor === 'half') {
    const half = /^(?:2\s*\*\s*(.+)|(.+?)\s*\*\s*2)$/s.exec(source);
    const rest = half?.[1] ?? half?.[2];
    if (size.name !== 'BinaryExpression' || !isProduct(size) || rest === undefined) return null;
    return rest;
  }
  if (['VariableName', 'MemberExpression', 'CallExpression', 'ParenthesizedExpression'].includes(size.name)) {
    return `${source} * 2`;
  }
  return size.name === 'BinaryExpression' && isProduct(size) ? `${source} * 2` : null;
}

/** Factors joined by `*` only. */
function isProduct(expression: SyntaxNode): boolean {
  return expression.name !== 'BinaryExpression'
    ? ['Number', 'VariableName', 'MemberExpression', 'CallExpression'].includes(expression.name)
    : expression.getChild('ArithOp')?.firstChild?.name === '*' &&
        childrenOf(expression).every((child) => child.name === 'ArithOp' || isProduct(child));
}
