/** Losses of every row, as the engine's reference has them. */
import type { ElementwiseLoss } from '../backend';
import type { Loss } from '../plan/trainingPlan';
import type { Tensor, Tensor1D, Tensor2D, TensorFlow } from './tensorflow';

/** @param targets of cross-entropy one-hot; all `[rows, width]` */
export function rowLosses(tf: TensorFlow, loss: Loss, predictions: Tensor2D, targets: Tensor2D): Tensor1D {
  if (loss === 'crossEntropy') return softmaxCrossEntropy(tf, predictions, targets);
  return tf.mean(elementLosses(tf, loss, predictions, targets), 1);
}

function elementLosses(tf: TensorFlow, loss: ElementwiseLoss, predictions: Tensor2D, targets: Tensor2D): Tensor {
  const difference = tf.sub(predictions, targets);
  switch (loss) {
    case 'meanSquaredError':
      return tf.square(difference);
    case 'meanAbsoluteError':
      return tf.abs(difference);
    case 'huber': {
      const distance = tf.abs(difference);
      // Its square up to 1, itself beyond: a comparison would have no gradient.
      const nearer = tf.minimum(distance, 1);
      return tf.mul(nearer, tf.sub(distance, tf.mul(nearer, 0.5)));
    }
    case 'binaryCrossEntropy':
      // −t·ln σ(x) − (1 − t)·ln(1 − σ(x)).
      return tf.sub(tf.softplus(predictions), tf.mul(predictions, targets));
  }
}

function softmaxCrossEntropy(tf: TensorFlow, logits: Tensor2D, oneHot: Tensor2D): Tensor1D {
  return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), oneHot), 1));
}

/** What each row counts in the mean: all alike, or by weights of 0 and 1; 0 for all where nothing counts. */
export function sharesOf(tf: TensorFlow, weights: Tensor1D | null, rows: number): Tensor1D {
  if (weights === null) return tf.fill([rows], 1 / rows);
  return tf.div(weights, tf.maximum(tf.sum(weights), 1));
}
