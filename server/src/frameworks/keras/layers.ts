/** Keras' layers: what they hold once they are built, and what an application gives. */
import { floorDivide } from '../../../../model/expression';
import type { Operation, Quantity, SourceLocation, TensorType, Weight } from '../../../../model/graph';
import { unknown as unknownQuantity } from '../../../../model/graph';
import { type CallArguments, type CallSite, list, unknown, type Value } from '../../evaluate/values';
import { LibraryArguments, sizesOf } from '../arguments';
import { type LayerDefinition, type LayerFacts, LayerValue } from '../layer';
import { combine, difference, exactly, formatSize, product, shapeOf, total, unknownTensor } from '../shapes';
import { type FlowRecorder, TensorValue } from '../tensor';
import {
  activationName,
  bothDirections,
  type RecurrentSettings,
  recurrentFacts,
  recurrentOutputs,
  recurrentSettings,
} from './recurrent';

/** A layer as its constructor describes it. */
export interface KerasDescription {
  readonly type: string;
  readonly build: (input: TensorType | undefined) => LayerFacts;
  readonly outputs: (inputs: readonly TensorType[]) => readonly TensorType[];
  /** Set for recurrent layers, for `Bidirectional` to take apart. */
  readonly recurrent?: RecurrentSettings;
}

export class KerasLayer implements LayerDefinition {
  constructor(
    private readonly description: KerasDescription,
    /** Where applications are recorded. */
    private readonly recorder: FlowRecorder,
    /** The input's shape without the batch, when the constructor states it (`input_shape=`). */
    readonly statedInput: TensorType | null,
  ) {}

  get type(): string {
    return this.description.type;
  }

  get recurrent(): RecurrentSettings | undefined {
    return this.description.recurrent;
  }

  get describes(): KerasDescription {
    return this.description;
  }

  /** The same layer with its applications recorded elsewhere. */
  recordedBy(recorder: FlowRecorder): KerasLayer {
    return new KerasLayer(this.description, recorder, this.statedInput);
  }

  build(input: TensorType | undefined): LayerFacts {
    return this.description.build(input);
  }

  apply(layer: LayerValue, parameters: CallArguments, site: CallSite): Value {
    const [first] = parameters.positional;
    const given = first ?? parameters.keywords.get('inputs');
    const inputs = given === undefined ? undefined : tensorsOf(given, site);
    if (inputs === undefined) {
      return unknown(`what ${this.type} is applied to is not followed`, null, site.machine.locate(site.span));
    }
    const states = parameters.keywords.get('initial_state');
    const extra = states === undefined ? [] : (tensorsOf(states, site) ?? []);
    const outputs = this.applyTo(layer, [...inputs, ...extra], inputs.length, site.machine.locate(site.span));
    const [only] = outputs;
    return outputs.length === 1 && only !== undefined ? only : list(outputs);
  }

  /** Applies the layer to tensors of which the first `count` are its inputs and the rest initial states. */
  applyTo(
    layer: LayerValue,
    tensors: readonly TensorValue[],
    count: number,
    location: SourceLocation,
  ): readonly TensorValue[] {
    const types = tensors.slice(0, count).map((tensor) => tensor.type);
    layer.buildOn(types[0]);
    return this.recorder.record({ kind: 'layer', layer }, tensors, this.description.outputs(types), location);
  }
}

function tensorsOf(value: Value, site: CallSite): readonly TensorValue[] | undefined {
  if (value instanceof TensorValue) return [value];
  const items = value.kind === 'list' || value.kind === 'tuple' ? site.machine.itemsOf(value) : undefined;
  if (items === undefined || items.length === 0) return undefined;
  const tensors = items.filter((item): item is TensorValue => item instanceof TensorValue);
  return tensors.length === items.length ? tensors : undefined;
}

type Describe = (
  given: LibraryArguments,
  site: CallSite,
) => Omit<KerasDescription, 'type'> | { readonly undecided: string };

function lastAxis(input: TensorType | undefined): Quantity {
  const size = input?.shape.kind === 'known' ? input.shape.axes.at(-1) : undefined;
  if (size !== undefined) return size;
  return unknownQuantity(
    input === undefined
      ? 'the width of its input is only known when it is applied'
      : input.shape.kind === 'unknown'
        ? input.shape.because
        : 'its input has no axis',
  );
}

function axesOf(type: TensorType | undefined): readonly Quantity[] | undefined {
  return type?.shape.kind === 'known' ? type.shape.axes : undefined;
}

/** A function of the axes of the first input; unknown as long as they are. */
function onAxes(change: (axes: readonly Quantity[]) => readonly Quantity[] | undefined): KerasDescription['outputs'] {
  return ([input]) => {
    const axes = axesOf(input);
    const changed = axes === undefined ? undefined : change(axes);
    if (input === undefined || changed === undefined) {
      return [
        unknownTensor(input?.shape.kind === 'unknown' ? input.shape.because : 'its input has another number of axes'),
      ];
    }
    return [{ shape: shapeOf(changed), element: input.element === 'integer' ? 'float' : input.element }];
  };
}

const sameShape: KerasDescription['outputs'] = ([input]) => [input ?? unknownTensor('it has no input')];

function weightless(operation: Operation, outputs: KerasDescription['outputs'] = sameShape): ReturnType<Describe> {
  return { build: () => ({ operation, weights: [] }), outputs };
}

function other(because: string, outputs: KerasDescription['outputs']): ReturnType<Describe> {
  return weightless({ op: 'other', because }, outputs);
}

function trained(name: string, ...shape: Quantity[]): Weight {
  return { name, shape, trainable: true };
}

function recurrent(cell: 'rnn' | 'gru' | 'lstm'): readonly [readonly string[], Describe] {
  return [
    ['units', 'activation', ...(cell === 'rnn' ? [] : ['recurrent_activation']), 'use_bias'],
    (given) => {
      const settings = recurrentSettings(cell, given);
      return 'undecided' in settings ? settings : recurrentDescription(settings);
    },
  ];
}

function recurrentDescription(settings: RecurrentSettings): Omit<KerasDescription, 'type'> {
  return {
    build: (input) => recurrentFacts(settings, lastAxis(input)),
    outputs: ([input]) => recurrentOutputs(settings, input ?? unknownTensor('it has no input')),
    recurrent: settings,
  };
}

const layers: Readonly<Record<string, readonly [readonly string[], Describe]>> = {
  SimpleRNN: recurrent('rnn'),
  GRU: recurrent('gru'),
  LSTM: recurrent('lstm'),
  Embedding: [
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
        outputs: onAxes((axes) => [...axes, width]),
      };
    },
  ],
  Dense: [
    ['units', 'activation', 'use_bias'],
    (given) => {
      const units = given.size('units');
      const bias = given.flag('use_bias', true);
      if (typeof bias !== 'boolean') return { undecided: bias.because };
      const activation = activationName(given, 'activation', 'linear');
      return {
        build: (input) => {
          const inputSize = lastAxis(input);
          const weights = [trained('kernel', inputSize, units), ...(bias ? [trained('bias', units)] : [])];
          return { operation: { op: 'dense', inputSize, units, bias, activation }, weights };
        },
        outputs: onAxes((axes) => [...axes.slice(0, -1), units]),
      };
    },
  ],
  Dropout: [['rate'], (given) => weightless({ op: 'dropout', rate: given.number('rate', 0) })],
  SpatialDropout1D: [['rate'], (given) => weightless({ op: 'dropout', rate: given.number('rate', 0) })],
  GaussianNoise: [['stddev'], () => other('noise added while training', sameShape)],
  Activation: [
    ['activation'],
    (given) => weightless({ op: 'activation', activation: activationName(given, 'activation', 'linear') }),
  ],
  ReLU: [[], () => weightless({ op: 'activation', activation: 'relu' })],
  LeakyReLU: [[], () => weightless({ op: 'activation', activation: 'leaky_relu' })],
  Softmax: [[], () => weightless({ op: 'activation', activation: 'softmax' })],
  Masking: [['mask_value'], () => other('a mask over padded steps', sameShape)],
  Flatten: [
    [],
    () =>
      weightless(
        { op: 'flatten' },
        onAxes(([batch, ...rest]) => (batch ? [batch, product(...rest)] : undefined)),
      ),
  ],
  RepeatVector: [
    ['n'],
    (given) => {
      const count = given.size('n');
      return other(
        'repeats a vector',
        onAxes(([batch, width, more]) => (batch && width && !more ? [batch, count, width] : undefined)),
      );
    },
  ],
  Reshape: [
    ['target_shape'],
    (given, site) => {
      const sizes = sizesOf(given.get('target_shape'), site);
      const isOpen = sizes === undefined || sizes.some((size) => formatSize(size).startsWith('−'));
      return other(
        'a change of shape',
        onAxes(([batch]) => (batch && sizes && !isOpen ? [batch, ...sizes] : undefined)),
      );
    },
  ],
  BatchNormalization: [
    ['axis', 'momentum', 'epsilon', 'center', 'scale'],
    (given) => {
      const [center, scale] = [given.flag('center', true), given.flag('scale', true)];
      if (typeof center !== 'boolean' || typeof scale !== 'boolean')
        return { undecided: 'its arguments are not known' };
      const epsilon = given.number('epsilon', 1e-3) ?? 1e-3;
      return {
        build: (input) => {
          const size = lastAxis(input);
          const moving = ['moving_mean', 'moving_variance'].map(
            (name): Weight => ({ name, shape: [size], trainable: false }),
          );
          return {
            operation: { op: 'normalisation', kind: 'batch', size, epsilon, affine: center && scale },
            weights: [
              ...(scale ? [trained('gamma', size)] : []),
              ...(center ? [trained('beta', size)] : []),
              ...moving,
            ],
          };
        },
        outputs: sameShape,
      };
    },
  ],
  LayerNormalization: [
    ['axis', 'epsilon', 'center', 'scale'],
    (given) => {
      const [center, scale] = [given.flag('center', true), given.flag('scale', true)];
      const isLast = !given.has('axis') || given.number('axis', -1) === -1;
      if (typeof center !== 'boolean' || typeof scale !== 'boolean' || !isLast) {
        return { undecided: 'its arguments are not followed' };
      }
      const epsilon = given.number('epsilon', 1e-3) ?? 1e-3;
      return {
        build: (input) => {
          const size = lastAxis(input);
          return {
            operation: { op: 'normalisation', kind: 'layer', size, epsilon, affine: center && scale },
            weights: [...(scale ? [trained('gamma', size)] : []), ...(center ? [trained('beta', size)] : [])],
          };
        },
        outputs: sameShape,
      };
    },
  ],
  Conv1D: [
    ['filters', 'kernel_size', 'strides', 'padding'],
    (given, site) => {
      const filters = given.size('filters');
      const [kernel = given.size('kernel_size')] = sizesOf(given.get('kernel_size'), site) ?? [];
      const [stride = given.size('strides', 1)] = sizesOf(given.get('strides'), site) ?? [];
      const padding = given.text('padding', 'valid');
      const bias = given.flag('use_bias', true);
      if (typeof bias !== 'boolean' || given.number('groups', 1) !== 1 || padding === null) {
        return { undecided: 'its arguments are not followed' };
      }
      const isDilated = given.number('dilation_rate', 1) !== 1;
      return {
        build: (input) => ({
          operation: { op: 'other', because: 'a convolution over time' },
          weights: [trained('kernel', kernel, lastAxis(input), filters), ...(bias ? [trained('bias', filters)] : [])],
        }),
        outputs: onAxes(([batch, time, width, more]) => {
          if (!batch || !time || !width || more) return undefined;
          const isPadded = padding !== 'valid';
          const length =
            isDilated && !isPadded
              ? unknownQuantity('a dilated convolution')
              : windows(time, isPadded ? exactly(1) : kernel, stride);
          return [batch, length, filters];
        }),
      };
    },
  ],
  MaxPooling1D: pooling(),
  AveragePooling1D: pooling(),
  GlobalMaxPooling1D: globalPooling(),
  GlobalAveragePooling1D: globalPooling(),
  ...Object.fromEntries(
    ['Add', 'Multiply', 'Average', 'Maximum', 'Subtract'].map(
      (name) => [name, [[], () => other('a join of tensors', sameShape)]] as const,
    ),
  ),
  Concatenate: [
    ['axis'],
    (given) => {
      const axis = given.number('axis', -1);
      return other('a join of tensors', (inputs) => {
        const all = inputs.map(axesOf);
        const [first] = all;
        const position = first === undefined || axis === null ? undefined : axis < 0 ? axis + first.length : axis;
        const parts = all.map((axes) => (position === undefined ? undefined : axes?.[position]));
        const sizes = parts.filter((size): size is Quantity => size !== undefined);
        if (first === undefined || position === undefined || sizes.length < inputs.length) {
          return [unknownTensor('tensors are joined whose shapes are not known')];
        }
        return [{ shape: shapeOf(first.with(position, total(...sizes))), element: 'float' }];
      });
    },
  ],
};

/** Positions of a window along an axis: `⌊(T − k) / s⌋ + 1`. */
function windows(time: Quantity, kernel: Quantity, stride: Quantity): Quantity {
  const spare = combine([difference(time, kernel), stride], ([left, step]) =>
    left && step ? floorDivide(left, step) : undefined,
  );
  return total(spare, exactly(1));
}

function pooling(): readonly [readonly string[], Describe] {
  return [
    ['pool_size', 'strides', 'padding'],
    (given, site) => {
      const [size = given.size('pool_size', 2)] = sizesOf(given.get('pool_size'), site) ?? [];
      const stride = given.isNone('strides') ? size : given.size('strides');
      const isPadded = given.text('padding', 'valid') !== 'valid';
      return other(
        'a pooling over time',
        onAxes(([batch, time, width, more]) =>
          batch && time && width && !more
            ? [batch, windows(time, isPadded ? exactly(1) : size, stride), width]
            : undefined,
        ),
      );
    },
  ];
}

function globalPooling(): readonly [readonly string[], Describe] {
  return [
    [],
    () =>
      other(
        'a pooling over all steps',
        onAxes(([batch, time, width]) => (batch && time && width ? [batch, width] : undefined)),
      ),
  ];
}

/** The layer that `keras.layers.<name>(…)` constructs; undefined for what is not described here. */
export function kerasLayer(
  recorder: FlowRecorder,
  name: string,
  parameters: CallArguments,
  site: CallSite,
  statedInput: (given: LibraryArguments) => TensorType | null,
): LayerValue | undefined {
  const location = site.machine.locate(site.span);
  if (name === 'Bidirectional' || name === 'TimeDistributed') return wrapper(recorder, name, parameters, site);
  const entry = Object.hasOwn(layers, name) ? layers[name] : undefined;
  if (entry === undefined) return undefined;
  const [signature, describe] = entry;
  const given = new LibraryArguments(signature, parameters, site);
  const described = describe(given, site);
  const description = 'undecided' in described ? undecided(name, described.undecided) : { type: name, ...described };
  const givenName = given.get('name');
  const definition = new KerasLayer(description, recorder, statedInput(given));
  return new LayerValue(definition, location, location, givenName?.kind === 'string' ? givenName.value : null);
}

/** A layer whose weights and outputs are not known, with the reason. */
export function undecided(type: string, because: string): KerasDescription {
  return {
    type,
    build: () => ({ operation: { op: 'other', because }, weights: { unknown: because } }),
    outputs: () => [unknownTensor(because)],
  };
}

function wrapper(
  recorder: FlowRecorder,
  name: 'Bidirectional' | 'TimeDistributed',
  parameters: CallArguments,
  site: CallSite,
): LayerValue {
  const given = new LibraryArguments(name === 'Bidirectional' ? ['layer', 'merge_mode'] : ['layer'], parameters, site);
  const inner = given.get('layer');
  const location = site.machine.locate(site.span);
  const givenName = given.get('name');
  const named = givenName?.kind === 'string' ? givenName.value : null;
  if (!(inner instanceof LayerValue) || !(inner.definition instanceof KerasLayer)) {
    const because = `the layer inside ${name} is not known`;
    return new LayerValue(new KerasLayer(undecided(name, because), recorder, null), location, location, named);
  }
  const { definition } = inner;
  const type = `${name}(${definition.type})`;
  const description =
    name === 'Bidirectional' ? bidirectional(type, definition, given) : timeDistributed(type, definition);
  const wrapped = new KerasLayer(description, recorder, definition.statedInput);
  return new LayerValue(wrapped, location, inner.coreLocation, named);
}

function bidirectional(type: string, inner: KerasLayer, given: LibraryArguments): KerasDescription {
  if (inner.recurrent === undefined)
    return undecided(type, 'Bidirectional holds something that is no known recurrent layer');
  const settings = bothDirections(inner.recurrent, given);
  return 'undecided' in settings ? undecided(type, settings.undecided) : { type, ...recurrentDescription(settings) };
}

/** The inner layer applied to every step: it sees the input without its time axis. */
function timeDistributed(type: string, inner: KerasLayer): KerasDescription {
  const step = (input: TensorType | undefined): TensorType | undefined => {
    const axes = axesOf(input);
    const [batch, , ...rest] = axes ?? [];
    return input === undefined || batch === undefined ? input : { ...input, shape: shapeOf([batch, ...rest]) };
  };
  return {
    type,
    build: (input) => inner.build(step(input)),
    outputs: ([input]) => {
      const time = axesOf(input)?.[1];
      const stepped = step(input);
      const [result] = inner.describes.outputs(stepped === undefined ? [] : [stepped]);
      const [batch, ...rest] = axesOf(result) ?? [];
      if (result === undefined || time === undefined || batch === undefined) {
        return [unknownTensor('the steps it is applied to are not known')];
      }
      return [{ ...result, shape: shapeOf([batch, time, ...rest]) }];
    },
  };
}
