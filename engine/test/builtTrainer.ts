/** The trainer and its workers, built into a folder of their own for tests. */
import { copyFile, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { kernelFiles } from '../wasm/build.mjs';

export interface BuiltTrainer {
  readonly folder: string;
  remove(): Promise<void>;
}

/** The scripts and their kernels as the build has them. */
export async function buildTrainer(): Promise<BuiltTrainer> {
  const folder = await mkdtemp(join(tmpdir(), 'unroll-trainer-'));
  const project = join(import.meta.dirname, '../..');
  await build({
    entryPoints: {
      trainer: join(project, 'engine/trainer/main.ts'),
      trainerWorker: join(project, 'engine/trainer/worker.ts'),
    },
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    loader: { '.wgsl': 'text' },
  });
  for (const file of Object.values(kernelFiles)) await copyFile(join(project, 'dist', file), join(folder, file));
  await symlink(join(project, 'dist', 'webgpu'), join(folder, 'webgpu'), 'junction');
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
