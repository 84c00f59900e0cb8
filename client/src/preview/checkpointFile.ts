/** A file that a run's state is written to, so that another trainer can go on from it; gone when the run is over. */
import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type * as vscode from 'vscode';

export interface CheckpointFile {
  readonly path: string;
  /** Resolves when it can be written. */
  ready(): Promise<void>;
  exists(): boolean;
  /** 0 where it has not been written. */
  writtenAtMs(): number;
  delete(): void;
}

export function checkpointFile({ storageUri, globalStorageUri }: vscode.ExtensionContext): CheckpointFile {
  // A window without a folder has no storage of its own.
  const folder = path.join((storageUri ?? globalStorageUri).fsPath, 'checkpoints');
  const file = path.join(folder, randomUUID());
  return {
    path: file,
    ready: async () => {
      await mkdir(folder, { recursive: true });
    },
    exists: () => existsSync(file),
    writtenAtMs: () => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0,
    // What cannot be deleted is left to the editor, which deletes its storage with the workspace.
    delete: () => void rm(file, { force: true }).catch(() => {}),
  };
}
