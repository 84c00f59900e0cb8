/** What a training step takes in memory here, beside what the cost model says that backpropagation through time keeps. */
import { arenaLengthOf } from '../engine/network';
import { bytesPerFloat, gradientBytes, optimiserBytes } from '../model/costs/memory';
import { modelCosts } from '../model/costs/model';
import { grid } from './predictGrid';

export interface StepMemory {
  readonly name: string;
  readonly bytes: number;
  /** Weights, gradients, Adam's moments and the activations that are kept. */
  readonly predictedBytes: number;
}

export function stepMemories(): StepMemory[] {
  return grid.flatMap(({ name, graph, plan, batch }) => {
    const { weightMemory, trainable, trainingMemory } = modelCosts(graph);
    const perModel = [weightMemory, gradientBytes(trainable), optimiserBytes(trainable, 'adam')];
    const values = [...perModel.map(({ value }) => value), trainingMemory.value];
    const [weights, gradients, moments, kept] = values;
    if (weights == null || gradients == null || moments == null || kept == null) return [];
    return [
      {
        name,
        bytes: bytesPerFloat * arenaLengthOf(plan, batch),
        predictedBytes: weights + gradients + moments + kept * batch,
      },
    ];
  });
}
