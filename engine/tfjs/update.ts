/** Clipping and the optimisers as operations of TensorFlow.js, each on one stretch of all parameters as the engine has them. */
import type { Span } from '../backend';
import { clipNormMargin, type Optimiser, type OptimiserOperations } from '../optimiser';
import type { Convention } from '../plan/trainingPlan';
import type { Scalar, Tensor1D, TensorFlow } from './tensorflow';

export interface Clipping {
  readonly clipNorm?: number;
  readonly clipValue?: number;
}

export function normOf(tf: TensorFlow, gradients: Tensor1D): Scalar {
  return tf.sqrt(tf.sum(tf.square(gradients)));
}

/** A norm or a number that is not finite is left as it is, for whoever looks where it comes from. */
export function clipped(
  tf: TensorFlow,
  gradients: Tensor1D,
  norm: Scalar,
  { clipNorm, clipValue }: Clipping,
  convention: Convention,
): Tensor1D {
  let result = gradients;
  if (clipNorm !== undefined) {
    const divisor = tf.add(norm, clipNormMargin[convention]);
    const isTooLong = tf.logicalAnd(tf.greater(divisor, clipNorm), tf.isFinite(divisor));
    result = tf.mul(result, tf.where(isTooLong, tf.div(clipNorm, divisor), tf.scalar(1)));
  }
  if (clipValue !== undefined) {
    result = tf.where(tf.isFinite(result), tf.clipByValue(result, -clipValue, clipValue), result);
  }
  return result;
}

/** What one step makes of the parameters and of what the optimiser keeps. */
export interface Sections {
  readonly parameters: Tensor1D;
  readonly state: readonly Tensor1D[];
}

/** One step of the optimiser, in the form that the plan's framework has it. */
export function optimised(
  tf: TensorFlow,
  optimiser: Optimiser,
  { parameters, state }: Sections,
  gradients: Tensor1D,
  step: number,
  learningRate: number,
): Sections {
  // The optimiser names sections as places in an arena: here it is their number.
  const sections = [parameters, gradients, ...state];
  const spans = sections.map((_, index): Span => ({ offset: index, length: 1 }));
  const [ofParameters, ofGradients, ...ofState] = spans;
  if (ofParameters === undefined || ofGradients === undefined) throw new Error('an optimiser is given no parameters');
  optimiser.update(operationsOn(tf, sections), ofParameters, ofGradients, ofState, step, learningRate);
  const [updated, , ...kept] = sections;
  return { parameters: updated ?? parameters, state: kept };
}

/** As `engine/reference/optimiser.ts` defines them. */
function operationsOn(tf: TensorFlow, sections: Tensor1D[]): OptimiserOperations {
  const at = ({ offset }: Span): Tensor1D => {
    const section = sections[offset];
    if (section === undefined) throw new Error(`an optimiser has no section ${offset}`);
    return section;
  };
  const put = ({ offset }: Span, value: Tensor1D): Tensor1D => {
    sections[offset] = value;
    return value;
  };
  const decayed = (parameters: Span, gradients: Span, decayIntoGradient: number): Tensor1D =>
    decayIntoGradient === 0 ? at(gradients) : tf.add(at(gradients), tf.mul(at(parameters), decayIntoGradient));
  const shrunk = (parameters: Span, kept: number): Tensor1D =>
    kept === 1 ? at(parameters) : tf.mul(at(parameters), kept);
  const running = (mean: Span, decay: number, value: Tensor1D): Tensor1D =>
    put(mean, tf.add(tf.mul(at(mean), decay), tf.mul(value, 1 - decay)));
  return {
    sgd: (parameters, gradients, velocity, settings) => {
      const { momentum, nesterov, intoVelocity, intoParameters, decayIntoGradient, kept } = settings;
      const push: Tensor1D = tf.mul(decayed(parameters, gradients, decayIntoGradient), intoVelocity);
      let step = push;
      if (velocity !== null) {
        const moved = put(velocity, tf.add(tf.mul(at(velocity), momentum), push));
        step = nesterov ? tf.add(tf.mul(moved, momentum), push) : moved;
      }
      put(parameters, tf.sub(shrunk(parameters, kept), tf.mul(step, intoParameters)));
    },
    rmsprop: (parameters, gradients, meanSquare, meanGradient, velocity, settings) => {
      const gradient = decayed(parameters, gradients, settings.decayIntoGradient);
      let variance = running(meanSquare, settings.decay, tf.square(gradient));
      if (meanGradient !== null) {
        const centre = running(meanGradient, settings.decay, gradient);
        // Rounding may leave a variance of almost nothing below zero.
        variance = tf.relu(tf.sub(variance, tf.square(centre)));
      }
      const root = tf.add(tf.sqrt(tf.add(variance, settings.epsilonInRoot)), settings.epsilonAfterRoot);
      let step: Tensor1D = tf.div(tf.mul(gradient, settings.intoVelocity), root);
      if (velocity !== null) step = put(velocity, tf.add(tf.mul(at(velocity), settings.momentum), step));
      put(parameters, tf.sub(shrunk(parameters, settings.kept), tf.mul(step, settings.intoParameters)));
    },
    adam: (parameters, gradients, firstMoment, secondMoment, settings) => {
      const gradient = decayed(parameters, gradients, settings.decayIntoGradient);
      const first = running(firstMoment, settings.beta1, gradient);
      const second = running(secondMoment, settings.beta2, tf.square(gradient));
      const root = tf.add(tf.mul(tf.sqrt(second), settings.secondMomentScale), settings.epsilon);
      const step = tf.div(tf.mul(first, settings.stepSize), root);
      put(parameters, tf.sub(shrunk(parameters, settings.kept), step));
    },
  };
}
