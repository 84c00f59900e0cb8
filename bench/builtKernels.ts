/** The engine's WebAssembly kernels, as they are built. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { KernelBytes } from '../engine/wasm/kernels';

export const kernels: KernelBytes = {
  simd: readFileSync(path.join('dist', 'kernels.wasm')),
  relaxedSimd: readFileSync(path.join('dist', 'kernels.relaxed.wasm')),
};
