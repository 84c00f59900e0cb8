/** Which backends there are, which run on this machine, and why the others do not. */
import type { BackendName, PreviewSpec } from '../../protocol/trainer';
import type { BackendFactory } from '../backend';
import { createReferenceBackend, referenceDevice } from '../reference/backend';
import { describeWasmDevice, wasmBackendFactory } from '../wasm/backend';
import { type KernelBytes, supportedKernelBuild } from '../wasm/kernels';
import { agreesWithReference } from '../wasm/selfTest';
import { fasterKernels, type KernelChoice } from '../wasm/tiles';
import type { PreviewHost } from './host';

export type BackendStatus =
  | { readonly name: BackendName; readonly available: true; readonly device: string }
  | { readonly name: BackendName; readonly available: false; readonly because: string };

/** In the order in which `auto` prefers them. */
export function listBackends(): readonly BackendStatus[] {
  const build = supportedKernelBuild();
  return [
    build === null
      ? { name: 'wasm', available: false, because: 'this JavaScript engine has no WebAssembly SIMD' }
      : { name: 'wasm', available: true, device: describeWasmDevice(build) },
    { name: 'reference', available: true, device: referenceDevice },
    { name: 'webgpu', available: false, because: 'Unroll cannot train on WebGPU yet' },
    { name: 'tfjs-node-gpu', available: false, because: 'Unroll cannot train through TensorFlow.js yet' },
  ];
}

export interface ChosenBackend {
  readonly name: 'wasm' | 'reference';
  readonly create: BackendFactory;
  /** Of the WebAssembly backend. */
  readonly kernels: KernelChoice | null;
}

export type BackendChoice =
  | (ChosenBackend & { readonly kind: 'backend' })
  | { readonly kind: 'refused'; readonly message: string };

/**
 * Kernels are read only when the WebAssembly backend is taken. Without a choice of them the faster ones are found, and checked
 * where the host has the JavaScript engine compile them in a way that is not yet its ordinary one.
 */
export async function chooseBackend(
  asked: PreviewSpec['backend'],
  host: Pick<PreviewHost, 'kernels' | 'chosenKernels' | 'compileOrdinarily'>,
  choice: KernelChoice | null = null,
): Promise<BackendChoice> {
  const statuses = listBackends();
  const status = statuses.find(({ name, available }) => (asked === 'auto' ? available : name === asked));
  if (status === undefined) return { kind: 'refused', message: `There is no backend "${asked}".` };
  if (!status.available) {
    const others = statuses.filter(({ available }) => available).map(({ name }) => name);
    return {
      kind: 'refused',
      message: `The backend ${status.name} does not run here: ${status.because}. Choose ${others.join(' or ')}.`,
    };
  }
  const build = supportedKernelBuild();
  if (status.name === 'wasm' && build !== null) {
    const bytes = await host.kernels();
    const chosen = choice ?? (await host.chosenKernels) ?? null;
    if (chosen !== null) return wasmBackend(bytes, chosen);
    const faster = wasmBackend(bytes, fasterKernels(bytes, build));
    if (faster.kernels.tiles === 'narrow' || (await agreesWithReference(faster.create))) return faster;
    host.compileOrdinarily?.();
    // Other bytes than those that are compiled already.
    return wasmBackend(bytes, { build: 'simd', tiles: 'narrow' });
  }
  return { kind: 'backend', name: 'reference', create: createReferenceBackend, kernels: null };
}

function wasmBackend(bytes: KernelBytes, kernels: KernelChoice) {
  return { kind: 'backend', name: 'wasm', create: wasmBackendFactory(bytes, kernels), kernels } as const;
}
