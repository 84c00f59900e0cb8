/** Keras' layers around other layers: `Bidirectional`, `TimeDistributed`, `RNN` over cells, `Lambda` over a function. */
import {
  type Quantity,
  type RecurrentMerge,
  type SourceLocation,
  type TensorType,
  unknown as unknownQuantity,
} from '../../../../model/graph';
import { type CallArguments, type CallSite, list, positionalArguments, type Value } from '../../evaluate/values';
import { LibraryArguments, sizeOf, sizesOf } from '../arguments';
import { type LayerDefinition, type LayerFacts, LayerValue } from '../layer';
import { exactly, isSameSize, lastAxis, shapeOf, times, unknownTensor } from '../shapes';
import { FlowRecorder, TensorValue } from '../tensor';
import { Composite, type Part } from './composite';
import { axesOf, type KerasDescription, withLastAxis } from './describe';
import { holderAttribute } from './holding';
import { asValue, copyOfLayer, type HeldLayer, KerasLayer, textGiven, unknownLayer } from './layers';
import {
  type LoopSettings,
  loopOutputs,
  loopSettings,
  mergeMode,
  type OpenAxes,
  type RecurrentSettings,
  statesOf,
  unlikeDirections,
} from './recurrent';
import { loopDescription, openAxes } from './recurrentLayers';
import { type KerasTrace, notFollowed, tensorsAmong, tensorsOf } from './trace';

export type WrapperName =
  | 'Bidirectional'
  | 'TimeDistributed'
  | 'RNN'
  | 'StackedRNNCells'
  | 'Lambda'
  | 'SpectralNormalization';

export function isWrapper(name: string): name is WrapperName {
  return ['Bidirectional', 'TimeDistributed', 'RNN', 'StackedRNNCells', 'Lambda', 'SpectralNormalization'].includes(
    name,
  );
}

export function wrapper(
  trace: KerasTrace,
  name: WrapperName,
  parameters: CallArguments,
  site: CallSite,
  statedInput: (given: LibraryArguments) => TensorType | null,
): Value {
  const given = new LibraryArguments(signatures[name], parameters, site);
  const wrap = new Wrap(trace, name, given, site, statedInput(given));
  switch (name) {
    case 'Bidirectional':
      return bidirectional(wrap);
    case 'TimeDistributed':
      return timeDistributed(wrap);
    case 'RNN':
    case 'StackedRNNCells':
      return loop(wrap);
    case 'Lambda':
      return lambda(wrap);
    case 'SpectralNormalization':
      return spectral(wrap);
  }
}

const signatures: Readonly<Record<WrapperName, readonly string[]>> = {
  Bidirectional: ['layer', 'merge_mode', 'weights', 'backward_layer'],
  TimeDistributed: ['layer'],
  RNN: ['cell', 'return_sequences', 'return_state', 'go_backwards', 'stateful', 'unroll'],
  StackedRNNCells: ['cells'],
  SpectralNormalization: ['layer', 'power_iterations'],
  Lambda: ['function', 'output_shape', 'mask', 'arguments'],
};

/** What every wrapper is made of. */
class Wrap {
  readonly location: SourceLocation;

  constructor(
    readonly trace: KerasTrace,
    readonly name: WrapperName,
    readonly given: LibraryArguments,
    readonly site: CallSite,
    private readonly statedInput: TensorType | null,
  ) {
    this.location = site.machine.locate(site.span);
  }

  get givenName(): string | null {
    return textGiven(this.given, 'name');
  }

  /** Whether the wrapper is trained as a whole, where the constructor says so. */
  get trainable(): Value | null {
    return this.given.get('trainable') ?? null;
  }

  layer(description: KerasDescription, inner: LayerValue | null, held: readonly HeldLayer[]): LayerValue {
    const innerDefinition = inner?.definition instanceof KerasLayer ? inner.definition : null;
    const statedInput = this.statedInput ?? innerDefinition?.statedInput ?? null;
    return new LayerValue(
      new KerasLayer(description, this.trace, statedInput, this.trainable, held),
      this.location,
      inner?.coreLocation ?? this.location,
      this.givenName,
    );
  }

  unknown(because: string): LayerValue {
    return unknownLayer(this.trace, this.name, because, this.site, this.givenName);
  }
}

function reasonOf(value: Value | undefined): string {
  return value?.kind === 'unknown' ? `: ${value.because}` : '';
}

function bidirectional(wrap: Wrap): LayerValue {
  const inner = wrap.given.get('layer');
  if (!(inner instanceof LayerValue) || !(inner.definition instanceof KerasLayer)) {
    return wrap.unknown(`the layer inside Bidirectional is not known${reasonOf(inner)}`);
  }
  const { description } = inner.definition;
  const [forward, ...stacked] = description.recurrent ?? [];
  const merge = mergeMode(wrap.given);
  if (merge === null) return wrap.unknown('its merge_mode is not known');
  const type = `Bidirectional(${description.type})`;
  const open = openAxes(wrap.site);
  if ((description.inside === 'constructed' || stacked.length > 0) && wrap.given.isNone('backward_layer')) {
    const because = 'two directions of what is no single recurrent layer';
    const operation = {
      op: 'other',
      because,
      loops: exactly(Math.max(1, (description.recurrent ?? []).length)),
    } as const;
    return wrap.layer(
      {
        type,
        build: (inputs) => ({ ...description.build(inputs), operation }),
        outputs: (inputs) => bothWays(description.outputs(inputs), merge),
      },
      inner,
      bothDirections(inner, copyOfLayer(inner)),
    );
  }
  if (forward === undefined || stacked.length > 0) {
    return wrap.unknown('Bidirectional holds something that is no single recurrent layer');
  }
  if (wrap.given.isNone('backward_layer')) {
    const described = loopDescription([{ ...forward, directions: 2, merge }], open);
    return wrap.layer({ type, ...described }, inner, bothDirections(inner, copyOfLayer(inner)));
  }
  const other = wrap.given.get('backward_layer');
  const [backward] =
    other instanceof LayerValue && other.definition instanceof KerasLayer
      ? (other.definition.description.recurrent ?? [])
      : [];
  if (backward === undefined || !(other instanceof LayerValue)) {
    return wrap.unknown('its backward_layer is not known');
  }
  if (isAlike(forward, backward)) {
    const described = loopDescription([{ ...forward, directions: 2, merge }], open);
    return wrap.layer({ type, ...described }, inner, bothDirections(inner, other));
  }
  if (!isSameSize(forward.hiddenSize, backward.hiddenSize)) {
    // Keras takes the backward layer to be as wide as the forward one, without looking.
    return wrap.unknown('its two directions are not known to be of one width');
  }
  const both = unlikeDirections(forward, backward, merge, open);
  return wrap.layer(
    {
      type,
      build: ([input]) => both.build(lastAxis(input)),
      outputs: ([input]) => both.outputs(input),
    },
    inner,
    bothDirections(inner, other),
  );
}

/** Keras makes the forward layer anew: nothing of what becomes of the layer itself reaches it. */
function bothDirections(forward: LayerValue, backward: LayerValue): readonly HeldLayer[] {
  return [
    { name: 'forward_layer', layer: copyOfLayer(forward), prefix: 'forward_', inputsOf: (inputs) => inputs },
    { name: 'backward_layer', layer: backward, prefix: 'backward_', inputsOf: (inputs) => inputs },
  ];
}

/** What two directions give of which each gives `one`: the sequence or last step merged, then the states of both. */
function bothWays([first, ...states]: readonly TensorType[], merge: RecurrentMerge): readonly TensorType[] {
  if (first === undefined) return [];
  const merged = { ...first, shape: withLastAxis(first.shape, times(lastAxis(first), 2)) };
  return [...(merge === 'none' ? [first, first] : [merge === 'concat' ? merged : first]), ...states, ...states];
}

function isAlike(forward: RecurrentSettings, backward: RecurrentSettings): boolean {
  const structure = ({ cell, biasVectors, resetAfter, hiddenSize }: RecurrentSettings): string =>
    JSON.stringify([cell, biasVectors, resetAfter, hiddenSize]);
  return structure(forward) === structure(backward);
}

/** The type of one step of a sequence: without the axis of time. */
function stepOf(input: TensorType): TensorType {
  const [batch, , ...rest] = axesOf(input) ?? [];
  return batch === undefined ? input : { ...input, shape: shapeOf([batch, ...rest]) };
}

/** What a step gives, for every step. */
function everyStep(input: TensorType, result: TensorType | undefined): TensorType {
  const time = axesOf(input)?.[1];
  const [batch, ...rest] = axesOf(result) ?? [];
  if (result === undefined || time === undefined || batch === undefined) {
    const because = 'the steps it is applied to are not known';
    return { shape: { kind: 'unknown', because, last: lastAxis(result) }, element: 'float' };
  }
  return { ...result, shape: shapeOf([batch, time, ...rest]) };
}

function timeDistributed(wrap: Wrap): Value {
  const inner = wrap.given.get('layer');
  if (inner instanceof LayerValue && inner.definition instanceof KerasLayer) {
    const { description } = inner.definition;
    const inputsOf = ([input]: readonly TensorType[]): readonly TensorType[] =>
      input === undefined ? [] : [stepOf(input)];
    return wrap.layer(
      {
        type: `TimeDistributed(${description.type})`,
        build: (inputs) => description.build(inputsOf(inputs)),
        outputs: ([input]) =>
          input === undefined
            ? [unknownTensor('it has no input')]
            : [everyStep(input, description.outputs([stepOf(input)])[0])],
      },
      inner,
      [{ name: 'layer', layer: inner, prefix: '', inputsOf }],
    );
  }
  const isFunction = inner instanceof LayerValue && inner.definition instanceof LambdaLayer;
  if (inner !== undefined && (isFunction || inner instanceof Composite || isInstance(inner, wrap.site))) {
    return new DistributedModel(wrap.trace, inner, wrap.location, wrap.givenName, wrap.trainable);
  }
  return wrap.unknown(`the layer inside TimeDistributed is not known${reasonOf(inner)}`);
}

/**
 * A layer whose kernel is divided by its largest singular value, of which the wrapper keeps the left vector.
 * Source: Keras 3, keras/src/layers/normalization/spectral_normalization.py: `vector_u` of shape `(1, last axis)`.
 */
function spectral(wrap: Wrap): LayerValue {
  const inner = wrap.given.get('layer');
  if (!(inner instanceof LayerValue) || !(inner.definition instanceof KerasLayer)) {
    return wrap.unknown(`the layer inside SpectralNormalization is not known${reasonOf(inner)}`);
  }
  const { description } = inner.definition;
  return wrap.layer(
    {
      type: `SpectralNormalization(${description.type})`,
      build: description.build,
      outputs: description.outputs,
      beside: (weights) => {
        const kernel = weights.find(({ name }) => name === 'kernel' || name === 'embeddings');
        const last = kernel?.shape.at(-1);
        return last === undefined ? [] : [{ name: 'vector_u', shape: [exactly(1), last], trainable: false }];
      },
    },
    inner,
    [{ name: 'layer', layer: inner, prefix: '', inputsOf: (inputs) => inputs }],
  );
}

/** Whether a value is an instance of the program's own layer or model class. */
export function isInstance(value: Value, site: CallSite): boolean {
  return value.kind === 'instance' && site.machine.instances.includes(value);
}

/** A model applied to every step of a sequence. */
class DistributedModel extends Composite {
  readonly description = 'TimeDistributed layer';
  readonly type = 'TimeDistributed';
  readonly libraryClass = 'keras.layers.TimeDistributed';

  constructor(
    trace: KerasTrace,
    private readonly inner: Value,
    location: SourceLocation,
    givenName: string | null,
    trainable: Value | null,
  ) {
    super(trace, location, givenName, trainable);
  }

  parts(): readonly Part[] {
    return [{ value: this.inner }];
  }

  attribute(name: string, site: CallSite): Value | undefined {
    return name === 'layer'
      ? this.inner
      : (this.settings.get(name) ?? holderAttribute(this.trace, this, this.trainable, name, site));
  }

  call({ positional: [given] }: CallArguments, site: CallSite): Value {
    const [input] = tensorsOf(given, site) ?? [];
    if (input === undefined) return notFollowed('what TimeDistributed is applied to', site);
    const { recorder } = this.trace;
    return this.trace.applied(this, [input], () => {
      const step = recorder.apply('timeStep', [input], stepOf(input.type), site);
      const result = site.machine.call(this.inner, callOf(step), site);
      const outputs = tensorsAmong([result]).map((output) =>
        recorder.apply('overTime', [output], everyStep(input.type, output.type), site),
      );
      return outputs.length === 0 ? result : asValue(outputs);
    });
  }
}

function callOf(...positional: readonly Value[]): CallArguments {
  return positionalArguments(...positional);
}

/** `RNN(cell)`, `RNN([cell, …])`, and the stack of cells that either may be given. */
function loop(wrap: Wrap): Value {
  const { name, given, site } = wrap;
  const value = given.get(name === 'RNN' ? 'cell' : 'cells');
  const items = value?.kind === 'list' || value?.kind === 'tuple' ? site.machine.itemsOf(value) : undefined;
  const cells = (items ?? (value === undefined ? [] : [value])).flatMap(
    (item): readonly (RecurrentSettings | undefined)[] =>
      item instanceof LayerValue && item.definition instanceof KerasLayer
        ? (item.definition.description.recurrent ?? [undefined])
        : [undefined],
  );
  const known = cells.filter((cell) => cell !== undefined);
  const isStack = name === 'StackedRNNCells' || items !== undefined || known.length > 1;
  const first = items?.[0] ?? value;
  if (known.length > 0 && known.length === cells.length) {
    const settings = loopSettings(given);
    if ('undecided' in settings) return wrap.unknown(settings.undecided);
    const looped = known.map((cell) => ({ ...cell, singleStep: name === 'StackedRNNCells', ...settings }));
    const type = name === 'RNN' ? `RNN(${isStack ? known.map(cellName).join(', ') : (typeOf(first) ?? name)})` : name;
    const described = { type, ...loopDescription(looped, openAxes(site)) };
    if (items === undefined) {
      const inner = first instanceof LayerValue ? first : null;
      const held = inner === null ? [] : [{ name: 'cell', layer: inner, prefix: '', inputsOf: stepsOf }];
      return wrap.layer(described, isStack ? null : inner, held);
    }
    const cells = heldCells(items);
    if (name === 'StackedRNNCells') return wrap.layer(described, null, cells);
    // Keras puts cells that are given in a list into a stack of its own.
    const single = known.map((cell) => ({ ...cell, singleStep: true }));
    const stack = new LayerValue(
      new KerasLayer(
        { type: 'StackedRNNCells', ...loopDescription(single, openAxes(site)) },
        wrap.trace,
        null,
        null,
        cells,
      ),
      wrap.location,
    );
    return wrap.layer(described, null, [{ name: 'cell', layer: stack, prefix: '', inputsOf: stepsOf }]);
  }
  const settings = loopSettings(given);
  const looped = items ?? (value === undefined ? [] : [value]);
  const isFollowed = looped.every((cell, index) => cells[index] !== undefined || isInstance(cell, site));
  if (
    name === 'RNN' &&
    looped.length === cells.length &&
    looped.length > 0 &&
    isFollowed &&
    !('undecided' in settings)
  ) {
    return new LoopedCells(wrap.trace, looped, settings, openAxes(site), wrap.location, wrap.givenName, wrap.trainable);
  }
  const unknownCell = items?.find((_, index) => cells[index] === undefined) ?? value;
  return wrap.unknown(`a cell inside ${name} is not followed${reasonOf(unknownCell)}`);
}

function stepsOf(inputs: readonly TensorType[]): readonly TensorType[] {
  return inputs.map(stepOf);
}

/** The cells of a stack: each takes what the one below gives. */
function heldCells(items: readonly Value[]): readonly HeldLayer[] {
  const cells = items.filter((item): item is LayerValue => item instanceof LayerValue);
  return cells.map((layer, index): HeldLayer => {
    const inputsOf = (inputs: readonly TensorType[]): readonly TensorType[] =>
      cells.slice(0, index).reduce<readonly TensorType[]>((types, { definition }) => {
        const outputs = definition instanceof KerasLayer ? definition.description.outputs(types) : [];
        return outputs.slice(0, 1);
      }, inputs);
    return { name: 'cells', layer, prefix: `cell_${index}_`, inputsOf };
  });
}

function typeOf(value: Value | undefined): string | null {
  return value instanceof LayerValue ? value.definition.type : null;
}

function cellName({ cell }: RecurrentSettings): string {
  return { rnn: 'SimpleRNNCell', gru: 'GRUCell', lstm: 'LSTMCell' }[cell];
}

/** A loop over time around cells of which one or more are the program's own, each upon the one before. */
class LoopedCells extends Composite {
  readonly description = 'RNN layer';
  readonly type = 'RNN';
  readonly libraryClass = 'keras.layers.RNN';

  constructor(
    trace: KerasTrace,
    private readonly cells: readonly Value[],
    private readonly loop: LoopSettings,
    private readonly open: OpenAxes,
    location: SourceLocation,
    givenName: string | null,
    trainable: Value | null,
  ) {
    super(trace, location, givenName, trainable);
  }

  parts(): readonly Part[] {
    return [...new Set(this.cells)].map((value) => ({ value }));
  }

  attribute(name: string, site: CallSite): Value | undefined {
    const [only] = this.cells;
    return name === 'cell' && this.cells.length === 1
      ? only
      : (this.settings.get(name) ?? holderAttribute(this.trace, this, this.trainable, name, site));
  }

  call({ positional: [given] }: CallArguments, site: CallSite): Value {
    const [input] = tensorsOf(given, site) ?? [];
    if (input === undefined) return notFollowed('what RNN is applied to', site);
    const { recorder } = this.trace;
    return this.trace.applied(this, [input], () => {
      const step = recorder.apply('timeStep', [input], stepOf(input.type), site);
      const [batch = this.open.batch] = axesOf(input.type) ?? [];
      const allWidths: Quantity[] = [];
      let output: Value = step;
      let produced: Quantity = unknownQuantity('what the cell gives is not followed');
      for (const cell of this.cells) {
        const widths = stateWidths(cell, site);
        allWidths.push(...widths);
        const states = widths.map((width) => recorder.constant({ shape: shapeOf([batch, width]), element: 'float' }));
        const result = site.machine.call(cell, callOf(output, list(states)), site);
        const [given = result] = result.kind === 'tuple' || result.kind === 'list' ? result.items : [result];
        const last = given instanceof TensorValue ? lastAxis(given.type) : undefined;
        produced = last?.kind === 'known' ? last : (widths[0] ?? produced);
        output =
          given instanceof TensorValue
            ? given
            : recorder.constant({ shape: shapeOf([batch, produced]), element: 'float' });
      }
      const outputs = loopOutputs(this.loop, [produced], allWidths, input.type, this.open);
      const inputs = [input, ...(output instanceof TensorValue ? [output] : [])];
      return asValue(
        recorder.record({ kind: 'function', name: 'overTime', axis: null }, inputs, outputs, this.location),
      );
    });
  }
}

/** `state_size` of a cell: one width or several. */
function stateWidths(cell: Value, site: CallSite): readonly Quantity[] {
  if (cell instanceof LayerValue && cell.definition instanceof KerasLayer) {
    return (cell.definition.description.recurrent ?? []).flatMap(statesOf);
  }
  const size = site.machine.attribute(cell, 'state_size', site);
  return sizesOf(size, site) ?? [sizeOf(size, site)];
}

/** A function of the program as a layer: its shapes are found by running it aside; it holds no weights. */
function lambda(wrap: Wrap): LayerValue {
  const { trace, given, site, location } = wrap;
  const body = given.get('function');
  const extra = given.get('arguments');
  const stated = sizesOf(given.get('output_shape'), site);
  const keywords = new Map<string, Value>();
  if (extra?.kind === 'dictionary') {
    for (const { key, value } of extra.entries.values()) if (key.kind === 'string') keywords.set(key.value, value);
  }
  const outputsOf = (value: Value, at: CallSite): readonly TensorType[] => {
    const aside = new FlowRecorder(trace.dialect);
    const given = aparted(value, aside, location);
    const result =
      body === undefined
        ? undefined
        : trace.within(aside, () => at.machine.call(body, { positional: [given], keywords, isOpen: false }, at));
    const types = result === undefined ? [] : tensorsAmong([result]).map(({ type }) => type);
    const [only] = types;
    const isOpen = types.length === 0 || (types.length === 1 && only?.shape.kind === 'unknown');
    if (!isOpen) return types;
    const [batch] = axesOf(tensorsAmong([value])[0]?.type) ?? [];
    if (stated !== undefined && batch !== undefined) return [{ shape: shapeOf([batch, ...stated]), element: 'float' }];
    return only === undefined ? [unknownTensor('what the function gives is not followed')] : [only];
  };
  return new LayerValue(new LambdaLayer(trace, outputsOf), location, location, wrap.givenName);
}

/** The same tensors, recorded aside. */
function aparted(value: Value, recorder: FlowRecorder, location: SourceLocation): Value {
  if (value instanceof TensorValue) return recorder.input('input', value.type, location);
  if (value.kind === 'list' || value.kind === 'tuple') {
    return { kind: value.kind, items: value.items.map((item) => aparted(item, recorder, location)) };
  }
  return value;
}

class LambdaLayer implements LayerDefinition {
  readonly type = 'Lambda';
  readonly libraryClass = 'keras.layers.Lambda';

  constructor(
    private readonly trace: KerasTrace,
    private readonly outputsOf: (value: Value, site: CallSite) => readonly TensorType[],
  ) {}

  build(): LayerFacts {
    return { operation: { op: 'other', because: 'a function of the program' }, weights: [] };
  }

  apply(layer: LayerValue, { positional, keywords }: CallArguments, site: CallSite): Value {
    const value = positional[0] ?? keywords.get('inputs');
    const inputs = tensorsOf(value, site);
    if (value === undefined || inputs === undefined) return notFollowed('what Lambda is applied to', site);
    layer.buildOn(inputs[0]?.type);
    const outputs = this.outputsOf(value, site);
    return asValue(
      this.trace.recorder.record({ kind: 'layer', layer }, inputs, outputs, site.machine.locate(site.span)),
    );
  }
}
