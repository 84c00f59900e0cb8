/**
 * The optimisers, each in the form of the model's framework: what a step makes of the learning rate, where epsilon stands,
 * what weight decay is, and which numbers are kept from one step to the next.
 */
import type { OptimiserChoice } from '../protocol/trainer';
import type { Backend, Span, WeightDecaySettings } from './backend';
import type { Convention } from './plan/trainingPlan';

/** What an optimiser asks of whatever keeps the parameters. */
export type OptimiserOperations = Pick<Backend, 'sgd' | 'rmsprop' | 'adam'>;

export interface Optimiser {
  /** How many numbers it keeps for each parameter. */
  readonly stateSections: number;
  /** One step. `state` has as many stretches as there are sections, all zero before the first step, which is number 1. */
  update(
    backend: OptimiserOperations,
    parameters: Span,
    gradients: Span,
    state: readonly Span[],
    step: number,
    learningRate: number,
  ): void;
}

/** Adam as both frameworks have it by default. */
export const defaultOptimiser: OptimiserChoice = { name: 'adam' };

const beta1 = 0.9;
const beta2 = 0.999;
/** β of the running mean of squares: `alpha` of PyTorch, `rho` of Keras. */
const rmspropDecay: Readonly<Record<OptimiserForm, number>> = { torch: 0.99, keras: 0.9 };
const epsilonOf: Readonly<Record<OptimiserForm, number>> = { torch: 1e-8, keras: 1e-7 };
/** What AdamW decays by where nobody says. */
const adamwDecay: Readonly<Record<OptimiserForm, number>> = { torch: 0.01, keras: 0.004 };

/** Whose form of an algorithm is used: Optax, by which Flax models are trained, has PyTorch's. */
type OptimiserForm = Exclude<Convention, 'flax'>;

export function createOptimiser(choice: OptimiserChoice, framework: Convention): Optimiser {
  const convention = framework === 'flax' ? 'torch' : framework;
  switch (choice.name) {
    case 'sgd':
      return sgd(choice, convention);
    case 'rmsprop':
      return rmsprop(choice, convention);
    case 'adam':
    case 'adamw':
      return adam(choice, convention);
  }
}

/**
 * PyTorch multiplies the velocity by the learning rate, Keras what goes into it: the same as long as the learning rate is,
 * and after a change PyTorch's velocity follows at once, Keras' by and by.
 */
function sgd(
  { momentum = 0, nesterov = false, weightDecay = 0 }: Extract<OptimiserChoice, { name: 'sgd' }>,
  convention: OptimiserForm,
): Optimiser {
  return {
    stateSections: momentum === 0 ? 0 : 1,
    update: (backend, parameters, gradients, [velocity = null], _step, learningRate) =>
      backend.sgd(parameters, gradients, velocity, {
        momentum,
        nesterov,
        ...velocityScales(convention, learningRate),
        ...decaySettings(convention, false, weightDecay, learningRate),
      }),
  };
}

/** PyTorch adds its epsilon to the root of the mean square, Keras to what the root is taken of. */
function rmsprop(
  { decay, momentum = 0, centred = false, weightDecay = 0 }: Extract<OptimiserChoice, { name: 'rmsprop' }>,
  convention: OptimiserForm,
): Optimiser {
  return {
    stateSections: 1 + (centred ? 1 : 0) + (momentum === 0 ? 0 : 1),
    update: (backend, parameters, gradients, [meanSquare, ...others], _step, learningRate) => {
      if (meanSquare === undefined) throw new Error('RMSprop is given no room for its mean squares');
      const meanGradient = centred ? (others.shift() ?? null) : null;
      backend.rmsprop(parameters, gradients, meanSquare, meanGradient, others[0] ?? null, {
        decay: decay ?? rmspropDecay[convention],
        epsilonInRoot: convention === 'keras' ? epsilonOf.keras : 0,
        epsilonAfterRoot: convention === 'torch' ? epsilonOf.torch : 0,
        momentum,
        ...velocityScales(convention, learningRate),
        ...decaySettings(convention, false, weightDecay, learningRate),
      });
    },
  };
}

/**
 * PyTorch adds its epsilon of 1e-8 to the root of the corrected second moment, Keras its 1e-7 to that of the uncorrected one
 * (the ε̂ of Kingma and Ba 2015, section 2).
 */
function adam(
  { name, weightDecay }: Extract<OptimiserChoice, { name: 'adam' | 'adamw' }>,
  convention: OptimiserForm,
): Optimiser {
  const isDecoupled = name === 'adamw';
  const decay = weightDecay ?? (isDecoupled ? adamwDecay[convention] : 0);
  return {
    stateSections: 2,
    update: (backend, parameters, gradients, [firstMoment, secondMoment], step, learningRate) => {
      if (firstMoment === undefined || secondMoment === undefined)
        throw new Error('Adam is given no room for its moments');
      const secondMomentScale = 1 / Math.sqrt(1 - beta2 ** step);
      backend.adam(parameters, gradients, firstMoment, secondMoment, {
        stepSize: learningRate / (1 - beta1 ** step),
        beta1,
        beta2,
        secondMomentScale,
        epsilon: convention === 'torch' ? epsilonOf.torch : epsilonOf.keras * secondMomentScale,
        ...decaySettings(convention, isDecoupled, decay, learningRate),
      });
    },
  };
}

function velocityScales(
  convention: OptimiserForm,
  learningRate: number,
): { readonly intoVelocity: number; readonly intoParameters: number } {
  return convention === 'torch'
    ? { intoVelocity: 1, intoParameters: learningRate }
    : { intoVelocity: learningRate, intoParameters: 1 };
}

/**
 * `weight_decay` of PyTorch is a part of the gradient, but in AdamW; of Keras it always shrinks the weights apart from the
 * gradient, in proportion to the learning rate.
 */
function decaySettings(
  convention: OptimiserForm,
  isDecoupled: boolean,
  weightDecay: number,
  learningRate: number,
): WeightDecaySettings {
  return convention === 'keras' || isDecoupled
    ? { decayIntoGradient: 0, kept: 1 - learningRate * weightDecay }
    : { decayIntoGradient: weightDecay, kept: 1 };
}

/** What PyTorch's `clip_grad_norm_` adds to the norm before it divides by it. */
export const clipNormMargin: Readonly<Record<Convention, number>> = { torch: 1e-6, keras: 0, flax: 0 };
