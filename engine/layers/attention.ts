/** Attention: for each query the sum of all values, weighted by how well their keys suit it. */
import { matrixOf, type Span } from '../backend';
import { glorotUniformBetween, ones } from '../initialisers';
import type { AttentionPlan } from '../plan/trainingPlan';
import {
  attended,
  planAdditiveScores,
  planDotScores,
  planWeightedSum,
  reserveScores,
  type Scores,
} from './attentionParts';
import {
  inTurn,
  type Layer,
  type LayerContext,
  type Parameter,
  type Part,
  reserveParameter,
  reserveSequence,
  rowsOf,
  type Sequence,
} from './layer';

interface Scoring {
  readonly parts: readonly Part[];
  readonly parameter: Parameter | null;
}

/** @param index tells the layers of a network apart, so that they do not drop the same weights */
export function planAttention(context: LayerContext, plan: AttentionPlan, index: number): Layer {
  const { arena } = context;
  const { path, causal, dropout = 0 } = plan;
  const { query, key, value, forks } = attended(context, path);
  const mask = query.mask;
  const output = { ...reserveSequence(arena, query.timeSteps, query.batch, value.width), mask };
  const scores = reserveScores(arena, query, key, 1);
  const scoring =
    plan.score === 'dot' ? planDot(context, plan, query, key, scores) : planAdditive(context, plan, query, key, scores);
  const scoreMask = { columns: key.mask, causalPeriod: causal ? query.timeSteps : null };
  const parts = [
    ...forks,
    ...scoring.parts,
    planWeightedSum(arena, value, output, scores, scoreMask, { rate: dropout, index, share: context.share }),
    ...(mask ? [planMasking(output, mask)] : []),
  ];
  return {
    path,
    parameters: scoring.parameter ? [scoring.parameter] : [],
    outputs: [output],
    ...inTurn(parts),
  };
}

function planDot(
  { arena }: LayerContext,
  { path, scale }: AttentionPlan,
  query: Sequence,
  key: Sequence,
  scores: Scores,
): Scoring {
  const factor = scale === 'rootOfWidth' ? 1 / Math.sqrt(key.width) : 1;
  if (scale !== 'trained') return { parts: [planDotScores(arena, query, key, factor, scores)], parameter: null };
  const parameter = reserveParameter(arena, `${path}.scale`, 1, 1, ones);
  const scaled = reserveSequence(arena, query.timeSteps, query.batch, query.width);
  const scaling = planScaling(query, scaled, parameter, arena.reserve(query.width));
  return { parts: [scaling, planDotScores(arena, scaled, key, 1, scores)], parameter };
}

/** Queries times a trained number, which is that number times their scores. */
function planScaling(query: Sequence, scaled: Sequence, scale: Parameter, factors: Span): Part {
  const rows = rowsOf(query, query.value);
  return {
    forward: (backend) => {
      backend.broadcastRow(scale.value, matrixOf(factors, query.width, 1));
      backend.fill(scaled.value, 0);
      backend.addScaledColumns(rows, factors, rowsOf(scaled, scaled.value));
    },
    backward: (backend) => {
      if (!scaled.gradient) return;
      const { length } = query.value;
      backend.rowDots(matrixOf(scaled.gradient, 1, length), matrixOf(query.value, 1, length), scale.gradient);
      if (!query.gradient) return;
      backend.fill(query.gradient, 0);
      backend.addScaledColumns(rowsOf(scaled, scaled.gradient), factors, rowsOf(query, query.gradient));
    },
  };
}

function planAdditive(
  { arena }: LayerContext,
  { path, scale }: AttentionPlan,
  query: Sequence,
  key: Sequence,
  scores: Scores,
): Scoring {
  if (scale === 'rootOfWidth') throw new Error(`${path} divides additive scores, which no framework does`);
  if (scale === 'trained') {
    // Keras draws its scale within √(6 / (width + width)), as of a matrix of that many rows and columns.
    const parameter = reserveParameter(
      arena,
      `${path}.scale`,
      1,
      key.width,
      glorotUniformBetween(key.width, key.width),
    );
    return { parts: [planAdditiveScores(arena, query, key, parameter, scores)], parameter };
  }
  const sum = { value: arena.reserve(key.width), gradient: null };
  const one: Part = { forward: (backend) => backend.fill(sum.value, 1), backward: () => {} };
  return { parts: [one, planAdditiveScores(arena, query, key, sum, scores)], parameter: null };
}

/** No answer to a query that is padding. */
function planMasking(output: Sequence, mask: Span): Part {
  const rows = rowsOf(output, output.value);
  const gradient = output.gradient && rowsOf(output, output.gradient);
  return {
    forward: (backend) => backend.scaleRows(rows, mask, rows),
    backward: (backend) => {
      if (gradient) backend.scaleRows(gradient, mask, gradient);
    },
  };
}
