/** The batch that a network is given, as tensors. */
import type { Layout } from '../layout';
import type { TrainingPlan } from '../plan/trainingPlan';
import { matrix } from './ranks';
import type { Tensor2D, Tensor3D, TensorFlow } from './tensorflow';

export interface LoadedBatch {
  readonly inputs: Tensor3D;
  /** `[rows, width]`; classes one-hot. */
  readonly targets: Tensor2D;
  /** What layers of that kind give; null where the plan has none. */
  readonly delayedTargets: Tensor3D | null;
}

export interface BatchTensors {
  load(inputs: ArrayLike<number>, targets: ArrayLike<number>): void;
  /** Throws an Error where none is loaded. */
  loaded(): LoadedBatch;
  dispose(): void;
}

export function loadBatch(
  tf: TensorFlow,
  plan: TrainingPlan,
  { input, output, delayedTargets: delayed }: Layout,
  batch: number,
): BatchTensors {
  let current: LoadedBatch | null = null;
  const dispose = (): void => {
    if (current === null) return;
    const { inputs, targets, delayedTargets } = current;
    tf.dispose(delayedTargets === null ? [inputs, targets] : [inputs, targets, delayedTargets]);
    current = null;
  };
  const targetsOf = (numbers: Float32Array): Tensor2D => {
    if (plan.loss !== 'crossEntropy') return tf.tensor2d(numbers, [numbers.length / output.width, output.width]);
    // `tf.oneHot` wants two classes at least.
    const classes = tf.tensor2d(numbers, [numbers.length, 1]);
    return tf.cast(matrix(tf.equal(classes, tf.range(0, output.width))), 'float32');
  };
  /** One step later, after a step of zeros. */
  const delay = (numbers: Float32Array, targets: Tensor2D): Tensor3D | null => {
    if (delayed === null) return null;
    const { timeSteps, width } = delayed;
    const isByNumber = plan.loss === 'crossEntropy' && width === 1;
    const given = isByNumber ? tf.tensor1d(numbers) : targets;
    const steps: Tensor3D = tf.reshape(given, [output.timeSteps, batch, width]);
    const start: Tensor3D = tf.zeros([1, batch, width]);
    return tf.concat([start, tf.slice(steps, [0, 0, 0], [timeSteps - 1, -1, -1])], 0);
  };
  return {
    load: (inputs, targetValues) => {
      dispose();
      tf.tidy(() => {
        // Copies: the library reads arrays that it is given when it comes to them.
        const numbers = Float32Array.from(targetValues);
        const targets = targetsOf(numbers);
        const delayedTargets = delay(numbers, targets);
        current = {
          inputs: tf.keep(tf.tensor3d(Float32Array.from(inputs), [input.timeSteps, batch, input.width])),
          targets: tf.keep(targets),
          delayedTargets: delayedTargets && tf.keep(delayedTargets),
        };
      });
    },
    loaded: () => {
      if (current === null) throw new Error('no batch is loaded');
      return current;
    },
    dispose,
  };
}
