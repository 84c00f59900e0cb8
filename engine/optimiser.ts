/** Adam's settings at a step, in the form of the model's framework (Kingma and Ba 2015). */
import type { AdamSettings } from './backend';
import type { Convention } from './plan/trainingPlan';

const beta1 = 0.9;
const beta2 = 0.999;

/**
 * `step` counts from 1. PyTorch adds its epsilon of 1e-8 to the root of the corrected second moment, Keras its 1e-7 to that
 * of the uncorrected one (the ε̂ of the paper, section 2).
 */
export function adamSettings(convention: Convention, step: number, learningRate: number): AdamSettings {
  const secondMomentScale = 1 / Math.sqrt(1 - beta2 ** step);
  return {
    stepSize: learningRate / (1 - beta1 ** step),
    beta1,
    beta2,
    secondMomentScale,
    epsilon: convention === 'torch' ? 1e-8 : 1e-7 * secondMomentScale,
  };
}
