/** How far a backend's losses and gradients are from those of the reference, on the same model and batch. */
import type { BackendFactory, Numbers } from '../engine/backend';
import { createNetwork } from '../engine/network';
import { createReferenceBackend } from '../engine/reference/backend';
import type { EngineCase } from './engineGrid';
import { smallVersion } from './gpuGrid';
import { noiseBatch } from './noiseBatch';

/** The largest differences, each as a share of the largest number that it is among. */
export interface Accuracy {
  readonly losses: number;
  /** Of the parameter whose gradient is furthest off. */
  readonly gradients: number;
}

/** Training steps whose losses are compared. */
const steps = 4;

interface Outcome {
  readonly losses: readonly number[];
  readonly gradients: readonly Numbers[];
}

export async function accuracyOf(item: EngineCase, createBackend: BackendFactory): Promise<Accuracy> {
  const small = smallVersion(item);
  const expected = await outcomeOf(small, createReferenceBackend);
  const seen = await outcomeOf(small, createBackend);
  const gradients = expected.gradients.map((gradient, index) => difference(seen.gradients[index] ?? [], gradient));
  return { losses: difference(seen.losses, expected.losses), gradients: Math.max(...gradients) };
}

async function outcomeOf({ plan, model }: EngineCase, createBackend: BackendFactory): Promise<Outcome> {
  const network = createNetwork(plan, model.batch, createBackend, 1);
  const { inputs, targets } = noiseBatch(network.batchShape, plan);
  network.loadBatch(inputs, targets);
  await network.differentiate(1);
  const gradients: Numbers[] = [];
  for (const { gradient } of network.parameters) gradients.push(await network.backend.read(gradient));
  const losses: number[] = [];
  for (let step = 1; step <= steps; step++) losses.push((await network.trainStep(step, { learningRate: 1e-3 })).loss);
  network.end();
  return { losses, gradients };
}

/** NaN where either is no number: never small. */
function difference(seen: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [largest, furthest] = [0, 0];
  for (let index = 0; index < expected.length; index++) {
    const value = expected[index] ?? Number.NaN;
    largest = Math.max(largest, Math.abs(value));
    furthest = Math.max(furthest, Math.abs((seen[index] ?? Number.NaN) - value));
  }
  return largest === 0 ? furthest : furthest / largest;
}
