/** Flax' layers: what they hold once they are built, and what an application gives. */
import type { Computation } from '../../../../model/computation';
import {
  batchMeaning,
  known,
  type Operation,
  type Quantity,
  type TensorType,
  timeMeaning,
  unknown as unknownSize,
} from '../../../../model/graph';
import { type CallArguments, type CallSite, tuple, unknown, type Value } from '../../evaluate/values';
import { type LibraryArguments, sizesOf } from '../arguments';
import { type LayerDefinition, type LayerFacts, type LayerValue, trained } from '../layer';
import { windowProducts } from '../products';
import { exactly, floatTensor, lastAxis, product, quotient, shapeOf, times, unknownTensor } from '../shapes';
import { type FlowRecorder, TensorValue } from '../tensor';
import { type Api, type CellSettings, cellFacts, type Direction, statesOf } from './cells';

/** Where applications are recorded now, and who wants to know of them. */
export interface FlaxTrace {
  readonly recorder: FlowRecorder;
  applied(layer: LayerValue, site: CallSite): void;
}

function withLastAxis({ shape }: TensorType, last: Quantity): TensorType {
  if (shape.kind === 'unknown') return { shape: { ...shape, last }, element: 'float' };
  return floatTensor([...shape.axes.slice(0, -1), last]);
}

/** A layer that takes one tensor and gives one. */
export interface PlainDescription {
  readonly build: (input: TensorType | undefined) => LayerFacts;
  readonly output: (input: TensorType) => TensorType;
}

export class PlainLayer implements LayerDefinition {
  constructor(
    readonly type: string,
    private readonly description: PlainDescription,
    private readonly trace: FlaxTrace,
  ) {}

  build(input: TensorType | undefined): LayerFacts {
    return this.description.build(input);
  }

  apply(layer: LayerValue, { positional: [first], keywords }: CallArguments, site: CallSite): Value {
    const input = tensorOf(this.trace, first ?? keywords.get('inputs') ?? keywords.get('x'));
    layer.buildOn(input.type);
    this.trace.applied(layer, site);
    return record(this.trace, layer, [input], [this.description.output(input.type)], site);
  }
}

/** A cell by itself, or run over time by `RNN`, `Bidirectional` or `scan`. */
export class CellLayer implements LayerDefinition {
  readonly type: string;

  constructor(
    wrapper: 'RNN' | 'Bidirectional' | 'scan' | null,
    readonly cell: CellSettings,
    private readonly direction: Direction,
    private readonly trace: FlaxTrace,
  ) {
    this.type = wrapper === null ? cell.type : `${wrapper}(${cell.type})`;
  }

  get settings(): Direction {
    return this.direction;
  }

  build(input: TensorType | undefined): LayerFacts {
    return cellFacts(this.cell, this.cell.input ?? lastAxis(input), this.direction);
  }

  /** Cells and scans take `(carry, x)`, the others `(x)`; who keeps a carry gives it before the output. */
  apply(layer: LayerValue, { positional, keywords }: CallArguments, site: CallSite): Value {
    const takesCarry = this.direction.singleStep || this.type.startsWith('scan');
    const input = tensorOf(this.trace, positional[takesCarry ? 1 : 0] ?? keywords.get('inputs'));
    const type = this.direction.singleStep ? input.type : asSequence(input, this.direction.batchFirst, site);
    layer.buildOn(type);
    this.trace.applied(layer, site);
    const output = withLastAxis(type, times(this.cell.hidden, this.direction.directions));
    const states = Array.from({ length: statesOf(this.cell) }, () => this.stateOf(type));
    const [result, ...carry] = this.trace.recorder.record(
      { kind: 'layer', layer },
      [input],
      [output, ...states],
      site.machine.locate(site.span),
      site.machine.heap.isConditional,
    );
    const value = result ?? unknown('a recurrent layer gives an output');
    if (!takesCarry && !this.direction.returnState) return value;
    const [only] = carry;
    return tuple([carry.length === 1 && only !== undefined ? only : tuple(carry), value]);
  }

  attribute(_layer: LayerValue, name: string): Value | undefined {
    return name === 'initialize_carry'
      ? { kind: 'builtin', name, call: (parameters, site) => this.initialCarry(parameters, site) }
      : undefined;
  }

  /** `initialize_carry(rng, input_shape)`: states of the batch axes and the cell's own width. */
  private initialCarry({ positional, keywords }: CallArguments, site: CallSite): Value {
    const sizes = sizesOf(positional[1] ?? keywords.get('input_shape') ?? positional[0], site);
    const type =
      sizes === undefined ? unknownTensor('a state') : floatTensor([...sizes.slice(0, -1), this.cell.hidden]);
    const states = Array.from({ length: statesOf(this.cell) }, () => this.trace.recorder.constant(type));
    const [only] = states;
    return states.length === 1 && only !== undefined ? only : tuple(states);
  }

  private stateOf({ shape }: TensorType): TensorType {
    if (shape.kind === 'unknown') return { shape: { ...shape, last: this.cell.hidden }, element: 'float' };
    const time = this.direction.singleStep ? null : this.direction.batchFirst ? shape.axes.length - 2 : 0;
    const batch = shape.axes.slice(0, -1).filter((_, position) => position !== time);
    return floatTensor([...batch, this.cell.hidden]);
  }
}

/**
 * What runs over time takes an input of the model of which only the width is known as a batch of sequences; layers that
 * the input has come through keep its other axes. The first input has `T` steps, another `T_name`.
 */
function asSequence(tensor: TensorValue, isBatchFirst: boolean, site: CallSite): TensorType {
  const { shape } = tensor.type;
  if (shape.kind === 'known' || shape.last === undefined) return tensor.type;
  const { nodes } = tensor.recorder;
  let node = tensor.reference === null ? undefined : nodes[tensor.reference.node];
  while (node?.operation.kind === 'layer' && node.operation.layer.definition.type !== 'Conv') {
    const [from] = node.inputs;
    node = from === undefined ? undefined : nodes[from.node];
  }
  if (node?.operation.kind !== 'input') return tensor.type;
  const name = node === nodes[0] ? 'T' : `T_${node.operation.name}`;
  const time = known(site.machine.symbol({ name, meaning: timeMeaning }));
  const batch = known(site.machine.symbol({ name: 'B', meaning: batchMeaning }));
  return floatTensor(isBatchFirst ? [batch, time, shape.last] : [time, batch, shape.last]);
}

/** A layer of which nothing is known but its name. */
export function undecided(type: string, because: string, trace: FlaxTrace): PlainLayer {
  const build = (): LayerFacts => ({ operation: { op: 'other', because }, weights: { unknown: because } });
  return new PlainLayer(type, { build, output: () => unknownTensor(because) }, trace);
}

function record(
  trace: FlaxTrace,
  layer: LayerValue,
  inputs: readonly TensorValue[],
  outputs: readonly TensorType[],
  site: CallSite,
): Value {
  const [result] = trace.recorder.record(
    { kind: 'layer', layer },
    inputs,
    outputs,
    site.machine.locate(site.span),
    site.machine.heap.isConditional,
  );
  return result ?? unknown('a layer gives one output');
}

export function tensorOf(trace: { readonly recorder: FlowRecorder }, value: Value | undefined): TensorValue {
  if (value instanceof TensorValue) return value;
  const because = value?.kind === 'unknown' ? value.because : 'what it is applied to is not followed';
  return trace.recorder.constant(unknownTensor(because));
}

type Describe = (given: LibraryArguments, site: CallSite) => PlainDescription | { readonly undecided: string };

const same = (input: TensorType): TensorType => input;

function weightless(operation: Operation): PlainDescription {
  return { build: () => ({ operation, weights: [] }), output: same };
}

function dense(inputSize: Quantity | null, units: Quantity, bias: boolean): PlainDescription {
  return {
    build: (input) => {
      const width = inputSize ?? lastAxis(input);
      const weights = [trained('kernel', width, units), ...(bias ? [trained('bias', units)] : [])];
      return { operation: { op: 'dense', inputSize: width, units, bias, activation: 'linear' }, weights };
    },
    output: (input) => withLastAxis(input, units),
  };
}

function embedding(given: LibraryArguments): PlainDescription {
  const vocabulary = given.size('num_embeddings');
  const width = given.size('features');
  return {
    build: () => ({
      operation: { op: 'embedding', vocabulary, width, maskZero: false, paddingIndex: null },
      weights: [trained('embedding', vocabulary, width)],
    }),
    output: ({ shape }) =>
      shape.kind === 'known'
        ? floatTensor([...shape.axes, width])
        : { shape: { kind: 'unknown', because: shape.because, last: width }, element: 'float' },
  };
}

function normalisation(
  kind: 'batch' | 'layer' | null,
  size: Quantity | null,
  given: LibraryArguments,
): PlainDescription | { readonly undecided: string } {
  const [scale, bias] = [given.flag('use_scale', true), given.flag('use_bias', kind !== null)];
  if (typeof scale !== 'boolean' || typeof bias !== 'boolean') return { undecided: 'its arguments are not known' };
  const epsilon = given.number('epsilon', kind === 'batch' ? 1e-5 : 1e-6) ?? 1e-6;
  return {
    build: (input) => {
      const width = size ?? lastAxis(input);
      const weights = [...(scale ? [trained('scale', width)] : []), ...(bias ? [trained('bias', width)] : [])];
      const operation: Operation =
        kind === null
          ? { op: 'other', because: 'a normalisation by the root mean square', products: [] }
          : { op: 'normalisation', kind, size: width, epsilon, affine: scale && bias, momentum: 0.99 };
      return { operation, weights };
    },
    output: same,
  };
}

function convolution(
  inputSize: Quantity | null,
  units: Quantity,
  given: LibraryArguments,
  site: CallSite,
): ReturnType<Describe> {
  const bias = given.flag('use_bias', true);
  const kernel = sizesOf(given.get('kernel_size'), site) ?? [given.size('kernel_size')];
  if (typeof bias !== 'boolean') return { undecided: bias.because };
  const groups = given.size('feature_group_count', 1);
  const padding = (given.text('padding', 'SAME') ?? '').toLowerCase();
  const [size] = kernel;
  const one = exactly(1);
  const firstOf = (name: string): Quantity => sizesOf(given.get(name), site)?.[0] ?? given.size(name, 1);
  const computes: Computation | null =
    kernel.length === 1 && size && (padding === 'same' || padding === 'valid' || padding === 'causal')
      ? {
          kind: 'convolution',
          channelsFirst: false,
          filters: units,
          kernel: size,
          stride: given.isNone('strides') ? one : firstOf('strides'),
          dilation: given.isNone('kernel_dilation') ? one : firstOf('kernel_dilation'),
          groups,
          padding,
          bias,
          activation: 'linear',
        }
      : null;
  const keepsLength = (given.text('padding', 'SAME') ?? '').toUpperCase() === 'SAME' && !given.has('strides');
  return {
    build: (input) => {
      const channels = quotient(inputSize ?? lastAxis(input), groups);
      return {
        operation: {
          op: 'other',
          because: 'a convolution',
          products: windowProducts(kernel, channels),
          ...(computes === null ? {} : { computes }),
        },
        weights: [trained('kernel', ...kernel, channels, units), ...(bias ? [trained('bias', units)] : [])],
      };
    },
    output: (input) => {
      if (keepsLength || input.shape.kind === 'unknown') return withLastAxis(input, units);
      const axes = input.shape.axes
        .slice(0, -1)
        .map((axis, position) => (position === 0 ? axis : unknownSize('a convolution')));
      return { shape: shapeOf([...axes, units]), element: 'float' };
    },
  };
}

function withBias(given: LibraryArguments, describe: (bias: boolean) => PlainDescription): ReturnType<Describe> {
  const bias = given.flag('use_bias', true);
  return typeof bias === 'boolean' ? describe(bias) : { undecided: bias.because };
}

function dropout(given: LibraryArguments): PlainDescription {
  return weightless({ op: 'dropout', rate: given.number('rate', 0) });
}

type Table = Readonly<Record<string, readonly [readonly string[], Describe]>>;

const linen: Table = {
  Dense: [['features', 'use_bias'], (given) => withBias(given, (bias) => dense(null, given.size('features'), bias))],
  Embed: [['num_embeddings', 'features'], embedding],
  Conv: [
    ['features', 'kernel_size', 'strides', 'padding'],
    (given, site) => convolution(null, given.size('features'), given, site),
  ],
  LayerNorm: [['epsilon'], (given) => normalisation('layer', null, given)],
  BatchNorm: [['use_running_average'], (given) => normalisation('batch', null, given)],
  RMSNorm: [['epsilon'], (given) => normalisation(null, null, given)],
  Dropout: [['rate', 'broadcast_dims', 'deterministic'], dropout],
};

const nnx: Table = {
  Linear: [
    ['in_features', 'out_features'],
    (given) => withBias(given, (bias) => dense(given.size('in_features'), given.size('out_features'), bias)),
  ],
  Embed: [['num_embeddings', 'features'], embedding],
  Conv: [
    ['in_features', 'out_features', 'kernel_size', 'strides'],
    (given, site) => convolution(given.size('in_features'), given.size('out_features'), given, site),
  ],
  LayerNorm: [['num_features'], (given) => normalisation('layer', given.size('num_features'), given)],
  BatchNorm: [['num_features'], (given) => normalisation('batch', given.size('num_features'), given)],
  RMSNorm: [['num_features'], (given) => normalisation(null, given.size('num_features'), given)],
  Dropout: [['rate'], dropout],
};

/** The parameters of a constructor in order, and what it constructs; undefined for what is not described here. */
export function plainLayer(api: Api, type: string): readonly [readonly string[], Describe] | undefined {
  const table = api === 'linen' ? linen : nnx;
  return Object.hasOwn(table, type) ? table[type] : undefined;
}

/** The number of entries of a tensor made by `reshape`: one axis may be left to be found. */
export function reshaped(sizes: readonly Quantity[], open: number | undefined, input: TensorType): TensorType {
  if (open === undefined) return { shape: shapeOf(sizes), element: input.element };
  const rest = product(exactly(1), ...sizes.filter((_, position) => position !== open));
  const whole =
    input.shape.kind === 'known' ? product(...input.shape.axes) : unknownSize('the shape that is changed is not known');
  return { shape: shapeOf(sizes.with(open, quotient(whole, rest))), element: input.element };
}
