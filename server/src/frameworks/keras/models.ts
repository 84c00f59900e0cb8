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
  type SequenceValue,
  text,
  tuple,
  unknown,
  type Value,
} from '../../evaluate/values';
import { LayerValue } from '../layer';
import { FlowRecorder, shapeValue, TensorValue } from '../tensor';
import { Composite, type Part, unknownPart } from './composite';
import { asValue, KerasLayer } from './layers';
import { lossName } from './losses';
import { between, Resizing, type Subgraph } from './subgraph';
import { type KerasTrace, notFollowed, tensorsAmong, tensorsOf } from './trace';

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
  private readonly settings = new Map<string, Value>();

  constructor(
    protected readonly trace: KerasTrace,
    location: SourceLocation,
    givenName: string | null,
    functionName: string | null,
  ) {
    super(location, givenName);
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

  /** Whether the program has last set the model as a whole to be kept as it is. */
  get isFrozen(): boolean {
    const trainable = this.settings.get('trainable');
    return trainable?.kind === 'boolean' && !trainable.value;
  }

  attribute(name: string, site: CallSite): Value | undefined {
    if (quietMethods.has(name)) return builtin(name, () => none);
    switch (name) {
      case 'compile':
        return builtin(name, ({ positional, keywords }) => {
          this.loss = lossName(keywords.get('loss') ?? positional[1]) ?? this.loss;
          return none;
        });
      case 'name':
        return this.givenName === null ? undefined : text(this.givenName);
      case 'trainable':
        return this.settings.get('trainable') ?? boolean(true);
      case 'layers':
        return this.layers(site);
      case 'get_layer':
        return builtin(name, (parameters, at) => this.layerOf(parameters, at));
      case 'call':
        return builtin(name, (parameters, at) => this.call(parameters, at));
      default:
        return unknown(`${name} of a model`, null, site.machine.locate(site.span));
    }
  }

  setAttribute(name: string, value: Value, site: CallSite): void {
    if (name !== 'trainable') return;
    site.machine.heap.setVariable(this.settings, name, value);
    for (const part of this.parts()) {
      if (!('value' in part)) continue;
      if (part.value instanceof LayerValue || part.value instanceof KerasModel)
        part.value.setAttribute(name, value, site);
      else if (part.value.kind === 'instance') site.machine.heap.setVariable(part.value.attributes, name, value);
    }
  }

  /** `model.layers`, where its order is known. */
  protected abstract layers(site: CallSite): Value;

  private layerOf({ positional, keywords }: CallArguments, site: CallSite): Value {
    const name = keywords.get('name') ?? positional.find((value) => value.kind === 'string');
    const index = keywords.get('index') ?? positional.find((value) => value.kind === 'integer');
    const items = site.machine.itemsOf(this.layers(site));
    if (name?.kind === 'string') {
      const found = this.parts()
        .flatMap((part) => ('value' in part ? [part.value] : []))
        .filter((value) => givenNameOf(value) === name.value);
      const [only] = found;
      return found.length === 1 && only !== undefined ? only : notFollowed(`which layer is called ${name.value}`, site);
    }
    const position = asNumber(index);
    return (position === undefined ? undefined : items?.at(position)) ?? notFollowed('which layer is meant', site);
  }
}

function givenNameOf(value: Value): string | null {
  if (value instanceof LayerValue || value instanceof Composite) return value.givenName;
  return null;
}

export class SequentialModel extends KerasModel {
  readonly type = 'Sequential';
  /** Layers and `Input`s in order, changed only through the heap. */
  readonly stack: SequenceValue;
  private statedInput: TensorType | null = null;
  /** Made when the program asks for the model's own input or output. */
  private run: { readonly input: TensorValue; readonly output: Value } | null = null;

  constructor(
    trace: KerasTrace,
    layers: readonly Value[],
    location: SourceLocation,
    givenName: string | null,
    functionName: string | null,
  ) {
    super(trace, location, givenName, functionName);
    this.stack = list(layers);
  }

  /** The type of its input, when a layer, `build` or a first application states it. */
  get inputType(): TensorType | null {
    const [first] = this.stack.items;
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

  parts(): readonly Part[] {
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
    if (this.run === null) {
      const type = this.inputType ?? {
        shape: { kind: 'unknown', because: 'the model states no input shape' },
        element: 'unknown',
      };
      const input = this.trace.recorder.input('input', type, this.location);
      this.run = { input, output: this.applyTo(input, site) };
    }
    return this.run;
  }

  /** The layers one after another; what stands in a layer's place unknown ends what is followed. */
  applyTo(input: Value, site: CallSite): Value {
    return this.stack.items.reduce<Value>((value, layer) => {
      if (layer instanceof InputSpecification || layer instanceof TensorValue) return value;
      const [first = value] = value.kind === 'list' ? value.items : [value];
      return site.machine.call(layer, { positional: [first], keywords: new Map(), isOpen: false }, site);
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
  ) {
    super(trace, location, givenName, functionName);
  }

  get subgraph(): Subgraph {
    const recorder = this.outputs[0]?.recorder ?? new FlowRecorder(this.trace.dialect);
    this.cached ??= between(recorder, this.inputs, this.outputs);
    return this.cached;
  }

  parts(): readonly Part[] {
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

  /** Of a chain, its input and then its layers; how Keras orders branches is not followed. */
  protected override layers(site: CallSite): Value {
    const { recorded } = this.subgraph;
    const isChain = this.inputs.length === 1 && recorded.every((node) => node.inputs.length <= 1);
    if (!isChain || this.because !== null) return notFollowed('the order of the layers of a model with branches', site);
    const layers = this.parts().flatMap((part) => ('value' in part ? [part.value] : []));
    return list([...this.inputs, ...layers]);
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
  copy(location: SourceLocation, functionName: string | null): FunctionalModel {
    const copies = new Map<LayerValue, LayerValue>();
    const copyOf = (layer: LayerValue): LayerValue => {
      const held = copies.get(layer) ?? copyOfLayer(layer);
      copies.set(layer, held);
      return held;
    };
    const inputs = this.inputs.map((input) => this.trace.recorder.input('input', input.type, location));
    const outputs = this.replay(inputs, new Resizing(), copyOf);
    const isOwned = this.subgraph.recorded.some((node) => this.trace.owners.has(node));
    const because = isOwned ? 'a copy of a model that holds models is not followed' : this.because;
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

function copyOfLayer(layer: LayerValue): LayerValue {
  const { definition } = layer;
  return definition instanceof KerasLayer
    ? new LayerValue(definition.copy(), layer.location, layer.coreLocation, layer.givenName)
    : layer;
}

/** `clone_model(model)`: the same layers with weights of their own. */
export function cloned(model: Value | undefined, trace: KerasTrace, site: CallSite): KerasModel | undefined {
  const location = site.machine.locate(site.span);
  const functionName = site.machine.currentFunctionName();
  if (model instanceof FunctionalModel) return model.copy(location, functionName);
  if (!(model instanceof SequentialModel)) return undefined;
  const items = model.stack.items.map((item): Value => {
    if (item instanceof LayerValue) return copyOfLayer(item);
    if (item instanceof KerasModel) return cloned(item, trace, site) ?? item;
    return item.kind === 'instance' ? notFollowed('a copy of a layer of the program’s own', site) : item;
  });
  const copy = new SequentialModel(trace, items, location, model.givenName, functionName);
  if (model.inputType !== null) copy.stateInput(model.inputType);
  return copy;
}

/** `InputLayer(…)`, and what `Input(…)` is inside a `Sequential`. */
export class InputSpecification implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'input';

  constructor(
    readonly type: TensorType,
    readonly location: SourceLocation,
  ) {}

  attribute(): Value | undefined {
    return undefined;
  }
}
