/** Between the analyser's offsets and the editor's ranges. */
import type { TextEdit as LspTextEdit, Range } from 'vscode-languageserver/node';
import type { SourceLocation } from '../../../model/graph';
import type { TextEdit } from '../rewrite/edits';
import type { SourceDocument } from './openDocuments';

export function rangeOf(document: SourceDocument, { from, to }: Pick<SourceLocation, 'from' | 'to'>): Range {
  return { start: document.positionAt(from), end: document.positionAt(to) };
}

/** Those of a program's edits that fall into the document. */
export function lspEditsOf(document: SourceDocument, edits: readonly TextEdit[]): LspTextEdit[] {
  return edits
    .filter((edit) => document.holds(edit))
    .map((edit) => ({ range: rangeOf(document, edit), newText: edit.insert }));
}

/** Whether two ranges share a position; touching counts, since a cursor is an empty range. */
export function touch(left: Range, right: Range): boolean {
  return !isBefore(left.end, right.start) && !isBefore(right.end, left.start);
}

function isBefore(left: Range['start'], right: Range['start']): boolean {
  return left.line < right.line || (left.line === right.line && left.character < right.character);
}
