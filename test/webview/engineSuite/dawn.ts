/** In the place of `engine/trainer/dawn.ts`: a browser reaches WebGPU by itself. */
import { type OpenedGpu, openGpu } from '../../../engine/webgpu/gpu';

export function openDawn(): Promise<OpenedGpu> {
  return openGpu(navigator.gpu);
}
