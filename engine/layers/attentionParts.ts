/**
 * What attention layers are put together from: scores of all pairs of a query and a key, and the sum of the values that those
 * scores, as weights, give for each query. Both work on each head of each sequence apart, through views of the sequences.
 */
import type { ArenaPlanner } from '../arena';
import { type Backend, blockOf, columnsOf, type Matrix, matrixOf, type ScoreMask, type Span } from '../backend';
import { planFork } from './fork';
import { type BatchShare, drawingKey, type LayerContext, type Part, type Pass, type Sequence } from './layer';
import { transposition } from './transposition';

export interface Attended {
  readonly query: Sequence;
  readonly key: Sequence;
  readonly value: Sequence;
  /** What comes first: each of them has a gradient of its own, whichever of them are the same. */
  readonly forks: readonly Part[];
}

/** The queries, keys and values among what a layer reads; see `AttentionPlan`. */
export function attended({ arena, inputs }: LayerContext, path: string): Attended {
  const [first, second, third] = inputs;
  if (first === undefined || inputs.length > 3) throw new Error(`${path} attends to ${inputs.length} sequences`);
  if (second === undefined) {
    const fork = planFork(arena, first, 3, path);
    const [query = first, key = first, value = first] = fork.outputs;
    return { query, key, value, forks: [fork] };
  }
  if (third === undefined) {
    const fork = planFork(arena, second, 2, path);
    const [key = second, value = second] = fork.outputs;
    return { query: first, key, value, forks: [fork] };
  }
  if (second.timeSteps !== third.timeSteps) throw new Error(`${path} has not as many values as keys`);
  return { query: first, key: second, value: third, forks: [] };
}

/** `[batch·heads·queries, keys]`, and the gradient of the same. */
export interface Scores {
  readonly value: Span;
  readonly gradient: Span;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
}

export function reserveScores(arena: ArenaPlanner, query: Sequence, key: Sequence, heads: number): Scores {
  const length = query.batch * heads * query.timeSteps * key.timeSteps;
  const [value, gradient] = [arena.reserve(length), arena.reserve(length)];
  return { value, gradient, heads, queries: query.timeSteps, keys: key.timeSteps };
}

/** Scores `factor · q·k`. */
export function planDotScores(
  arena: ArenaPlanner,
  query: Sequence,
  key: Sequence,
  factor: number,
  scores: Scores,
): Part {
  const { heads, keys } = scores;
  if (query.width !== key.width) throw new Error(`queries of ${query.width} numbers do not suit keys of ${key.width}`);
  const width = key.width / heads;
  const packedKeys = arena.reservePacked(keys, width);
  const packedTransposed = arena.reservePacked(width, keys);
  const pairs = pairsOf(query, heads).map((pair) => ({
    query: headOf(query, query.value, heads, pair),
    queryGradient: query.gradient && headOf(query, query.gradient, heads, pair),
    key: headOf(key, key.value, heads, pair),
    keyGradient: key.gradient && headOf(key, key.gradient, heads, pair),
    scores: scoresOf(scores, scores.value, pair),
    scoreGradient: scoresOf(scores, scores.gradient, pair),
  }));
  return {
    forward: (backend) => {
      for (const pair of pairs) {
        backend.pack(pair.key, true, packedTransposed);
        backend.multiply(pair.query, packedTransposed, pair.scores, false);
      }
      if (factor !== 1) backend.scale(scores.value, factor);
    },
    backward: (backend) => {
      if (factor !== 1) backend.scale(scores.gradient, factor);
      for (const pair of pairs) {
        if (pair.queryGradient) {
          backend.pack(pair.key, false, packedKeys);
          backend.multiply(pair.scoreGradient, packedKeys, pair.queryGradient, false);
        }
        if (pair.keyGradient) backend.multiplyTransposed(pair.scoreGradient, pair.query, pair.keyGradient);
      }
    },
  };
}

/** The weights that scores give by their softmax, and the values summed with them into `output`. */
export function planWeightedSum(
  arena: ArenaPlanner,
  value: Sequence,
  output: Sequence,
  scores: Scores,
  mask: Omit<ScoreMask, 'sequences'>,
  dropout: { readonly rate: number; readonly index: number; readonly share: BatchShare },
): Part {
  const { heads, keys } = scores;
  const width = value.width / heads;
  const rows = (span: Span): Matrix => matrixOf(span, span.length / keys, keys);
  const packedValues = arena.reservePacked(keys, width);
  const packedTransposed = arena.reservePacked(width, keys);
  const weights = dropout.rate > 0 ? arena.reserve(scores.value.length) : scores.value;
  const pairs = pairsOf(output, heads).map((pair) => ({
    value: headOf(value, value.value, heads, pair),
    valueGradient: value.gradient && headOf(value, value.gradient, heads, pair),
    output: headOf(output, output.value, heads, pair),
    outputGradient: output.gradient && headOf(output, output.gradient, heads, pair),
    weights: scoresOf(scores, weights, pair),
    weightGradient: scoresOf(scores, scores.gradient, pair),
  }));
  const drop = (backend: Backend, pass: Pass, source: Span, target: Span): void => {
    const key = drawingKey(pass, dropout.index);
    // The weights of each sequence lie together: those of a part of the batch are one stretch of the whole.
    const first = dropout.share.first * heads * scores.queries * keys;
    const places = { first, length: source.length, stride: 0 };
    backend.dropout(source, target, pass.training ? dropout.rate : 0, key, places);
  };
  return {
    forward: (backend, pass) => {
      backend.softmaxRows(rows(scores.value), { ...mask, sequences: output.batch });
      if (dropout.rate > 0) drop(backend, pass, scores.value, weights);
      for (const pair of pairs) {
        backend.pack(pair.value, false, packedValues);
        backend.multiply(pair.weights, packedValues, pair.output, false);
      }
    },
    backward: (backend, pass) => {
      for (const pair of pairs) {
        if (!pair.outputGradient) continue;
        if (pair.valueGradient) backend.multiplyTransposed(pair.weights, pair.outputGradient, pair.valueGradient);
        backend.pack(pair.value, true, packedTransposed);
        backend.multiply(pair.outputGradient, packedTransposed, pair.weightGradient, false);
      }
      if (dropout.rate > 0) drop(backend, pass, scores.gradient, scores.gradient);
      backend.softmaxRowsBackward(rows(scores.value), rows(scores.gradient));
    },
  };
}

/**
 * Scores `vector · tanh(q + k)`. All sums of a query and a key are kept, `[queries, keys, batch, width]`, because their
 * gradients need them.
 */
export function planAdditiveScores(
  arena: ArenaPlanner,
  query: Sequence,
  key: Sequence,
  vector: { readonly value: Span; readonly gradient: Span | null },
  scores: Scores,
): Part {
  const { queries, keys } = scores;
  const { batch, width } = key;
  if (query.width !== width) throw new Error(`queries of ${query.width} numbers do not suit keys of ${width}`);
  const pairCount = queries * keys * batch;
  const sums = arena.reserve(pairCount * width);
  const sumRows = matrixOf(sums, pairCount, width);
  const sumsOfQuery = (index: number): Span => blockOf(sums, index, keys * batch * width);
  /** Scores as the sums lie, `[queries·keys, batch]`, where all others have each sequence together. */
  const timeMajor = arena.reserve(pairCount);
  const scoresOfQuery = (index: number): Span => blockOf(timeMajor, index, keys * batch);
  const block = arena.reserve(keys * batch * width);
  const everyVector = (rows: number): Matrix => ({ offset: vector.value.offset, rows, columns: width, rowStride: 0 });
  const { toRows, toColumns } = transposition(queries * keys, batch);
  const steps = Array.from({ length: queries }, (_, index) => index);
  const stepLength = batch * width;
  return {
    forward: (backend) => {
      for (const index of steps) {
        const target = sumsOfQuery(index);
        backend.broadcastRow(blockOf(query.value, index, stepLength), matrixOf(target, keys, stepLength));
        backend.add(target, key.value);
      }
      backend.activate('tanh', sums);
      backend.rowDots(sumRows, everyVector(pairCount), timeMajor);
      toRows(backend, timeMajor, scores.value);
    },
    backward: (backend) => {
      toColumns(backend, scores.gradient, timeMajor);
      if (vector.gradient) {
        const gradient = matrixOf(vector.gradient, 1, width);
        backend.multiplyTransposed(matrixOf(timeMajor, pairCount, 1), sumRows, gradient);
      }
      if (key.gradient) backend.fill(key.gradient, 0);
      for (const index of steps) {
        backend.scaleRows(everyVector(keys * batch), scoresOfQuery(index), matrixOf(block, keys * batch, width));
        backend.activateBackward('tanh', sumsOfQuery(index), block);
        if (query.gradient) {
          backend.sumRows(matrixOf(block, keys, stepLength), blockOf(query.gradient, index, stepLength));
        }
        if (key.gradient) backend.add(key.gradient, block);
      }
    },
  };
}

/** One head of one sequence. */
interface Pair {
  readonly sequence: number;
  readonly head: number;
}

function pairsOf({ batch }: Sequence, heads: number): readonly Pair[] {
  return Array.from({ length: batch * heads }, (_, index) => ({
    sequence: Math.floor(index / heads),
    head: index % heads,
  }));
}

/** `[timeSteps, width / heads]`: the steps of one sequence, and of their columns those of a head. */
function headOf({ timeSteps, batch, width }: Sequence, span: Span, heads: number, { sequence, head }: Pair): Matrix {
  const sequences = matrixOf(span, timeSteps, batch * width);
  return columnsOf(sequences, sequence * width + head * (width / heads), width / heads);
}

/** `[queries, keys]`. */
function scoresOf({ heads, queries, keys }: Scores, span: Span, { sequence, head }: Pair): Matrix {
  return matrixOf(blockOf(span, sequence * heads + head, queries * keys), queries, keys);
}
