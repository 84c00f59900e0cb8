/** The backends there are, and how each is opened. */
import type { BackendName } from '../../protocol/trainer';
import type { BackendFactory } from '../backend';
import { DeviceLostError } from '../deviceLost';
import { createNetwork, type Network } from '../network';
import type { TrainingPlan } from '../plan/trainingPlan';
import { createReferenceBackend, referenceDevice } from '../reference/backend';
import { agreesWithReference } from '../selfTest';
import { describeWasmDevice, wasmBackendFactory } from '../wasm/backend';
import { type KernelBytes, supportedKernelBuild } from '../wasm/kernels';
import { fasterKernels, type KernelChoice } from '../wasm/tiles';
import { webgpuBackendFactory } from '../webgpu/backend';
import type { PreviewHost } from './host';

/** Threads compute, each with a backend of its own. */
export interface ProcessorBackend {
  readonly kind: 'processor';
  readonly name: 'wasm' | 'reference';
  /** What one thread is, for people. */
  readonly device: string;
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

export type OpenedBackend =
  | { readonly kind: 'backend'; readonly backend: ChosenBackend }
  /** With a `device` there is one, that cannot be relied on. */
  | { readonly kind: 'none'; readonly because: string; readonly device?: string };

/** What backends ask of the process. */
export type BackendHost = Pick<
  PreviewHost,
  'kernels' | 'chosenKernels' | 'compileOrdinarily' | 'openGpu' | 'openTensorFlow' | 'tensorFlowFolders' | 'nowMs'
>;

/** Whoever looks for hardware need not wait until a software adapter has compiled what it is to be checked by: that takes seconds. */
export type OpeningWish = 'hardware' | 'whatever there is';

/** A backend that may or may not run here. */
export interface Candidate {
  readonly name: BackendName;
  /** Opens it, and where there is any doubt compares what it computes with the reference. */
  open(host: BackendHost, wish: OpeningWish): Promise<OpenedBackend>;
}

/** All there are, in the order in which people are told of them. */
export const candidates: readonly Candidate[] = [
  {
    name: 'wasm',
    open: async (host) =>
      supportedKernelBuild() === null
        ? { kind: 'none', because: 'this JavaScript engine has no WebAssembly SIMD' }
        : { kind: 'backend', backend: await openProcessor('wasm', host) },
  },
  { name: 'reference', open: async (host) => ({ kind: 'backend', backend: await openProcessor('reference', host) }) },
  { name: 'webgpu', open: openWebGpu },
  { name: 'tfjs-node-gpu', open: openTfjs },
];

/** Of a backend that is there and fails its test. */
export const disagreement = 'what it computes differs from the reference';

/** A device that takes longer to answer does not answer. */
const openWithinMs: Readonly<Record<OpeningWish, number>> = { hardware: 10_000, 'whatever there is': 60_000 };

/** Opens a backend, or says why not: also where that ends in an error, or not at all. */
export async function openCandidate(
  candidate: Candidate,
  host: BackendHost,
  wish: OpeningWish,
): Promise<OpenedBackend> {
  let late: ReturnType<typeof setTimeout> | undefined;
  const opening = candidate.open(host, wish);
  const deadline = new Promise<OpenedBackend>((resolve) => {
    late = setTimeout(() => {
      const because = `it did not answer for ${openWithinMs[wish] / 1000} seconds`;
      resolve({ kind: 'none', because, device: `the device of ${candidate.name}` });
      // Should it answer yet, nobody will use it.
      opening.then(closeOpened, () => {});
    }, openWithinMs[wish]);
  });
  try {
    return await Promise.race([opening, deadline]);
  } catch (error) {
    return { kind: 'none', because: reasonOf(error) };
  } finally {
    clearTimeout(late);
  }
}

/** Drivers make mistakes, so that none is trusted before it has computed what is known. */
async function openWebGpu({ openGpu }: BackendHost, wish: OpeningWish): Promise<OpenedBackend> {
  const opened = (await openGpu?.()) ?? { kind: 'none', because: 'this process cannot reach WebGPU' };
  if (opened.kind === 'none') return opened;
  const { gpu } = opened;
  const { label: device, isSoftware } = gpu;
  const create = webgpuBackendFactory(gpu);
  const close = (): void => gpu.device.destroy();
  if (isSoftware && wish === 'hardware') {
    close();
    return { kind: 'none', because: `${device} is no GPU` };
  }
  try {
    if (!(await agreesWithReference(create))) {
      close();
      return { kind: 'none', because: disagreement, device };
    }
  } catch (error) {
    close();
    return { kind: 'none', because: reasonOf(error), device };
  }
  return {
    kind: 'backend',
    backend: {
      ...{ kind: 'device', name: 'webgpu', device, isSoftware },
      createNetwork: (plan, batch, seed) => createNetwork(plan, batch, create, seed),
      close,
    },
  };
}

/** Checks what it computes itself, and with it which of its operations can be used. */
async function openTfjs({ openTensorFlow, tensorFlowFolders = [] }: BackendHost): Promise<OpenedBackend> {
  if (openTensorFlow === undefined) return { kind: 'none', because: 'it needs a process of Node' };
  if (tensorFlowFolders.length === 0) {
    return { kind: 'none', because: 'no folder is named that @tensorflow/tfjs-node-gpu is installed in' };
  }
  const opened = await openTensorFlow(tensorFlowFolders);
  if (opened.kind === 'none') return opened;
  const { device, isSoftware, createNetwork: create } = opened;
  const backend = { kind: 'device', name: 'tfjs-node-gpu', device, isSoftware, createNetwork: create } as const;
  // Networks give back what they hold; the library stays loaded.
  return { kind: 'backend', backend: { ...backend, close: () => {} } };
}

/** What went wrong with a backend, to stand after a colon. */
export function reasonOf(error: unknown): string {
  if (error instanceof DeviceLostError) return error.because;
  return error instanceof Error ? error.message : String(error);
}

/** With the device in question, if there is one. */
export function whyNot({ because, device }: Extract<OpenedBackend, { kind: 'none' }>): string {
  return device === undefined ? because : `${device}: ${because}`;
}

/** Gives a device back. */
export function closeBackend(backend: ChosenBackend): void {
  if (backend.kind === 'device') backend.close();
}

export function closeOpened(opened: OpenedBackend): void {
  if (opened.kind === 'backend') closeBackend(opened.backend);
}

/**
 * The backend that a run goes on with when the device of its own is lost: the processor, which cannot be. Rejects with an Error
 * when not even that computes.
 */
export async function nextBackend(
  host: BackendHost,
  among: readonly Candidate[] = candidates,
): Promise<ProcessorBackend> {
  for (const name of ['wasm', 'reference']) {
    const candidate = among.find((one) => one.name === name);
    const opened = candidate && (await candidate.open(host, 'hardware'));
    if (opened?.kind === 'backend' && opened.backend.kind === 'processor') return opened.backend;
  }
  throw new Error('there is no backend on the processor');
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
  if (name === 'reference') {
    return { kind: 'processor', name, device: referenceDevice, create: createReferenceBackend, kernels: null };
  }
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
  const create = wasmBackendFactory(bytes, kernels);
  return { kind: 'processor', name: 'wasm', device: describeWasmDevice(kernels.build), create, kernels };
}
