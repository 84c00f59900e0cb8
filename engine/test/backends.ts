/** The backends that tests run on: the reference, and both builds of the WebAssembly kernels where this machine runs them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BackendFactory } from '../backend';
import { createReferenceBackend } from '../reference/backend';
import { setV8Flags } from '../trainer/v8Flags';
import { wasmBackendFactory } from '../wasm/backend';
import { kernelFiles } from '../wasm/build.mjs';
import { type KernelBytes, supportedKernelBuild } from '../wasm/kernels';

setV8Flags();

const outputFolder = join(import.meta.dirname, '../../dist');

/** Built by the global set-up. */
export const kernelBytes: KernelBytes = {
  simd: readFileSync(join(outputFolder, kernelFiles.simd)),
  relaxedSimd: readFileSync(join(outputFolder, kernelFiles.relaxedSimd)),
};

export const wasmBackends: readonly { readonly name: string; readonly create: BackendFactory }[] = [
  { name: 'wasm, plain SIMD', create: wasmBackendFactory(kernelBytes, { build: 'simd', tiles: 'narrow' }) },
  // Node 20 has no relaxed SIMD.
  ...(supportedKernelBuild() === 'relaxedSimd'
    ? [
        {
          name: 'wasm, relaxed SIMD',
          create: wasmBackendFactory(kernelBytes, { build: 'relaxedSimd', tiles: 'narrow' }),
        },
        {
          name: 'wasm, relaxed SIMD, wide tiles',
          create: wasmBackendFactory(kernelBytes, { build: 'relaxedSimd', tiles: 'wide' }),
        },
      ]
    : []),
];

export const allBackends = [{ name: 'reference', create: createReferenceBackend as BackendFactory }, ...wasmBackends];
