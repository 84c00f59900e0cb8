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
  // A cell that is selected but not edited has no text editor with the focus.
  const notebook = vscode.window.activeNotebookEditor;
  const cell = notebook?.notebook.getCells()[notebook.selection.start];
  if (cell !== undefined && mayHoldModels(cell.document.languageId)) {
    return { uri: cell.document.uri.toString(), line: 0, model: null };
  }
  void vscode.window.showInformationMessage(vscode.l10n.t('Open the file that builds the model first.'));
  return undefined;
}

function isModelPosition(value: unknown): value is ModelPosition {
  if (typeof value !== 'object' || value === null) return false;
  return 'uri' in value && typeof value.uri === 'string' && 'line' in value && typeof value.line === 'number';
}

/**
 * Shows the document at a line (zero-based), beside no other copy of it.
 *
 * @param cell where the document is a notebook, the place of the cell that has the line, counted from 1
 */
export async function revealLine(uri: vscode.Uri, line: number, cell?: number): Promise<void> {
  const inNotebook = cell === undefined ? cellOf(uri) : { uri, index: cell - 1 };
  if (inNotebook !== undefined) return revealCell(inNotebook.uri, inNotebook.index);
  const place = new vscode.Range(line, 0, line, 0);
  const visible = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
  const viewColumn = visible?.viewColumn ?? vscode.ViewColumn.One;
  await vscode.window.showTextDocument(uri, { selection: place, viewColumn });
}

/** The notebook that a document is a cell of, and the cell's place in it; undefined for a file. */
function cellOf(uri: vscode.Uri): { readonly uri: vscode.Uri; readonly index: number } | undefined {
  for (const notebook of vscode.workspace.notebookDocuments) {
    const cell = notebook.getCells().find(({ document }) => document.uri.toString() === uri.toString());
    if (cell !== undefined) return { uri: notebook.uri, index: cell.index };
  }
  return undefined;
}

async function revealCell(uri: vscode.Uri, index: number): Promise<void> {
  const notebook = await vscode.workspace.openNotebookDocument(uri);
  const shown = vscode.window.visibleNotebookEditors.find((editor) => editor.notebook === notebook);
  const range = new vscode.NotebookRange(index, index + 1);
  const viewColumn = shown?.viewColumn ?? vscode.ViewColumn.One;
  const editor = await vscode.window.showNotebookDocument(notebook, { viewColumn, selections: [range] });
  editor.revealRange(range, vscode.NotebookEditorRevealType.InCenterIfOutsideViewport);
}
