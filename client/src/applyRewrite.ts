/** Rewrites a model in its file, as one edit: one undo takes it back, in a notebook in all its cells. */
import * as vscode from 'vscode';
import type { ChangeCellResult, RewriteEdits } from '../../protocol/languageServer';

/**
 * Whether the file was changed; where it was not, the user has been told why.
 *
 * @param ask the server for the edits, once the document is open
 */
export async function applyRewrite(uri: string, ask: () => Promise<ChangeCellResult>): Promise<boolean> {
  // Opened first, so that the server reads this text and its edits are for this very version.
  await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
  const result = await ask();
  if (result.kind === 'refused') {
    void vscode.window.showWarningMessage(result.message);
    return false;
  }
  if (!(await Promise.all(result.rewrites.map(isCurrent))).every((current) => current)) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t('The file changed in the meantime. Nothing was rewritten; try again.'),
    );
    return false;
  }
  const applied = await vscode.workspace.applyEdit(workspaceEditOf(result.rewrites));
  if (!applied) {
    void vscode.window.showWarningMessage(vscode.l10n.t('The editor did not accept the edit. Is the file read-only?'));
  }
  return applied;
}

async function isCurrent({ uri, version }: RewriteEdits): Promise<boolean> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
  return version === null || version === document.version;
}

/** All documents in one edit: in a notebook a model may stand in several cells. */
function workspaceEditOf(rewrites: readonly RewriteEdits[]): vscode.WorkspaceEdit {
  const edit = new vscode.WorkspaceEdit();
  for (const { uri, edits } of rewrites) {
    const textEdits = edits.map(({ range: { start, end }, newText }) => {
      const range = new vscode.Range(start.line, start.character, end.line, end.character);
      return new vscode.TextEdit(range, newText);
    });
    edit.set(vscode.Uri.parse(uri), textEdits);
  }
  return edit;
}
