/** The backends that tests run on: the reference, and both builds of the WebAssembly kernels where this machine runs them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BackendFactory } from '../backend';
import { createReferenceBackend } from '../reference/backend';
import { wasmBackendFactory } from '../wasm/backend';
import { kernelFiles } from '../wasm/build.mjs';
import { type KernelBytes, supportedKernelBuild } from '../wasm/kernels';

const outputFolder = join(import.meta.dirname, '../../dist');

/** Built by the global set-up. */
export const kernelBytes: KernelBytes = {
  simd: readFileSync(join(outputFolder, kernelFiles.simd)),
  relaxedSimd: readFileSync(join(outputFolder, kernelFiles.relaxedSimd)),
};

export const wasmBackends: readonly { readonly name: string; readonly create: BackendFactory }[] = [
  { name: 'wasm, plain SIMD', create: wasmBackendFactory(kernelBytes, 'simd') },
  // Node 20 has no relaxed SIMD.
  ...(supportedKernelBuild() === 'relaxedSimd'
    ? [{ name: 'wasm, relaxed SIMD', create: wasmBackendFactory(kernelBytes, 'relaxedSimd') }]
    : []),
];

export const allBackends = [{ name: 'reference', create: createReferenceBackend as BackendFactory }, ...wasmBackends];
