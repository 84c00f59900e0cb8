/** Changing the cell of a Flax layer: `nn.RNN(nn.LSTMCell(64))`, whose carry nothing but the loop over time sees. */
import { argumentsOf } from './arguments';
import type { CellDialect } from './cellDialect';
import { renameConstructors } from './constructors';
import { refusedAt } from './edits';
import { enclosing, textOf } from './nodes';

/** What all cells of Linen and NNX take. Source: Flax 0.10, flax/linen/recurrent.py and flax/nnx/nn/recurrent.py. */
const commonArguments: ReadonlySet<string> = new Set([
  'features',
  'in_features',
  'hidden_features',
  'rngs',
  'name',
  'kernel_init',
  'recurrent_kernel_init',
  'bias_init',
  'dtype',
  'param_dtype',
]);

export const flaxCells: CellDialect = {
  names: { rnn: 'Simple', gru: 'GRU', lstm: 'LSTM' },
  adapt: ({ analysis: { text }, layer, call }) => {
    const { coreLocation, type } = layer;
    const holder = call.parent?.name === 'ArgList' ? call.parent.parent : null;
    const callee = holder?.firstChild;
    if (!callee || !/(?:^|\.)RNN$/.test(textOf(text, callee))) {
      return refusedAt(
        coreLocation,
        `${type} is not made inside RNN(…): the carry of another cell must be changed by hand.`,
      );
    }
    const scope = enclosing(call, 'ClassDefinition');
    if (scope !== null && /\b(?:return_carry|initial_carry|initialize_carry)\b/.test(textOf(text, scope))) {
      return refusedAt(
        coreLocation,
        `the carry of ${type} is used, and it is a pair for an LSTM and one array for other cells: change it by hand.`,
      );
    }
    const given = argumentsOf(call, text);
    const other = given.find(({ form, name }) => form === 'spread' || (name !== null && !commonArguments.has(name)));
    if (other !== undefined) {
      const written = text.slice(other.from, other.to);
      return refusedAt(
        coreLocation,
        `${type} is given ${written}, which another cell may not take: take it away first.`,
      );
    }
    return { kind: 'edits', edits: [] };
  },
  rename: (analysis, renames) =>
    renameConstructors(
      analysis,
      renames.map((rename) => {
        const callee = rename.call.firstChild;
        const isOptimized = callee !== null && /\bOptimizedLSTMCell$/.test(textOf(analysis.text, callee));
        return isOptimized ? { ...rename, from: 'OptimizedLSTMCell' } : rename;
      }),
    ),
};
