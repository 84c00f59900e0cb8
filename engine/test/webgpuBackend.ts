/** The WebGPU backend that tests run on, on whatever adapter this machine has: SwiftShader where there is no GPU. */
import { join } from 'node:path';
import type { BackendFactory } from '../backend';
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

export const gpu = await openTestGpu();
export const webgpuBackend: { readonly name: string; readonly create: BackendFactory } = {
  name: 'webgpu',
  create: webgpuBackendFactory(gpu),
};
