/** Keras' `Sequential` and functional `Model` as values of the analysed program. */
import type { SourceLocation, TensorType } from '../../../../model/graph';
import {
  asNumber,
  boolean,
  builtin,
  type CallArguments,
  type CallSite,
  type ForeignValue,
  list,
  none,
  positionalArguments,
  type SequenceValue,
  text,
  tuple,
  unknown,
  type Value,
} from '../../evaluate/values';
import { LayerValue } from '../layer';
import { FlowRecorder, shapeValue, TensorValue } from '../tensor';
import { hasAttribute } from './classes';
import { Composite, type Part, unknownPart } from './composite';
import { Configuration } from './configuration';
import { holderAttribute } from './holding';
import { layersInOrder } from './layerOrder';
import { arrayLists, asValue, copyOfLayer, KerasLayer, LayerArray } from './layers';
import { lossName } from './losses';
import { snakeCase } from './names';
import { between, Resizing, type Subgraph } from './subgraph';
import { type KerasTrace, notFollowed, tensorsAmong, tensorsOf } from './trace';
import { WeightValue, weightOf } from './weights';

/** Methods that train, run or store a model: they change nothing of what it holds. */
const quietMethods: ReadonlySet<string> = new Set([
  'summary',
  'fit',
  'fit_generator',
  'train_on_batch',
  'evaluate',
  'save',
  'save_weights',
  'load_weights',
  'set_weights',
  'reset_states',
]);

/** What all Keras models share: a name, and the loss they are compiled with. */
export abstract class KerasModel extends Composite {
  readonly description = 'model';
  /** Canonical name of the loss given to `compile`. */
  loss: string | null = null;
  private variable: string | null = null;
  /** Whether a class of the program's own makes it for itself. */
  readonly isInner: boolean;
  private readonly builder: string | null;

  constructor(
    trace: KerasTrace,
    location: SourceLocation,
    givenName: string | null,
    functionName: string | null,
    trainable: Value | null = null,
  ) {
    super(trace, location, givenName, trainable);
    // A constructor builds parts of something else: its name says nothing of them.
    this.isInner = functionName === '__init__';
    this.builder = this.isInner ? null : functionName;
  }

  /** The name the program gives it, else the function that builds it, else the variable that holds it. */
  get name(): string {
    return this.givenName ?? this.builder ?? this.variable ?? 'model';
  }

  /** What it is called as part of another model. */
  get partName(): string | null {
    return this.givenName ?? this.variable;
  }

  named(name: string): void {
    this.variable ??= name;
  }

  get libraryClass(): string {
    return `keras.models.${this.type}`;
  }

  has(name: string): boolean | undefined {
    return this.settings.has(name) ? true : hasAttribute('model', name);
  }

  /** Builds what the model's stated input lets Keras build at once. */
  abstract build(site: CallSite): void;

  /** What the model is made of. */
  protected abstract ownParts(): readonly Part[];

  /** What it is made of, then layers and variables that the program hung onto it. */
  parts(): readonly Part[] {
    const added = [...this.settings].flatMap(([name, value]) => this.partsAmong(name, value));
    return [...this.ownParts(), ...added];
  }

  private partsAmong(name: string, value: Value): readonly Part[] {
    if (value instanceof LayerArray || value instanceof TensorValue) {
      if (!(value instanceof WeightValue) || value instanceof LayerArray) return [];
      const weight = weightOf(value);
      const weights = 'unknown' in weight ? weight : [weight];
      return [{ name, fixed: { type: 'variable', weights, location: this.location, identity: value } }];
    }
    if (value instanceof LayerValue || value instanceof Composite || this.trace.own?.isOwn(value)) return [{ value }];
    if (value.kind === 'list' || value.kind === 'tuple') {
      return value.items.flatMap((item, index) => this.partsAmong(`${name}_${index}`, item));
    }
    if (value.kind === 'dictionary') {
      return [...value.entries.values()].flatMap((entry) => this.partsAmong(name, entry.value));
    }
    const mayHold = value.kind === 'unknown' && (value.alternatives ?? []).some((other) => this.holds(name, other));
    return mayHold && value.kind === 'unknown' ? [unknownPart(name, value.because, this.location)] : [];
  }

  private holds(name: string, value: Value): boolean {
    return this.partsAmong(name, value).length > 0;
  }

  attribute(name: string, site: CallSite): Value | undefined {
    if (quietMethods.has(name)) return builtin(name, () => none);
    if (builtForThese.has(name) || arrayLists.has(name)) this.build(site);
    switch (name) {
      case 'compile':
        return builtin(name, ({ positional, keywords }) => {
          this.loss = lossName(keywords.get('loss') ?? positional[1]) ?? this.loss;
          return none;
        });
      case 'name':
        return this.givenName === null ? undefined : text(this.givenName);
      case 'layers':
        return this.layers(site);
      case 'get_layer':
        return builtin(name, (parameters, at) => this.layerOf(parameters, at));
      case 'call':
        return builtin(name, (parameters, at) => this.call(parameters, at));
      case 'get_config':
      case 'to_json':
        return builtin(name, () => new Configuration(this));
      default:
        return (
          this.settings.get(name) ??
          holderAttribute(this.trace, this, this.trainable, name, site) ??
          unknown(`${name} of a model`, null, site.machine.locate(site.span))
        );
    }
  }

  override setAttribute(name: string, value: Value, site: CallSite): void {
    if (name === 'trainable') this.build(site);
    super.setAttribute(name, value, site);
  }

  /** `model.layers`, where its order is known. */
  protected abstract layers(site: CallSite): Value;

  private layerOf({ positional, keywords }: CallArguments, site: CallSite): Value {
    const name = keywords.get('name') ?? positional.find((value) => value.kind === 'string');
    const index = keywords.get('index') ?? positional.find((value) => value.kind === 'integer');
    const items = site.machine.itemsOf(this.layers(site));
    if (name?.kind === 'string') {
      const layers = this.sublayers();
      const found = layers.filter((value) => givenNameOf(value) === name.value);
      const type = name.value.replace(/_\d+$/, '');
      const unnamed = layers.filter((value) => givenNameOf(value) === null && snakeCase(typeOf(value)) === type);
      // Keras numbers what has no name as it is made: of one kind there is one that can be meant.
      const candidates = found.length > 0 ? found : unnamed;
      const [only] = candidates;
      if (candidates.length === 1 && only !== undefined) return only;
      return new OneOf(this.trace, candidates, `which layer is called ${name.value}`);
    }
    const position = asNumber(index);
    return (position === undefined ? undefined : items?.at(position)) ?? notFollowed('which layer is meant', site);
  }
}

function givenNameOf(value: Value): string | null {
  if (value instanceof LayerValue || value instanceof Composite) return value.givenName;
  return null;
}

function typeOf(value: Value): string {
  if (value instanceof LayerValue) return value.definition.type.replace(/\(.*$/, '');
  if (value instanceof Composite) return value.type;
  return value.kind === 'instance' ? value.class.definition.name : '';
}

/** A layer that is one of several: what is set of it may be set of any of them. */
class OneOf implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'layer';

  constructor(
    private readonly trace: KerasTrace,
    private readonly candidates: readonly Value[],
    private readonly what: string,
  ) {}

  attribute(_name: string, site: CallSite): Value {
    return notFollowed(this.what, site);
  }

  setAttribute(name: string, _value: Value, site: CallSite): void {
    if (name !== 'trainable') return;
    for (const candidate of this.candidates) this.trace.setTrainable(candidate, notFollowed(this.what, site), site);
  }
}

/** Attributes of which the answer depends on what is built. */
const builtForThese: ReadonlySet<string> = new Set(['layers', '_layers', '_flatten_layers', 'get_layer', 'quantize']);

export class SequentialModel extends KerasModel {
  readonly type = 'Sequential';
  /** Layers and `Input`s in order, changed only through the heap. */
  readonly stack: SequenceValue;
  private statedInput: TensorType | null = null;
  /** Made when the program asks for the model's own input or output. */
  private run: { readonly items: readonly Value[]; readonly input: TensorValue; readonly output: Value } | null = null;

  constructor(
    trace: KerasTrace,
    layers: readonly Value[],
    location: SourceLocation,
    givenName: string | null,
    functionName: string | null,
    trainable: Value | null = null,
  ) {
    super(trace, location, givenName, functionName, trainable);
    this.stack = list(layers);
  }

  /** The type of its input, when a layer, `build` or a first application states it. */
  get inputType(): TensorType | null {
    const [given] = this.stack.items;
    const first = given === undefined ? undefined : (this.trace.own?.layerOf(given) ?? given);
    if (first instanceof InputSpecification || first instanceof TensorValue) return first.type;
    const stated =
      first instanceof LayerValue && first.definition instanceof KerasLayer ? first.definition.statedInput : null;
    if (first instanceof SequentialModel) return first.inputType;
    if (first instanceof FunctionalModel) return first.inputs[0]?.type ?? null;
    return stated ?? this.statedInput ?? this.trace.firstInputs.get(this)?.[0] ?? null;
  }

  stateInput(type: TensorType): void {
    this.statedInput ??= type;
  }

  override build(site: CallSite): void {
    if (this.inputType !== null && this.stack.items.length > 0) this.applied(site);
  }

  protected override ownParts(): readonly Part[] {
    const seen = new Set<Value>();
    return this.stack.items.flatMap((item, index): Part[] => {
      if (item instanceof InputSpecification || item instanceof TensorValue || seen.has(item)) return [];
      seen.add(item);
      if (item instanceof LayerValue || item instanceof Composite || item.kind === 'instance') return [{ value: item }];
      const because =
        item.kind === 'unknown'
          ? item.because
          : `${item.kind === 'foreign' ? item.description : item.kind} is not followed here`;
      const location = item.kind === 'unknown' && item.location !== null ? item.location : this.location;
      return [unknownPart(`layer_${index}`, because, location)];
    });
  }

  override attribute(name: string, site: CallSite): Value | undefined {
    switch (name) {
      case 'add':
        return builtin('add', ({ positional: [layer], keywords }, at) => {
          const added = layer ?? keywords.get('layer');
          if (added !== undefined) at.machine.heap.setItems(this.stack, [...this.stack.items, added]);
          return none;
        });
      case 'pop':
        return builtin('pop', (_parameters, at) => {
          at.machine.heap.setItems(this.stack, this.stack.items.slice(0, -1));
          return none;
        });
      case 'input':
      case 'inputs': {
        const { input } = this.applied(site);
        return name === 'input' ? input : list([input]);
      }
      case 'output':
      case 'outputs': {
        const { output } = this.applied(site);
        return name === 'output' ? output : list([output]);
      }
      case 'output_shape': {
        const { output } = this.applied(site);
        return output instanceof TensorValue ? shapeValue(output) : undefined;
      }
      case 'input_shape':
        return shapeValue(this.applied(site).input);
      default:
        return super.attribute(name, site);
    }
  }

  protected override layers(): Value {
    return list(
      this.stack.items.filter((item) => !(item instanceof InputSpecification) && !(item instanceof TensorValue)),
    );
  }

  /** The model applied to its own input, as functional code reaches it through `model.output`. */
  private applied(site: CallSite): { readonly input: TensorValue; readonly output: Value } {
    // Keras applies the layers anew whenever one is added or taken away.
    if (this.run?.items !== this.stack.items) {
      const type = this.inputType ?? {
        shape: { kind: 'unknown', because: 'the model states no input shape' },
        element: 'unknown',
      };
      const input = this.trace.recorder.input('input', type, this.location);
      const { items } = this.stack;
      this.run = { items, input, output: this.applyTo(input, site) };
    }
    return this.run;
  }

  /** The layers one after another; what stands in a layer's place unknown ends what is followed. */
  applyTo(input: Value, site: CallSite): Value {
    return this.stack.items.reduce<Value>((value, layer) => {
      if (layer instanceof InputSpecification || layer instanceof TensorValue) return value;
      const [first = value] = value.kind === 'list' ? value.items : [value];
      return site.machine.call(layer, positionalArguments(first), site);
    }, input);
  }

  override call({ positional, keywords }: CallArguments, site: CallSite): Value {
    const [given = keywords.get('inputs')] = positional;
    const [input] = tensorsOf(given, site) ?? [];
    if (input === undefined) return notFollowed('what the model is applied to', site);
    return this.trace.applied(this, [input], () => this.applyTo(input, site));
  }
}

export class FunctionalModel extends KerasModel {
  readonly type: string = 'Functional';
  private cached: Subgraph | null = null;

  constructor(
    trace: KerasTrace,
    readonly inputs: readonly TensorValue[],
    readonly outputs: readonly TensorValue[],
    location: SourceLocation,
    givenName: string | null,
    functionName: string | null,
    /** Why its inputs or outputs are not known, if they are not. */
    private readonly because: string | null = null,
    trainable: Value | null = null,
  ) {
    super(trace, location, givenName, functionName, trainable);
  }

  override build(): void {}

  get subgraph(): Subgraph {
    const recorder = this.outputs[0]?.recorder ?? new FlowRecorder(this.trace.dialect);
    this.cached ??= between(recorder, this.inputs, this.outputs);
    return this.cached;
  }

  protected override ownParts(): readonly Part[] {
    const parts: Part[] = [];
    const seen = new Set<Value>();
    const { recorded } = this.subgraph;
    const ends = new Set(this.inputs.map(({ reference, recorder }) => reference && recorder.nodes[reference.node]));
    for (const node of recorded) {
      if (ends.has(node)) continue;
      const owner = this.trace.owners.get(node);
      const held = owner ?? (node.operation.kind === 'layer' ? node.operation.layer : undefined);
      if (held !== undefined && !seen.has(held)) {
        seen.add(held);
        parts.push({ value: held });
      }
      const because = this.trace.unfollowed.get(node);
      if (because !== undefined) parts.push(unknownPart('input', because, node.location));
      if (owner === undefined && node.operation.kind === 'function' && node.operation.name === 'either') {
        parts.push(
          unknownPart('condition', 'which layers it has depends on a condition that is not known', node.location),
        );
      }
    }
    if (this.because !== null) parts.push(unknownPart('flow', this.because, this.location));
    return parts;
  }

  override attribute(name: string, site: CallSite): Value | undefined {
    switch (name) {
      case 'input':
        return asValue(this.inputs);
      case 'output':
        return asValue(this.outputs);
      case 'inputs':
        return list(this.inputs);
      case 'outputs':
        return list(this.outputs);
      case 'input_shape':
      case 'output_shape': {
        const tensors = name === 'input_shape' ? this.inputs : this.outputs;
        const [only] = tensors;
        return tensors.length === 1 && only !== undefined ? shapeValue(only) : tuple(tensors.map(shapeValue));
      }
      default:
        return super.attribute(name, site);
    }
  }

  protected override layers(site: CallSite): Value {
    const isOpen = this.ownParts().some((part) => !('value' in part));
    if (isOpen || this.because !== null) return notFollowed('which layers the model has', site);
    const ordered = layersInOrder(this.subgraph, (node) => {
      const owner = this.trace.owners.get(node);
      return owner ?? (node.operation.kind === 'layer' ? node.operation.layer : undefined);
    });
    const layerOf = (input: TensorValue): Value => new InputSpecification(input.type, this.location, input);
    const used = new Map<number, TensorValue>();
    const unused: Value[] = [];
    const { recorded, inputs } = this.subgraph;
    for (const input of this.inputs) {
      const made = input.reference === null ? undefined : input.recorder.nodes[input.reference.node];
      const node = made === undefined ? -1 : recorded.indexOf(made);
      if (inputs.some((reference) => reference.node === node)) used.set(node, input);
      else unused.push(layerOf(input));
    }
    return list(
      ordered.flatMap(({ place, depth }, index): readonly Value[] => {
        const input = typeof place === 'number' ? used.get(place) : undefined;
        const value = typeof place === 'number' ? input && layerOf(input) : place;
        // Inputs that nothing reads stand before the outputs.
        const isFirstOutput = depth === 0 && ordered[index - 1]?.depth !== 0;
        return [...(isFirstOutput ? unused : []), ...(value === undefined ? [] : [value])];
      }),
    );
  }

  /** What the model computes, computed of other inputs by the same layers. */
  override call({ positional, keywords }: CallArguments, site: CallSite): Value {
    const [given = keywords.get('inputs')] = positional;
    const inputs = tensorsAmong(given === undefined ? [] : [given]);
    if (inputs.length !== this.inputs.length || inputs.length === 0 || this.because !== null) {
      return notFollowed('what the model is applied to', site);
    }
    const resizing = new Resizing();
    this.inputs.forEach((own, index) => {
      const other = inputs[index];
      if (other !== undefined) resizing.add(own.type, other.type);
    });
    return this.trace.applied(this, inputs, () => asValue(this.replay(inputs, resizing, (layer) => layer)));
  }

  /** A model of the same form whose layers are copies with weights of their own. */
  copy(location: SourceLocation, functionName: string | null, copyOf: CopyOf): FunctionalModel {
    let isFollowed = true;
    const layerFor = (layer: LayerValue): LayerValue => {
      const copy = copyOf(layer);
      if (copy instanceof LayerValue) return copy;
      isFollowed = false;
      return layer;
    };
    const inputs = this.inputs.map((input) => this.trace.recorder.input('input', input.type, location));
    const outputs = this.replay(inputs, new Resizing(), layerFor);
    const isOwned = this.subgraph.recorded.some((node) => this.trace.owners.has(node));
    const because = isOwned
      ? 'a copy of a model that holds models is not followed'
      : isFollowed
        ? this.because
        : 'what clone_function makes of a layer is not followed';
    return new FunctionalModel(this.trace, inputs, outputs, location, this.givenName, functionName, because);
  }

  private replay(
    inputs: readonly TensorValue[],
    resizing: Resizing,
    layerFor: (layer: LayerValue) => LayerValue,
  ): readonly TensorValue[] {
    const { nodes, recorded, outputs, inputs: own } = this.subgraph;
    const results: (readonly TensorValue[])[] = [];
    own.forEach(({ node }, index) => {
      const input = inputs[index];
      if (input !== undefined) results[node] = [input];
    });
    nodes.forEach((node, index) => {
      if (results[index] !== undefined) return;
      const taken = node.inputs.flatMap((reference) => results[reference.node]?.[reference.output] ?? []);
      const types = node.outputs.map((type) => resizing.apply(type));
      const { operation } = node;
      if (operation.kind !== 'layer') {
        results[index] = this.trace.recorder.record(operation, taken, types, node.location);
        return;
      }
      const layer = layerFor(operation.layer);
      const [first] = taken;
      if (layer !== operation.layer && layer.definition instanceof KerasLayer && first !== undefined) {
        results[index] = layer.definition.applyTo(layer, taken, taken.length, node.location, false);
      } else {
        results[index] = this.trace.recorder.record({ kind: 'layer', layer }, taken, types, node.location);
      }
      const because = recorded[index] === undefined ? undefined : this.trace.unfollowed.get(recorded[index]);
      const made = this.trace.recorder.nodes.at(-1);
      if (because !== undefined && made !== undefined) this.trace.unfollowed.set(made, because);
    });
    return outputs.flatMap((reference) => results[reference.node]?.[reference.output] ?? []);
  }
}

/** What stands in the place of a layer in a copy of its model. */
type CopyOf = (layer: LayerValue) => Value;

/** The same copy for the same layer, however often it is asked for. */
function onceEach(copyOf: CopyOf): CopyOf {
  const copies = new Map<LayerValue, Value>();
  return (layer) => {
    const copy = copies.get(layer) ?? copyOf(layer);
    copies.set(layer, copy);
    return copy;
  };
}

/** `clone_model(model)`: the same layers with weights of their own, or what a `clone_function` makes of each. */
export function cloned(
  model: Value | undefined,
  trace: KerasTrace,
  site: CallSite,
  copyOf: CopyOf = onceEach(copyOfLayer),
): KerasModel | undefined {
  const location = site.machine.locate(site.span);
  const functionName = site.machine.currentFunctionName();
  if (model instanceof FunctionalModel) return model.copy(location, functionName, copyOf);
  if (!(model instanceof SequentialModel)) return undefined;
  const items = model.stack.items.map((item): Value => {
    if (item instanceof LayerValue) return copyOf(item);
    if (item instanceof KerasModel) return cloned(item, trace, site, copyOf) ?? item;
    return item.kind === 'instance' ? notFollowed('a copy of a layer of the program’s own', site) : item;
  });
  const copy = new SequentialModel(trace, items, location, model.givenName, functionName, model.trainable);
  if (model.inputType !== null) copy.stateInput(model.inputType);
  return copy;
}

/** `clone_model(model, clone_function=…)`. */
export function clonedBy(
  model: Value | undefined,
  change: Value,
  trace: KerasTrace,
  site: CallSite,
): KerasModel | undefined {
  const copyOf = (layer: LayerValue): Value => site.machine.call(change, positionalArguments(layer), site);
  return cloned(model, trace, site, onceEach(copyOf));
}

/** `InputLayer(…)`, and what `Input(…)` is inside a `Sequential`. */
export class InputSpecification implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'input';
  readonly libraryClass = 'keras.layers.InputLayer';

  constructor(
    readonly type: TensorType,
    readonly location: SourceLocation,
    /** The tensor that it gives, in a functional model. */
    private readonly tensor: TensorValue | null = null,
  ) {}

  attribute(name: string): Value | undefined {
    if (name === 'output' || name === 'input') return this.tensor ?? undefined;
    if (arrayLists.has(name)) return list([]);
    return name === 'trainable' ? boolean(true) : undefined;
  }

  has(name: string): boolean | undefined {
    return hasAttribute('layer', name);
  }
}
