/** What the suites do in the editor: open a sample, wait for something to come true, find a place, hover, apply an action. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { UnrollApi } from '../../../client/src/extension';

const deadlineMs = 30_000;
const pollMs = 50;

export async function activateUnroll(): Promise<UnrollApi> {
  const extension = vscode.extensions.getExtension<UnrollApi>('unroll.unroll');
  assert.ok(extension, 'the extension is not installed');
  return extension.activate();
}

export function workspaceFile(name: string): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder, 'no folder is open');
  return vscode.Uri.joinPath(folder.uri, name);
}

/** Opens a file of the workspace as it lies on the disk. */
export async function openSample(name: string): Promise<vscode.TextEditor> {
  const editor = await vscode.window.showTextDocument(workspaceFile(name), { viewColumn: vscode.ViewColumn.One });
  if (editor.document.isDirty) await vscode.commands.executeCommand('workbench.action.files.revert');
  return editor;
}

export async function openText(content: string): Promise<vscode.TextEditor> {
  const document = await vscode.workspace.openTextDocument({ language: 'python', content });
  return vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One });
}

/** Polls until `probe` gives something; fails with `description` when it never does. */
export async function eventually<Value>(
  description: string,
  probe: () => Thenable<Value | undefined> | Value | undefined,
  withinMs = deadlineMs,
): Promise<Value> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    const value = await probe();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw new Error(`never happened: ${description}`);
}

/** The position of the first character of `text` in a document. */
export function placeOf(document: vscode.TextDocument, text: string): vscode.Position {
  const offset = document.getText().indexOf(text);
  assert.notEqual(offset, -1, `"${text}" is not in ${document.fileName}`);
  return document.positionAt(offset);
}

/** The whole text of every inlay hint of a document. */
export async function inlayHintsOf(document: vscode.TextDocument): Promise<string[]> {
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
    'vscode.executeInlayHintProvider',
    document.uri,
    whole,
  );
  return (hints ?? []).map(({ label }) =>
    typeof label === 'string' ? label : label.map(({ value }) => value).join(''),
  );
}

/** What the hover on the first occurrence of `text` says, once there is one. */
export async function hoverAt(document: vscode.TextDocument, text: string): Promise<string> {
  return eventually(`a hover on ${text}`, async () => {
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      placeOf(document, text),
    );
    const contents = hovers.flatMap((hover) => hover.contents);
    return contents.map((part) => (typeof part === 'string' ? part : part.value)).join('\n') || undefined;
  });
}

/** How many of the actions at a place are resolved. */
const mostActions = 50;

/** Applies the code action at a place whose title matches, once it is offered. */
export async function applyAction(document: vscode.TextDocument, place: vscode.Position, title: RegExp): Promise<void> {
  const action = await eventually(`the action ${title}`, async () => {
    const range = new vscode.Range(place, place);
    const offered = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      range,
      undefined,
      // An edit is worked out when its action is taken.
      mostActions,
    );
    return offered.find((candidate) => title.test(candidate.title));
  });
  assert.ok(action.edit, `${action.title} has no edit`);
  assert.ok(await vscode.workspace.applyEdit(action.edit));
}
