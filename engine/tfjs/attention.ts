/** Attention: for each query the sum of all values, weighted by how well their keys suit it. */
import type { AttentionPlan, MultiHeadAttentionPlan } from '../plan/trainingPlan';
import { project } from './dense';
import { dropoutMask, inOrder } from './draws';
import type { Tensor, Tensor2D, Tensor3D, Tensor4D, TensorFlow } from './tensorflow';
import { columnOf, type LayerContext, type Steps, soleInput } from './values';

/** A score that no other lets through, small enough for its exponential to be 0 and large enough to stay finite. */
const excluded = -1e30;

interface Attended {
  readonly query: Steps;
  readonly key: Steps;
  readonly value: Steps;
}

export function attend(context: LayerContext, plan: AttentionPlan, inputs: readonly Steps[]): Steps {
  const { tf } = context;
  const { query, key, value } = attended(inputs, plan.path);
  const scores =
    plan.score === 'dot'
      ? dotScores(context, plan, query.value, key.value)
      : additiveScores(context, plan, query.value, key.value);
  const sum = weightedSum(context, plan, scores, value.value, key.mask);
  return { value: query.mask === null ? sum : tf.mul(sum, columnOf(tf, query.mask)), mask: query.mask };
}

/** Vaswani et al. 2017. */
export function attendByHeads(context: LayerContext, plan: MultiHeadAttentionPlan, inputs: readonly Steps[]): Steps {
  const { tf, parameter } = context;
  const { path, heads, keyWidth } = plan;
  const { query, key, value } = attended(inputs, path);
  const projected = (role: 'query' | 'key' | 'value' | 'output', steps: Tensor3D): Tensor3D =>
    project(tf, steps, parameter(`${path}.${role}.weights`), plan.bias ? parameter(`${path}.${role}.bias`) : null);
  const queries = headsOf(tf, projected('query', query.value), heads);
  const keys = headsOf(tf, projected('key', key.value), heads);
  const scores: Tensor4D = tf.mul(tf.matMul(queries, keys, false, true), 1 / Math.sqrt(keyWidth));
  const sum = weightedSum(context, plan, scores, projected('value', value.value), key.mask);
  return { value: projected('output', sum), mask: query.mask };
}

/** Scores of time steps as weights that sum to 1 over them, each column of a sequence by itself. */
export function softmaxOverTime({ tf }: LayerContext, { value, mask }: Steps): Steps {
  const scores: Tensor3D = tf.transpose(value, [1, 2, 0]);
  const counted = mask && tf.expandDims(tf.transpose(mask), 1);
  return { value: tf.transpose(maskedSoftmax(tf, scores, counted), [2, 0, 1]), mask };
}

function attended(inputs: readonly Steps[], path: string): Attended {
  const [first, second, third] = inputs;
  if (first === undefined || inputs.length > 3) throw new Error(`${path} attends to ${inputs.length} sequences`);
  if (second === undefined) {
    const all = soleInput(inputs);
    return { query: all, key: all, value: all };
  }
  return { query: first, key: second, value: third ?? second };
}

/** `[batch, 1, queries, keys]`. */
function dotScores({ tf, parameter }: LayerContext, plan: AttentionPlan, query: Tensor3D, key: Tensor3D): Tensor4D {
  const scaled: Tensor3D = plan.scale === 'trained' ? tf.mul(query, parameter(`${plan.path}.scale`)) : query;
  const scores: Tensor4D = tf.matMul(headsOf(tf, scaled, 1), headsOf(tf, key, 1), false, true);
  return plan.scale === 'rootOfWidth' ? tf.mul(scores, 1 / Math.sqrt(key.shape[2])) : scores;
}

/** `[batch, 1, queries, keys]`, of `v·tanh(q + k)` (Bahdanau et al. 2015). */
function additiveScores(
  { tf, parameter }: LayerContext,
  { path, scale }: AttentionPlan,
  query: Tensor3D,
  key: Tensor3D,
): Tensor4D {
  const sums: Tensor4D = tf.tanh(tf.add(tf.expandDims(query, 1), tf.expandDims(key, 0)));
  const weighted = scale === 'trained' ? tf.mul(sums, parameter(`${path}.scale`)) : sums;
  return tf.expandDims(tf.transpose(tf.sum(weighted, 3), [2, 0, 1]), 1);
}

/** `[queries, batch, width]`, from scores `[batch, heads, queries, keys]` and values `[keys, batch, width]`. */
function weightedSum(
  { tf, training, drawingKey }: LayerContext,
  { causal, dropout = 0 }: Pick<AttentionPlan, 'causal' | 'dropout'>,
  scores: Tensor4D,
  value: Tensor3D,
  keyMask: Tensor2D | null,
): Tensor3D {
  const [batch, heads, queries, keys] = scores.shape;
  const weights = maskedSoftmax(tf, scores, countedKeys(tf, keyMask, causal ? queries : null, keys));
  const kept: Tensor4D =
    training && dropout > 0
      ? tf.mul(weights, dropoutMask(tf, [batch, heads, queries, keys], dropout, drawingKey, inOrder))
      : weights;
  const sums: Tensor4D = tf.matMul(kept, headsOf(tf, value, heads));
  return tf.reshape(tf.transpose(sums, [2, 0, 1, 3]), [queries, batch, value.shape[2]]);
}

/** 1 for each key that counts for a query, else 0, in a shape that scores take; null where all count. */
function countedKeys(
  tf: TensorFlow,
  mask: Tensor2D | null,
  causalQueries: number | null,
  keys: number,
): Tensor4D | null {
  const present: Tensor4D | null = mask && tf.reshape(tf.transpose(mask), [-1, 1, 1, keys]);
  if (causalQueries === null) return present;
  const seen = Array.from({ length: causalQueries * keys }, (_, index) =>
    index % keys <= Math.floor(index / keys) ? 1 : 0,
  );
  const causal = tf.tensor4d(seen, [1, 1, causalQueries, keys]);
  return present === null ? causal : tf.mul(present, causal);
}

/** Over the last axis; zero where nothing counts. */
function maskedSoftmax<T extends Tensor>(tf: TensorFlow, scores: T, counted: Tensor | null): T {
  if (counted === null) return tf.softmax(scores);
  const allowed = tf.where<T>(tf.cast(counted, 'bool'), scores, excluded);
  return tf.mul(tf.softmax(allowed), counted);
}

/** `[batch, heads, timeSteps, width / heads]`. */
function headsOf(tf: TensorFlow, value: Tensor3D, heads: number): Tensor4D {
  const [timeSteps, batch, width] = value.shape;
  return tf.transpose(tf.reshape(value, [timeSteps, batch, heads, width / heads]), [1, 2, 0, 3]);
}
