/** Builds programs of the project for a test, as `scripts/build.mjs` builds them, into a folder that is thrown away. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

export const projectFolder = path.resolve(import.meta.dirname, '..', '..');

export interface BuiltProgram {
  readonly script: string;
  readonly folder: string;
  remove(): Promise<void>;
}

/** `entry` is a path in the project; the script gets the given name. */
export async function buildProgram(entry: string, name: string): Promise<BuiltProgram> {
  const folder = await mkdtemp(path.join(tmpdir(), 'unroll-test-'));
  const script = path.join(folder, `${name}.js`);
  await build({
    absWorkingDir: projectFolder,
    entryPoints: [entry],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    mainFields: ['module', 'main'],
    loader: { '.wgsl': 'text' },
    logLevel: 'error',
  });
  return { script, folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
