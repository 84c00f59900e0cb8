/** Changing the cell of a PyTorch layer. */
import { keywordOf } from './arguments';
import type { CellDialect } from './cellDialect';
import { classTest, classTestMessage } from './classTests';
import { renameConstructors } from './constructors';
import { refusedAt } from './edits';
import { gateMessage, gateUse } from './gateUses';
import { adaptArguments, type CellArguments } from './keywordArguments';
import { textOf } from './nodes';
import { rewriteTorchStates } from './torchStates';

const cellArguments: CellArguments = {
  takenBy: new Map([
    ['nonlinearity', ['rnn']],
    ['proj_size', ['lstm']],
  ]),
  // `input_size, hidden_size, num_layers`
  commonPositions: 3,
};

export const torchCells: CellDialect = {
  names: { rnn: 'RNN', gru: 'GRU', lstm: 'LSTM' },
  adapt: (change) => {
    const { analysis, layer, call, cell } = change;
    const given = adaptArguments(change, cellArguments);
    if (given.kind === 'refused') return given;
    const projection = keywordOf(call, analysis.text, 'proj_size');
    if (cell !== 'lstm' && projection !== null && textOf(analysis.text, projection.value) !== '0') {
      const message = 'proj_size exists for LSTM only, and without it the output has another width.';
      return refusedAt(layer.coreLocation, message);
    }
    const { names } = torchCells;
    const [from, to] = [names[layer.operation.cell], names[cell]];
    const test = classTest(analysis, from, to);
    if (test !== null) return refusedAt(analysis.lines.locate(test), classTestMessage(from, to));
    const gate = gateUse(analysis);
    if (gate !== null) return refusedAt(analysis.lines.locate(gate), gateMessage);
    const states = rewriteTorchStates(analysis, layer, call, cell);
    return states.kind === 'refused' ? states : { kind: 'edits', edits: [...given.edits, ...states.edits] };
  },
  rename: renameConstructors,
};
