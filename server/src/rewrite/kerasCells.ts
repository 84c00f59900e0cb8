/** Changing the cell of a Keras layer. */
import { keywordOf } from './arguments';
import type { CellDialect } from './cellDialect';
import { classTest, classTestMessage } from './classTests';
import { renameConstructors } from './constructors';
import { refusedAt } from './edits';
import { gateMessage, gateUse } from './gateUses';
import { adaptArguments, type CellArguments } from './keywordArguments';
import { layerNamedByClass, lookupByNameMessage } from './layerLookups';
import { textOf } from './nodes';
import { checkStateCount } from './stateCount';

const cellArguments: CellArguments = {
  takenBy: new Map([
    ['recurrent_activation', ['gru', 'lstm']],
    ['unit_forget_bias', ['lstm']],
    ['reset_after', ['gru']],
    ['implementation', ['gru', 'lstm']],
    ['use_cudnn', ['gru', 'lstm']],
  ]),
  // `units, activation`
  commonPositions: 2,
};

export const kerasCells: CellDialect = {
  names: { rnn: 'SimpleRNN', gru: 'GRU', lstm: 'LSTM' },
  adapt: (change) => {
    const given = adaptArguments(change, cellArguments);
    if (given.kind === 'refused') return given;
    const { analysis } = change;
    const { names } = kerasCells;
    const [from, to] = [names[change.layer.operation.cell], names[change.cell]];
    const test = classTest(analysis, from, to);
    if (test !== null) return refusedAt(analysis.lines.locate(test), classTestMessage(from, to));
    const gate = gateUse(analysis);
    if (gate !== null) return refusedAt(analysis.lines.locate(gate), gateMessage);
    const named = layerNamedByClass(analysis);
    if (named !== null) return refusedAt(analysis.lines.locate(named), lookupByNameMessage);
    return (
      checkStateCount(change, (call, text) => {
        const state = keywordOf(call, text, 'initial_state');
        return state !== null && textOf(text, state.value) !== 'None';
      }) ?? given
    );
  },
  rename: renameConstructors,
};
