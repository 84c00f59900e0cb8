/** Changing the cell of a TensorFlow.js layer. */
import type { SyntaxNode } from '@lezer/common';
import type { Cell } from '../../../../model/graph';
import type { CellDialect } from '../cellDialect';
import { refusedAt } from '../edits';
import { layerNamedByClass, lookupByNameMessage } from '../layerLookups';
import { childrenOf } from '../nodes';
import { checkStateCount } from '../stateCount';
import { renameFunctions } from './functions';
import { optionsObjectOf, optionsOf, removeOptions } from './options';

/** Options that only some cells take; every other option is common to all three. */
const takenBy: ReadonlyMap<string, readonly Cell[]> = new Map<string, readonly Cell[]>([
  ['recurrentActivation', ['gru', 'lstm']],
  ['unitForgetBias', ['lstm']],
  ['resetAfter', ['gru']],
  ['implementation', ['gru', 'lstm']],
]);

/**
 * Options that are not written in the call itself (a spread, a variable) stay as they are: TensorFlow.js does not read those that
 * a layer does not have. Source: TensorFlow.js 4, tfjs-layers layers/recurrent.ts.
 */
export const tfjsCells: CellDialect = {
  names: { rnn: 'simpleRNN', gru: 'gru', lstm: 'lstm' },
  adapt: (change) => {
    const { analysis, call, cell } = change;
    const named = layerNamedByClass(analysis);
    if (named !== null) return refusedAt(analysis.lines.locate(named), lookupByNameMessage);
    const refusal = checkStateCount(change, givesStates);
    if (refusal !== null) return refusal;
    const object = optionsObjectOf(call);
    if (object === null) return { kind: 'edits', edits: [] };
    const edits = removeOptions(object, analysis.text, ({ name }) => {
      const cells = name === null ? undefined : takenBy.get(name);
      return cells !== undefined && !cells.includes(cell);
    });
    return { kind: 'edits', edits };
  },
  rename: renameFunctions,
};

/** `layer.apply(x, { initialState: … })`. */
function givesStates(application: SyntaxNode, text: string): boolean {
  const list = application.getChild('ArgList');
  const options = list === null ? [] : childrenOf(list).filter(({ name }) => name === 'ObjectExpression');
  return options.some((object) => optionsOf(object, text).some(({ name }) => name === 'initialState'));
}
