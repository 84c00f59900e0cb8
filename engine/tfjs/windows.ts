/** Layers that see several time steps at once: convolutions, and the largest or the average of windows or of all steps. */
import type { TimeWindows } from '../backend';
import { inputStepOf, timeWindows } from '../plan/timeWindows';
import type { ConvolutionPlan, PoolingPlan } from '../plan/trainingPlan';
import { activate, project } from './dense';
import type { Tensor2D, Tensor3D, Tensor4D, TensorFlow } from './tensorflow';
import { columnOf, type LayerContext, type Steps } from './values';

/** Loses against every number, and times 0 it is 0, which an infinity is not. */
const lowest = -3.4e38;

export function convolve(context: LayerContext, plan: ConvolutionPlan, { value }: Steps): Steps {
  const { tf } = context;
  const { path, filters, kernelSize, groups, activation, bias } = plan;
  const [timeSteps, batch, width] = value.shape;
  const windows = timeWindows(timeSteps, { ...plan, size: kernelSize });
  const seen = tf.transpose(stepsSeen(tf, windows, value, 0), [0, 2, 1, 3]);
  const groupWidth = width / groups;
  const weights = context.parameter(`${path}.weights`);
  const products = Array.from({ length: groups }, (_, group): Tensor3D => {
    const columns: Tensor4D =
      groups === 1 ? seen : tf.slice(seen, [0, 0, 0, group * groupWidth], [-1, -1, -1, groupWidth]);
    const filtersOfGroup = filters / groups;
    const own = groups === 1 ? weights : tf.slice(weights, [0, group * filtersOfGroup], [-1, filtersOfGroup]);
    const rows: Tensor3D = tf.reshape(columns, [windows.outputSteps, batch, kernelSize * groupWidth]);
    return project(tf, rows, own, null);
  });
  const product = groups === 1 ? products[0] : tf.concat(products, 2);
  if (product === undefined) throw new Error(`${path} has no groups`);
  const sum: Tensor3D = bias ? tf.add(product, context.parameter(`${path}.bias`)) : product;
  return { value: activate(tf, activation, sum), mask: null };
}

export function pool({ tf }: LayerContext, plan: PoolingPlan, { value }: Steps): Steps {
  const windows = timeWindows(value.shape[0], { ...plan, dilation: 1 });
  if (plan.how === 'max') return { value: largest(tf, stepsSeen(tf, windows, value, lowest)), mask: null };
  const counts = Array.from({ length: windows.outputSteps }, (_, step) =>
    plan.countsPadding ? plan.size : tapsOf(windows, step).filter((input) => input !== null).length,
  );
  const shares = tf.tensor3d(
    counts.map((count) => 1 / count),
    [windows.outputSteps, 1, 1],
  );
  const sums: Tensor3D = tf.sum(stepsSeen(tf, windows, value, 0), 1);
  return { value: tf.mul(sums, shares), mask: null };
}

/** All steps as one. */
export function poolOverTime({ tf }: LayerContext, how: 'max' | 'average' | 'sum', { value, mask }: Steps): Steps {
  switch (how) {
    case 'max':
      return { value: largest(tf, tf.expandDims(value, 0)), mask: null };
    case 'sum':
      return { value: tf.sum(value, 0, true), mask: null };
    case 'average':
      return { value: mask === null ? tf.mean(value, 0, true) : maskedAverage(tf, value, mask), mask: null };
  }
}

function maskedAverage(tf: TensorFlow, value: Tensor3D, mask: Tensor2D): Tensor3D {
  const marks = columnOf(tf, mask);
  const count = tf.maximum(tf.sum(marks, 0, true), 1);
  const sum: Tensor3D = tf.sum(tf.mul(value, marks), 0, true);
  return tf.div(sum, count);
}

/** `[outputSteps, taps, batch, width]`, `filler` where a tap lies beyond the ends. */
function stepsSeen(tf: TensorFlow, windows: TimeWindows, value: Tensor3D, filler: number): Tensor4D {
  const [timeSteps, batch, width] = value.shape;
  const taps = Array.from({ length: windows.outputSteps }, (_, step) => tapsOf(windows, step)).flat();
  const hasPadding = taps.includes(null);
  const source: Tensor3D = hasPadding ? tf.concat([value, tf.fill([1, batch, width], filler)], 0) : value;
  const indices = tf.tensor1d(
    taps.map((step) => step ?? timeSteps),
    'int32',
  );
  return tf.reshape(tf.gather(source, indices), [windows.outputSteps, windows.size, batch, width]);
}

/** The input steps that an output step sees, null for padding. */
function tapsOf(windows: TimeWindows, outputStep: number): (number | null)[] {
  return Array.from({ length: windows.size }, (_, tap) => inputStepOf(windows, outputStep, tap));
}

/** Over the second axis. Of equals the first is chosen, and has the gradient alone, as in the engine. */
function largest(tf: TensorFlow, values: Tensor4D): Tensor3D {
  // The library wants two classes at least.
  if (values.shape[1] === 1) return tf.squeeze(values, [1]);
  const choices = tf.oneHot(tf.argMax(values, 1), values.shape[1]);
  return tf.sum(tf.mul(values, tf.transpose(choices, [0, 3, 1, 2])), 1);
}
