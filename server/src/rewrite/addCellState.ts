/** RNN or GRU to LSTM: `h` becomes the pair `(h, c)` wherever the layer's state is bound, used or passed in. */
import type { SyntaxNode } from '@lezer/common';
import { assignmentTo, readsOf, textOf, usesOf } from './nodes';
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
export function addCellState(walk: Walk, call: SyntaxNode): void {
  const method = methodOf(walk, call);
  const state = stateArgument(walk, call);
  if (state !== null) addToArgument(walk, call, state);
  const subscript = subscriptOf(walk, call);
  if (subscript !== null) {
    addToSubscript(walk, subscript);
    return;
  }
  if (call.parent?.name === 'ExpressionStatement') return;
  const assignment = assignmentTo(call);
  if (assignment === null) refuse(walk, call, 'the layer’s output and state are passed on together.');
  const [first, second] = assignment.targets;
  if (assignment.targets.length === 1 && first?.name === 'VariableName') {
    for (const read of readsOf(method, walk.text, textOf(walk.text, first))) {
      const part = subscriptOf(walk, read);
      if (part === null) refuse(walk, read, 'the layer’s output and state are passed on together.');
      else addToSubscript(walk, part);
    }
    return;
  }
  if (assignment.targets.length !== 2 || second?.name !== 'VariableName') {
    refuse(walk, call, 'its result is unpacked in a way that is not understood.');
  }
  const reads = readsOf(method, walk.text, textOf(walk.text, second));
  const computedWith = reads.find((read) => !isHandedOn(walk, read));
  if (computedWith === undefined) return;
  if (reads.some((read) => isHandedOn(walk, read))) {
    refuse(walk, computedWith, 'the state is computed with here and handed on elsewhere.');
  }
  replace(walk, second, `(${textOf(walk.text, second)}, _)`);
}

function addToSubscript(walk: Walk, { whole, index }: { readonly whole: SyntaxNode; readonly index: 0 | 1 }): void {
  if (index === 1) walk.edits.push({ from: whole.to, to: whole.to, insert: '[0]' });
}

/** An initial hidden state gets a cell state of zeros beside it. */
function addToArgument(walk: Walk, call: SyntaxNode, state: SyntaxNode): void {
  const source = textOf(walk.text, state);
  if (makesTensor(walk, state)) {
    replace(walk, state, `(${source}, ${source})`);
    return;
  }
  if (state.name !== 'VariableName') refuse(walk, state, 'where the initial state comes from is not understood.');
  const uses = usesOf(methodOf(walk, call), walk.text, source);
  const parameter = uses.find(({ kind }) => kind === 'parameter');
  if (parameter !== undefined) {
    checkParameter(walk, parameter.node);
    return;
  }
  const writes = uses.filter(({ kind }) => kind === 'write').map(({ node }) => assignmentAround(node));
  const madeHere = writes.every((write) => write?.targets.length === 1 && makesTensor(walk, write.value));
  if (writes.length === 0 || !madeHere) refuse(walk, state, 'where the initial state comes from is not understood.');
  replace(walk, state, `(${source}, torch.zeros_like(${source}))`);
}
