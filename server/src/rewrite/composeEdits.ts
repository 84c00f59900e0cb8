/** Two rounds of edits as one: the second was made on the text that the first had left. */
import { mergeEdits, type TextEdit } from './edits';

/** A stretch of the original text that stays, or text that is new. */
type Piece =
  | { readonly kind: 'kept'; readonly from: number; readonly to: number }
  | { readonly kind: 'new'; readonly text: string };

/**
 * Edits of the original text that give what `first`, and then `second` on its result, give.
 *
 * @param length of the original text
 * @throws RangeError when two edits of one round change the same stretch
 */
export function composeEdits(
  first: readonly TextEdit[],
  second: readonly TextEdit[],
  length: number,
): readonly TextEdit[] {
  const original: readonly Piece[] = [{ kind: 'kept', from: 0, to: length }];
  return editsOf(edited(edited(original, first), second), length);
}

function lengthOf(piece: Piece): number {
  return piece.kind === 'kept' ? piece.to - piece.from : piece.text.length;
}

/** The part of a piece between two offsets counted from its start. */
function partOf(piece: Piece, from: number, to: number): Piece {
  return piece.kind === 'kept'
    ? { kind: 'kept', from: piece.from + from, to: piece.from + to }
    : { kind: 'new', text: piece.text.slice(from, to) };
}

function edited(pieces: readonly Piece[], edits: readonly TextEdit[]): readonly Piece[] {
  const result: Piece[] = [];
  let position = 0;
  for (const { from, to, insert } of mergeEdits(edits)) {
    if (from < position) throw new RangeError('two edits change the same stretch of text');
    result.push(...between(pieces, position, from), { kind: 'new', text: insert });
    position = to;
  }
  const end = pieces.reduce((sum, piece) => sum + lengthOf(piece), 0);
  return [...result, ...between(pieces, position, end)].filter((piece) => lengthOf(piece) > 0);
}

function between(pieces: readonly Piece[], from: number, to: number): readonly Piece[] {
  const result: Piece[] = [];
  let start = 0;
  for (const piece of pieces) {
    const length = lengthOf(piece);
    const [first, last] = [Math.max(from - start, 0), Math.min(to - start, length)];
    if (first < last) result.push(partOf(piece, first, last));
    start += length;
  }
  return result;
}

/** What stands between the kept stretches replaces what stood there. */
function editsOf(pieces: readonly Piece[], length: number): readonly TextEdit[] {
  const edits: TextEdit[] = [];
  let [position, insert] = [0, ''];
  const end: Piece = { kind: 'kept', from: length, to: length };
  for (const piece of [...pieces, end]) {
    if (piece.kind === 'new') {
      insert += piece.text;
      continue;
    }
    if (insert !== '' || piece.from > position) edits.push({ from: position, to: piece.from, insert });
    [position, insert] = [piece.to, ''];
  }
  return edits;
}
