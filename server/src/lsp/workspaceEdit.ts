/** Edits of a program as one edit of the workspace, in the form that the client understands. */
import type { WorkspaceEdit } from 'vscode-languageserver/node';
import type { TextEdit } from '../rewrite/edits';
import type { SourceDocument } from './openDocuments';
import { editsByDocument } from './ranges';
import type { ServerContext } from './server';

export function workspaceEdit(
  context: ServerContext,
  document: SourceDocument,
  edits: readonly TextEdit[],
): WorkspaceEdit {
  const changed = editsByDocument(context.documents, document, edits);
  if (context.client().workspace?.workspaceEdit?.documentChanges !== true)
    return { changes: Object.fromEntries(changed.map((part) => [part.uri, part.edits])) };
  return {
    documentChanges: changed.map((part) => ({
      textDocument: { uri: part.uri, version: part.version },
      edits: part.edits,
    })),
  };
}
