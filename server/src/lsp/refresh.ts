/** Asking the client to ask again: settings have changed, or what one file or cell says of another. */
import type { NotebookDocuments } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { attempt } from './attempt';
import type { ServerContext } from './server';

export function refreshViews({ connection, client, log }: ServerContext): void {
  const { workspace } = client();
  if (workspace?.inlayHint?.refreshSupport) {
    attempt(log, 'Refreshing inlay hints', connection.languages.inlayHint.refresh());
  }
  if (workspace?.codeLens?.refreshSupport) {
    attempt(log, 'Refreshing code lenses', connection.sendRequest('workspace/codeLens/refresh'));
  }
  if (workspace?.diagnostics?.refreshSupport) {
    attempt(log, 'Refreshing diagnostics', connection.sendRequest('workspace/diagnostic/refresh'));
  }
}

/** How long changes must pause before views are asked for again. */
const pauseMs = 300;

/** Puts work off until it has not been asked for during a pause. */
export function afterPause(work: () => void): () => void {
  let pending: NodeJS.Timeout | undefined;
  return () => {
    clearTimeout(pending);
    pending = setTimeout(work, pauseMs);
  };
}

/** A client asks again for the cell that was edited; the others show what it says too. */
export function refreshWithNotebooks(
  context: ServerContext,
  notebooks: NotebookDocuments<TextDocument>,
  refresh: () => void,
): void {
  notebooks.onDidChange(refresh);
  notebooks.onDidClose(({ uri }) => context.analyses.forget(uri));
}
