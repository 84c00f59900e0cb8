/** A file that a run's state is written to, so that another trainer can go on from it; gone when the run is over. */
import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type * as vscode from 'vscode';

type Storage = Pick<vscode.ExtensionContext, 'storageUri' | 'globalStorageUri'>;

export interface CheckpointFile {
  readonly path: string;
  /** Resolves when it can be written; what runs have left that were ended with their window is gone by then. */
  ready(): Promise<void>;
  exists(): boolean;
  /** 0 where it has not been written. */
  writtenAtMs(): number;
  delete(): void;
}

/** A run writes more often; older files are nobody's. Windows without a folder have one place for all of them. */
const abandonedAfterMs = 24 * 60 * 60 * 1000;

export function checkpointFile({ storageUri, globalStorageUri }: Storage): CheckpointFile {
  // A window without a folder has no storage of its own.
  const folder = path.join((storageUri ?? globalStorageUri).fsPath, 'checkpoints');
  const file = path.join(folder, randomUUID());
  return {
    path: file,
    ready: async () => {
      await mkdir(folder, { recursive: true });
      await removeAbandoned(folder);
    },
    exists: () => existsSync(file),
    writtenAtMs: () => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0,
    // What cannot be deleted is left to a later run.
    delete: () => void rm(file, { force: true }).catch(() => {}),
  };
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    try {
      if (Date.now() - (await stat(file)).mtimeMs > abandonedAfterMs) await rm(file);
    } catch {
      // Another window was faster, or it cannot be deleted.
    }
  }
}
