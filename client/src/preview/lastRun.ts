/** The last comparison, kept in a file of the workspace's storage: too long for `workspaceState` when steps are many. */
import * as vscode from 'vscode';
import type { PreviewRecord } from '../../../protocol/panel';
import type { DataRecipe } from '../../../protocol/trainer';
import { restoredRecord } from './previewRun';

export interface LastRun {
  readonly record: PreviewRecord;
  readonly data: DataRecipe;
}

export async function saveLastRun(context: vscode.ExtensionContext, run: LastRun): Promise<void> {
  const file = lastRunFile(context);
  await vscode.workspace.fs.createDirectory(vscode.Uri.joinPath(file, '..'));
  await vscode.workspace.fs.writeFile(file, Buffer.from(JSON.stringify(run)));
}

/** Undefined when there was none, or when it cannot be read any more. */
export async function loadLastRun(context: vscode.ExtensionContext): Promise<LastRun | undefined> {
  try {
    const text = Buffer.from(await vscode.workspace.fs.readFile(lastRunFile(context))).toString('utf8');
    const run: LastRun = JSON.parse(text);
    return { ...run, record: restoredRecord(run.record) };
  } catch {
    return undefined;
  }
}

function lastRunFile(context: vscode.ExtensionContext): vscode.Uri {
  // A window without a folder has no storage of its own.
  return vscode.Uri.joinPath(context.storageUri ?? context.globalStorageUri, 'last-comparison.json');
}
