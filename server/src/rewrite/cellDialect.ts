/** What changing a cell takes of a framework: its names for the cells, and what else must change with them. */
import type { SyntaxNode } from '@lezer/common';
import type { Cell, Layer, ModelGraph, RecurrentOperation } from '../../../model/graph';
import type { FileAnalysis } from '../analysis';
import type { ConstructorRename } from './constructors';
import type { Rewrite } from './edits';

export const cellNames: Readonly<Record<Cell, string>> = { rnn: 'RNN', gru: 'GRU', lstm: 'LSTM' };

export type RecurrentLayer = Layer & { readonly operation: RecurrentOperation };

/** A layer that is to become another one: the call that makes it, in the analysed file. */
export interface CellChange {
  readonly analysis: FileAnalysis;
  readonly graph: ModelGraph;
  readonly layer: RecurrentLayer;
  readonly call: SyntaxNode;
  readonly cell: Cell;
}

export interface CellDialect {
  /** What constructs each cell: a class or a function. */
  readonly names: Readonly<Record<Cell, string>>;
  /** Everything of one layer but its name: arguments that the new cell does not take, states. */
  adapt(change: CellChange): Rewrite;
  /** The names of all calls, with what binds them. */
  rename(analysis: FileAnalysis, renames: readonly ConstructorRename[]): Rewrite;
}
