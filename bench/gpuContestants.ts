/** Who takes part in `bench:gpu`: the engine on the GPU and on the processor, PyTorch on the same GPU, TensorFlow.js over the same Dawn. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { BackendFactory } from '../engine/backend';
import { createNetwork, type Network } from '../engine/network';
import type { PartWorker } from '../engine/parallel/partConnection';
import { createSplitNetwork } from '../engine/parallel/splitNetwork';
import { nodeHost } from '../engine/trainer/nodeHost';
import { startNodeWorker } from '../engine/trainer/nodeWorkers';
import { threadsOf } from '../engine/trainer/threads';
import { wasmBackendFactory } from '../engine/wasm/backend';
import { supportedKernelBuild } from '../engine/wasm/kernels';
import { fasterKernels, type KernelChoice } from '../engine/wasm/tiles';
import { webgpuBackendFactory } from '../engine/webgpu/backend';
import type { Gpu } from '../engine/webgpu/gpu';
import { createQueueMeter, type QueueMeter } from '../engine/webgpu/queueMeter';
import { kernels } from './builtKernels';
import type { EngineCase } from './engineGrid';
import { noiseBatch } from './noiseBatch';
import { type Peer, peerPython, startPeer } from './peers';
import { median } from './statistics';

/** Steps whose losses are read together, about as many as fall into one frame of a preview. */
export const stepsPerRead = 8;

export type Role = 'webgpu' | 'wasm' | 'torch' | 'torchFloat32' | 'tfjs';

/** Of a training step on average. */
export interface WorkOfStep {
  readonly dispatches: number;
  readonly dispatchesByKernel: Readonly<Record<string, number>>;
  readonly submissions: number;
  /** Within compute passes; null where the adapter has no timestamps. */
  readonly gpuSeconds: number | null;
  /** Of a step that is given a new batch, rather than one that lies on the GPU. */
  readonly secondsWithNewBatch: number;
}

export interface GpuContestant {
  readonly role: Role;
  readonly name: string;
  /** The processor or GPU that computes, where it says so. */
  readonly device: string | null;
  /** Trains for so many seconds: those of a step, the one in the middle. Or says why it cannot. */
  secondsOfStep(item: EngineCase, seconds: number): Promise<number | string>;
  /** What a step takes besides time, where it can tell; then forgets the model. */
  finish(item: EngineCase): Promise<WorkOfStep | null>;
  end(): void;
}

const settings = { learningRate: 1e-4 };

export function oursOnGpu(gpu: Gpu): GpuContestant {
  const meter = createQueueMeter(gpu.device);
  let isMetering = false;
  const whileMetering: QueueMeter = {
    onDispatch: (kernel) => {
      if (isMetering) meter.onDispatch(kernel);
    },
    onSubmit: () => {
      if (isMetering) meter.onSubmit();
    },
    timestampWrites: () => (isMetering ? meter.timestampWrites() : undefined),
  };
  const createBackend = webgpuBackendFactory(gpu, { meter: whileMetering });
  const workOf = async (trained: Trained): Promise<WorkOfStep> => {
    isMetering = true;
    await trained.group();
    isMetering = false;
    const { dispatches, submissions, gpuSeconds } = await meter.take();
    const perStep = (amount: number): number => amount / trained.stepsOfGroup;
    const byKernel = [...dispatches].map(([kernel, count]) => [kernel, perStep(count)] as const);
    return {
      dispatches: byKernel.reduce((sum, [, count]) => sum + count, 0),
      dispatchesByKernel: Object.fromEntries(byKernel),
      submissions: perStep(submissions),
      gpuSeconds: gpuSeconds === null ? null : perStep(gpuSeconds),
      secondsWithNewBatch: await secondsOfGroups(trained, 0, true),
    };
  };
  return {
    role: 'webgpu',
    name: 'Unroll, WebGPU',
    device: gpu.label,
    ...ours(({ plan, model }) => createNetwork(plan, model.batch, createBackend, 1), workOf),
  };
}

/** The engine on the processor: which kernels, and what makes a backend of them. */
export function fastestOnProcessor(): { readonly kernels: KernelChoice; readonly create: BackendFactory } {
  const build = supportedKernelBuild();
  if (build === null) throw new Error('There is no WebAssembly SIMD here.');
  const faster = fasterKernels(kernels, build);
  return { kernels: faster, create: wasmBackendFactory(kernels, faster) };
}

/** On as many threads as a run takes that has the whole machine. */
export function oursOnProcessor(processor: ReturnType<typeof fastestOnProcessor>): GpuContestant {
  const backend = { name: 'wasm', ...processor } as const;
  const folder = path.resolve('dist');
  const cores = nodeHost(folder).workers?.cores ?? 1;
  return {
    role: 'wasm',
    name: `Unroll, WebAssembly, ${cores} thread${cores === 1 ? '' : 's'}`,
    device: null,
    ...ours(({ plan, model }) => {
      const { count } = threadsOf(plan, model.batch, cores);
      if (count === 1) return createNetwork(plan, model.batch, processor.create, 1);
      const others = Array.from({ length: count - 1 }, (): PartWorker => startNodeWorker(folder));
      return createSplitNetwork(plan, model.batch, backend, 1, others, true);
    }),
  };
}

interface Trained {
  readonly network: Network;
  /** Several where that is faster; their losses are read after the last. */
  readonly stepsOfGroup: number;
  group(hasNewBatches?: boolean): Promise<void>;
}

function ours(
  createNetworkOf: (item: EngineCase) => Network,
  workOf?: (trained: Trained) => Promise<WorkOfStep>,
): Pick<GpuContestant, 'secondsOfStep' | 'finish' | 'end'> {
  const networks = new Map<string, Trained>();
  const forget = (name: string): void => {
    networks.get(name)?.network.end();
    networks.delete(name);
  };
  return {
    secondsOfStep: async (item, seconds) => {
      try {
        const trained = networks.get(item.name) ?? trainedOf(createNetworkOf(item), item);
        networks.set(item.name, trained);
        return await secondsOfGroups(trained, seconds);
      } catch (error) {
        forget(item.name);
        return reasonOf(error);
      }
    },
    finish: async (item) => {
      const trained = networks.get(item.name);
      const work = trained === undefined || workOf === undefined ? null : await workOf(trained);
      forget(item.name);
      return work;
    },
    end: () => {
      for (const name of networks.keys()) forget(name);
    },
  };
}

function trainedOf(network: Network, { plan }: EngineCase): Trained {
  const { inputs, targets } = noiseBatch(network.batchShape, plan);
  network.loadBatch(inputs, targets);
  const stepsOfGroup = network.isQueued ? stepsPerRead : 1;
  let step = 0;
  return {
    network,
    stepsOfGroup,
    group: async (hasNewBatches = false) => {
      const asked: Promise<unknown>[] = [];
      for (let count = 0; count < stepsOfGroup; count++) {
        if (hasNewBatches) network.loadBatch(inputs, targets);
        asked.push(network.trainStep(++step, settings));
      }
      await Promise.all(asked);
    },
  };
}

/** Of a step of the group in the middle, after one that is not counted. */
async function secondsOfGroups(trained: Trained, seconds: number, hasNewBatches = false): Promise<number> {
  await trained.group(hasNewBatches);
  const times: number[] = [];
  const end = performance.now() + 1000 * seconds;
  do {
    const started = performance.now();
    await trained.group(hasNewBatches);
    times.push((performance.now() - started) / 1000 / trained.stepsOfGroup);
  } while (performance.now() < end);
  return median(times);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface PeerKind {
  readonly name: 'torch' | 'tfjs';
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
  /** What is not there when it is not installed. */
  readonly needs: string;
  /** The same process in several roles. */
  readonly roles: readonly { readonly role: Role; readonly suffix: string; readonly request: object }[];
}

const tfjsBundle = path.join('.cache', 'bench', 'tfjs_gpu_peer.cjs');

/** Those that are installed and reach a GPU, and a sentence for each that is not or does not. */
export async function startGpuPeers(
  torchDevice: 'cuda' | 'cpu',
  isWanted: (peer: 'torch' | 'tfjs') => boolean,
): Promise<{ readonly peers: readonly GpuContestant[]; readonly missing: readonly string[] }> {
  const kinds: readonly PeerKind[] = [
    {
      name: 'torch',
      title: 'PyTorch',
      command: peerPython,
      args: [path.join('bench', 'peers', 'torch_peer.py'), torchDevice],
      needs: peerPython,
      roles: [
        { role: 'torch', suffix: '', request: {} },
        { role: 'torchFloat32', suffix: ', without TensorFloat-32', request: { tensorFloat: false } },
      ],
    },
    {
      name: 'tfjs',
      title: 'TensorFlow.js',
      command: process.execPath,
      args: [tfjsBundle],
      needs: tfjsBundle,
      roles: [{ role: 'tfjs', suffix: '', request: {} }],
    },
  ];
  const peers: GpuContestant[] = [];
  const missing: string[] = [];
  for (const { title, command, args, needs, roles } of kinds.filter(({ name }) => isWanted(name))) {
    if (!existsSync(needs)) {
      missing.push(`${title} is not installed: \`npm run bench:peers\`.`);
      continue;
    }
    try {
      const peer = await startPeer(command, args);
      const { name, unable } = peer.greeting;
      if (name === undefined) missing.push(unable ?? `${title} does not say its name.`);
      else
        peers.push(
          ...roles.map(({ role, suffix, request }) => peerContestant(peer, role, `${name}${suffix}`, request)),
        );
    } catch (error) {
      missing.push(`${title} does not start: ${reasonOf(error)}.`);
    }
  }
  return { peers, missing };
}

function peerContestant(peer: Peer, role: Role, name: string, request: object): GpuContestant {
  return {
    role,
    name,
    device: peer.greeting.device ?? null,
    secondsOfStep: async ({ model }, seconds) => {
      try {
        const answer = await peer.ask({ model, threads: 1, seconds, stepsPerRead, ...request });
        return answer.median ?? answer.unable ?? 'it did not answer';
      } catch (error) {
        return reasonOf(error);
      }
    },
    finish: async ({ model }) => {
      // One that has ended has forgotten.
      await peer.ask({ forget: model }).catch(() => {});
      return null;
    },
    end: () => {
      peer.process.stdin?.end();
    },
  };
}
