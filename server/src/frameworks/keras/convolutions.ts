/**
 * Keras' convolutions and poolings over one, two and three axes.
 *
 * Sources: Keras 3, keras/src/layers/convolutional/{base_conv,base_conv_transpose,base_separable_conv,base_depthwise_conv}.py,
 * `build` and `compute_output_shape`; keras/src/layers/pooling/base_pooling.py.
 */
import type { Computation } from '../../../../model/computation';
import { add, multiply, subtract } from '../../../../model/expression';
import { type Quantity, unknown as unknownQuantity, type Weight } from '../../../../model/graph';
import type { CallSite } from '../../evaluate/values';
import type { LibraryArguments } from '../arguments';
import { exactSize, trained } from '../layer';
import { transposedProducts, windowProducts } from '../products';
import { combine, exactly, isOne, lastAxis, product, quotient, total } from '../shapes';
import {
  type Described,
  type KerasDescription,
  type LayerEntry,
  type LayerTable,
  onAxes,
  other,
  paddedWindows,
  reach,
  windowSizes,
  windows,
} from './describe';
import { activationName } from './recurrent';

interface Window {
  readonly kernel: readonly Quantity[];
  readonly strides: readonly Quantity[];
  readonly dilation: readonly Quantity[];
  readonly padding: string;
  readonly bias: boolean;
  /** Whether the channels stand before the other axes. */
  readonly channelsFirst: boolean;
}

/** What all convolutions are told; Keras 1 wrote `filter_length` and `border_mode`. */
function windowOf(given: LibraryArguments, rank: number, site: CallSite): Window | { readonly undecided: string } {
  const kernelName = given.has('filter_length') ? 'filter_length' : 'kernel_size';
  const kernel = windowSizes(given, kernelName, rank, site);
  const strides = windowSizes(given, given.has('subsample_length') ? 'subsample_length' : 'strides', rank, site, 1);
  const dilation = windowSizes(given, 'dilation_rate', rank, site, 1);
  const padding = given.text(given.has('border_mode') ? 'border_mode' : 'padding', 'valid');
  const format = given.isNone('data_format') ? 'channels_last' : given.text('data_format', 'channels_last');
  const bias = given.flag('use_bias', true);
  if (kernel === undefined || strides === undefined || dilation === undefined) {
    return { undecided: 'the sizes of its window are not known' };
  }
  if (typeof bias !== 'boolean') return { undecided: bias.because };
  if (padding === null || format === null) return { undecided: 'its padding or data format is not known' };
  return {
    kernel,
    strides,
    dilation,
    padding: padding.toLowerCase(),
    bias,
    channelsFirst: format === 'channels_first',
  };
}

/** The axes after a change of each spatial axis and of the channels. */
function onSpatialAxes(
  rank: number,
  channelsFirst: boolean,
  change: (axis: Quantity, position: number) => Quantity,
  channels: (held: Quantity) => Quantity,
): ReturnType<typeof onAxes> {
  const known = onAxes((axes) => {
    const [batch, ...rest] = axes;
    if (batch === undefined || rest.length !== rank + 1) return undefined;
    const held = channelsFirst ? rest[0] : rest.at(-1);
    if (held === undefined) return undefined;
    const spatial = (channelsFirst ? rest.slice(1) : rest.slice(0, -1)).map(change);
    return channelsFirst ? [batch, channels(held), ...spatial] : [batch, ...spatial, channels(held)];
  });
  return (inputs) =>
    known(inputs).map((output) =>
      output.shape.kind === 'known' || channelsFirst
        ? output
        : { ...output, shape: { ...output.shape, last: channels(lastAxis(inputs[0])) } },
    );
}

function positionsOf(window: Window): (axis: Quantity, position: number) => Quantity {
  return (axis, position) => {
    const stride = window.strides[position] ?? exactly(1);
    if (window.padding !== 'valid') return paddedWindows(axis, stride);
    const kernel = window.kernel[position] ?? exactly(1);
    return windows(axis, reach(kernel, window.dilation[position] ?? exactly(1)), stride);
  };
}

/** Channels of the input; with channels first they are not its last axis. */
function channelsOf(input: Parameters<typeof lastAxis>[0], channelsFirst: boolean): Quantity {
  if (!channelsFirst || input?.shape.kind !== 'known') return lastAxis(input);
  return input.shape.axes[1] ?? unknownQuantity('its input has no channels');
}

function filtersOf(given: LibraryArguments): Quantity {
  return given.size(given.has('nb_filter') ? 'nb_filter' : 'filters');
}

function convolutionOverTime(
  { strides, dilation, padding, bias, channelsFirst }: Window,
  kernel: Quantity,
  filters: Quantity,
  groups: Quantity,
  activation: string,
): { readonly computes?: Computation } {
  if (!isPadding(padding)) return {};
  const one = exactly(1);
  const [stride = one] = strides;
  return {
    computes: {
      kind: 'convolution',
      channelsFirst,
      filters,
      kernel,
      stride,
      dilation: dilation[0] ?? one,
      groups,
      padding,
      bias,
      activation,
    },
  };
}

function isPadding(text: string): text is 'valid' | 'same' | 'causal' {
  return text === 'valid' || text === 'same' || text === 'causal';
}

function convolution(rank: 1 | 2 | 3): LayerEntry {
  return [
    [
      'filters',
      'kernel_size',
      'strides',
      'padding',
      'data_format',
      'dilation_rate',
      'groups',
      'activation',
      'use_bias',
    ],
    (given, site): Described => {
      const window = windowOf(given, rank, site);
      if ('undecided' in window) return window;
      const filters = filtersOf(given);
      const groups = given.size('groups', 1);
      const activation = activationName(given, 'activation', 'linear');
      return {
        build: ([input]) => {
          const channels = channelsOf(input, window.channelsFirst);
          const inputSize = isOne(groups) ? channels : quotient(channels, groups);
          const [kernel] = window.kernel;
          return {
            operation:
              rank === 1 && kernel !== undefined
                ? {
                    op: 'conv1d',
                    inputSize,
                    filters,
                    kernel,
                    bias: window.bias,
                    activation,
                    ...convolutionOverTime(window, kernel, filters, groups, activation),
                  }
                : {
                    op: 'other',
                    because: `a convolution over ${rank} axes`,
                    products: windowProducts(window.kernel, inputSize),
                  },
            weights: [
              trained('kernel', ...window.kernel, inputSize, filters),
              ...(window.bias ? [trained('bias', filters)] : []),
            ],
          };
        },
        outputs: onSpatialAxes(rank, window.channelsFirst, positionsOf(window), () => filters),
      };
    },
  ];
}

/** Length `L` of a transposed convolution: `same` gives `L·s`, `valid` gives `L·s + max(k − s, 0)`. */
function transposed(rank: 1 | 2 | 3): LayerEntry {
  return [
    ['filters', 'kernel_size', 'strides', 'padding', 'output_padding'],
    (given, site): Described => {
      const window = windowOf(given, rank, site);
      if ('undecided' in window) return window;
      const filters = filtersOf(given);
      const isSimple = given.isNone('output_padding') && window.dilation.every(isOne);
      const length = (axis: Quantity, position: number): Quantity => {
        const kernel = window.kernel[position] ?? exactly(1);
        const stride = window.strides[position] ?? exactly(1);
        if (!isSimple) return unknownQuantity('a transposed convolution with dilation or output padding');
        if (window.padding === 'same') return product(axis, stride);
        const [k, s] = [exactSize(kernel), exactSize(stride)];
        if (k === undefined || s === undefined) return unknownQuantity('a transposed convolution of unknown window');
        return total(product(axis, stride), exactly(Math.max(k - s, 0)));
      };
      return {
        build: ([input]) => ({
          operation: {
            op: 'other',
            because: 'a transposed convolution',
            products: transposedProducts(window.kernel, filters),
          },
          weights: [
            trained('kernel', ...window.kernel, filters, channelsOf(input, window.channelsFirst)),
            ...(window.bias ? [trained('bias', filters)] : []),
          ],
        }),
        outputs: onSpatialAxes(rank, window.channelsFirst, length, () => filters),
      };
    },
  ];
}

/** One kernel per channel, then, where it is separable, a product over the channels. */
function perChannel(rank: 1 | 2, kind: 'depthwise' | 'separable'): LayerEntry {
  const signature =
    kind === 'depthwise'
      ? ['kernel_size', 'strides', 'padding', 'depth_multiplier']
      : ['filters', 'kernel_size', 'strides', 'padding'];
  return [
    signature,
    (given, site): Described => {
      const window = windowOf(given, rank, site);
      if ('undecided' in window) return window;
      const multiplier = given.size('depth_multiplier', 1);
      const filters = kind === 'separable' ? filtersOf(given) : null;
      return {
        build: ([input]) => {
          const channels = channelsOf(input, window.channelsFirst);
          const deep = product(channels, multiplier);
          const weights: Weight[] = [trained('depthwise_kernel', ...window.kernel, channels, multiplier)];
          if (filters !== null) {
            weights.push(trained('pointwise_kernel', ...window.kernel.map(() => exactly(1)), deep, filters));
          }
          if (window.bias) weights.push(trained('bias', filters ?? deep));
          // At each position every channel is filtered, then, where it is separable, mixed.
          const filtered = product(...window.kernel, deep);
          const count = filters === null ? filtered : total(filtered, product(deep, filters));
          const products = [{ count, per: { kind: 'outputValues', values: filters ?? deep } }] as const;
          return { operation: { op: 'other', because: `a ${kind} convolution`, products }, weights };
        },
        outputs: onSpatialAxes(
          rank,
          window.channelsFirst,
          positionsOf(window),
          (held) => filters ?? product(held, multiplier),
        ),
      };
    },
  ];
}

/** Keras 1 wrote `pool_length` and `stride`. */
function pooling(rank: 1 | 2 | 3, how: 'max' | 'average'): LayerEntry {
  return [
    ['pool_size', 'strides', 'padding'],
    (given, site) => {
      const sizes = windowSizes(given, given.has('pool_length') ? 'pool_length' : 'pool_size', rank, site, 2);
      const strideName = given.has('stride') ? 'stride' : 'strides';
      const strides = given.isNone(strideName) ? sizes : windowSizes(given, strideName, rank, site);
      const padding = given.text(given.has('border_mode') ? 'border_mode' : 'padding', 'valid');
      if (sizes === undefined || strides === undefined || padding === null) {
        return other(
          'a pooling',
          onAxes(() => undefined),
        );
      }
      const isFirst = isChannelsFirst(given);
      const change = (axis: Quantity, position: number): Quantity => {
        const stride = strides[position] ?? exactly(1);
        return padding.toLowerCase() === 'valid'
          ? windows(axis, sizes[position] ?? exactly(1), stride)
          : paddedWindows(axis, stride);
      };
      const [[size], [stride], mode] = [sizes, strides, padding.toLowerCase()];
      const computes: Computation | null =
        rank === 1 && size && stride && isPadding(mode)
          ? { kind: 'pooling', how, channelsFirst: isFirst, size, stride, padding: mode, countsPadding: false }
          : null;
      return other(
        'a pooling',
        onSpatialAxes(rank, isFirst, change, (held) => held),
        computes,
      );
    },
  ];
}

function globalPooling(rank: 1 | 2 | 3, how: 'max' | 'average'): LayerEntry {
  return [
    [],
    (given) => {
      const isFirst = isChannelsFirst(given);
      const keeps = given.flag('keepdims', false);
      if (typeof keeps !== 'boolean') return { undecided: keeps.because };
      const gives: KerasDescription['outputs'] = ([input]) => {
        const outputs = onAxes(([batch, ...rest]) => {
          const channels = isFirst ? rest[0] : rest.at(-1);
          if (!batch || !channels || rest.length !== rank + 1) return undefined;
          const ones = Array.from({ length: keeps ? rank : 0 }, () => exactly(1));
          return isFirst ? [batch, channels, ...ones] : [batch, ...ones, channels];
        })(input === undefined ? [] : [input]);
        const [output] = outputs;
        if (output?.shape.kind !== 'unknown' || isFirst) return outputs;
        return [{ ...output, shape: { ...output.shape, last: lastAxis(input) } }];
      };
      const computes: Computation = { kind: 'poolingOverTime', how, channelsFirst: isFirst, keepsAxis: keeps };
      return other('a pooling over all positions', gives, rank === 1 ? computes : null);
    },
  ];
}

function isChannelsFirst(given: LibraryArguments): boolean {
  return given.text('data_format', 'channels_last') === 'channels_first';
}

/** Sizes `(before, after)` of a padding or cropping, per axis. */
function margins(
  given: LibraryArguments,
  parameter: string,
  rank: 1 | 2 | 3,
  site: CallSite,
): readonly (readonly [Quantity, Quantity])[] | undefined {
  const value = given.get(parameter);
  const items = value === undefined ? undefined : site.machine.itemsOf(value);
  if (items === undefined) {
    const size = given.size(parameter, 1);
    return Array.from({ length: rank }, () => [size, size] as const);
  }
  const pairOf = (parts: readonly Quantity[]): readonly [Quantity, Quantity] | undefined => {
    const [before, after] = parts;
    return before && after && parts.length === 2 ? [before, after] : undefined;
  };
  const asSize = (item: (typeof items)[number]): Quantity =>
    item.kind === 'integer' ? { kind: 'known', value: item.value } : unknownQuantity('its margins are not known');
  if (rank === 1) {
    const pair = pairOf(items.map(asSize));
    return pair === undefined ? undefined : [pair];
  }
  const pairs = items.map((item) => {
    const inner = site.machine.itemsOf(item);
    return inner === undefined ? ([asSize(item), asSize(item)] as const) : pairOf(inner.map(asSize));
  });
  const complete = pairs.filter((pair) => pair !== undefined);
  return complete.length === rank ? complete : undefined;
}

function margin(parameter: 'padding' | 'cropping', rank: 1 | 2 | 3): LayerEntry {
  return [
    [parameter],
    (given, site) => {
      const sizes = margins(given, parameter, rank, site);
      if (sizes === undefined)
        return other(
          'a change of length',
          onAxes(() => undefined),
        );
      const sign = parameter === 'padding' ? add : subtract;
      const change = (axis: Quantity, position: number): Quantity => {
        const [before, after] = sizes[position] ?? [exactly(0), exactly(0)];
        return combine([axis, total(before, after)], ([length, both]) => length && both && sign(length, both));
      };
      return other(
        'a change of length',
        onSpatialAxes(rank, isChannelsFirst(given), change, (held) => held),
      );
    },
  ];
}

function upSampling(rank: 1 | 2 | 3): LayerEntry {
  return [
    ['size'],
    (given, site) => {
      const sizes = windowSizes(given, given.has('length') ? 'length' : 'size', rank, site, 2);
      const change = (axis: Quantity, position: number): Quantity =>
        combine([axis, sizes?.[position] ?? unknownQuantity('its size is not known')], (both) => multiply(...both));
      return other(
        'repeats every position',
        onSpatialAxes(rank, isChannelsFirst(given), change, (held) => held),
      );
    },
  ];
}

export const convolutions: LayerTable = {
  Conv1D: convolution(1),
  Conv2D: convolution(2),
  Conv3D: convolution(3),
  Conv1DTranspose: transposed(1),
  Conv2DTranspose: transposed(2),
  Conv3DTranspose: transposed(3),
  DepthwiseConv1D: perChannel(1, 'depthwise'),
  DepthwiseConv2D: perChannel(2, 'depthwise'),
  SeparableConv1D: perChannel(1, 'separable'),
  SeparableConv2D: perChannel(2, 'separable'),
  MaxPooling1D: pooling(1, 'max'),
  MaxPooling2D: pooling(2, 'max'),
  MaxPooling3D: pooling(3, 'max'),
  AveragePooling1D: pooling(1, 'average'),
  AveragePooling2D: pooling(2, 'average'),
  AveragePooling3D: pooling(3, 'average'),
  GlobalMaxPooling1D: globalPooling(1, 'max'),
  GlobalMaxPooling2D: globalPooling(2, 'max'),
  GlobalMaxPooling3D: globalPooling(3, 'max'),
  GlobalAveragePooling1D: globalPooling(1, 'average'),
  GlobalAveragePooling2D: globalPooling(2, 'average'),
  GlobalAveragePooling3D: globalPooling(3, 'average'),
  ZeroPadding1D: margin('padding', 1),
  ZeroPadding2D: margin('padding', 2),
  ZeroPadding3D: margin('padding', 3),
  Cropping1D: margin('cropping', 1),
  Cropping2D: margin('cropping', 2),
  Cropping3D: margin('cropping', 3),
  UpSampling1D: upSampling(1),
  UpSampling2D: upSampling(2),
  UpSampling3D: upSampling(3),
};
