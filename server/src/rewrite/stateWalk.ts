/** What the rewrites of recurrent states share: the class that holds the layer, its calls, and where its state goes. */
import type { SyntaxNode } from '@lezer/common';
import type { LineMap } from '../syntax/lines';
import { argumentsOf } from './arguments';
import { sentenceAt, type TextEdit } from './edits';
import { type Assignment, assignmentOf, descendants, enclosing, textOf } from './nodes';

/** A refusal met deep inside the walk; `rewriteTorchStates` turns it into an answer. */
export class Refusal extends Error {}

export interface Walk {
  readonly text: string;
  readonly lines: LineMap;
  readonly classBody: SyntaxNode;
  /** How the source reaches the layer: `self.lstm`. */
  readonly attribute: string;
  readonly edits: TextEdit[];
}

export function refuse({ lines }: Walk, node: SyntaxNode, message: string): never {
  throw new Refusal(sentenceAt(lines.locate(node), message));
}

/** The calls of the layer; being handed to another function leaves open what happens to it. */
export function callsOf(walk: Walk, definition: SyntaxNode): readonly SyntaxNode[] {
  const calls: SyntaxNode[] = [];
  for (const node of descendants(walk.classBody, 'MemberExpression')) {
    const { parent } = node;
    if (textOf(walk.text, node) !== walk.attribute || node.from === definition.from) continue;
    if (parent?.name === 'CallExpression' && parent.firstChild?.from === node.from) calls.push(parent);
    else if (parent?.name !== 'MemberExpression')
      refuse(walk, node, `${walk.attribute} is used other than by calling it.`);
  }
  return calls;
}

export function methodOf(walk: Walk, node: SyntaxNode): SyntaxNode {
  return enclosing(node, 'FunctionDefinition') ?? walk.classBody;
}

export function replace(walk: Walk, node: SyntaxNode, insert: string): void {
  walk.edits.push({ from: node.from, to: node.to, insert });
}

/** The initial state: the second positional argument, or `hx=`. */
export function stateArgument(walk: Walk, call: SyntaxNode): SyntaxNode | null {
  const all = argumentsOf(call, walk.text);
  const argument = all.find(({ name }) => name === 'hx') ?? all.filter(({ form }) => form === 'positional')[1];
  return argument === undefined || textOf(walk.text, argument.value) === 'None' ? null : argument.value;
}

/** The index of `expression[0]` or `expression[1]`, with the whole subscript. */
export function subscriptOf(
  walk: Walk,
  expression: SyntaxNode,
): { readonly whole: SyntaxNode; readonly index: 0 | 1 } | null {
  const whole = expression.parent;
  if (whole?.name !== 'MemberExpression' || whole.firstChild?.from !== expression.from) return null;
  const inside = walk.text.slice(expression.to, whole.to).replaceAll(' ', '');
  if (inside === '[0]') return { whole, index: 0 };
  return inside === '[1]' ? { whole, index: 1 } : null;
}

/** Whether the expression is only handed on: to the layer itself, or to the caller. */
export function isHandedOn(walk: Walk, expression: SyntaxNode): boolean {
  let holder = expression.parent;
  if (holder?.name === 'TupleExpression') holder = holder.parent;
  if (holder?.name === 'ReturnStatement') return true;
  const call = expression.parent?.name === 'ArgList' ? expression.parent.parent : null;
  if (call?.firstChild === null || call?.firstChild === undefined) return false;
  return textOf(walk.text, call.firstChild) === walk.attribute;
}

/** A tensor made by PyTorch itself, perhaps moved: making it has no other effect. */
export function makesTensor(walk: Walk, value: SyntaxNode): boolean {
  const source = textOf(walk.text, value);
  const made = /^(?:autograd\.|torch\.autograd\.)?Variable\(\s*(.*)\)$/s.exec(source)?.[1] ?? source;
  return /^(?:torch\.(?:zeros|randn|rand|ones|zeros_like|randn_like|empty)|\w+\.new_(?:zeros|ones|empty))\(/.test(made);
}

export function assignmentAround(target: SyntaxNode): Assignment | null {
  const statement = enclosing(target, 'AssignStatement');
  return statement === null ? null : assignmentOf(statement);
}

/** A state given by the caller is only handed on here; with a default of None the caller need not make one itself. */
export function checkParameter(walk: Walk, parameter: SyntaxNode): void {
  const type = parameter.nextSibling?.name === 'TypeDef' ? parameter.nextSibling : null;
  const operator = (type ?? parameter).nextSibling;
  const value = operator?.name === 'AssignOp' ? operator.nextSibling : null;
  const name = textOf(walk.text, parameter);
  if (value === null || textOf(walk.text, value) !== 'None') {
    refuse(
      walk,
      parameter,
      `the caller makes the initial state ${name}, and would have to make another one: give it a default of None, for zeros, or change both by hand.`,
    );
  }
  if (type !== null && /[Tt]uple|Tensor/.test(textOf(walk.text, type))) {
    const written = textOf(walk.text, type).replace(/^:\s*/, '');
    refuse(
      walk,
      parameter,
      `${name} is annotated as ${written}, which the state of the other cell is not: take the annotation away first.`,
    );
  }
}
