/** The WebGPU backend that tests run on, on whatever adapter this machine has: SwiftShader where there is no GPU. */
import { join } from 'node:path';
import { afterEach, vi } from 'vitest';
import type { Backend, BackendFactory } from '../backend';
import { openDawn } from '../trainer/dawn';
import { webgpuBackendFactory } from '../webgpu/backend';
import type { Gpu } from '../webgpu/gpu';

/** A device anew each time. */
export async function openTestGpu(): Promise<Gpu> {
  const opened = await openDawn(join(import.meta.dirname, '../../node_modules/webgpu'));
  if (opened.kind === 'gpu') return opened.gpu;
  throw new Error(
    `${opened.because}. Tests of the WebGPU backend need a GPU or SwiftShader, which comes with Chromium, Chrome and Edge: ` +
      'install one (Debian: apt-get install chromium), or set VK_DRIVER_FILES to the vk_swiftshader_icd.json in the folder of one ' +
      'and LD_LIBRARY_PATH to that folder.',
  );
}

// A software adapter compiles the kernels of a cell for a second, and tests go through dozens of kinds of layers.
vi.setConfig({ testTimeout: 300_000 });

export const gpu = await openTestGpu();

const createBackend = webgpuBackendFactory(gpu);
/** Memory of a device is not given back by itself. */
const madeByTest: Backend[] = [];
afterEach(() => {
  for (const backend of madeByTest.splice(0)) backend.release();
});

export const webgpuBackend: { readonly name: string; readonly create: BackendFactory } = {
  name: 'webgpu',
  create: (arenaLength) => {
    const backend = createBackend(arenaLength);
    madeByTest.push(backend);
    return backend;
  },
};
