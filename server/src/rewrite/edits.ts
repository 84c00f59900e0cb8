/** Replacements of stretches of a text, as fixes and rewrites make them. */
import type { SourceLocation } from '../../../model/graph';
import { formatLine } from '../../../model/units';

/** Offsets count UTF-16 units of the text before any edit. */
export interface TextEdit {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

/** Either the edits, or a sentence that says why they cannot be made. */
export type Rewrite =
  | { readonly kind: 'edits'; readonly edits: readonly TextEdit[] }
  | { readonly kind: 'refused'; readonly message: string };

export function refused(message: string): Rewrite {
  return { kind: 'refused', message };
}

/** A refusal that begins with its place: `Line 4: …`, in a notebook `Line 4 of cell 2: …`. */
export function refusedAt(place: Pick<SourceLocation, 'line' | 'cell'>, message: string): Rewrite {
  return refused(sentenceAt(place, message));
}

export function sentenceAt(place: Pick<SourceLocation, 'line' | 'cell'>, message: string): string {
  const line = formatLine(place);
  return `${line.charAt(0).toUpperCase()}${line.slice(1)}: ${message}`;
}

/** Edits that replace the same stretch by the same text are one edit: a layer made in a loop is changed once. */
export function mergeEdits(edits: readonly TextEdit[]): readonly TextEdit[] {
  const byPlace = new Map(edits.map((edit) => [`${edit.from}-${edit.to}-${edit.insert}`, edit]));
  return [...byPlace.values()].sort((a, b) => a.from - b.from || a.to - b.to);
}

/** The text after all edits. Throws a RangeError when two of them overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let position = 0;
  for (const { from, to, insert } of mergeEdits(edits)) {
    if (from < position) throw new RangeError('two edits change the same stretch of text');
    result += text.slice(position, from) + insert;
    position = to;
  }
  return result + text.slice(position);
}

/** How the text ends its lines, for lines that an edit adds. */
export function lineBreakOf(text: string): '\n' | '\r\n' {
  return text.includes('\r\n') ? '\r\n' : '\n';
}
