/** Files that runs write their state to, and what is left of them. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type * as vscode from 'vscode';
import { checkpointFile } from './checkpointFile';

let storage: string;
beforeEach(() => {
  storage = mkdtempSync(path.join(tmpdir(), 'unroll-storage-'));
});
afterEach(() => rmSync(storage, { recursive: true }));

const uriOf = (fsPath: string): vscode.Uri => Object.assign(Object.create(null), { fsPath });
const inCheckpoints = (...names: readonly string[]): string => path.join(storage, 'checkpoints', ...names);

test('a file is there once it is written, and gone when it is deleted', async () => {
  const file = checkpointFile({ storageUri: undefined, globalStorageUri: uriOf(storage) });
  await file.ready();
  expect([file.exists(), file.writtenAtMs()]).toEqual([false, 0]);
  writeFileSync(file.path, 'state');
  expect(file.exists()).toBe(true);
  expect(file.writtenAtMs()).toBeGreaterThan(0);
  file.delete();
  await vi.waitUntil(() => readdirSync(inCheckpoints()).length === 0);
});

test('what runs of closed windows have left is gone with the next run, and what others write now is not', async () => {
  mkdirSync(inCheckpoints());
  for (const name of ['old', 'old.unfinished', 'new']) writeFileSync(inCheckpoints(name), 'state');
  const twoDaysAgo = new Date(Date.now() - 48 * 60 * 60 * 1000);
  for (const name of ['old', 'old.unfinished']) utimesSync(inCheckpoints(name), twoDaysAgo, twoDaysAgo);
  await checkpointFile({ storageUri: uriOf(storage), globalStorageUri: uriOf('/elsewhere') }).ready();
  expect(readdirSync(inCheckpoints())).toEqual(['new']);
});
