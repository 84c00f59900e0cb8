/** Multi-head attention (Vaswani et al. 2017): projections, scaled dot products of each head, and a projection of all. */
import { glorotUniform, glorotUniformBetween, lecunNormal, uniform, zeros } from '../initialisers';
import type { Convention, MultiHeadAttentionPlan } from '../plan/trainingPlan';
import { attended, planDotScores, planWeightedSum, reserveScores } from './attentionParts';
import { type DenseInitialisers, planDense } from './dense';
import { inTurn, type Layer, type LayerContext, reserveSequence, type Sequence } from './layer';

/** @param index tells the layers of a network apart, so that they do not drop the same weights */
export function planMultiHeadAttention(context: LayerContext, plan: MultiHeadAttentionPlan, index: number): Layer {
  const { arena } = context;
  const { path, heads, keyWidth, valueWidth, outputWidth, bias, causal, dropout = 0 } = plan;
  const { query, key, value, forks } = attended(context, path);
  const initialisers = projectionInitialisers(context.convention, plan, query.width, key.width, value.width);
  const project = (input: Sequence, role: Role, units: number): Layer =>
    planDense(
      { ...context, inputs: [input] },
      { path: `${path}.${role}`, units, bias, activation: null },
      initialisers[role],
    );
  const queries = project(query, 'query', heads * keyWidth);
  const keys = project(key, 'key', heads * keyWidth);
  const values = project(value, 'value', heads * valueWidth);
  const [projectedQuery, projectedKey, projectedValue] = [soleOutput(queries), soleOutput(keys), soleOutput(values)];
  const summed = reserveSequence(arena, query.timeSteps, query.batch, heads * valueWidth);
  const scores = reserveScores(arena, query, key, heads);
  const scoreMask = { columns: key.mask, causalPeriod: causal ? query.timeSteps : null };
  const output = project({ ...summed, mask: query.mask }, 'output', outputWidth);
  const parts = [
    ...forks,
    queries,
    keys,
    values,
    planDotScores(arena, projectedQuery, projectedKey, 1 / Math.sqrt(keyWidth), scores),
    planWeightedSum(arena, projectedValue, summed, scores, scoreMask, { rate: dropout, index, share: context.share }),
    output,
  ];
  return {
    path,
    parameters: [queries, keys, values, output].flatMap(({ parameters }) => parameters),
    outputs: output.outputs,
    ...inTurn(parts),
  };
}

function soleOutput({ path, outputs: [output] }: Layer): Sequence {
  if (output === undefined) throw new Error(`${path} has no output`);
  return output;
}

type Role = 'query' | 'key' | 'value' | 'output';

/**
 * Keras 3.15: glorot_uniform, all heads taken together. PyTorch: xavier_uniform, of all three projections as one matrix
 * where they read vectors of the same width; its output as nn.Linear, though without a bias at the start.
 */
function projectionInitialisers(
  convention: Convention,
  { heads, keyWidth }: MultiHeadAttentionPlan,
  queryInputs: number,
  keyInputs: number,
  valueInputs: number,
): Readonly<Record<Role, DenseInitialisers>> {
  switch (convention) {
    case 'keras': {
      const projection: DenseInitialisers = { weights: glorotUniform, bias: zeros };
      return { query: projection, key: projection, value: projection, output: projection };
    }
    case 'flax': {
      const draw = { weights: lecunNormal, bias: zeros };
      return { query: draw, key: draw, value: draw, output: draw };
    }
    case 'torch': {
      const width = heads * keyWidth;
      const isOneMatrix = keyInputs === queryInputs && valueInputs === queryInputs;
      const projection = (inputs: number): DenseInitialisers => ({
        weights: glorotUniformBetween(inputs, isOneMatrix ? 3 * width : width),
        bias: zeros,
      });
      return {
        query: projection(queryInputs),
        key: projection(keyInputs),
        value: projection(valueInputs),
        output: { weights: uniform(1 / Math.sqrt(width)), bias: zeros },
      };
    }
  }
}
