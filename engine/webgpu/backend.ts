/** The backend whose arithmetic runs on a GPU, in 32-bit floats, through WebGPU. Packed matrices are plain row-major ones. */
import type { BackendFactory, Span } from '../backend';
import { createCommandQueue } from './commandQueue';
import type { Gpu } from './gpu';
import { pointwiseOperations } from './pointwise';
import { productOperations } from './products';
import type { QueueMeter } from './queueMeter';
import { recurrentOperations } from './recurrent';
import { rowOperations } from './rowOperations';
import { sumOperations } from './sums';
import { updateOperations } from './updates';

/** Numbers behind the arena for the parts of operations that are split: 4 MiB. */
export const scratchLength = 2 ** 20;

/**
 * Backends of one device share its pipelines; each has an arena of its own.
 *
 * @param options a meter sees every dispatch and submission, for benchmarks
 */
export function webgpuBackendFactory(gpu: Gpu, { meter }: { readonly meter?: QueueMeter } = {}): BackendFactory {
  return (arenaLength) => {
    const queue = createCommandQueue(gpu, arenaLength + scratchLength, meter);
    const scratch: Span = { offset: arenaLength, length: scratchLength };
    const pointwise = pointwiseOperations(queue);
    const sums = sumOperations(queue, scratch);
    return {
      name: 'webgpu',
      device: gpu.label,
      isQueued: true,
      release: queue.release,
      write: queue.write,
      read: queue.read,
      ...pointwise,
      ...sums,
      ...productOperations(queue, scratch, { ...pointwise, ...sums }),
      ...rowOperations(queue, scratch),
      ...updateOperations(queue),
      ...recurrentOperations(queue, gpu, scratch),
    };
  };
}
