/** The states of a layer of Keras or TensorFlow.js: an LSTM gives and takes one more than the other cells. */
import type { SyntaxNode } from '@lezer/common';
import { type CellChange, cellNames } from './cellDialect';
import { type Rewrite, refusedAt } from './edits';
import { callAt } from './nodes';

/**
 * A refusal where the number of states changes and the program has to do with them, else null.
 *
 * @param givesStates whether a call that applies the layer names its initial states
 */
export function checkStateCount(
  { analysis, graph, layer, cell }: CellChange,
  givesStates: (application: SyntaxNode, text: string) => boolean,
): Rewrite | null {
  const { operation, coreLocation, type, path } = layer;
  if ((operation.cell === 'lstm') === (cell === 'lstm')) return null;
  const difference = `a ${cellNames[cell]} has ${cell === 'lstm' ? 'one more' : 'one fewer'}`;
  if (operation.returnState) {
    const message = `${type} returns its states, and ${difference}: where they are used must be changed by hand.`;
    return refusedAt(coreLocation, message);
  }
  const started = graph.flow.find((node) => {
    if (node.operation.kind !== 'layer' || node.operation.path !== path) return false;
    // Tensors in the flow, or a state that was not followed.
    if (node.inputs.length > 1) return true;
    const call = callAt(analysis.tree, node.location);
    return call !== null && givesStates(call, analysis.text);
  });
  if (started === undefined) return null;
  const message = `${type} is given its initial states, and ${difference}: where they are made must be changed by hand.`;
  return refusedAt(started.location, message);
}
