/** How much layers multiply of which nothing else is said: convolutions, attention, transformers. */
import type { Products, Quantity, Weight } from '../../../model/graph';
import { exactly, product, total } from './shapes';

/** A convolution: every value of the output sums up its window of the input's channels. */
export function windowProducts(kernel: readonly Quantity[], inputChannels: Quantity): readonly Products[] {
  return [{ count: product(...kernel, inputChannels), per: { kind: 'outputValues', values: exactly(1) } }];
}

/** A transposed convolution: every value of the input is spread over a window of the output's channels. */
export function transposedProducts(kernel: readonly Quantity[], outputChannels: Quantity): readonly Products[] {
  return [{ count: product(...kernel, outputChannels), per: { kind: 'inputValue' } }];
}

/** Each vector of an input is multiplied by so many weights. */
export function vectorProducts(count: Quantity, input = 0): Products {
  return { count, per: { kind: 'vector', input } };
}

/** Scores of each query with each key, and the sums of the values that they weigh. */
export function attentionProducts(
  keyWidth: Quantity,
  valueWidth: Quantity,
  query: number,
  key: number,
): readonly Products[] {
  return [{ count: total(keyWidth, valueWidth), per: { kind: 'pair', inputs: [query, key] } }];
}

/** What backpropagation keeps of an attention: projected queries, keys and values, the weights of all heads, the sums. */
export function attentionKept(
  keyWidth: Quantity,
  valueWidth: Quantity,
  heads: Quantity,
  [query, key, value]: readonly [query: number, key: number, value: number],
): readonly Products[] {
  return [
    vectorProducts(total(keyWidth, valueWidth), query),
    vectorProducts(keyWidth, key),
    vectorProducts(valueWidth, value),
    { count: heads, per: { kind: 'pair', inputs: [query, key] } },
  ];
}

/** The matrices of a step, each multiplied once for every vector of the input: weights that are no bias. */
export function stepProducts(weights: readonly Weight[]): readonly Products[] {
  const matrices = weights.filter(({ name, shape }) => shape.length >= 2 && !/bias/i.test(name));
  return [vectorProducts(total(exactly(0), ...matrices.map(({ shape }) => product(...shape))))];
}
