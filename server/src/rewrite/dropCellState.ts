/** LSTM to RNN or GRU: the pair `(h, c)` becomes `h` wherever the layer's state is bound, used or passed in. */
import type { SyntaxNode } from '@lezer/common';
import { assignmentTo, childrenOf, descendants, itemsOf, readsOf, textOf, usesOf } from './nodes';
import {
  assignmentAround,
  checkParameter,
  isHandedOn,
  makesTensor,
  methodOf,
  refuse,
  replace,
  stateArgument,
  subscriptOf,
  type Walk,
} from './stateWalk';

/** Rewrites the state around one call of the layer. */
export function dropCellState(walk: Walk, call: SyntaxNode): void {
  const state = stateArgument(walk, call);
  if (state !== null) dropFromArgument(walk, call, state);
  const subscript = subscriptOf(walk, call);
  const assignment = assignmentTo(call);
  if (subscript !== null) {
    if (subscript.index === 1) dropFromPair(walk, subscript.whole);
    return;
  }
  if (call.parent?.name === 'ExpressionStatement') return;
  if (assignment === null) refuse(walk, call, 'the layer’s output and state are passed on together.');
  const [first, second] = assignment.targets;
  if (assignment.targets.length === 1 && first?.name === 'VariableName') {
    for (const read of readsOf(methodOf(walk, call), walk.text, textOf(walk.text, first))) {
      const part = subscriptOf(walk, read);
      if (part === null) refuse(walk, read, 'the layer’s output and state are passed on together.');
      else if (part.index === 1) dropFromPair(walk, part.whole);
    }
    return;
  }
  if (assignment.targets.length !== 2 || second === undefined)
    refuse(walk, call, 'its result is unpacked in a way that is not understood.');
  if (second.name === 'TupleExpression') {
    dropFromTargets(walk, methodOf(walk, call), itemsOf(second), second);
    return;
  }
  if (second.name !== 'VariableName') refuse(walk, second, 'the state is kept outside the function.');
  const name = textOf(walk.text, second);
  for (const read of readsOf(methodOf(walk, call), walk.text, name)) dropFromPair(walk, read);
}

/** An expression that gives the pair. */
function dropFromPair(walk: Walk, pair: SyntaxNode): void {
  if (isHandedOn(walk, pair)) return;
  const subscript = subscriptOf(walk, pair);
  if (subscript?.index === 0) {
    walk.edits.push({ from: pair.to, to: subscript.whole.to, insert: '' });
    return;
  }
  if (subscript?.index === 1) refuse(walk, pair, 'the cell state is used, and only an LSTM has one.');
  const assignment = assignmentTo(pair);
  if (assignment?.targets.length === 2) {
    const [hidden, cell] = assignment.targets;
    if (hidden !== undefined && cell !== undefined) {
      dropCellName(walk, methodOf(walk, pair), hidden, cell);
      walk.edits.push({ from: hidden.to, to: cell.to, insert: '' });
      return;
    }
  }
  refuse(walk, pair, 'the pair (h, c) is used in a way that is not understood.');
}

/** `(h, c)` on the left of an assignment. */
function dropFromTargets(walk: Walk, method: SyntaxNode, items: readonly SyntaxNode[], whole: SyntaxNode): void {
  const [hidden, cell] = items;
  if (items.length !== 2 || hidden === undefined || cell === undefined) {
    refuse(walk, whole, 'the state is unpacked in a way that is not understood.');
  }
  dropCellName(walk, method, hidden, cell);
  replace(walk, whole, textOf(walk.text, hidden));
}

/** Lets go of the variable of the cell state; `(h, c)` on the right becomes `h`, any other use of `c` is refused. */
function dropCellName(walk: Walk, method: SyntaxNode, hidden: SyntaxNode, cell: SyntaxNode): void {
  if (cell.name !== 'VariableName') refuse(walk, cell, 'the cell state is kept outside the function.');
  const cellName = textOf(walk.text, cell);
  for (const read of readsOf(method, walk.text, cellName)) {
    const pair = read.parent;
    const items = pair?.name === 'TupleExpression' ? itemsOf(pair).map((item) => textOf(walk.text, item)) : [];
    if (pair === null || items.length !== 2 || items[0] !== textOf(walk.text, hidden) || items[1] !== cellName) {
      refuse(walk, read, `the cell state ${cellName} is used, and only an LSTM has one.`);
    }
    // The tuple of a call of the layer itself is dropped there.
    if (stateArgumentCall(walk, pair) === null) replace(walk, pair, textOf(walk.text, hidden));
  }
}

function stateArgumentCall(walk: Walk, expression: SyntaxNode): SyntaxNode | null {
  const call = expression.parent?.name === 'ArgList' ? expression.parent.parent : null;
  const callee = call?.firstChild;
  return callee !== null && callee !== undefined && textOf(walk.text, callee) === walk.attribute
    ? (call ?? null)
    : null;
}

function dropFromArgument(walk: Walk, call: SyntaxNode, state: SyntaxNode): void {
  const method = methodOf(walk, call);
  if (state.name === 'TupleExpression') {
    keepFirstOf(walk, method, state);
    return;
  }
  if (state.name !== 'VariableName') refuse(walk, state, 'where the initial state comes from is not understood.');
  const name = textOf(walk.text, state);
  for (const { node, kind } of usesOf(method, walk.text, name)) {
    if (kind === 'parameter') checkParameter(walk, node);
    if (kind !== 'write') continue;
    const assignment = assignmentAround(node);
    const value = assignment?.value;
    if (value === undefined) refuse(walk, node, 'where the initial state comes from is not understood.');
    else if (value.name === 'TupleExpression' && assignment?.targets.length === 1) keepFirstOf(walk, method, value);
    else if (!isCallOfLayer(walk, value) && textOf(walk.text, value) !== 'None') keepFirstOfMaker(walk, value);
  }
}

function isCallOfLayer(walk: Walk, value: SyntaxNode): boolean {
  return (
    value.name === 'CallExpression' &&
    value.firstChild !== null &&
    textOf(walk.text, value.firstChild) === walk.attribute
  );
}

/** `(h0, c0)` → `h0`, and the statement that made `c0` goes when nothing else reads it. */
function keepFirstOf(walk: Walk, method: SyntaxNode, pair: SyntaxNode): void {
  const [hidden, cell] = itemsOf(pair);
  if (hidden === undefined || cell === undefined) refuse(walk, pair, 'the initial state is not a pair.');
  replace(walk, pair, textOf(walk.text, hidden));
  dropCellMaker(walk, method, cell);
}

/** What makes the cell state goes with it where nothing else needs it. */
function dropCellMaker(walk: Walk, method: SyntaxNode, cell: SyntaxNode): void {
  checkTrained(walk, cell);
  if (cell.name !== 'VariableName') return;
  const uses = usesOf(method, walk.text, textOf(walk.text, cell));
  const [definition] = uses.filter(({ kind }) => kind === 'write');
  const assignment = definition === undefined ? null : assignmentAround(definition.node);
  if (assignment !== null) checkTrained(walk, assignment.value);
  if (uses.length === 2 && assignment?.targets.length === 1 && makesTensor(walk, assignment.value)) {
    removeStatement(walk, assignment.statement);
  }
}

/** An initial cell state that is trained would stay behind as a parameter that nothing uses. */
function checkTrained(walk: Walk, cell: SyntaxNode): void {
  const attributes = [cell, ...descendants(cell, 'MemberExpression')].map((node) => textOf(walk.text, node));
  const trained = descendants(walk.classBody, 'AssignStatement').some(({ firstChild, lastChild }) => {
    if (firstChild === null || lastChild === null) return false;
    return /\bParameter\(/.test(textOf(walk.text, lastChild)) && attributes.includes(textOf(walk.text, firstChild));
  });
  if (trained) refuse(walk, cell, 'the initial cell state is trained, and only an LSTM has one: take it away by hand.');
}

/** Takes a statement away with its line, unless it shares the line with others. */
function removeStatement({ text, edits }: Walk, statement: SyntaxNode): void {
  const lineStart = text.lastIndexOf('\n', statement.from - 1);
  const lineEnd = text.indexOf('\n', statement.to);
  const before = text.slice(lineStart + 1, statement.from);
  const after = text.slice(statement.to, lineEnd === -1 ? text.length : lineEnd);
  if (lineStart === -1 || before.trim() !== '' || after.trim() !== '') return;
  edits.push({ from: lineStart, to: statement.to + after.length, insert: '' });
}

/** `self.init_hidden(…)`: a method of the class whose one result is the pair. */
function keepFirstOfMaker(walk: Walk, value: SyntaxNode): void {
  const callee = value.name === 'CallExpression' ? value.firstChild : null;
  const name = callee === null ? '' : textOf(walk.text, callee).replace(/^self\./, '');
  const method = descendants(walk.classBody, 'FunctionDefinition').find((definition) =>
    childrenOf(definition).some((child) => child.name === 'VariableName' && textOf(walk.text, child) === name),
  );
  const returns = method === undefined ? [] : descendants(method, 'ReturnStatement');
  const [statement] = returns;
  if (method === undefined || statement === undefined || returns.length !== 1) {
    refuse(walk, value, 'where the initial state comes from is not understood.');
  }
  const values = childrenOf(statement).filter(({ name: kind }) => kind !== 'return' && kind !== ',');
  const [only, second] = values;
  if (values.length === 1 && only?.name === 'TupleExpression') {
    keepFirstOf(walk, method, only);
    return;
  }
  if (values.length !== 2 || only === undefined || second === undefined) {
    refuse(walk, statement, 'the initial state is not a pair.');
  }
  walk.edits.push({ from: only.to, to: second.to, insert: '' });
  dropCellMaker(walk, method, second);
}
