/** The arguments of a Python constructor that is to make another cell. */
import type { Cell } from '../../../model/graph';
import { argumentsOf, hasSpread, removeArguments } from './arguments';
import { type CellChange, cellNames } from './cellDialect';
import { type Rewrite, refusedAt } from './edits';

export interface CellArguments {
  /** Keyword arguments that only some cells take; every other argument is common to all three. */
  readonly takenBy: ReadonlyMap<string, readonly Cell[]>;
  /** Positional arguments that mean the same for all cells. */
  readonly commonPositions: number;
}

/** Takes away what the new cell does not accept. */
export function adaptArguments(
  { analysis: { text }, layer, call, cell }: CellChange,
  { takenBy, commonPositions }: CellArguments,
): Rewrite {
  const { coreLocation, type } = layer;
  const all = argumentsOf(call, text);
  if (hasSpread(call, text)) {
    return refusedAt(coreLocation, `${type} is given arguments by a spread, which may not fit another cell.`);
  }
  if (all.filter(({ form }) => form === 'positional').length > commonPositions) {
    const message = `${type} is given arguments by position that mean something else for a ${cellNames[cell]}. Name them first.`;
    return refusedAt(coreLocation, message);
  }
  const edits = removeArguments(call, text, ({ name }) => {
    const cells = name === null ? undefined : takenBy.get(name);
    return cells !== undefined && !cells.includes(cell);
  });
  return { kind: 'edits', edits };
}
