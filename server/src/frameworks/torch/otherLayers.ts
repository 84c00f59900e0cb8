/** PyTorch's layers that stand beside recurrent ones: more normalisations, poolings, lazy layers. Source: PyTorch, torch/nn/modules. */
import type { Computation } from '../../../../model/computation';
import type { Operation, Products, Quantity, TensorType } from '../../../../model/graph';
import { sizesOf } from '../arguments';
import { type LayerFacts, trained } from '../layer';
import { transposedProducts, windowProducts } from '../products';
import { isOne, quotient, unknownTensor } from '../shapes';
import { activation, dropout, type LayerEntry, sameType, weightless, withLastAxis } from './description';
import { slidOver, timeWindow, windowLengths, windowSizes } from './windows';

/** A layer that moves, compares or sums, unless its products are given. */
function other(because: string, products: readonly Products[] = []): Extract<Operation, { op: 'other' }> {
  return { op: 'other', because, products };
}

/** Layers without weights whose output has another shape. */
function shaping(because: string): LayerEntry {
  return [[], () => weightless(other(because), () => unknownTensor(`the shape after ${because} is not followed`))];
}

/** Steps of a pooling are as long as its window unless it says otherwise. */
function pooling(rank: number, how: 'max' | 'average', signature: readonly string[]): LayerEntry {
  return [
    signature,
    (given, _trace, site) => {
      const isSimple = given.flag('ceil_mode', false) === false && given.flag('return_indices', false) === false;
      const lengths = isSimple ? windowLengths(given, rank, site, 'kernel_size') : undefined;
      const { dilation, ...window } = timeWindow(given, site, 'kernel_size');
      const countsPadding = given.flag('count_include_pad', true);
      const computes: Computation | undefined =
        rank === 1 && isSimple && isOne(dilation) && typeof countsPadding === 'boolean'
          ? { kind: 'pooling', how, channelsFirst: true, ...window, countsPadding }
          : undefined;
      return weightless({ ...other('a pooling'), ...(computes ? { computes } : {}) }, slidOver(rank, lengths, null));
    },
  ];
}

/** A pooling to a stated length, or to the length there is where it says `None`. */
function adaptivePooling(rank: number, how: 'max' | 'average'): LayerEntry {
  return [
    ['output_size', 'return_indices'],
    (given, _trace, site) => {
      const isSimple = given.flag('return_indices', false) === false && !given.isNone('output_size');
      const sizes = windowSizes(given, 'output_size', rank, site);
      const lengths = isSimple ? (axis: Quantity, position: number) => sizes[position] ?? axis : undefined;
      const isWhole = rank === 1 && isSimple && sizes.every(isOne);
      const computes: Computation = { kind: 'poolingOverTime', how, channelsFirst: true, keepsAxis: true };
      return weightless({ ...other('a pooling'), ...(isWhole ? { computes } : {}) }, slidOver(rank, lengths, null));
    },
  ];
}

function normalisation(signature: readonly string[], size: string, isAffineByDefault: boolean): LayerEntry {
  return [
    signature,
    (given) => {
      const affine = given.flag('affine', isAffineByDefault);
      if (typeof affine !== 'boolean') return { undecided: affine.because };
      const width = given.size(size);
      const weights = affine ? [trained('weight', width), trained('bias', width)] : [];
      return { facts: { operation: other('a normalisation of groups'), weights }, output: sameType };
    },
  ];
}

/** Weights `(in, out / groups, k…)` and a bias. */
function transposedConvolution(rank: number): LayerEntry {
  return [
    ['in_channels', 'out_channels', 'kernel_size', 'stride', 'padding', 'output_padding', 'groups', 'bias', 'dilation'],
    (given, _trace, site) => {
      const outputs = given.size('out_channels');
      const kernel =
        sizesOf(given.get('kernel_size'), site) ?? Array.from({ length: rank }, () => given.size('kernel_size'));
      const bias = given.flag('bias', true);
      if (typeof bias !== 'boolean') return { undecided: bias.because };
      const inner = quotient(outputs, given.size('groups', 1));
      const weights = [
        trained('weight', given.size('in_channels'), inner, ...kernel),
        ...(bias ? [trained('bias', outputs)] : []),
      ];
      return {
        facts: {
          operation: other(`a transposed ${rank}-dimensional convolution`, transposedProducts(kernel, inner)),
          weights,
        },
        output: () => unknownTensor('the length after a convolution is not followed'),
      };
    },
  ];
}

/** One axis of the first input, from which a lazy layer takes its width. */
function inputAxis(input: TensorType | undefined, axis: number): Quantity {
  const size = input?.shape.kind === 'known' ? input.shape.axes.at(axis) : undefined;
  return size ?? { kind: 'unknown', because: 'its input width is only known once it is applied' };
}

/** The facts that the width of the input gives; a lazy layer that is never applied has no sizes. */
function lazily(
  axis: number,
  facts: (width: Quantity) => LayerFacts,
): { readonly facts: LayerFacts; readonly build: (input: TensorType | undefined) => LayerFacts } {
  const build = (input: TensorType | undefined): LayerFacts => {
    const width = inputAxis(input, axis);
    const described = facts(width);
    return width.kind === 'known' ? described : { ...described, weights: { unknown: width.because } };
  };
  return { facts: build(undefined), build };
}

function lazyConvolution(rank: number): LayerEntry {
  return [
    ['out_channels', 'kernel_size', 'stride', 'padding', 'dilation', 'groups', 'bias'],
    (given, _trace, site) => {
      const outputs = given.size('out_channels');
      const kernel =
        sizesOf(given.get('kernel_size'), site) ?? Array.from({ length: rank }, () => given.size('kernel_size'));
      const bias = given.flag('bias', true);
      if (typeof bias !== 'boolean') return { undecided: bias.because };
      const groups = given.size('groups', 1);
      return {
        ...lazily(1, (inputs) => ({
          operation: other(`a ${rank}-dimensional convolution`, windowProducts(kernel, quotient(inputs, groups))),
          weights: [
            trained('weight', outputs, quotient(inputs, groups), ...kernel),
            ...(bias ? [trained('bias', outputs)] : []),
          ],
        })),
        output: () => unknownTensor('the length after a convolution is not followed'),
      };
    },
  ];
}

const groupedSignature = ['num_features', 'eps', 'momentum', 'affine', 'track_running_stats'];

export const otherLayers: Readonly<Record<string, LayerEntry>> = {
  GroupNorm: normalisation(['num_groups', 'num_channels', 'eps', 'affine'], 'num_channels', true),
  SyncBatchNorm: normalisation(groupedSignature, 'num_features', true),
  ...Object.fromEntries(
    [1, 2, 3].flatMap((rank): [string, LayerEntry][] => [
      [`InstanceNorm${rank}d`, normalisation(groupedSignature, 'num_features', false)],
      [`ConvTranspose${rank}d`, transposedConvolution(rank)],
      [`LazyConv${rank}d`, lazyConvolution(rank)],
      [
        `MaxPool${rank}d`,
        pooling(rank, 'max', ['kernel_size', 'stride', 'padding', 'dilation', 'return_indices', 'ceil_mode']),
      ],
      [
        `AvgPool${rank}d`,
        pooling(rank, 'average', ['kernel_size', 'stride', 'padding', 'ceil_mode', 'count_include_pad']),
      ],
      [`LPPool${rank}d`, shaping('a pooling')],
      [`MaxUnpool${rank}d`, shaping('a pooling')],
      [`AdaptiveAvgPool${rank}d`, adaptivePooling(rank, 'average')],
      [`AdaptiveMaxPool${rank}d`, adaptivePooling(rank, 'max')],
      [`ZeroPad${rank}d`, shaping('a padding')],
      [`ConstantPad${rank}d`, shaping('a padding')],
      [`ReflectionPad${rank}d`, shaping('a padding')],
      [`ReplicationPad${rank}d`, shaping('a padding')],
      [`CircularPad${rank}d`, shaping('a padding')],
    ]),
  ),
  ...Object.fromEntries(
    ['Upsample', 'UpsamplingNearest2d', 'UpsamplingBilinear2d', 'PixelShuffle', 'PixelUnshuffle'].map((name) => [
      name,
      shaping('a change of resolution'),
    ]),
  ),
  Unflatten: shaping('an unflattening'),
  Fold: shaping('a folding'),
  Unfold: shaping('an unfolding'),
  GLU: shaping('a gated linear unit'),
  CosineSimilarity: shaping('a comparison'),
  PairwiseDistance: shaping('a comparison'),
  ChannelShuffle: [[], () => weightless(other('a shuffling of channels'))],
  LocalResponseNorm: [[], () => weightless(other('a normalisation without weights'))],
  CrossMapLRN2d: [[], () => weightless(other('a normalisation without weights'))],
  Dropout3d: dropout(),
  FeatureAlphaDropout: dropout(),
  Hardswish: activation('hard_swish'),
  Hardsigmoid: activation('hard_sigmoid'),
  Hardshrink: activation('hard_shrink'),
  Softshrink: activation('soft_shrink'),
  Tanhshrink: activation('tanh_shrink'),
  Softsign: activation('softsign'),
  Softmin: activation('softmin'),
  Softmax2d: activation('softmax'),
  Mish: activation('mish'),
  CELU: activation('celu'),
  RReLU: activation('rrelu'),
  Threshold: activation('threshold'),
  PReLU: [
    ['num_parameters', 'init'],
    (given) => ({
      facts: {
        operation: other('a rectifier with a learnt slope'),
        weights: [trained('weight', given.size('num_parameters', 1))],
      },
      output: sameType,
    }),
  ],
  RMSNorm: [
    ['normalized_shape', 'eps', 'elementwise_affine'],
    (given, _trace, site) => {
      const affine = given.flag('elementwise_affine', true);
      if (typeof affine !== 'boolean') return { undecided: affine.because };
      const shape = sizesOf(given.get('normalized_shape'), site) ?? [given.size('normalized_shape')];
      const weights = affine ? [trained('weight', ...shape)] : [];
      return { facts: { operation: other('a normalisation by the root mean square'), weights }, output: sameType };
    },
  ],
  Bilinear: [
    ['in1_features', 'in2_features', 'out_features', 'bias'],
    (given) => {
      const units = given.size('out_features');
      const bias = given.flag('bias', true);
      if (typeof bias !== 'boolean') return { undecided: bias.because };
      const weights = [
        trained('weight', units, given.size('in1_features'), given.size('in2_features')),
        ...(bias ? [trained('bias', units)] : []),
      ];
      return {
        facts: { operation: { op: 'other', because: 'a bilinear layer' }, weights },
        output: (input) => withLastAxis(input, units),
      };
    },
  ],
  EmbeddingBag: [
    ['num_embeddings', 'embedding_dim'],
    (given) => ({
      facts: {
        operation: other('a sum of embeddings'),
        weights: [trained('weight', given.size('num_embeddings'), given.size('embedding_dim'))],
      },
      output: () => unknownTensor('the shape after a sum of embeddings is not followed'),
    }),
  ],
  LazyLinear: [
    ['out_features', 'bias'],
    (given) => {
      const units = given.size('out_features');
      const bias = given.flag('bias', true);
      if (typeof bias !== 'boolean') return { undecided: bias.because };
      return {
        ...lazily(-1, (inputSize) => ({
          operation: { op: 'dense', inputSize, units, bias, activation: 'linear' },
          weights: [trained('weight', units, inputSize), ...(bias ? [trained('bias', units)] : [])],
        })),
        output: (input) => withLastAxis(input, units),
      };
    },
  ],
  ...Object.fromEntries(
    [1, 2, 3].map((rank): [string, LayerEntry] => [
      `LazyBatchNorm${rank}d`,
      [
        ['eps', 'momentum', 'affine'],
        (given) => {
          const affine = given.flag('affine', true);
          if (typeof affine !== 'boolean') return { undecided: affine.because };
          const epsilon = given.number('eps', 1e-5) ?? 1e-5;
          return {
            ...lazily(1, (size) => ({
              operation: { op: 'normalisation', kind: 'batch', size, epsilon, affine },
              weights: affine ? [trained('weight', size), trained('bias', size)] : [],
            })),
            output: sameType,
          };
        },
      ],
    ]),
  ),
};
