/** Between the analyser's offsets and the editor's ranges. */
import type { TextEdit as LspTextEdit, Range } from 'vscode-languageserver/node';
import type { SourceLocation } from '../../../model/graph';
import type { TextEdit } from '../rewrite/edits';
import type { OpenDocuments, SourceDocument } from './openDocuments';

export function rangeOf(document: SourceDocument, { from, to }: Pick<SourceLocation, 'from' | 'to'>): Range {
  return { start: document.positionAt(from), end: document.positionAt(to) };
}

export interface DocumentEdits {
  readonly uri: string;
  readonly version: number;
  readonly edits: LspTextEdit[];
}

/** Those of a program's edits that fall into the document. */
function lspEditsOf(document: SourceDocument, edits: readonly TextEdit[]): LspTextEdit[] {
  return edits
    .filter((edit) => document.holds(edit))
    .map((edit) => ({ range: rangeOf(document, edit), newText: edit.insert }));
}

/** The edits of a program, each in the document it falls into; documents without any are left out. */
export function editsByDocument(
  documents: Pick<OpenDocuments, 'partsOf'>,
  document: SourceDocument,
  edits: readonly TextEdit[],
): readonly DocumentEdits[] {
  return documents
    .partsOf(document)
    .map((part) => ({ uri: part.uri, version: part.version, edits: lspEditsOf(part, edits) }))
    .filter((part) => part.edits.length > 0);
}

/** Whether two ranges share a position; touching counts, since a cursor is an empty range. */
export function touch(left: Range, right: Range): boolean {
  return !isBefore(left.end, right.start) && !isBefore(right.end, left.start);
}

function isBefore(left: Range['start'], right: Range['start']): boolean {
  return left.line < right.line || (left.line === right.line && left.character < right.character);
}
