/** Makes the network of a plan on as many threads as it may have and has use for, or on the device of all variants. */
import { createNetwork, type Network } from '../network';
import type { PartWorker } from '../parallel/partConnection';
import { createSplitNetwork } from '../parallel/splitNetwork';
import type { TrainingPlan } from '../plan/trainingPlan';
import type { ChosenBackend } from './backends';
import type { WorkerHost } from './host';
import { threadsOf } from './threads';

/** `remark` says why the network has fewer threads than it may. */
export type NetworkMaker = (
  plan: TrainingPlan,
  batch: number,
  seed: number,
) => { readonly network: Network; readonly remark: string | null };

/** @param workers null where the host has none */
export function networkMaker(backend: ChosenBackend, threads: number, workers: WorkerHost | null): NetworkMaker {
  if (backend.kind === 'device') {
    return (plan, batch, seed) => ({ network: backend.createNetwork(plan, batch, seed), remark: null });
  }
  const { create, name, kernels } = backend;
  return (plan, batch, seed) => {
    const { count, remark } = threadsOf(plan, batch, workers === null ? 1 : threads);
    if (workers === null || count === 1) return { network: createNetwork(plan, batch, create, seed), remark };
    const others = Array.from({ length: count - 1 }, (): PartWorker => workers.start());
    const { sharesMemory } = workers;
    const network = createSplitNetwork(plan, batch, { create, name, kernels }, seed, others, sharesMemory);
    return { network, remark };
  };
}
