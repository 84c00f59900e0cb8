/** Rewrites a model in its file to another cell, as one edit that one undo takes back. */
import * as vscode from 'vscode';
import type { ChangeCellParams, RewriteEdits } from '../../protocol/languageServer';
import type { LanguageServer } from './languageServer';

/** Whether the file was changed; where it was not, the user has been told why. */
export async function applyCell(server: LanguageServer, params: ChangeCellParams): Promise<boolean> {
  // Opened first, so that the server reads this text and its edits are for this very version.
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(params.uri));
  const result = await server.changeCell(params);
  if (result.kind === 'refused') {
    void vscode.window.showWarningMessage(result.message);
    return false;
  }
  if (result.rewrite.version !== null && result.rewrite.version !== document.version) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t('The file changed in the meantime. Nothing was rewritten; try again.'),
    );
    return false;
  }
  const applied = await vscode.workspace.applyEdit(workspaceEditOf(result.rewrite));
  if (!applied) {
    void vscode.window.showWarningMessage(vscode.l10n.t('The editor did not accept the edit. Is the file read-only?'));
  }
  return applied;
}

function workspaceEditOf({ uri, edits }: RewriteEdits): vscode.WorkspaceEdit {
  const edit = new vscode.WorkspaceEdit();
  const textEdits = edits.map(({ range: { start, end }, newText }) => {
    const range = new vscode.Range(start.line, start.character, end.line, end.character);
    return new vscode.TextEdit(range, newText);
  });
  edit.set(vscode.Uri.parse(uri), textEdits);
  return edit;
}
