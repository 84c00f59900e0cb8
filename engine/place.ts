/** Where something of a model is written, for messages. */
import type { SourceLocation } from '../model/graph';

/** A file and a line; of a notebook also the cell, within which lines are counted. */
export type Place = Pick<SourceLocation, 'file' | 'line' | 'cell'>;

/** A place without what else a location says. */
export function placeOf({ file, line, cell }: Place): Place {
  return cell === undefined ? { file, line } : { file, line, cell };
}
