/** Columns brought to mean 0 and variance 1, over each step alone or over the batch. */
import type { NormalisationPlan } from '../plan/trainingPlan';
import type { Tensor, Tensor3D } from './tensorflow';
import { columnOf, type LayerContext, type Steps } from './values';

/** Ba et al. 2016. */
export function layerNorm(context: LayerContext, plan: NormalisationPlan, { value, mask }: Steps): Steps {
  const { tf } = context;
  const centred: Tensor3D = tf.sub(value, tf.mean(value, 2, true));
  const variance = tf.mean(tf.square(centred), 2, true);
  return { value: affine(context, plan, tf.div(centred, tf.sqrt(tf.add(variance, plan.epsilon)))), mask };
}

/** Ioffe and Szegedy 2015. Padding counts in none of the statistics. */
export function batchNorm(context: LayerContext, plan: NormalisationPlan, { value, mask }: Steps): Steps {
  const { tf, convention, training } = context;
  const { path, epsilon, momentum = 0.99 } = plan;
  const [timeSteps, batch] = value.shape;
  const rows = timeSteps * batch;
  const running = { mean: context.state(`${path}.runningMean`), variance: context.state(`${path}.runningVariance`) };
  const standardised = (mean: Tensor, variance: Tensor): Steps => {
    const deviation = tf.sqrt(tf.add(variance, epsilon));
    return { value: affine(context, plan, tf.div(tf.sub(value, mean), deviation)), mask };
  };
  if (!training) return standardised(running.mean, running.variance);
  const marks = mask && columnOf(tf, mask);
  const count = marks === null ? rows : tf.sum(marks);
  const average = (numbers: Tensor3D): Tensor =>
    tf.div(tf.sum(marks === null ? numbers : tf.mul(numbers, marks), [0, 1]), count);
  const mean = average(value);
  const variance = average(tf.square(tf.sub(value, mean)));
  /** PyTorch keeps the variance of what the batch is a sample of, Keras that of the batch. */
  const sampling = convention === 'torch' && rows > 1 ? rows / (rows - 1) : 1;
  running.mean.assign(tf.add(tf.mul(running.mean, momentum), tf.mul(mean, 1 - momentum)));
  running.variance.assign(tf.add(tf.mul(running.variance, momentum), tf.mul(variance, (1 - momentum) * sampling)));
  return standardised(mean, variance);
}

/** A trained factor and a trained bias for each column. */
function affine({ tf, parameter }: LayerContext, { path, scale, bias }: NormalisationPlan, value: Tensor3D): Tensor3D {
  const scaled: Tensor3D = scale ? tf.mul(value, parameter(`${path}.scale`)) : value;
  return bias ? tf.add(scaled, parameter(`${path}.bias`)) : scaled;
}
