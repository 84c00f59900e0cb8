/** Each kind of layer of a plan, forward, as operations of TensorFlow.js. Their gradients are the library's business. */
import type { LayerPlan } from '../plan/trainingPlan';
import { attend, attendByHeads, softmaxOverTime } from './attention';
import { activate, project } from './dense';
import { dropoutMask, noise } from './draws';
import { join } from './joins';
import { batchNorm, layerNorm } from './normalisation';
import { threeAxes } from './ranks';
import { recur } from './recurrent';
import type { Tensor2D, Tensor3D } from './tensorflow';
import { type LayerContext, type Steps, soleInput } from './values';
import { convolve, pool, poolOverTime } from './windows';

type PlanOf<Kind extends LayerPlan['kind']> = Extract<LayerPlan, { kind: Kind }>;
export type ComputedPlan = Exclude<LayerPlan, { kind: 'delayedTargets' }>;

/** The outputs of a layer, numbered as in the plan. */
export function runLayer(context: LayerContext, plan: ComputedPlan, inputs: readonly Steps[]): readonly Steps[] {
  switch (plan.kind) {
    case 'recurrent':
      return recur(context, plan, inputs);
    case 'join':
      return [join(context.tf, plan.how, inputs)];
    case 'attention':
      return [attend(context, plan, inputs)];
    case 'multiHeadAttention':
      return [attendByHeads(context, plan, inputs)];
    default:
      return [runLayerOfOneInput(context, plan, soleInput(inputs))];
  }
}

function runLayerOfOneInput(
  context: LayerContext,
  plan: Exclude<ComputedPlan, { kind: 'recurrent' | 'join' | 'attention' | 'multiHeadAttention' }>,
  input: Steps,
): Steps {
  const { tf } = context;
  const { value, mask } = input;
  const [timeSteps, batch, width] = value.shape;
  switch (plan.kind) {
    case 'embedding':
      return embed(context, plan, value);
    case 'dense':
      return dense(context, plan, input);
    case 'dropout':
      return drop(context, plan, input);
    case 'activation':
      return { value: activate(tf, plan.activation, value), mask };
    case 'step': {
      const step = plan.step < 0 ? timeSteps + plan.step : plan.step;
      return { value: tf.slice(value, [step, 0, 0], [1, -1, -1]), mask: null };
    }
    case 'flatten':
      return { value: tf.reshape(tf.transpose(value, [1, 0, 2]), [1, batch, timeSteps * width]), mask: null };
    case 'reverse':
      return { value: tf.reverse(value, 0), mask: null };
    case 'repeat':
      return { value: tf.tile(value, [plan.timeSteps, 1, 1]), mask: null };
    case 'conv1d':
      return convolve(context, plan, input);
    case 'pool':
      return pool(context, plan, input);
    case 'poolOverTime':
      return poolOverTime(context, plan.how, input);
    case 'layerNorm':
      return layerNorm(context, plan, input);
    case 'batchNorm':
      return batchNorm(context, plan, input);
    case 'softmaxOverTime':
      return softmaxOverTime(context, input);
    case 'gaussianNoise': {
      if (!context.training) return input;
      const added = noise(tf, value.shape, plan.standardDeviation, context.drawingKey);
      return { value: tf.add(value, added), mask };
    }
  }
}

function embed({ tf, parameter }: LayerContext, plan: PlanOf<'embedding'>, tokens: Tensor3D): Steps {
  const numbers: Tensor2D = tf.squeeze(tokens, [2]);
  const value = threeAxes(tf.gather(parameter(`${plan.path}.table`), tf.cast(numbers, 'int32')));
  const { paddingToken } = plan;
  return { value, mask: paddingToken === undefined ? null : tf.cast(tf.notEqual(numbers, paddingToken), 'float32') };
}

function dense({ tf, parameter }: LayerContext, plan: PlanOf<'dense'>, { value, mask }: Steps): Steps {
  const { path, tiedTo } = plan;
  const bias = plan.bias ? parameter(`${path}.bias`) : null;
  const product = project(tf, value, parameter(tiedTo ?? `${path}.weights`), bias, tiedTo !== undefined);
  return { value: activate(tf, plan.activation, product), mask };
}

function drop(context: LayerContext, plan: PlanOf<'dropout'>, input: Steps): Steps {
  const { tf, training, drawingKey } = context;
  if (!training) return input;
  const [timeSteps, batch, width] = input.value.shape;
  const stepLength = batch * width;
  const kept = dropoutMask(tf, [plan.sharedOverTime ? 1 : timeSteps, batch, width], plan.rate, drawingKey, () => ({
    first: 0,
    length: stepLength,
    stride: stepLength,
  }));
  return { value: tf.mul(input.value, kept), mask: input.mask };
}
