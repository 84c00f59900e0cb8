/** Code of others is loaded from where the user has said, and the trainer is told of no other place. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tensorFlowFoldersOf } from './tensorFlowFolders';
import { processTrainerHost } from './trainerProcess';

test.each([
  { set: '', backend: 'auto', isTrusted: true, folders: [] },
  { set: '', backend: 'webgpu', isTrusted: true, folders: [] },
  { set: '', backend: undefined, isTrusted: true, folders: [] },
  { set: '', backend: 'tfjs-node-gpu', isTrusted: true, folders: ['/workspace'] },
  { set: '', backend: 'tfjs-node-gpu', isTrusted: false, folders: [] },
  { set: '/set', backend: 'auto', isTrusted: false, folders: ['/set'] },
  { set: '/set', backend: 'tfjs-node-gpu', isTrusted: true, folders: ['/set'] },
] as const)('set to "$set", $backend by the user, trusted: $isTrusted', ({ set, backend, isTrusted, folders }) => {
  const settings = { tensorFlowFolder: set, backendOfUser: backend };
  expect(tensorFlowFoldersOf(settings, { isTrusted, folders: ['/workspace'] })).toEqual(folders);
});

test.each([
  { tensorFlowFolders: undefined, told: [] },
  { tensorFlowFolders: ['/set'], told: ['/set'] },
])('a trainer is told of $told', async ({ tensorFlowFolders, told }) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-folders-'));
  try {
    const script = join(folder, 'trainer.cjs');
    writeFileSync(
      script,
      `process.stdin.once('data', (text) => {
        process.stdout.write(JSON.stringify({ type: 'probed', backends: [JSON.parse(text)] }));
        process.exit(0);
      });`,
    );
    const program = { runtime: process.execPath, script, ...(tensorFlowFolders && { tensorFlowFolders }) };
    const echoed = await processTrainerHost(program).ask({ type: 'probe' });
    expect(echoed).toEqual({ type: 'probed', backends: [{ type: 'probe', tensorFlowFolders: told }] });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
