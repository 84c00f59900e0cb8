/** Which backends there are, which run on this machine, and why the others do not. */
import type { BackendName, PreviewSpec } from '../../protocol/trainer';
import type { BackendFactory } from '../backend';
import { createReferenceBackend, referenceDevice } from '../reference/backend';
import { describeWasmDevice, wasmBackendFactory } from '../wasm/backend';
import { type KernelBytes, supportedKernelBuild } from '../wasm/kernels';
import { fasterTiles, type Tiles } from '../wasm/tiles';

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
  /** Those of the WebAssembly kernels, which all threads of a run are to have in common. */
  readonly tiles: Tiles | null;
}

export type BackendChoice =
  | (ChosenBackend & { readonly kind: 'backend' })
  | { readonly kind: 'refused'; readonly message: string };

/** `kernels` are asked for only when the WebAssembly backend is taken. Without `tiles` the faster ones are found. */
export async function chooseBackend(
  asked: PreviewSpec['backend'],
  kernels: () => Promise<KernelBytes>,
  tiles: Tiles | null = null,
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
    const bytes = await kernels();
    const chosen = tiles ?? fasterTiles(new WebAssembly.Module(bytes[build]));
    return { kind: 'backend', name: 'wasm', create: wasmBackendFactory(bytes, build, chosen), tiles: chosen };
  }
  return { kind: 'backend', name: 'reference', create: createReferenceBackend, tiles: null };
}
