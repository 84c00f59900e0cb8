/** Asking the client to ask again: settings have changed, or what one cell of a notebook says of another. */
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

/** How long typing must pause before the other cells are asked for again. */
const pauseMs = 300;

/** A client asks again for the cell that was edited; the others show what it says too. */
export function refreshWithNotebooks(context: ServerContext, notebooks: NotebookDocuments<TextDocument>): void {
  let pending: NodeJS.Timeout | undefined;
  notebooks.onDidChange(() => {
    clearTimeout(pending);
    pending = setTimeout(() => refreshViews(context), pauseMs);
  });
  notebooks.onDidClose(({ uri }) => context.analyses.forget(uri));
}
