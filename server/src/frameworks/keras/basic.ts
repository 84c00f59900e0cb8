/** Keras' layers that work on one tensor without windows: look-ups, products, activations, changes of shape. */
import { divideExactly } from '../../../../model/expression';
import { type Quantity, unknown as unknownQuantity } from '../../../../model/graph';
import { asNumber } from '../../evaluate/values';
import { sizesOf } from '../arguments';
import { exactSize, trained } from '../layer';
import { combine, exactly, lastAxis, product, shapeOf, unknownTensor } from '../shapes';
import {
  axesOf,
  type KerasDescription,
  type LayerEntry,
  type LayerTable,
  onAxes,
  other,
  reasonOf,
  sameShape,
  weightless,
  withLastAxis,
} from './describe';
import { einsumDense } from './einsumDense';
import { activationName } from './recurrent';

const embedding: LayerEntry = [
  ['input_dim', 'output_dim'],
  (given) => {
    const vocabulary = given.size('input_dim');
    const width = given.size('output_dim');
    const maskZero = given.flag('mask_zero', false) === true;
    return {
      build: () => ({
        operation: { op: 'embedding', vocabulary, width, maskZero, paddingIndex: null },
        weights: [trained('embeddings', vocabulary, width)],
      }),
      outputs: ([input]) => {
        const axes = axesOf(input);
        if (axes !== undefined) return [{ shape: shapeOf([...axes, width]), element: 'float' }];
        const because = reasonOf(input, 'it has no input');
        return [{ shape: { kind: 'unknown', because, last: width }, element: 'float' }];
      },
    };
  },
];

const dense: LayerEntry = [
  ['units', 'activation', 'use_bias'],
  (given) => {
    // Keras 1 wrote `output_dim`.
    const units = given.size(given.has('output_dim') ? 'output_dim' : 'units');
    const bias = given.flag('use_bias', true);
    if (typeof bias !== 'boolean') return { undecided: bias.because };
    const activation = activationName(given, 'activation', 'linear');
    return {
      build: ([input]) => {
        const inputSize = lastAxis(input);
        const weights = [trained('kernel', inputSize, units), ...(bias ? [trained('bias', units)] : [])];
        return { operation: { op: 'dense', inputSize, units, bias, activation }, weights };
      },
      outputs: ([input]) =>
        input === undefined
          ? [unknownTensor('it has no input')]
          : [{ shape: withLastAxis(input.shape, units), element: 'float' }],
    };
  },
];

/** Source: Keras 3, keras/src/layers/core/reversible_embedding.py: a second table where the two ways are not tied. */
const reversibleEmbedding: LayerEntry = [
  ['input_dim', 'output_dim', 'tie_weights'],
  (given, site) => {
    const described = embedding[1](given, site);
    const isTied = given.flag('tie_weights', true);
    if (typeof isTied !== 'boolean') return { undecided: isTied.because };
    if ('undecided' in described || isTied) return described;
    const reverse = trained('reverse_embeddings', given.size('output_dim'), given.size('input_dim'));
    return {
      ...described,
      build: (inputs) => {
        const { operation, weights } = described.build(inputs);
        return { operation, weights: 'unknown' in weights ? weights : [...weights, reverse] };
      },
    };
  },
];

const dropout: LayerEntry = [['rate'], (given) => weightless({ op: 'dropout', rate: given.number('rate', 0) })];

/** Drops whole channels: the same ones at every step. */
const channelDropout: LayerEntry = [
  ['rate'],
  (given) => weightless({ op: 'dropout', rate: given.number('rate', 0), sharedOverTime: true }),
];

function activation(name: string): LayerEntry {
  return [[], () => weightless({ op: 'activation', activation: name })];
}

function quiet(because: string): LayerEntry {
  return [[], () => other(because)];
}

const repeatVector: LayerEntry = [
  ['n'],
  (given) => {
    const count = given.size('n');
    const outputs: KerasDescription['outputs'] = ([input]) => {
      const axes = axesOf(input);
      const [batch, width] = axes ?? [];
      if (batch && width && axes?.length === 2) return [{ shape: shapeOf([batch, count, width]), element: 'float' }];
      const because = reasonOf(input, 'what it repeats has another number of axes');
      return [{ shape: { kind: 'unknown', because, last: lastAxis(input) }, element: 'float' }];
    };
    return other('repeats a vector', outputs, { kind: 'repetition', times: count });
  },
];

/** The sizes of a change of shape, with the one that is −1 worked out of the others. */
export function reshaped(axes: readonly Quantity[], sizes: readonly Quantity[]): readonly Quantity[] {
  const open = sizes.findIndex((size) => exactSize(size) === -1);
  if (open < 0) return sizes;
  const whole = product(...axes);
  const stated = product(...sizes.toSpliced(open, 1));
  const rest = combine([whole, stated], ([all, part]) => (all && part ? divideExactly(all, part) : undefined));
  return sizes.with(open, rest);
}

const reshape: LayerEntry = [
  ['target_shape'],
  (given, site) => {
    const sizes = sizesOf(given.get('target_shape') ?? given.get('dims'), site);
    const outputs: KerasDescription['outputs'] = ([input]) => {
      const [batch, ...rest] = axesOf(input) ?? [];
      if (sizes === undefined) return [unknownTensor('the shape it changes to is not known')];
      if (batch !== undefined) return onAxes(() => [batch, ...reshaped(rest, sizes)])(input ? [input] : []);
      const last = sizes.at(-1);
      const because = reasonOf(input, 'it has no input');
      const isOpen = last === undefined || exactSize(last) === -1;
      return [{ shape: { kind: 'unknown', because, ...(isOpen ? {} : { last }) }, element: 'float' }];
    };
    return other('a change of shape', outputs, { kind: 'reshape' });
  },
];

const permute: LayerEntry = [
  ['dims'],
  (given, site) => {
    const order = site.machine.itemsOf(given.get('dims') ?? { kind: 'none' })?.map(asNumber);
    const known = order?.every((axis) => axis !== undefined) ? order : undefined;
    return other(
      'a change of the order of axes',
      onAxes((axes) => {
        const [batch, ...rest] = axes;
        if (batch === undefined || order?.length !== rest.length) return undefined;
        const moved = order.map((axis) => (axis === undefined ? undefined : axes[axis]));
        return [batch, ...moved.map((axis) => axis ?? unknownQuantity('the order of its axes is not known'))];
      }),
      known === undefined ? null : { kind: 'permutation', order: [0, ...known] },
    );
  },
];

const masking: LayerEntry = [
  ['mask_value'],
  (given) => other('a mask over padded steps', sameShape, { kind: 'masking', value: given.number('mask_value', 0) }),
];

const gaussianNoise: LayerEntry = [
  ['stddev'],
  (given) =>
    other('noise added while training', sameShape, { kind: 'gaussianNoise', deviation: given.number('stddev', 1) }),
];

/** Texts become rows of tokens; its vocabulary is no trained array. */
const textVectorization: LayerEntry = [
  ['max_tokens'],
  (given) => {
    const mode = given.text('output_mode', 'int');
    const length = given.isNone('output_sequence_length') ? null : given.size('output_sequence_length');
    return other('texts turned into tokens', ([input]) => {
      const [batch] = axesOf(input) ?? [];
      if (mode !== 'int') return [unknownTensor('how it counts tokens is not followed')];
      if (batch === undefined) return [unknownTensor(reasonOf(input, 'it has no input'))];
      const time = length ?? unknownQuantity('the length of the longest text');
      return [{ shape: shapeOf([batch, time]), element: 'integer' }];
    });
  },
];

export const basicLayers: LayerTable = {
  Embedding: embedding,
  ReversibleEmbedding: reversibleEmbedding,
  Dense: dense,
  EinsumDense: einsumDense,
  TimeDistributedDense: dense,
  Dropout: dropout,
  SpatialDropout1D: channelDropout,
  SpatialDropout2D: dropout,
  SpatialDropout3D: dropout,
  AlphaDropout: dropout,
  GaussianDropout: dropout,
  GaussianNoise: gaussianNoise,
  ActivityRegularization: quiet('a penalty added while training'),
  Identity: [[], () => other('what it is given', sameShape, { kind: 'identity' })],
  Rescaling: quiet('a fixed scaling'),
  Masking: masking,
  Activation: [
    ['activation'],
    (given) => weightless({ op: 'activation', activation: activationName(given, 'activation', 'linear') }),
  ],
  ReLU: activation('relu'),
  LeakyReLU: activation('leaky_relu'),
  ELU: activation('elu'),
  ThresholdedReLU: activation('thresholded_relu'),
  Softmax: [
    ['axis'],
    (given) => {
      const axis = given.number('axis', -1);
      return weightless({ op: 'activation', activation: 'softmax', ...(axis === null ? {} : { axis }) });
    },
  ],
  Flatten: [
    [],
    () =>
      weightless(
        { op: 'flatten' },
        onAxes(([batch, ...rest]) => (batch ? [batch, rest.length === 0 ? exactly(1) : product(...rest)] : undefined)),
      ),
  ],
  RepeatVector: repeatVector,
  Reshape: reshape,
  Permute: permute,
  TextVectorization: textVectorization,
};
