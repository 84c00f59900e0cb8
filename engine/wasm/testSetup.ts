/** Vitest's global set-up for tests of the engine: compiles the kernels they run into `dist/`. */
import { join } from 'node:path';
import { buildKernels } from './build.mjs';

export default async function setup(): Promise<void> {
  await buildKernels(join(import.meta.dirname, '../../dist'));
}
