/** Between the analyser's offsets and the editor's ranges. */
import type { TextEdit as LspTextEdit, Range } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { SourceLocation } from '../../../model/graph';
import type { TextEdit } from '../rewrite/edits';

export function rangeOf(document: TextDocument, { from, to }: Pick<SourceLocation, 'from' | 'to'>): Range {
  return { start: document.positionAt(from), end: document.positionAt(to) };
}

export function lspEditsOf(document: TextDocument, edits: readonly TextEdit[]): LspTextEdit[] {
  return edits.map((edit) => ({ range: rangeOf(document, edit), newText: edit.insert }));
}

/** Whether two ranges share a position; touching counts, since a cursor is an empty range. */
export function touch(left: Range, right: Range): boolean {
  return !isBefore(left.end, right.start) && !isBefore(right.end, left.start);
}

function isBefore(left: Range['start'], right: Range['start']): boolean {
  return left.line < right.line || (left.line === right.line && left.character < right.character);
}
