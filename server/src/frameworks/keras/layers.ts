/** Keras' layers as values of the program: constructed, built on their first input, applied any number of times. */
import { equals } from '../../../../model/expression';
import type { SourceLocation, TensorType, Weight } from '../../../../model/graph';
import {
  builtin,
  type CallArguments,
  type CallSite,
  list,
  none,
  text,
  tuple,
  unknown,
  type Value,
} from '../../evaluate/values';
import { LibraryArguments } from '../arguments';
import { type LayerDefinition, type LayerFacts, LayerValue } from '../layer';
import { unknownTensor } from '../shapes';
import { shapeValue, type TensorValue } from '../tensor';
import { attentions, inputNames } from './attention';
import { basicLayers } from './basic';
import { convolutions } from './convolutions';
import { type KerasDescription, type LayerTable, lastAxis, undecided } from './describe';
import { joins } from './joins';
import { normalisations } from './normalisations';
import { recurrentLayers } from './recurrentLayers';
import { type KerasTrace, tensorsAmong, tensorsOf } from './trace';

export class KerasLayer implements LayerDefinition {
  /** What the first application with a known width was built on. */
  private builtOn: readonly TensorType[] | undefined;
  /** The last application of which not even the width is known: its reason is shown. */
  private unknownInput: TensorType | undefined;
  /** What the program set after construction: `trainable`. */
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
  ) {
    if (trainable !== null) this.settings.set('trainable', trainable);
  }

  get type(): string {
    return this.description.type;
  }

  /** What the program has said of whether it is trained, if anything. */
  get trainable(): Value | null {
    return this.settings.get('trainable') ?? null;
  }

  /** A layer like this one with weights of its own. */
  copy(): KerasLayer {
    return new KerasLayer(this.description, this.trace, this.statedInput, this.trainable);
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
    const { weights } = facts;
    const trainable = this.settings.get('trainable');
    if (trainable === undefined || !isListed(weights)) return facts;
    if (trainable.kind === 'boolean' && trainable.value) return facts;
    const state = trainable.kind === 'boolean' ? false : null;
    return { ...facts, weights: weights.map((weight) => ({ ...weight, trainable: weight.trainable && state })) };
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
    const outputs = this.applyTo(layer, [...followed, ...extra], followed.length, location, isConditional);
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
  ): readonly TensorValue[] {
    const types = tensors.slice(0, count).map((tensor) => tensor.type);
    this.buildOn(layer, types);
    const outputs = this.trace.recorder.record(
      { kind: 'layer', layer },
      tensors,
      this.description.outputs(types),
      location,
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

  private buildOn(layer: LayerValue, types: readonly TensorType[]): void {
    const [first] = types;
    if (first === undefined) return;
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
        return builtin(name, () => none);
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
        return undefined;
    }
  }

  setAttribute(name: string, value: Value, site: CallSite): void {
    if (name === 'trainable') site.machine.heap.setVariable(this.settings, name, value);
  }
}

/** The parameter that takes what a layer is applied to, by the names that Keras' layers give it. */
const mainInputs: ReadonlySet<string> = new Set(['inputs', 'input', 'sequences', 'sequence', 'x', 'data']);

function isListed(weights: LayerFacts['weights']): weights is readonly Weight[] {
  return Array.isArray(weights);
}

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
  BatchNorm: 'BatchNormalization',
};

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
  const given = new LibraryArguments(signature, parameters, site);
  // Low-rank adapters add arrays and freeze others, in every layer that takes the argument.
  const described = given.isNone('lora_rank')
    ? describe(given, site)
    : { undecided: 'the arrays that lora_rank adds are not counted' };
  const description = 'undecided' in described ? undecided(spelt, described.undecided) : { type: spelt, ...described };
  const definition = new KerasLayer(description, trace, statedInput(given), given.get('trainable') ?? null);
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
