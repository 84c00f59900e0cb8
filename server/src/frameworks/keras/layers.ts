/** Keras' layers as values of the program: constructed, built on their first input, applied any number of times. */
import { equals } from '../../../../model/expression';
import {
  isListed,
  type SourceLocation,
  type TensorType,
  unknown as unknownQuantity,
  type Weight,
} from '../../../../model/graph';
import {
  asQuantity,
  boolean,
  builtin,
  type CallArguments,
  type CallSite,
  type ForeignValue,
  list,
  noArguments,
  none,
  text,
  tuple,
  unknown,
  type Value,
} from '../../evaluate/values';
import { LibraryArguments, sizeOf } from '../arguments';
import { type LayerDefinition, type LayerFacts, LayerValue } from '../layer';
import { lastAxis, shapeOf, unknownTensor } from '../shapes';
import { shapeValue, type TensorValue } from '../tensor';
import { attentions, inputNames } from './attention';
import { basicLayers } from './basic';
import { hasAttribute } from './classes';
import { Configuration } from './configuration';
import { convolutions } from './convolutions';
import { type KerasDescription, type LayerTable, undecided } from './describe';
import { joins } from './joins';
import { normalisations } from './normalisations';
import { preprocessingLayers } from './preprocessing';
import { recurrentLayers } from './recurrentLayers';
import { flagOf, isHeld, type KerasTrace, tensorsAmong, tensorsOf } from './trace';
import { addedWeight, WeightValue } from './weights';

/** A layer within a wrapper. */
export interface HeldLayer {
  /** The attribute of the wrapper that it stands in; `cells` may hold several. */
  readonly name: string;
  readonly layer: LayerValue;
  /** Put before the names of its arrays. */
  readonly prefix: string;
  /** What it is applied to when the wrapper is applied to inputs of these types. */
  readonly inputsOf: (inputs: readonly TensorType[]) => readonly TensorType[];
}

export class KerasLayer implements LayerDefinition {
  /** What the first application with a known width was built on. */
  private builtOn: readonly TensorType[] | undefined;
  /** The last application of which not even the width is known: its reason is shown. */
  private unknownInput: TensorType | undefined;
  /**
   * What the program said, changed only through the heap: `trainable` of the layer as a whole, `arrays` of all its arrays,
   * `array <name>` of one of them, the rank of its adapters as `lora`, and whether it is `quantized`.
   */
  private readonly settings = new Map<string, Value>();
  private application:
    | { readonly inputs: readonly TensorValue[]; readonly outputs: readonly TensorValue[] }
    | undefined;
  private conflict: string | undefined;

  constructor(
    readonly description: KerasDescription,
    private readonly trace: KerasTrace,
    /** The input's shape without the batch, when the constructor states it (`input_shape=`). */
    readonly statedInput: TensorType | null = null,
    trainable: Value | null = null,
    /** The layers whose arrays are all that it has, for a wrapper. */
    readonly held: readonly HeldLayer[] = [],
  ) {
    if (trainable === null) return;
    this.settings.set('trainable', trainable);
    if (held.length === 0 && description.inside === undefined) this.settings.set('arrays', trainable);
  }

  get type(): string {
    return this.description.type;
  }

  get libraryClass(): string {
    return `keras.layers.${this.type.replace(/\(.*$/, '')}`;
  }

  has(name: string): boolean | undefined {
    return hasAttribute('layer', name) ?? (this.held.some((part) => part.name === name) ? true : undefined);
  }

  /** What the program has said of whether it is trained, if anything. */
  get trainable(): Value | null {
    return this.settings.get('trainable') ?? null;
  }

  /** A layer like this one with weights of its own. */
  copy(): KerasLayer {
    const held = this.held.map((part) => ({ ...part, layer: copyOfLayer(part.layer) }));
    const copy = new KerasLayer(this.description, this.trace, this.statedInput, this.trainable, held);
    const rank = this.settings.get('lora');
    if (rank !== undefined) copy.adaptWith(rank);
    return copy;
  }

  /** Has it hold quantised arrays from the start. */
  quantise(): void {
    this.settings.set('quantized', boolean(true));
  }

  /** Low-rank adapters as the `lora_rank` of a constructor asks for them. */
  adaptWith(rank: Value): void {
    this.settings.set('lora', rank);
    for (const name of adaptedArrays) this.settings.set(`array ${name}`, boolean(false));
  }

  build(): LayerFacts {
    return this.factsOn(this.builtOn ?? (this.unknownInput === undefined ? [] : [this.unknownInput]));
  }

  /** What the layer holds when it is built on inputs of these types, as the program left it. */
  factsOn(inputs: readonly TensorType[]): LayerFacts {
    if (this.conflict !== undefined) return { ...this.description.build(inputs), weights: { unknown: this.conflict } };
    return this.description.build(inputs);
  }

  present(facts: LayerFacts): LayerFacts {
    if (this.settings.has('added')) {
      return { ...facts, weights: { unknown: 'the program adds arrays to it, which are not counted' } };
    }
    if (this.held.length > 0) return { ...facts, weights: weightsHeld(this, new Set()) };
    const { weights } = facts;
    if (!isListed(weights)) return facts;
    if (this.settings.has('quantized')) {
      return { ...facts, weights: { unknown: 'the scales that quantize adds are not counted' } };
    }
    const adapted = this.adapted(weights);
    if (!isListed(adapted)) return { ...facts, weights: adapted };
    return {
      ...facts,
      weights: adapted.map((weight) => ({ ...weight, trainable: weight.trainable && this.isTrained(weight.name) })),
    };
  }

  /** Whether an array that can be trained is. */
  isTrained(name: string): boolean | null {
    const said = this.settings.get(`array ${name}`) ?? this.settings.get('arrays');
    return said === undefined ? true : said.kind === 'boolean' ? said.value : null;
  }

  setTrained(name: string, flag: Value, site: CallSite): void {
    site.machine.heap.setVariable(this.settings, `array ${name}`, flag);
  }

  /** Says of all its arrays, or of the layer within that has them, whether they are trained. */
  setAllTrained(flag: Value, site: CallSite): void {
    const { heap } = site.machine;
    if (isHeld(this.settings.get('arrays'), flag)) return;
    heap.setVariable(this.settings, 'arrays', flag);
    for (const name of [...this.settings.keys()]) {
      if (name.startsWith('array ')) heap.deleteVariable(this.settings, name);
    }
  }

  /**
   * With low-rank adapters: `A` of shape `(…, r)` and `B` of shape `(r, U)` beside a kernel `(…, U)`.
   * Source: Keras 3, `enable_lora` of keras/src/layers/core/{dense,einsum_dense,embedding}.py and convolutional/base_conv.py.
   */
  private adapted(weights: readonly Weight[]): LayerFacts['weights'] {
    const rank = this.settings.get('lora');
    if (rank === undefined || rank.kind === 'none') return weights;
    const adaptedOne = weights.find(({ name }) => adaptedArrays.includes(name));
    const last = adaptedOne?.shape.at(-1);
    if (adaptedOne === undefined || last === undefined) return { unknown: 'its low-rank adapters are not known' };
    const { name, shape } = adaptedOne;
    const size = asQuantity(rank);
    return [
      ...weights,
      { name: `lora_${name}_a`, shape: [...shape.slice(0, -1), size], trainable: true },
      { name: `lora_${name}_b`, shape: [size, last], trainable: true },
    ];
  }

  apply(layer: LayerValue, parameters: CallArguments, site: CallSite): Value {
    const names = inputNames[this.type] ?? [];
    const [first] = parameters.positional;
    const given = [
      ...(names.length > 0 ? parameters.positional.slice(0, names.length) : [first]),
      ...[...parameters.keywords].flatMap(([name, value]) =>
        mainInputs.has(name) || names.includes(name) ? [value] : [],
      ),
    ].filter((value) => value !== undefined);
    const inputs = given.map((value) => tensorsOf(value, site));
    const followed = inputs.filter((tensors) => tensors !== undefined).flat();
    const extra = tensorsAmong([
      ...(names.length > 0 ? [] : parameters.positional.slice(1)),
      ...[...parameters.keywords].flatMap(([name, value]) =>
        name === 'initial_state' || name === 'states' ? [value] : [],
      ),
    ]);
    const location = site.machine.locate(site.span);
    if (followed.length === 0 || inputs.includes(undefined)) {
      const [missing] = given.filter((_, index) => inputs[index] === undefined);
      return this.applyUnfollowed(layer, missing, location);
    }
    const { isConditional } = site.machine.heap;
    const told = masks.filter((mask) => {
      const value = parameters.keywords.get(mask);
      return value !== undefined && value.kind !== 'none' && site.machine.truth(value) !== false;
    });
    const outputs = this.applyTo(layer, [...followed, ...extra], followed.length, location, isConditional, told);
    const [output, ...states] = outputs;
    const isCell = this.description.recurrent?.some(({ singleStep }) => singleStep) === true;
    // A cell gives its output beside the list of its new states.
    return isCell && output !== undefined ? tuple([output, list(states)]) : asValue(outputs);
  }

  /** Applies the layer to tensors of which the first `count` are its inputs and the rest initial states. */
  applyTo(
    layer: LayerValue,
    tensors: readonly TensorValue[],
    count: number,
    location: SourceLocation,
    _isConditional: boolean,
    told: readonly string[] = [],
  ): readonly TensorValue[] {
    const types = tensors.slice(0, count).map((tensor) => tensor.type);
    this.buildOn(layer, types);
    const outputs = this.trace.recorder.record(
      { kind: 'layer', layer },
      tensors,
      this.description.outputs(types),
      location,
      false,
      [],
      told,
    );
    this.application ??= { inputs: tensors.slice(0, count), outputs };
    return outputs;
  }

  private applyUnfollowed(layer: LayerValue, value: Value | undefined, location: SourceLocation): Value {
    const because = `what ${this.type} is applied to is not followed${value?.kind === 'unknown' ? `: ${value.because}` : ''}`;
    const type = unknownTensor(because);
    this.unknownInput ??= type;
    const { recorder } = this.trace;
    const outputs = recorder.record({ kind: 'layer', layer }, [], this.description.outputs([type]), location);
    const node = recorder.nodes.at(-1);
    if (node !== undefined) this.trace.unfollowed.set(node, because);
    return asValue(outputs);
  }

  /** Whether it was applied to anything, or built. */
  get isUsed(): boolean {
    return this.builtOn !== undefined || this.unknownInput !== undefined;
  }

  /** Builds the layer, and those that it holds, on its first inputs. */
  buildOn(layer: LayerValue, types: readonly TensorType[]): void {
    const [first] = types;
    if (first === undefined) return;
    for (const part of this.held) {
      if (part.layer.definition instanceof KerasLayer) part.layer.definition.buildOn(part.layer, part.inputsOf(types));
    }
    if (lastAxis(first).kind === 'unknown') {
      this.unknownInput ??= first;
    } else if (this.builtOn === undefined) {
      this.builtOn = types;
      layer.buildOn(first);
    } else if (areDifferent(this.description.build(this.builtOn), this.description.build(types))) {
      // Keras refuses this: only one of the two applications can be meant, and nothing says which.
      this.conflict = 'it is applied to inputs of different widths';
      layer.forget();
    }
  }

  attribute(layer: LayerValue, name: string, site: CallSite): Value | undefined {
    switch (name) {
      case 'name':
        return layer.givenName === null ? undefined : text(layer.givenName);
      case 'trainable':
        return this.settings.get('trainable') ?? { kind: 'boolean', value: true };
      case 'input':
        return this.application === undefined ? undefined : asValue(this.application.inputs);
      case 'output':
        return this.application === undefined ? undefined : asValue(this.application.outputs);
      case 'input_shape':
        return shapesValue(this.application?.inputs);
      case 'output_shape':
        return shapesValue(this.application?.outputs);
      case 'build':
        return builtin(name, ({ positional, keywords }, at) => {
          const shapes = [...positional, ...keywords.values()].map((shape) => statedShape(shape, at));
          this.buildOn(
            layer,
            shapes.filter((shape) => shape !== undefined),
          );
          return none;
        });
      case 'layers':
        // A layer that is no model has none: code that asks goes no further.
        return list([]);
      case '_layers':
        return list(this.held.map((part) => part.layer));
      case 'add_weight':
      case 'add_variable':
        return builtin(name, (parameters, at) => {
          at.machine.heap.setVariable(this.settings, 'added', boolean(true));
          return addedWeight(this.trace, parameters, at);
        });
      case 'get_config':
        return builtin(name, () => new Configuration(layer));
      case 'enable_lora':
        return builtin(name, ({ positional, keywords }, at) => {
          const rank = positional[0] ?? keywords.get('rank');
          if (rank === undefined) return none;
          at.machine.heap.setVariable(this.settings, 'lora', rank);
          for (const array of adaptedArrays) this.setTrained(array, boolean(false), at);
          return none;
        });
      case 'quantize':
        return builtin(name, (_parameters, at) => {
          for (const part of this.held) {
            const quantize = part.layer.attribute(name, at);
            if (quantize?.kind === 'builtin') quantize.call(noArguments, at);
          }
          at.machine.heap.setVariable(this.settings, 'quantized', boolean(true));
          return none;
        });
      case 'call':
      case '__call__':
        return builtin(name, (parameters, at) => layer.call(parameters, at));
      case 'compute_output_shape':
        return builtin(name, () =>
          unknown('the shape a layer would give is not followed', null, site.machine.locate(site.span)),
        );
      case 'set_weights':
      case 'load_own_variables':
      case 'adapt':
        return builtin(name, () => none);
      default:
        return this.part(layer, name) ?? this.array(layer, name);
    }
  }

  /** A layer that it holds, by the attribute it stands in. */
  private part(layer: LayerValue, name: string): Value | undefined {
    const found = this.held.filter((part) => part.name === name).map((part) => part.layer);
    if (name === 'cells' && found.length > 0) return list(found);
    const isLoop = this.description.recurrent?.length === 1 && this.held.length === 0;
    const hasCell = isLoop || this.description.inside === 'constructed';
    return found[0] ?? (name === 'cell' && hasCell ? new CellWithin(this, layer) : undefined);
  }

  /** An array by its name, or the lists that Keras keeps of them. */
  private array(layer: LayerValue, name: string): Value | undefined {
    if (arrayLists.has(name)) return variableList(this.variables(layer), name, this.trainable);
    return this.variables(layer)?.find((variable) => variable.name === name);
  }

  /** Its arrays as the program refers to them, those of the layers it holds included; undefined where not all are known. */
  variables(layer: LayerValue): readonly WeightValue[] | undefined {
    if (this.held.length > 0) {
      const parts = [...new Set(this.held.map((part) => part.layer))].map((part) =>
        part.definition instanceof KerasLayer ? part.definition.variables(part) : undefined,
      );
      return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
    }
    const { weights } = layer.facts;
    return isListed(weights) ? weights.map((weight) => new LayerArray(this, layer, weight, this.trace)) : undefined;
  }

  setAttribute(name: string, value: Value, site: CallSite): void {
    if (name !== 'trainable') return;
    const flag = flagOf(value, site);
    if (isHeld(this.settings.get(name), flag)) return;
    site.machine.heap.setVariable(this.settings, name, flag);
    for (const part of this.held) part.layer.setAttribute(name, flag, site);
    const isThere = this.description.inside !== 'built' || this.builtOn !== undefined;
    if (this.held.length === 0 && isThere) this.setAllTrained(flag, site);
  }
}

/** The arrays that low-rank adapters stand beside. */
const adaptedArrays: readonly string[] = ['kernel', 'embeddings'];

/** An array of one of Keras' layers, as the program refers to it. */
export class LayerArray extends WeightValue {
  constructor(
    private readonly definition: KerasLayer,
    readonly layer: LayerValue,
    { name, shape, trainable }: Weight,
    trace: KerasTrace,
  ) {
    super(name, { shape: shapeOf(shape), element: 'float' }, trainable, null, trace);
  }

  override setTrained(flag: Value, site: CallSite): void {
    this.definition.setTrained(this.name, flag, site);
  }
}

/** The cell that a recurrent layer of Keras runs: it has the layer's arrays. */
class CellWithin implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'cell';

  constructor(
    private readonly definition: KerasLayer,
    private readonly layer: LayerValue,
  ) {}

  attribute(name: string, site: CallSite): Value | undefined {
    return this.layer.attribute(name, site);
  }

  setAttribute(name: string, value: Value, site: CallSite): void {
    if (name === 'trainable') this.definition.setAllTrained(flagOf(value, site), site);
  }
}

/** The lists that Keras' layers and models keep of their arrays. */
export const arrayLists: ReadonlySet<string> = new Set([
  'weights',
  'variables',
  'trainable_weights',
  'trainable_variables',
  'non_trainable_weights',
  'non_trainable_variables',
]);

/** One of those lists, for a layer of which `trainable` says whether it is trained as a whole. */
export function variableList(
  variables: readonly WeightValue[] | undefined,
  name: string,
  trainable: Value | null,
): Value | undefined {
  if (variables === undefined) return undefined;
  if (name === 'weights' || name === 'variables') return list(variables);
  const isWhole = trainable === null ? true : trainable.kind === 'boolean' ? trainable.value : undefined;
  const states = variables.map(({ isTrained }) => (isWhole === true ? isTrained : (isWhole ?? null)));
  if (states.includes(null)) return undefined;
  const isWanted = !name.startsWith('non_');
  return list(variables.filter((_, index) => states[index] === isWanted));
}

/** The arrays of held layers, each layer counted once, and none that is among those `counted` before. */
function weightsHeld({ held, description }: KerasLayer, counted: Set<LayerValue>): LayerFacts['weights'] {
  const found: Weight[] = [];
  for (const { layer, prefix } of held) {
    const inner = layer.facts.weights;
    if (description.beside !== undefined && isListed(inner)) found.push(...description.beside(inner));
    const weights = weightsOnce(layer, counted);
    if (!isListed(weights)) return weights;
    found.push(...weights.map((weight) => ({ ...weight, name: `${prefix}${weight.name}` })));
  }
  return found;
}

/** The arrays of a layer and of those it holds, without those of layers `counted` before; these are added there. */
export function weightsOnce(layer: LayerValue, counted: Set<LayerValue>): LayerFacts['weights'] {
  if (counted.has(layer)) return [];
  counted.add(layer);
  const { definition } = layer;
  const isWrapper = definition instanceof KerasLayer && definition.held.length > 0 && isListed(layer.facts.weights);
  return isWrapper ? weightsHeld(definition, counted) : layer.facts.weights;
}

/** A layer like another, with arrays of its own. */
export function copyOfLayer(layer: LayerValue): LayerValue {
  const { definition } = layer;
  return definition instanceof KerasLayer
    ? new LayerValue(definition.copy(), layer.location, layer.coreLocation, layer.givenName)
    : layer;
}

/** The type of a tensor of a shape that the program states with `None` for open sizes. */
function statedShape(shape: Value, site: CallSite): TensorType | undefined {
  const sizes = site.machine
    .itemsOf(shape)
    ?.map((item) => (item.kind === 'none' ? unknownQuantity('its size is left open') : sizeOf(item, site)));
  return sizes && { shape: shapeOf(sizes), element: 'float' };
}

/** What an application may be told besides its tensors, which changes what it computes. */
const masks: readonly string[] = ['attention_mask', 'mask', 'use_causal_mask'];

/** The parameter that takes what a layer is applied to, by the names that Keras' layers give it. */
const mainInputs: ReadonlySet<string> = new Set(['inputs', 'input', 'sequences', 'sequence', 'x', 'data']);

/** Whether two sets of weights certainly differ in a size. */
function areDifferent(left: LayerFacts, right: LayerFacts): boolean {
  const [a, b] = [left.weights, right.weights];
  if (!isListed(a) || !isListed(b)) return false;
  return a.some((weight, index) =>
    weight.shape.some((size, axis) => {
      const other = b[index]?.shape[axis];
      return size.kind === 'known' && other?.kind === 'known' && equals(size.value, other.value) === 'no';
    }),
  );
}

export function asValue(tensors: readonly TensorValue[]): Value {
  const [only] = tensors;
  return tensors.length === 1 && only !== undefined ? only : list(tensors);
}

function shapesValue(tensors: readonly TensorValue[] | undefined): Value | undefined {
  if (tensors === undefined) return undefined;
  const [only] = tensors;
  return tensors.length === 1 && only !== undefined ? shapeValue(only) : tuple(tensors.map(shapeValue));
}

const table: LayerTable = {
  ...basicLayers,
  ...preprocessingLayers,
  ...recurrentLayers,
  ...convolutions,
  ...normalisations,
  ...attentions,
  ...joins,
};

/** Other spellings of the same layers, some of them of Keras 1. */
const aliases: Readonly<Record<string, string>> = {
  Convolution1D: 'Conv1D',
  Convolution2D: 'Conv2D',
  Convolution3D: 'Conv3D',
  Convolution1DTranspose: 'Conv1DTranspose',
  Convolution2DTranspose: 'Conv2DTranspose',
  Deconvolution2D: 'Conv2DTranspose',
  SeparableConvolution1D: 'SeparableConv1D',
  SeparableConvolution2D: 'SeparableConv2D',
  MaxPool1D: 'MaxPooling1D',
  MaxPool2D: 'MaxPooling2D',
  MaxPool3D: 'MaxPooling3D',
  AvgPool1D: 'AveragePooling1D',
  AvgPool2D: 'AveragePooling2D',
  AvgPool3D: 'AveragePooling3D',
  GlobalMaxPool1D: 'GlobalMaxPooling1D',
  GlobalMaxPool2D: 'GlobalMaxPooling2D',
  GlobalAvgPool1D: 'GlobalAveragePooling1D',
  GlobalAvgPool2D: 'GlobalAveragePooling2D',
  GlobalMaxPool3D: 'GlobalMaxPooling3D',
  GlobalAvgPool3D: 'GlobalAveragePooling3D',
  Convolution3DTranspose: 'Conv3DTranspose',
  BatchNorm: 'BatchNormalization',
};

/** Whether `name` is a layer of Keras that is described here. */
export function isKerasLayer(name: string): boolean {
  return Object.hasOwn(table, name) || Object.hasOwn(aliases, name);
}

/** The layer that `keras.layers.<name>(…)` constructs; undefined for what is not described here. */
export function kerasLayer(
  trace: KerasTrace,
  name: string,
  parameters: CallArguments,
  site: CallSite,
  statedInput: (given: LibraryArguments) => TensorType | null,
): LayerValue | undefined {
  const location = site.machine.locate(site.span);
  const spelt = Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name;
  const entry = Object.hasOwn(table, spelt) ? table[spelt] : undefined;
  if (entry === undefined) return undefined;
  const [signature, describe] = entry;
  const format = trace.settings.get('data_format');
  const isSpatial = /Conv|Pool|UpSampling|ZeroPadding|Cropping|^Flatten$/.test(spelt);
  const stated = new LibraryArguments(signature, parameters, site);
  // What `set_image_data_format` said holds for every layer that says nothing itself.
  const formatted =
    format !== undefined && isSpatial && stated.isNone('data_format') ? stated.with('data_format', format) : stated;
  const isOldGate = trace.isOld && /^GRU(?:Cell)?$/.test(spelt) && !stated.has('reset_after');
  const given = isOldGate ? formatted.with('reset_after', boolean(false)) : formatted;
  const described = describe(given, site);
  const description = 'undecided' in described ? undecided(spelt, described.undecided) : { type: spelt, ...described };
  const definition = new KerasLayer(description, trace, statedInput(given), given.get('trainable') ?? null);
  const policy = given.get('dtype');
  if (policy?.kind === 'string' && policy.value.includes('_from_')) definition.quantise();
  const rank = given.get('lora_rank');
  if (rank !== undefined && !given.isNone('lora_rank')) definition.adaptWith(rank);
  return new LayerValue(definition, location, location, textGiven(given, 'name'));
}

/** A text argument that is a literal; null otherwise. */
export function textGiven(given: LibraryArguments, parameter: string): string | null {
  const value = given.get(parameter);
  return value?.kind === 'string' ? value.value : null;
}

/** A layer of which nothing but its place is known. */
export function unknownLayer(
  trace: KerasTrace,
  type: string,
  because: string,
  site: CallSite,
  name: string | null = null,
): LayerValue {
  const location = site.machine.locate(site.span);
  return new LayerValue(new KerasLayer(undecided(type, because), trace), location, location, name);
}
