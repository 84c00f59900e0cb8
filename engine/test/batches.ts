/** Random inputs and targets that fit a network. */
import type { Network } from '../network';
import type { TrainingPlan } from '../plan/trainingPlan';
import { createRandom } from '../random';

export function randomBatch(
  network: Network,
  plan: TrainingPlan,
  seed: number,
): { inputs: number[]; targets: number[] } {
  const random = createRandom(seed, 0);
  const { batch, inputSteps, inputWidth, targetSteps, targetWidth } = network.batchShape;
  const draw = (count: number, one: () => number): number[] => Array.from({ length: count }, one);
  const { input, output, loss } = plan;
  return {
    inputs: draw(inputSteps * batch * inputWidth, () =>
      input.kind === 'tokens' ? random.below(input.vocabulary) : random.normal(),
    ),
    targets: draw(targetSteps * batch * targetWidth, () =>
      loss === 'crossEntropy'
        ? random.below(output.width)
        : loss === 'binaryCrossEntropy'
          ? random.below(2)
          : random.normal(),
    ),
  };
}
