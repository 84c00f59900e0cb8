/** Which backends there are, which run on this machine, and why the others do not. */
import type { BackendName, BackendStatus, PreviewSpec } from '../../protocol/trainer';
import type { BackendFactory } from '../backend';
import type { Network } from '../network';
import type { TrainingPlan } from '../plan/trainingPlan';
import { createReferenceBackend, referenceDevice } from '../reference/backend';
import { describeWasmDevice, wasmBackendFactory } from '../wasm/backend';
import { type KernelBytes, supportedKernelBuild } from '../wasm/kernels';
import { agreesWithReference } from '../wasm/selfTest';
import { fasterKernels, type KernelChoice } from '../wasm/tiles';
import type { PreviewHost } from './host';

/** In the order in which `auto` prefers them. */
export function listBackends(): readonly BackendStatus[] {
  const build = supportedKernelBuild();
  const onProcessor = { available: true, isSoftware: false, startSeconds: 0 } as const;
  return [
    build === null
      ? { name: 'wasm', available: false, because: 'this JavaScript engine has no WebAssembly SIMD' }
      : { name: 'wasm', ...onProcessor, device: describeWasmDevice(build) },
    { name: 'reference', ...onProcessor, device: referenceDevice },
    { name: 'webgpu', available: false, because: 'Unroll cannot train on WebGPU yet' },
    { name: 'tfjs-node-gpu', available: false, because: 'Unroll cannot train through TensorFlow.js yet' },
  ];
}

/** Threads compute, each with a backend of its own. */
export interface ProcessorBackend {
  readonly kind: 'processor';
  readonly name: 'wasm' | 'reference';
  readonly create: BackendFactory;
  /** Of the WebAssembly backend. */
  readonly kernels: KernelChoice | null;
}

/** One device computes for all variants, told what to do by the calling thread. */
export interface DeviceBackend {
  readonly kind: 'device';
  readonly name: 'webgpu' | 'tfjs-node-gpu';
  /** For people. */
  readonly device: string;
  /** Whether it is no GPU, but a processor that does what is asked of one. */
  readonly isSoftware: boolean;
  readonly createNetwork: (plan: TrainingPlan, batch: number, seed: number) => Network;
  /** Gives the device back; networks compute no further. */
  close(): void;
}

export type ChosenBackend = ProcessorBackend | DeviceBackend;

export type BackendChoice =
  | { readonly kind: 'backend'; readonly backend: ChosenBackend }
  | { readonly kind: 'refused'; readonly message: string };

type BackendHost = Pick<PreviewHost, 'kernels' | 'chosenKernels' | 'compileOrdinarily' | 'openGpu'>;

/** The backend that a run goes on with when the device of its own is lost: on the processor, which cannot be. */
export async function nextBackend(host: BackendHost): Promise<ProcessorBackend> {
  return openProcessor(supportedKernelBuild() === null ? 'reference' : 'wasm', host);
}

export async function chooseBackend(asked: PreviewSpec['backend'], host: BackendHost): Promise<BackendChoice> {
  const statuses = listBackends();
  const status = statuses.find(({ name, available }) => (asked === 'auto' ? available : name === asked));
  if (status === undefined) return { kind: 'refused', message: `There is no backend "${asked}".` };
  if (!status.available) return { kind: 'refused', message: refusalOf(status, statuses) };
  const name = status.name === 'reference' ? 'reference' : 'wasm';
  return { kind: 'backend', backend: await openProcessor(name, host) };
}

function refusalOf(
  { name, because }: Extract<BackendStatus, { available: false }>,
  statuses: readonly BackendStatus[],
): string {
  const others = statuses.filter(({ available }) => available).map((other): BackendName => other.name);
  return `The backend ${name} does not run here: ${because}. Choose ${others.join(' or ')}.`;
}

/**
 * Kernels are read only for the WebAssembly backend, which has to run here. Without a choice of them the faster ones are found,
 * and checked where the host has the JavaScript engine compile them in a way that is not yet its ordinary one.
 */
export async function openProcessor(
  name: ProcessorBackend['name'],
  host: BackendHost,
  choice: KernelChoice | null = null,
): Promise<ProcessorBackend> {
  if (name === 'reference') return { kind: 'processor', name, create: createReferenceBackend, kernels: null };
  const build = supportedKernelBuild();
  if (build === null) throw new Error('this JavaScript engine has no WebAssembly SIMD');
  const bytes = await host.kernels();
  const chosen = choice ?? (await host.chosenKernels) ?? null;
  if (chosen !== null) return wasmBackend(bytes, chosen);
  const faster = wasmBackend(bytes, fasterKernels(bytes, build));
  if (faster.kernels?.tiles === 'narrow' || (await agreesWithReference(faster.create))) return faster;
  host.compileOrdinarily?.();
  // Other bytes than those that are compiled already.
  return wasmBackend(bytes, { build: 'simd', tiles: 'narrow' });
}

function wasmBackend(bytes: KernelBytes, kernels: KernelChoice): ProcessorBackend {
  return { kind: 'processor', name: 'wasm', create: wasmBackendFactory(bytes, kernels), kernels };
}
