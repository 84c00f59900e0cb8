/** Learning rates over a run, each a closed form of the step, so that going on in the middle needs nothing else. */
import type { LearningRateSchedule } from '../protocol/trainer';

/**
 * The learning rate of a step, counted from 1, in a run of `steps`.
 *
 * PyTorch's `StepLR`, `ExponentialLR`, `CosineAnnealingLR` and Keras' `ExponentialDecay` (staircase or not), `CosineDecay` give
 * the same without warm-up (Loshchilov and Hutter 2017 for the cosine); the warm-up is linear and ends at the full rate
 * (Goyal et al. 2017), as PyTorch's `LinearLR` from `1 / warmUp`.
 */
export function learningRateAt(
  schedule: LearningRateSchedule,
  learningRate: number,
  step: number,
  steps: number,
): number {
  switch (schedule.kind) {
    case 'constant':
      return learningRate;
    case 'step':
      return learningRate * schedule.factor ** Math.floor((step - 1) / schedule.every);
    case 'exponential':
      return learningRate * schedule.factor ** (step - 1);
    case 'cosine': {
      const { warmUp } = schedule;
      if (step <= warmUp) return (learningRate * step) / warmUp;
      return (learningRate * (1 + Math.cos((Math.PI * (step - 1 - warmUp)) / (steps - warmUp)))) / 2;
    }
  }
}
