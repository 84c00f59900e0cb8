/**
 * The state of a PyTorch layer where it is bound, used and passed in: an LSTM has the pair `(h, c)`, RNN and GRU have `h`.
 *
 * A state that is only handed on (to the layer's next call, or returned) is the same text for every cell. Everything else is
 * rewritten where the meaning is certain and refused with its line where it is not.
 */
import type { SyntaxNode } from '@lezer/common';
import type { Cell, Layer, RecurrentOperation } from '../../../model/graph';
import type { FileAnalysis } from '../analysis';
import { addCellState } from './addCellState';
import { dropCellState } from './dropCellState';
import { type Rewrite, refused, refusedAt } from './edits';
import { assignmentTo, enclosing, textOf } from './nodes';
import { callsOf, Refusal, refuse, type Walk } from './stateWalk';
import { callsOfAttribute } from './torchCalls';

/** Edits of all places in the class of the layer, which the call `construction` makes. */
export function rewriteTorchStates(
  { text, lines, tree }: FileAnalysis,
  layer: Layer & { readonly operation: RecurrentOperation },
  construction: SyntaxNode,
  cell: Cell,
): Rewrite {
  const wasLstm = layer.operation.cell === 'lstm';
  if (wasLstm === (cell === 'lstm')) return { kind: 'edits', edits: [] };
  if (layer.operation.singleStep) {
    return refusedAt(layer.coreLocation, `the loop around ${layer.type} must be changed by hand.`);
  }
  const target = assignmentTo(construction)?.targets[0];
  const classBody = enclosing(construction, 'ClassDefinition');
  if (target?.name !== 'MemberExpression' || classBody === null) {
    return refusedAt(layer.coreLocation, `${layer.type} is not kept as an attribute of a module.`);
  }
  const walk: Walk = { text, lines, classBody, attribute: textOf(text, target), edits: [] };
  try {
    const calls = callsOf(walk, target);
    const other = callsOfAttribute({ tree, text }, classBody, walk.attribute).find(
      ({ from }) => !calls.some((call) => call.from === from),
    );
    if (other !== undefined) {
      refuse(
        walk,
        other,
        'the layer is called here too, outside its class: change what is done with its state by hand.',
      );
    }
    for (const call of calls) {
      if (wasLstm) dropCellState(walk, call);
      else addCellState(walk, call);
    }
  } catch (error) {
    if (error instanceof Refusal) return refused(error.message);
    throw error;
  }
  return { kind: 'edits', edits: walk.edits };
}
