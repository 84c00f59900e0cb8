/** Attention and transformers of PyTorch: their weights. Source: PyTorch, torch/nn/modules/activation.py and transformer.py. */
import type { Computation } from '../../../../model/computation';
import { isListed, type Products, type Quantity, type Weight } from '../../../../model/graph';
import type { CallSite, Value } from '../../evaluate/values';
import { type LibraryArguments, sizeOf } from '../arguments';
import { exactSize, type LayerFacts, LayerValue, trained } from '../layer';
import { attentionKept, attentionProducts, vectorProducts } from '../products';
import { exactly, isSameSize, product, quotient, times, unknownTensor } from '../shapes';
import { type LayerEntry, sameType } from './description';

type Weights = LayerFacts['weights'];

/** More layers than are listed one by one. */
const mostListedLayers = 64;

function attention(width: Quantity, bias: boolean, keys: Quantity = width, values: Quantity = width): Weight[] {
  const isJoint = isSameSize(keys, width) && isSameSize(values, width);
  return [
    ...(isJoint
      ? [trained('in_proj_weight', times(width, 3), width)]
      : [
          trained('q_proj_weight', width, width),
          trained('k_proj_weight', width, keys),
          trained('v_proj_weight', width, values),
        ]),
    ...(bias ? [trained('in_proj_bias', times(width, 3))] : []),
    trained('out_proj.weight', width, width),
    ...(bias ? [trained('out_proj.bias', width)] : []),
  ];
}

function prefixed(prefix: string, weights: readonly Weight[]): Weight[] {
  return weights.map((weight) => ({ ...weight, name: `${prefix}.${weight.name}` }));
}

function layerNormalisation(name: string, width: Quantity, bias: boolean): Weight[] {
  return [trained(`${name}.weight`, width), ...(bias ? [trained(`${name}.bias`, width)] : [])];
}

/** A layer of an encoder with one attention, or of a decoder with two. */
function transformerLayer(width: Quantity, inner: Quantity, bias: boolean, isDecoder: boolean): Weight[] {
  const norms = isDecoder ? ['norm1', 'norm2', 'norm3'] : ['norm1', 'norm2'];
  return [
    ...prefixed('self_attn', attention(width, bias)),
    ...(isDecoder ? prefixed('multihead_attn', attention(width, bias)) : []),
    trained('linear1.weight', inner, width),
    ...(bias ? [trained('linear1.bias', inner)] : []),
    trained('linear2.weight', width, inner),
    ...(bias ? [trained('linear2.bias', width)] : []),
    ...norms.flatMap((name) => layerNormalisation(name, width, bias)),
  ];
}

/** Copies of a layer: listed one by one, or as one where their number is symbolic or large. */
function stack(layer: Weights, count: Quantity): Weights {
  if (!isListed(layer)) return layer;
  const number = exactSize(count);
  if (number === undefined || number > mostListedLayers) {
    if (count.kind === 'unknown') return { unknown: count.because };
    return layer.map((weight) => ({ ...weight, name: `layers….${weight.name}`, shape: [count, ...weight.shape] }));
  }
  return Array.from({ length: number }, (_, index) => prefixed(`layers.${index}`, layer)).flat();
}

/** What a layer does beside holding weights; by default PyTorch has the steps before the batch. */
interface Work {
  readonly products: readonly Products[];
  readonly kept: readonly Products[];
  readonly batchFirst: boolean;
  readonly computes?: Computation;
}

function multiHeadAttention(width: Quantity, heads: Quantity, bias: boolean, dropout: number | null): Computation {
  const ofHead = quotient(width, heads);
  return {
    kind: 'multiHeadAttention',
    inputs: 'query, key, value',
    heads,
    keyWidth: ofHead,
    valueWidth: ofHead,
    outputWidth: width,
    bias,
    dropout,
  };
}

function facts(because: string, weights: Weights, work: Work): LayerFacts {
  return { operation: { op: 'other', because, ...work }, weights };
}

/** Where it is not known, the default is taken. */
function isBatchFirst(given: LibraryArguments): boolean {
  return given.flag('batch_first', false) === true;
}

/** What an attention multiplies: its projections, the scores of all heads, and the values they weigh. */
function attentionWork(
  width: Quantity,
  query: number,
  key: number,
  value: number,
  keys: Quantity = width,
  values: Quantity = width,
  extraKeys = 0,
): readonly Products[] {
  return [
    vectorProducts(times(product(width, width), 2), query),
    vectorProducts(product(keys, width), key),
    vectorProducts(product(values, width), value),
    ...attentionProducts(width, width, query, key),
    ...(extraKeys === 0 ? [] : [vectorProducts(times(width, 2 * extraKeys), query)]),
  ];
}

/**
 * What backpropagation keeps of a layer beside its output: of each attention, its mask of dropout included, what is added up
 * and normalised behind it, and the inner width before and after its activation.
 */
function layerKept(
  width: Quantity,
  inner: Quantity,
  heads: Quantity,
  own: number,
  memory: number | null,
): readonly Products[] {
  const attend = (key: number): readonly Products[] => [
    ...attentionKept(width, width, times(heads, 2), [own, key, key]),
    vectorProducts(times(width, 2), own),
  ];
  return [
    ...attend(own),
    ...(memory === null ? [] : attend(memory)),
    vectorProducts(times(inner, 2), own),
    vectorProducts(width, own),
  ];
}

/** A layer on the input number `own`; that of a decoder also attends to the input number `memory`. */
function layerWork(width: Quantity, inner: Quantity, own: number, memory: number | null): readonly Products[] {
  return [
    ...attentionWork(width, own, own, own),
    ...(memory === null ? [] : attentionWork(width, own, memory, memory)),
    vectorProducts(times(product(width, inner), 2), own),
  ];
}

function repeated(work: readonly Products[], count: Quantity): readonly Products[] {
  return work.map((part) => ({ ...part, count: product(part.count, count) }));
}

function layerEntry(isDecoder: boolean): LayerEntry {
  const because = isDecoder ? 'a layer of a transformer decoder' : 'a layer of a transformer encoder';
  return [
    [
      'd_model',
      'nhead',
      'dim_feedforward',
      'dropout',
      'activation',
      'layer_norm_eps',
      'batch_first',
      'norm_first',
      'bias',
    ],
    (given) => {
      const bias = given.flag('bias', true);
      if (typeof bias !== 'boolean') return { undecided: bias.because };
      const [width, inner] = [given.size('d_model'), given.size('dim_feedforward', 2048)];
      const weights = transformerLayer(width, inner, bias, isDecoder);
      const memory = isDecoder ? 1 : null;
      const work = {
        products: layerWork(width, inner, 0, memory),
        kept: layerKept(width, inner, given.size('nhead'), 0, memory),
        batchFirst: isBatchFirst(given),
      };
      return { facts: facts(because, weights, work), inputs: isDecoder ? ['memory'] : [], output: sameType };
    },
  ];
}

/** `nn.TransformerEncoder(layer, num_layers, norm)`: copies of a layer, and a normalisation that is registered with it. */
function stackEntry(parameter: string): LayerEntry {
  return [
    [parameter, 'num_layers', 'norm'],
    (given, _trace, site) => {
      const layer = given.get(parameter);
      const norm = given.get('norm');
      const layerWeights = weightsOf(layer);
      const normWeights = norm === undefined || norm.kind === 'none' ? [] : weightsOf(norm);
      if (layerWeights === undefined || normWeights === undefined) return { undecided: 'its layers are not followed' };
      const weights = stack(layerWeights, countOf(given, site));
      const all: Weights =
        isListed(weights) && isListed(normWeights) ? [...weights, ...prefixed('norm', normWeights)] : weights;
      const count = countOf(given, site);
      const operation = layer instanceof LayerValue ? layer.facts.operation : undefined;
      const { products, kept = [], batchFirst = false } = operation?.op === 'other' ? operation : {};
      const because = 'a stack of transformer layers';
      return {
        facts:
          products === undefined
            ? { operation: { op: 'other', because }, weights: all }
            : facts(because, all, { products: repeated(products, count), kept: repeated(kept, count), batchFirst }),
        inputs: parameter === 'decoder_layer' ? ['memory'] : [],
        output: sameType,
      };
    },
  ];
}

function countOf(given: LibraryArguments, site: CallSite): Quantity {
  const count = given.get('num_layers');
  return count === undefined ? given.size('num_layers') : sizeOf(count, site);
}

function weightsOf(layer: Value | undefined): Weights | undefined {
  return layer instanceof LayerValue && layer.members().length === 0 ? layer.facts.weights : undefined;
}

export const transformerLayers: Readonly<Record<string, LayerEntry>> = {
  MultiheadAttention: [
    ['embed_dim', 'num_heads', 'dropout', 'bias', 'add_bias_kv', 'add_zero_attn', 'kdim', 'vdim', 'batch_first'],
    (given) => {
      const width = given.size('embed_dim');
      const bias = given.flag('bias', true);
      const extra = given.flag('add_bias_kv', false);
      if (typeof bias !== 'boolean' || typeof extra !== 'boolean') return { undecided: 'its biases are not known' };
      const keys = given.isNone('kdim') ? width : given.size('kdim');
      const values = given.isNone('vdim') ? width : given.size('vdim');
      const zeros = given.flag('add_zero_attn', false);
      if (typeof zeros !== 'boolean') return { undecided: zeros.because };
      const one = exactly(1);
      const weights = [
        ...attention(width, bias, keys, values),
        ...(extra ? [trained('bias_k', one, one, width), trained('bias_v', one, one, width)] : []),
      ];
      const work = {
        // Each of the two puts one more key and value behind those that are given.
        products: attentionWork(width, 0, 1, 2, keys, values, (extra ? 1 : 0) + (zeros ? 1 : 0)),
        kept: attentionKept(width, width, given.size('num_heads'), [0, 1, 2]),
        batchFirst: isBatchFirst(given),
        ...(extra || zeros || !isSameSize(keys, width) || !isSameSize(values, width)
          ? {}
          : { computes: multiHeadAttention(width, given.size('num_heads'), bias, given.number('dropout', 0)) }),
      };
      return {
        facts: facts('an attention', weights, work),
        inputs: ['key', 'value'],
        output: sameType,
        others: () => [unknownTensor('the shape of attention weights is not followed')],
      };
    },
  ],
  TransformerEncoderLayer: layerEntry(false),
  TransformerDecoderLayer: layerEntry(true),
  TransformerEncoder: stackEntry('encoder_layer'),
  TransformerDecoder: stackEntry('decoder_layer'),
  Transformer: [
    [
      'd_model',
      'nhead',
      'num_encoder_layers',
      'num_decoder_layers',
      'dim_feedforward',
      'dropout',
      'activation',
      'custom_encoder',
      'custom_decoder',
      'layer_norm_eps',
      'batch_first',
      'norm_first',
      'bias',
    ],
    (given) => {
      const bias = given.flag('bias', true);
      const heads = given.size('nhead', 8);
      if (typeof bias !== 'boolean') return { undecided: bias.because };
      if (!given.isNone('custom_encoder') || !given.isNone('custom_decoder')) {
        return { undecided: 'it is given an encoder or a decoder' };
      }
      const width = given.size('d_model', 512);
      const inner = given.size('dim_feedforward', 2048);
      const parts = [
        { name: 'encoder', count: given.size('num_encoder_layers', 6), isDecoder: false },
        { name: 'decoder', count: given.size('num_decoder_layers', 6), isDecoder: true },
      ];
      const listed = parts.map(({ name, count, isDecoder }) => {
        const layers = stack(transformerLayer(width, inner, bias, isDecoder), count);
        return isListed(layers) ? prefixed(name, [...layers, ...layerNormalisation('norm', width, bias)]) : layers;
      });
      const unlisted = listed.find((part) => !isListed(part));
      const weights: Weights = unlisted ?? listed.flatMap((part) => (isListed(part) ? part : []));
      const [encoder, decoder] = parts;
      const work = {
        products: [
          ...(encoder === undefined ? [] : repeated(layerWork(width, inner, 0, null), encoder.count)),
          ...(decoder === undefined ? [] : repeated(layerWork(width, inner, 1, 0), decoder.count)),
        ],
        kept: [
          ...(encoder === undefined ? [] : repeated(layerKept(width, inner, heads, 0, null), encoder.count)),
          ...(decoder === undefined ? [] : repeated(layerKept(width, inner, heads, 1, 0), decoder.count)),
        ],
        batchFirst: isBatchFirst(given),
      };
      return {
        facts: facts('a transformer', weights, work),
        inputs: ['tgt'],
        output: () => unknownTensor('the output of a transformer'),
      };
    },
  ],
};
