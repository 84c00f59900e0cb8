/** A batch for a network whose times are measured: what is in it changes none of them. */
import type { BatchShape } from '../engine/network';
import type { TrainingPlan } from '../engine/plan/trainingPlan';
import { createRandom } from '../engine/random';

/** The same for the same shape: classes by number where classes are predicted, else normal numbers. */
export function noiseBatch(
  { batch, inputSteps, inputWidth, targetSteps, targetWidth }: BatchShape,
  plan: TrainingPlan,
): { readonly inputs: Float32Array; readonly targets: Float32Array } {
  const random = createRandom(1, 0);
  const drawInput = (): number =>
    plan.input.kind === 'tokens' ? random.below(plan.input.vocabulary) : random.normal();
  const drawTarget = (): number => (plan.loss === 'crossEntropy' ? random.below(plan.output.width) : random.normal());
  return {
    inputs: Float32Array.from({ length: inputSteps * batch * inputWidth }, drawInput),
    targets: Float32Array.from({ length: targetSteps * batch * targetWidth }, drawTarget),
  };
}
