/** Keras' attention layers. Sources: Keras 3, keras/src/layers/attention/{attention,additive_attention,multi_head_attention}.py. */
import type { Computation } from '../../../../model/computation';
import type { Products, Quantity, TensorType } from '../../../../model/graph';
import { sizesOf } from '../arguments';
import { trained } from '../layer';
import { attentionKept, attentionProducts, vectorProducts } from '../products';
import { exactly, lastAxis, product, shapeOf, unknownTensor } from '../shapes';
import { axesOf, type Described, type LayerEntry, type LayerTable, withLastAxis } from './describe';

/** A weighted mean of the values for every query: `(B, Tq, …)` and `(B, Tv, D)` give `(B, Tq, D)`. */
function attended([query, value]: readonly TensorType[]): readonly TensorType[] {
  const [asked, held] = [axesOf(query), axesOf(value)];
  const width = held?.at(-1);
  if (asked === undefined || width === undefined) {
    const because = 'the shapes it attends to are not known';
    return [{ shape: { kind: 'unknown', because, last: lastAxis(value) }, element: 'float' }];
  }
  return [{ shape: shapeOf([...asked.slice(0, -1), width]), element: 'float' }];
}

function dotProduct(kind: 'dot' | 'additive'): LayerEntry {
  return [
    kind === 'dot' ? ['use_scale', 'score_mode'] : ['use_scale'],
    (given): Described => {
      const isScaled = given.flag('use_scale', kind === 'additive');
      if (typeof isScaled !== 'boolean') return { undecided: isScaled.because };
      const mode = given.text('score_mode', 'dot');
      if (mode === null) return { undecided: 'its score_mode is not known' };
      const computes: Computation = {
        kind: 'attention',
        score: kind,
        isScaled,
        dropout: given.number('dropout', 0),
      };
      return {
        // The score of an additive attention, or of `concat`, is a sum over the width as a product is.
        build: ([query, value, key]) => ({
          operation: {
            op: 'other',
            because: 'attention',
            products: attentionProducts(lastAxis(query), lastAxis(value), 0, key === undefined ? 1 : 2),
            kept: [{ count: exactly(1), per: { kind: 'pair', inputs: [0, key === undefined ? 1 : 2] } }],
            ...(mode === 'dot' ? { computes } : {}),
          },
          weights: [
            ...(isScaled ? [kind === 'dot' ? trained('scale') : trained('scale', lastAxis(query))] : []),
            ...(kind === 'dot' && mode === 'concat' ? [trained('concat_score_weight')] : []),
          ],
        }),
        outputs: attended,
      };
    },
  ];
}

/** Products with the four projections, and of all heads' scores and sums. A key that is not given is the value. */
function headProducts(
  keys: Quantity,
  values: Quantity,
  [query, value, key]: readonly [TensorType | undefined, TensorType | undefined, TensorType | undefined],
  output: Quantity,
): readonly Products[] {
  const keyInput = key === undefined ? 1 : 2;
  return [
    vectorProducts(product(lastAxis(query), keys), 0),
    vectorProducts(product(lastAxis(key ?? value), keys), keyInput),
    vectorProducts(product(lastAxis(value), values), 1),
    ...attentionProducts(keys, values, 0, keyInput),
    vectorProducts(product(values, output), 0),
  ];
}

const multiHead: LayerEntry = [
  ['num_heads', 'key_dim', 'value_dim', 'dropout', 'use_bias', 'output_shape', 'attention_axes'],
  (given, site): Described => {
    const heads = given.size('num_heads');
    const keySize = given.size('key_dim');
    const valueSize = given.isNone('value_dim') ? keySize : given.size('value_dim');
    const bias = given.flag('use_bias', true);
    if (typeof bias !== 'boolean') return { undecided: bias.because };
    const stated = given.isNone('output_shape') ? undefined : given.get('output_shape');
    const sizes = stated === undefined ? undefined : (sizesOf(stated, site) ?? [given.size('output_shape')]);
    if (sizes !== undefined && sizes.length !== 1) return { undecided: 'its output_shape has several axes' };
    const dropout = given.number('dropout', 0);
    const isOverOneAxis = given.isNone('attention_axes');
    const outputOf = (query: TensorType | undefined): Quantity => sizes?.[0] ?? lastAxis(query);
    return {
      inside: 'built',
      build: ([query, value = query, given]) => {
        const key = given ?? value;
        const projected = (name: string, input: TensorType | undefined, size: Quantity) => [
          trained(`${name}_kernel`, lastAxis(input), heads, size),
          ...(bias ? [trained(`${name}_bias`, heads, size)] : []),
        ];
        const output = outputOf(query);
        return {
          operation: {
            op: 'other',
            because: 'attention with several heads',
            products: headProducts(product(heads, keySize), product(heads, valueSize), [query, value, given], output),
            kept: attentionKept(product(heads, keySize), product(heads, valueSize), heads, [
              0,
              given === undefined ? 1 : 2,
              1,
            ]),
            ...(isOverOneAxis
              ? {
                  computes: {
                    kind: 'multiHeadAttention',
                    inputs: 'query, value, key',
                    heads,
                    keyWidth: keySize,
                    valueWidth: valueSize,
                    outputWidth: output,
                    bias,
                    dropout,
                  },
                }
              : {}),
          },
          weights: [
            ...projected('query', query, keySize),
            ...projected('key', key, keySize),
            ...projected('value', value, valueSize),
            trained('output_kernel', heads, valueSize, output),
            ...(bias ? [trained('output_bias', output)] : []),
          ],
        };
      },
      outputs: ([query]) =>
        query === undefined
          ? [unknownTensor('it has no query')]
          : [{ shape: withLastAxis(query.shape, outputOf(query)), element: 'float' }],
    };
  },
];

/** Source: Keras 3, keras/src/layers/attention/grouped_query_attention.py: fewer heads for keys and values than for queries. */
const groupedQuery: LayerEntry = [
  ['head_dim', 'num_query_heads', 'num_key_value_heads', 'dropout', 'use_bias'],
  (given): Described => {
    const size = given.size('head_dim');
    const heads = given.size('num_query_heads');
    const shared = given.size('num_key_value_heads');
    const bias = given.flag('use_bias', true);
    const isGated = given.flag('use_gate', false);
    if (typeof bias !== 'boolean') return { undecided: bias.because };
    if (typeof isGated !== 'boolean') return { undecided: isGated.because };
    return {
      inside: 'built',
      build: ([query, value = query, key = value]) => {
        const projected = (name: string, input: TensorType | undefined, count: Quantity) => [
          trained(`${name}_kernel`, lastAxis(input), count, size),
          ...(bias ? [trained(`${name}_bias`, count, size)] : []),
        ];
        return {
          operation: { op: 'other', because: 'attention with several heads' },
          weights: [
            ...projected('query', query, heads),
            ...projected('key', key, shared),
            ...(isGated ? projected('gate', query, heads) : []),
            ...projected('value', value, shared),
            trained('output_kernel', heads, size, lastAxis(query)),
            ...(bias ? [trained('output_bias', lastAxis(query))] : []),
          ],
        };
      },
      outputs: ([query]) => [query ?? unknownTensor('it has no query')],
    };
  },
];

export const attentions: LayerTable = {
  Attention: dotProduct('dot'),
  AdditiveAttention: dotProduct('additive'),
  MultiHeadAttention: multiHead,
  GroupQueryAttention: groupedQuery,
};

/** The names under which a layer takes several tensors. */
export const inputNames: Readonly<Record<string, readonly string[]>> = {
  MultiHeadAttention: ['query', 'value', 'key'],
  GroupQueryAttention: ['query', 'value', 'key'],
};
