/** What `unroll devices` says of the choice that a run makes by itself. */
import { describe, expect, it } from 'vitest';
import type { BackendStatus } from '../../../protocol/trainer';
import { whatAutoTakes } from './devices';

const running = (name: BackendStatus['name'], device: string, isSoftware = false): BackendStatus => ({
  ...{ name, available: true, device, isSoftware, startSeconds: 0 },
});
const wasm = running('wasm', 'WebAssembly SIMD on 1 thread');
const reference = running('reference', 'plain TypeScript');
const noGpu: BackendStatus = { name: 'webgpu', available: false, because: 'WebGPU finds no GPU' };

describe('what auto takes', () => {
  it.each<[string, readonly BackendStatus[], string]>([
    [
      'is the processor where there is no GPU',
      [wasm, reference, noGpu],
      'auto trains on wasm, for there is no GPU that it could use; reference only where --backend names it.',
    ],
    [
      'is no software adapter',
      [wasm, reference, running('webgpu', 'SwiftShader, which computes on the processor (WebGPU)', true)],
      'auto trains on wasm, for there is no GPU that it could use; reference and webgpu only where --backend names them.',
    ],
    [
      'is a GPU or the processor, by trial',
      [wasm, reference, running('webgpu', 'NVIDIA H100 (WebGPU)')],
      'auto trains on NVIDIA H100 (WebGPU) or on WebAssembly SIMD on 1 thread, whichever a short trial of the run measures ' +
        'to be faster; reference only where --backend names it.',
    ],
    [
      'is the reference where WebAssembly is too old',
      [{ name: 'wasm', available: false, because: 'no SIMD' }, reference],
      'auto trains on reference, for there is no GPU that it could use.',
    ],
    ['is nothing where nothing runs', [noGpu], 'Nothing here can train.'],
  ])('%s', (_, backends, text) => {
    expect(whatAutoTakes(backends)).toBe(text);
  });
});
