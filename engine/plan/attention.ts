/** Attention: as layers, and as products of queries, keys and values that a model writes out. */
import type { Computation } from '../../model/computation';
import type { SourceLocation } from '../../model/graph';
import { type Application, nameOf } from './application';
import { type PlanBuilder, tensorsOf } from './builder';
import { readWidth } from './modelInput';
import type { Source } from './trainingPlan';
import { type Axis, areAxes, isSameSource, oneStep, refused, type Scores, type Tensor, type Value } from './values';

type Of<Kind extends Computation['kind']> = Extract<Computation, { kind: Kind }>;

export function applyAttention(builder: PlanBuilder, application: Application, computes: Of<'attention'>): Value {
  const { layer } = application;
  const attended = attendedTo(builder, application, ['batch', 'time', 'width']);
  if (attended === null) return refused;
  const [query, value, key = value] = attended.tensors;
  if (query === undefined || value === undefined || key === undefined) return refused;
  if (query.width !== key.width) {
    builder.obstacle(
      `${nameOf(layer)} compares queries of ${query.width ?? 'an open number of'} numbers with keys of ${key.width ?? 'an open number'}.`,
      layer.location,
    );
    return refused;
  }
  const { score, isScaled, dropout } = computes;
  const index = builder.add(
    {
      kind: 'attention',
      path: layer.path,
      score,
      scale: isScaled ? 'trained' : 'none',
      causal: attended.isCausal,
      ...(dropout ? { dropout } : {}),
    },
    readsOf(query, key, value),
    layer.location,
  );
  return { ...query, source: { layer: index, output: 0 }, width: value.width, activation: 'none' };
}

export function applyMultiHeadAttention(
  builder: PlanBuilder,
  application: Application,
  computes: Of<'multiHeadAttention'>,
): Value {
  const { layer } = application;
  const { path, location, operation } = layer;
  const isTimeFirst = operation.op === 'other' && operation.batchFirst === false;
  const attended = attendedTo(
    builder,
    application,
    isTimeFirst ? ['time', 'batch', 'width'] : ['batch', 'time', 'width'],
  );
  if (attended === null) return refused;
  const [query, second, third] = attended.tensors;
  const isKeyFirst = computes.inputs === 'query, key, value';
  const value = isKeyFirst ? (third ?? second) : second;
  const key = isKeyFirst ? second : (third ?? second);
  if (query === undefined || value === undefined || key === undefined) return refused;
  const sizes = [
    builder.size(`the heads of ${path}`, computes.heads, location),
    builder.size(`the width of the keys of ${path}`, computes.keyWidth, location),
    builder.size(`the width of the values of ${path}`, computes.valueWidth, location),
    builder.size(`the width of ${path}`, computes.outputWidth, location),
  ];
  const [heads, keyWidth, valueWidth, outputWidth] = sizes;
  if (heads == null || keyWidth == null || valueWidth == null || outputWidth == null) return refused;
  readWidth(builder, layer, query, computes.outputWidth);
  const { bias, dropout } = computes;
  const index = builder.add(
    {
      kind: 'multiHeadAttention',
      path,
      heads,
      keyWidth,
      valueWidth,
      outputWidth,
      bias,
      causal: attended.isCausal,
      ...(dropout ? { dropout } : {}),
    },
    readsOf(query, key, value),
    location,
  );
  return { ...query, source: { layer: index, output: 0 }, width: outputWidth, activation: 'none' };
}

/** What an attention is given, with the axes where it takes them; null after an obstacle. */
function attendedTo(
  builder: PlanBuilder,
  { layer, inputs, told }: Application,
  wanted: readonly Axis[],
): { readonly tensors: readonly Tensor[]; readonly isCausal: boolean } | null {
  const { location } = layer;
  const others = told.filter((each) => each !== 'use_causal_mask');
  if (others.length > 0) {
    builder.obstacle(`${nameOf(layer)} is given ${others.join(' and ')}, which is not trained here.`, location);
    return null;
  }
  const tensors = tensorsOf(builder, inputs, nameOf(layer), location);
  if (tensors === null) return null;
  const placed = tensors.map((tensor): Tensor => {
    const axes = tensor.axes.map((axis): Axis => (axis === 'one' ? 'time' : axis));
    return areAxes(axes, ...wanted) ? tensor : { ...tensor, axes: [] };
  });
  if (placed.some(({ axes }) => axes.length === 0)) {
    builder.hasMisplacedAxis = true;
    builder.obstacle(`${nameOf(layer)} is given something else than sequences in the order it takes them.`, location);
    return null;
  }
  return { tensors: placed, isCausal: told.includes('use_causal_mask') };
}

/** The fewest readings that say the same: keys that are left out are the values, queries that are left out are both. */
function readsOf(query: Tensor, key: Tensor, value: Tensor): readonly Source[] {
  if (!isSameSource(key.source, value.source)) return [query.source, key.source, value.source];
  return isSameSource(query.source, key.source) ? [query.source] : [query.source, key.source];
}

/** Products of queries and keys along their features. */
export function scoresOf(query: Tensor, key: Tensor, axes: readonly Axis[]): Scores {
  return { kind: 'scores', query, key, axes, scale: 'none', areWeights: false, dropout: 0 };
}

/** Scores divided by a number: by the root of the width of the keys, or refused. */
export function scaledScores(
  builder: PlanBuilder,
  scores: Scores,
  divisor: number | undefined,
  location: SourceLocation,
): Value {
  const root = Math.sqrt(scores.key.width ?? Number.NaN);
  if (divisor !== undefined && Math.abs(divisor - root) < 1e-6 * root && scores.scale === 'none') {
    return { ...scores, scale: 'rootOfWidth' };
  }
  builder.obstacle(
    'Scores of an attention are trained here as they are, or divided by the root of their width.',
    location,
  );
  return refused;
}

/** The values of the steps that are attended to, summed by their weights. `axes` are those of the result. */
export function weighedSum(
  builder: PlanBuilder,
  weights: Scores,
  values: Tensor,
  axes: readonly Axis[],
  location: SourceLocation,
): Value {
  if (!weights.areWeights) {
    builder.obstacle('Attention is trained here only with weights that a softmax makes of its scores.', location);
    return refused;
  }
  const { query, key, scale, dropout } = weights;
  const { width } = query;
  if (width !== key.width) {
    builder.obstacle('The queries and keys of this attention are not of the same width.', location);
    return refused;
  }
  const index = builder.add(
    {
      kind: 'attention',
      path: `attention@${location.line}`,
      score: 'dot',
      scale,
      causal: false,
      ...(dropout > 0 ? { dropout } : {}),
    },
    readsOf(query, key, values),
    location,
  );
  return { ...query, source: { layer: index, output: 0 }, axes, width: values.width, activation: 'none' };
}

/** Values times weights that a layer gave for each step, summed over the steps. */
export function pooledByWeights(
  builder: PlanBuilder,
  weights: Tensor,
  values: Tensor,
  axes: readonly Axis[],
  location: SourceLocation,
): Value {
  const path = `weighted sum@${location.line}`;
  const product = builder.add({ kind: 'join', path, how: 'multiply' }, [weights.source, values.source], location);
  const sum = builder.add({ kind: 'poolOverTime', path, how: 'sum' }, [{ layer: product, output: 0 }], location);
  return { ...values, source: { layer: sum, output: 0 }, axes, steps: oneStep, activation: 'none' };
}
