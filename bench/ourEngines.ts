/** The engine of this project as `bench:engine` runs it: each build of the kernels on one thread, the faster one on two. */
import path from 'node:path';
import { createNetwork, type Network } from '../engine/network';
import { createSplitNetwork } from '../engine/parallel/splitNetwork';
import { startNodeWorker } from '../engine/trainer/nodeWorkers';
import { setV8Flags } from '../engine/trainer/v8Flags';
import { wasmBackendFactory } from '../engine/wasm/backend';
import { type KernelBuild, supportedKernelBuild } from '../engine/wasm/kernels';
import { fasterKernels } from '../engine/wasm/tiles';
import { kernels } from './builtKernels';
import type { EngineCase } from './engineGrid';
import { noiseBatch } from './noiseBatch';
import type { Contestant } from './peers';

setV8Flags();

const names: Readonly<Record<KernelBuild, string>> = {
  simd: 'Unroll, plain SIMD',
  relaxedSimd: 'Unroll, relaxed SIMD',
};

/** Those that this JavaScript engine runs, the fastest of each number of threads last. */
export function ourEngines(): Contestant[] {
  const supported = supportedKernelBuild();
  if (supported === null) throw new Error('There is no WebAssembly SIMD here, so there is no engine to measure.');
  const builds: readonly KernelBuild[] = supported === 'relaxedSimd' ? ['simd', 'relaxedSimd'] : ['simd'];
  const onOne = builds.map((build) => {
    const createBackend = wasmBackendFactory(kernels, fasterKernels(kernels, build));
    return contestantOf(`${names[build]}, 1 thread`, 1, ({ plan, model }) =>
      createNetwork(plan, model.batch, createBackend, 1),
    );
  });
  const faster = fasterKernels(kernels, supported);
  const backend = { name: 'wasm', create: wasmBackendFactory(kernels, faster), kernels: faster } as const;
  const onTwo = contestantOf(`${names[supported]}, 2 threads`, 2, ({ plan, model }) =>
    createSplitNetwork(plan, model.batch, backend, 1, [startNodeWorker(path.resolve('dist'))], true),
  );
  return [...onOne, onTwo];
}

function contestantOf(name: string, threads: number, createNetworkOf: (item: EngineCase) => Network): Contestant {
  const networks = new Map<string, Network>();
  return {
    name,
    threads,
    isOurs: true,
    fastestStep: async (item, seconds) => {
      const network = networks.get(item.name) ?? createNetworkOf(item);
      networks.set(item.name, network);
      return fastestStep(network, item, seconds);
    },
    end: () => {
      for (const network of networks.values()) network.end();
    },
  };
}

async function fastestStep(network: Network, { plan }: EngineCase, seconds: number): Promise<number> {
  const { inputs, targets } = noiseBatch(network.batchShape, plan);
  const settings = { learningRate: 1e-4, clipNorm: Number.POSITIVE_INFINITY };
  let best = Number.POSITIVE_INFINITY;
  let step = 0;
  const end = performance.now() + 1000 * seconds;
  do {
    const started = performance.now();
    network.loadBatch(inputs, targets);
    await network.trainStep(++step, settings);
    best = Math.min(best, performance.now() - started);
  } while (performance.now() < end);
  return best / 1000;
}
