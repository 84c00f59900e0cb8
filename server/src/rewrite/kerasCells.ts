/** Changing the cell of a Keras layer. */
import { keywordOf } from './arguments';
import type { CellDialect } from './cellDialect';
import { renameConstructors } from './constructors';
import { adaptArguments, type CellArguments } from './keywordArguments';
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
    return (
      checkStateCount(change, (call, text) => {
        const state = keywordOf(call, text, 'initial_state');
        return state !== null && textOf(text, state.value) !== 'None';
      }) ?? given
    );
  },
  rename: renameConstructors,
};
