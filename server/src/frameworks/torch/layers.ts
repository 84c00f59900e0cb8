/** PyTorch's layers that are not recurrent: what they hold and what they do to shapes. */
import type { Computation } from '../../../../model/computation';
import type { Quantity } from '../../../../model/graph';
import { type CallArguments, type CallSite, tuple, unknown, type Value } from '../../evaluate/values';
import { LibraryArguments, sizesOf } from '../arguments';
import { type LayerDefinition, trained } from '../layer';
import { windowProducts } from '../products';
import { product, quotient, shapeOf } from '../shapes';
import { TensorValue } from '../tensor';
import { expectRank } from './axes';
import { activation, dropout, type LayerEntry, sameType, weightless, withLastAxis } from './description';
import { torchLayer, undecidedLayer } from './layer';
import { otherLayers } from './otherLayers';
import { flattened } from './shaping';
import { asTensor, type TorchTrace } from './trace';
import { transformerLayers } from './transformers';
import { slidOver, timeWindow, windowLengths, windowSizes } from './windows';

/** What an application may be told besides its tensors, which changes what it computes. */
const masks: readonly string[] = ['attn_mask', 'key_padding_mask', 'is_causal', 'src_mask', 'mask'];

/** Constructor parameters in order, and the description they give. */
const layers: Readonly<Record<string, LayerEntry>> = {
  ...otherLayers,
  ...transformerLayers,
  Linear: [
    ['in_features', 'out_features', 'bias'],
    (given) => {
      const inputSize = given.size('in_features');
      const units = given.size('out_features');
      const bias = given.flag('bias', true);
      if (typeof bias !== 'boolean') return { undecided: bias.because };
      const weights = [trained('weight', units, inputSize), ...(bias ? [trained('bias', units)] : [])];
      return {
        facts: { operation: { op: 'dense', inputSize, units, bias, activation: 'linear' }, weights },
        output: (input) => withLastAxis(input, units),
      };
    },
  ],
  Embedding: [
    ['num_embeddings', 'embedding_dim', 'padding_idx'],
    (given) => {
      const vocabulary = given.size('num_embeddings');
      const width = given.size('embedding_dim');
      const paddingIndex = given.isNone('padding_idx') ? null : given.number('padding_idx', 0);
      return {
        facts: {
          operation: { op: 'embedding', vocabulary, width, maskZero: false, paddingIndex },
          weights: [trained('weight', vocabulary, width)],
        },
        expect: (input) => expectRank(input, 2, 'integer'),
        output: ({ axes, type }) =>
          axes === undefined ? { ...type, element: 'float' } : { shape: shapeOf([...axes, width]), element: 'float' },
      };
    },
  ],
  LayerNorm: [
    ['normalized_shape', 'eps', 'elementwise_affine', 'bias'],
    (given, _trace, site) => {
      const shape = sizesOf(given.get('normalized_shape'), site) ?? [given.size('normalized_shape')];
      const affine = given.flag('elementwise_affine', true);
      const bias = given.flag('bias', true);
      if (typeof affine !== 'boolean' || typeof bias !== 'boolean') return { undecided: 'its arguments are not known' };
      const weights = affine ? [trained('weight', ...shape), ...(bias ? [trained('bias', ...shape)] : [])] : [];
      const epsilon = given.number('eps', 1e-5) ?? 1e-5;
      return {
        facts: { operation: { op: 'normalisation', kind: 'layer', size: product(...shape), epsilon, affine }, weights },
        output: sameType,
      };
    },
  ],
  ...Object.fromEntries(['BatchNorm1d', 'BatchNorm2d', 'BatchNorm3d'].map((name) => [name, batchNormalisation()])),
  ...Object.fromEntries([1, 2, 3].map((rank) => [`Conv${rank}d`, convolution(rank)])),
  Dropout: dropout(),
  Dropout1d: dropout(true),
  Dropout2d: dropout(),
  AlphaDropout: dropout(),
  Identity: [[], () => weightless({ op: 'activation', activation: 'linear' })],
  ReLU: activation('relu'),
  ReLU6: activation('relu6'),
  LeakyReLU: activation('leaky_relu'),
  ELU: activation('elu'),
  SELU: activation('selu'),
  GELU: activation('gelu'),
  SiLU: activation('silu'),
  Tanh: activation('tanh'),
  Sigmoid: activation('sigmoid'),
  Hardtanh: activation('hardtanh'),
  Softplus: activation('softplus'),
  Softmax: softmax('softmax'),
  LogSoftmax: softmax('log_softmax'),
  LogSigmoid: activation('log_sigmoid'),
  Flatten: [
    ['start_dim', 'end_dim'],
    (given) => {
      const [start, end] = [given.number('start_dim', 1), given.number('end_dim', -1)];
      return weightless({ op: 'flatten' }, (input) => flattened(input, start, end));
    },
  ],
};

function softmax(name: string): LayerEntry {
  return [
    ['dim'],
    (given) => {
      const axis = given.isNone('dim') ? null : given.number('dim', -1);
      return weightless({ op: 'activation', activation: name, ...(axis === null ? {} : { axis }) });
    },
  ];
}

function batchNormalisation(): LayerEntry {
  return [
    ['num_features', 'eps', 'momentum', 'affine'],
    (given) => {
      const size = given.size('num_features');
      const affine = given.flag('affine', true);
      if (typeof affine !== 'boolean') return { undecided: affine.because };
      const epsilon = given.number('eps', 1e-5) ?? 1e-5;
      // PyTorch counts what is new, Keras what is kept.
      const momentum = 1 - (given.number('momentum', 0.1) ?? 0.1);
      const weights = affine ? [trained('weight', size), trained('bias', size)] : [];
      return {
        facts: { operation: { op: 'normalisation', kind: 'batch', size, epsilon, affine, momentum }, weights },
        output: sameType,
      };
    },
  ];
}

/** Weights `(out, in / groups, k…)` and a bias. Source: PyTorch, torch/nn/modules/conv.py. */
function convolution(rank: number): LayerEntry {
  return [
    ['in_channels', 'out_channels', 'kernel_size', 'stride', 'padding', 'dilation', 'groups', 'bias'],
    (given, _trace, site) => {
      const inputs = given.size('in_channels');
      const outputs = given.size('out_channels');
      const kernel = windowSizes(given, 'kernel_size', rank, site);
      const bias = given.flag('bias', true);
      if (typeof bias !== 'boolean') return { undecided: bias.because };
      const hasZeroPadding = given.text('padding_mode', 'zeros') === 'zeros';
      const weights = [
        trained('weight', outputs, quotient(inputs, given.size('groups', 1)), ...kernel),
        ...(bias ? [trained('bias', outputs)] : []),
      ];
      return {
        facts: {
          operation: {
            op: 'other',
            because: `a ${rank}-dimensional convolution`,
            products: windowProducts(kernel, quotient(inputs, given.size('groups', 1))),
            ...(rank === 1 && hasZeroPadding ? { computes: convolutionOverTime(given, outputs, bias, site) } : {}),
          },
          weights,
        },
        output: slidOver(rank, windowLengths(given, rank, site, 1), outputs),
      };
    },
  ];
}

function convolutionOverTime(given: LibraryArguments, filters: Quantity, bias: boolean, site: CallSite): Computation {
  const { size, ...window } = timeWindow(given, site, 1);
  const groups = given.size('groups', 1);
  return {
    kind: 'convolution',
    channelsFirst: true,
    filters,
    kernel: size,
    ...window,
    groups,
    bias,
    activation: 'linear',
  };
}

/** The layer that `torch.nn.<name>(…)` constructs; undefined for what is not described here. */
export function plainLayer(
  trace: TorchTrace,
  name: string,
  parameters: CallArguments,
  site: CallSite,
): Value | undefined {
  const entry = Object.hasOwn(layers, name) ? layers[name] : undefined;
  if (entry === undefined) return undefined;
  const [signature, describe] = entry;
  const described = describe(new LibraryArguments(signature, parameters, site), trace, site);
  if ('undecided' in described) return undecidedLayer(trace, name, described.undecided, site);
  const definition: LayerDefinition = {
    type: name,
    build: (input) => described.build?.(input) ?? described.facts,
    apply: (layer, given, at) => {
      const tensor = asTensor(trace, given.positional[0] ?? given.keywords.get('input'), 'its input is not followed');
      const input = described.expect?.(tensor, at) ?? tensor;
      layer.buildOn(input.type);
      const others = (described.inputs ?? []).flatMap((parameter, index) => {
        const other = given.positional[index + 1] ?? given.keywords.get(parameter);
        return other instanceof TensorValue ? [other] : [];
      });
      const results = trace.recorder.record(
        { kind: 'layer', layer },
        [input, ...others],
        [described.output(input, at), ...(described.others?.(input) ?? [])],
        at.machine.locate(at.span),
        at.machine.heap.isConditional,
        [],
        masks.filter((mask) => !new LibraryArguments([], given, at).isNone(mask)),
      );
      const [result = unknown(`the output of ${name}`)] = results;
      return described.others === undefined ? result : tuple(results);
    },
  };
  return torchLayer(name, definition, site);
}
