/** Which model a command means: the one that a code lens names, else the one at the cursor. */
import * as vscode from 'vscode';
import type { ModelPosition } from '../../protocol/languageServer';
import { mayHoldModels } from './languages';

/** Undefined, after telling the user what to do, where there is no file to mean. */
export function modelPositionFor(argument: unknown): ModelPosition | undefined {
  if (isModelPosition(argument)) return argument;
  const editor = vscode.window.activeTextEditor;
  if (editor !== undefined && mayHoldModels(editor.document.languageId)) {
    return { uri: editor.document.uri.toString(), line: editor.selection.active.line, model: null };
  }
  void vscode.window.showInformationMessage(vscode.l10n.t('Open the file that builds the model first.'));
  return undefined;
}

function isModelPosition(value: unknown): value is ModelPosition {
  if (typeof value !== 'object' || value === null) return false;
  return 'uri' in value && typeof value.uri === 'string' && 'line' in value && typeof value.line === 'number';
}

/** Shows the document at a line (zero-based), beside no other copy of it. */
export async function revealLine(uri: vscode.Uri, line: number): Promise<void> {
  const place = new vscode.Range(line, 0, line, 0);
  const visible = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
  const viewColumn = visible?.viewColumn ?? vscode.ViewColumn.One;
  await vscode.window.showTextDocument(uri, { selection: place, viewColumn });
}
