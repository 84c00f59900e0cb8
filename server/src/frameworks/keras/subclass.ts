/** Classes of the program that derive from Keras' `Layer` and `Model`: built and applied as Keras does it. */
import type { LossApplication, TensorType, Weight } from '../../../../model/graph';
import type { SubclassBehaviour } from '../../evaluate/machine';
import type { PythonMachine } from '../../evaluate/python/machine';
import {
  boolean,
  builtin,
  type CallArguments,
  type CallSite,
  dictionary,
  type InstanceValue,
  list,
  none,
  positionalArguments,
  type SequenceValue,
  text,
  type UnknownValue,
  unknown,
  type Value,
} from '../../evaluate/values';
import { annotatedTypes } from '../annotatedShapes';
import { fromQuantity, sizesOf } from '../arguments';
import type { PlacedLayer } from '../graph';
import { type LayerFacts, LayerValue } from '../layer';
import { shapeOf, unknownTensor } from '../shapes';
import { FlowRecorder, shapeValue, TensorValue } from '../tensor';
import { Composite } from './composite';
import { FunctionalModel } from './functionalModel';
import { holderAttribute } from './holding';
import { arrayLists, KerasLayer, LayerArray } from './layers';
import { lossGiven } from './losses';
import { snakeCase } from './names';
import { OpenInput, openSizes } from './openInputs';
import type { Placement } from './placement';
import { statesOf } from './recurrent';
import { SequentialModel } from './sequentialModel';
import { flagOf, isHeld, type KerasTrace, notFollowed, type OwnInstances, tensorsAmong } from './trace';
import { addedWeight, WeightValue, weightOf } from './weights';

/** What is kept of an instance beside its attributes. */
interface InstanceState {
  /** Weights that `add_weight` made, in order. */
  readonly weights: SequenceValue;
  /** `built`, changed through the heap so that a branch can be taken back. */
  readonly progress: Map<string, Value>;
  /** The instance as a layer of the flow, for what is its own rather than its parts'. */
  readonly marker: LayerValue;
  isMarked: boolean;
  /** Whether what its code computes is in the flow. */
  isFollowed: boolean;
  loss: LossApplication | null;
  name: string | null;
  /** What Keras makes of it: set by `super().__init__(inputs=…, outputs=…)` or of a class that derives from `Sequential`. */
  model: FunctionalModel | SequentialModel | null;
  /** The layer of Keras that it is, for a class that derives from one: it has that layer's arrays. */
  layer: LayerValue | Composite | null;
  /** Set where a list that Keras watches is changed in a way that versions of Keras see differently. */
  doubt: string | null;
  /** What `build(input_shape)` was called with by the program. */
  stated: TensorType | null;
}

/** Methods that train, run or store a model. */
const quietMethods: ReadonlySet<string> = new Set([
  'fit',
  'evaluate',
  'summary',
  'save',
  'save_weights',
  'load_weights',
  'set_weights',
  'add_loss',
  'add_metric',
  'add_update',
  'reset_states',
  'reset_state',
  'compute_mask',
]);

export class OwnClasses implements OwnInstances {
  private readonly states = new Map<InstanceValue, InstanceState>();
  private machine: PythonMachine | null = null;

  constructor(private readonly trace: KerasTrace) {
    trace.own = this;
  }

  /** After the program has run: what it called is known from here on. */
  finish(machine: PythonMachine): void {
    this.machine = machine;
  }

  isOwn(value: Value): value is InstanceValue {
    return value.kind === 'instance' && this.states.has(value);
  }

  get instances(): readonly InstanceValue[] {
    return [...this.states.keys()];
  }

  givenName(instance: InstanceValue): string | null {
    return this.stateOf(instance).name;
  }

  lossOf(instance: InstanceValue): LossApplication | null {
    return this.stateOf(instance).loss;
  }

  /** The functional model that the instance is, where its constructor says so. */
  functionalOf(instance: InstanceValue): FunctionalModel | null {
    const { model } = this.stateOf(instance);
    return model instanceof FunctionalModel ? model : null;
  }

  readonly behaviour: SubclassBehaviour = {
    call: (instance, parameters, site) => this.apply(instance, parameters, site),
    attribute: (instance, name, site) => this.attribute(instance, name, site),
    construct: (instance, parameters, site) => this.construct(instance, parameters, site),
    assigned: (instance, name, value, site) => this.assigned(instance, name, value, site),
  };

  /** Instances of classes that derive from `Sequential`. */
  readonly sequentialBehaviour: SubclassBehaviour = {
    ...this.behaviour,
    construct: (instance, parameters, site) => this.constructSequential(instance, parameters, site),
  };

  /** Instances of classes that derive from a layer of Keras, which `make` constructs. */
  layerBehaviour(make: (parameters: CallArguments, site: CallSite) => Value | undefined): SubclassBehaviour {
    return {
      ...this.behaviour,
      construct: (instance, parameters, site) => {
        const made = make(parameters, site);
        const state = this.stateOf(instance);
        const { keywords } = parameters;
        this.construct(instance, { ...parameters, positional: [], keywords: onlyCommon(keywords) }, site);
        if (made instanceof LayerValue || made instanceof Composite) state.layer = made;
        else state.doubt = 'the layer that it derives from is not known';
      },
    };
  }

  /** The layer of Keras that an instance of a class derived from one is. */
  layerOf(value: Value): LayerValue | Composite | null {
    return this.isOwn(value) ? this.stateOf(value).layer : null;
  }

  /** Whether an instance, or a model or layer that the library makes, is trained as a whole. */
  trainableOf(value: Value): Value {
    if (value instanceof Composite) return value.trainable;
    return (value.kind === 'instance' ? value.attributes.get('trainable') : undefined) ?? boolean(true);
  }

  sublayersOf(instance: InstanceValue): readonly Value[] {
    const isLayer = (value: Value): boolean =>
      value instanceof LayerValue || value instanceof Composite || this.isOwn(value);
    const layersAmong = (value: Value): readonly Value[] => {
      if (isLayer(value)) return [value];
      if (value.kind === 'list' || value.kind === 'tuple') return value.items.flatMap(layersAmong);
      if (value.kind !== 'dictionary') return [];
      return [...value.entries.values()].flatMap((entry) => layersAmong(entry.value));
    };
    const { model, layer } = this.stateOf(instance);
    return [
      ...(layer === null ? [] : [layer]),
      ...(model?.sublayers() ?? []),
      ...[...instance.attributes.values()].flatMap(layersAmong),
    ];
  }

  variablesOf(instance: InstanceValue): readonly Value[] | undefined {
    if (this.reasonOfDoubt(instance) !== null) return undefined;
    const { weights } = this.stateOf(instance);
    return [...new Set([...weights.items, ...[...instance.attributes.values()].flatMap(weightsAmong)])];
  }

  setTrainable(instance: InstanceValue, value: Value, site: CallSite): void {
    const flag = flagOf(value, site);
    if (isHeld(instance.attributes.get('trainable'), flag)) return;
    site.machine.heap.setVariable(instance.attributes, 'trainable', flag);
    const { weights } = this.stateOf(instance);
    for (const weight of new Set([...weights.items, ...[...instance.attributes.values()].flatMap(weightsAmong)])) {
      if (weight instanceof WeightValue && weight.trainable !== false) weight.setTrained(flag, site);
    }
    for (const part of this.sublayersOf(instance)) this.trace.setTrainable(part, flag, site);
  }

  /** Keras keeps watch on lists that become attributes: what they hold is the instance's. */
  private assigned(instance: InstanceValue, name: string, value: Value, site: CallSite): Value {
    if (name === 'trainable') {
      this.setTrainable(instance, value, site);
      return instance.attributes.get(name) ?? value;
    }
    if (value.kind !== 'list') return value;
    const state = this.stateOf(instance);
    const watched: SequenceValue = {
      ...value,
      replaced: () => {
        state.doubt = `an item of ${name} takes the place of another, which Keras 3 does not see`;
      },
    };
    return watched;
  }

  private stateOf(instance: InstanceValue): InstanceState {
    const held = this.states.get(instance);
    if (held !== undefined) return held;
    const { location } = instance.construction;
    const description = {
      type: instance.class.definition.name,
      build: () => this.ownFacts(instance),
      outputs: () => [unknownTensor('a layer of the program’s own')],
    };
    const state: InstanceState = {
      weights: list([]),
      progress: new Map(),
      marker: new LayerValue(new KerasLayer(description, this.trace), location),
      isMarked: false,
      isFollowed: false,
      loss: null,
      name: null,
      model: null,
      layer: null,
      doubt: null,
      stated: null,
    };
    this.states.set(instance, state);
    return state;
  }

  private construct(instance: InstanceValue, { positional, keywords }: CallArguments, site: CallSite): void {
    const state = this.stateOf(instance);
    const name = keywords.get('name');
    if (name?.kind === 'string') state.name = name.value;
    const trainable = keywords.get('trainable');
    if (trainable !== undefined) site.machine.heap.setVariable(instance.attributes, 'trainable', trainable);
    const inputs = tensorsAmong([keywords.get('inputs') ?? positional[0] ?? none]);
    const outputs = tensorsAmong([keywords.get('outputs') ?? positional[1] ?? none]);
    if (inputs.length === 0 || outputs.length === 0) return;
    const { name: className } = instance.class.definition;
    state.model = new FunctionalModel(this.trace, inputs, outputs, site.machine.locate(site.span), className, null);
  }

  private constructSequential(instance: InstanceValue, parameters: CallArguments, site: CallSite): void {
    const { positional, keywords } = parameters;
    this.construct(instance, { ...parameters, positional: [] }, site);
    const given = positional[0] ?? keywords.get('layers');
    const items = given === undefined || given.kind === 'none' ? [] : site.machine.itemsOf(given);
    const stack = items ?? [notFollowed('which layers the model has', site)];
    const { name: className } = instance.class.definition;
    this.stateOf(instance).model = new SequentialModel(
      this.trace,
      stack,
      site.machine.locate(site.span),
      className,
      null,
    );
  }

  private attribute(instance: InstanceValue, name: string, site: CallSite): Value | undefined {
    const state = this.stateOf(instance);
    if (quietMethods.has(name)) return builtin(name, () => none);
    if (state.model !== null && modelAttributes.has(name)) return state.model.attribute(name, site);
    const inherited = this.inherited(state.layer, name, site);
    if (inherited !== undefined) return inherited;
    switch (name) {
      case 'add_weight':
      case 'add_variable':
        return builtin(name, (parameters, at) => {
          const weight = addedWeight(this.trace, parameters, at);
          // The program calls `build` itself: Keras does not build what is built.
          if (at.machine.currentFunctionName() === 'build') {
            at.machine.heap.setVariable(state.progress, 'built', boolean(true));
          }
          const trainable = this.trainableOf(instance);
          const isTrained = trainable.kind === 'boolean' && trainable.value;
          if (!isTrained && weight.trainable !== false) weight.setTrained(trainable, at);
          at.machine.heap.setItems(state.weights, [...state.weights.items, weight]);
          return weight;
        });
      case 'compile':
        return builtin(name, ({ positional, keywords }, at) => {
          const location = at.machine.locate(at.span);
          state.loss = lossGiven(keywords.get('loss') ?? positional[1], location) ?? state.loss;
          return none;
        });
      case 'build':
        return builtin(name, ({ positional, keywords }, at) => {
          const shape = positional[0] ?? keywords.get('input_shape');
          const sizes = shape === undefined ? undefined : sizesOf(openSizes(shape, at), at);
          if (sizes !== undefined) state.stated = { shape: shapeOf(sizes), element: 'float' };
          return none;
        });
      case 'name':
        return text(state.name ?? snakeCase(instance.class.definition.name));
      case 'built':
        return boolean(false);
      case 'dtype':
      case 'compute_dtype':
        return text('float32');
      case 'get_config':
        return builtin(name, () => {
          const config = dictionary();
          config.isOpen.value = true;
          return config;
        });
      default:
        return (
          holderAttribute(this.trace, instance, this.trainableOf(instance), name, site) ??
          unknown(`${name} of ${instance.class.definition.name}`, null, site.machine.locate(site.span))
        );
    }
  }

  /** What an instance has from the layer of Keras that its class derives from. */
  private inherited(layer: LayerValue | Composite | null, name: string, site: CallSite): Value | undefined {
    if (layer === null || ownMatters.has(name) || arrayLists.has(name)) return undefined;
    const settings = layer instanceof LayerValue && layer.definition instanceof KerasLayer ? layer.definition : null;
    const cells = settings?.description.recurrent;
    if (name === 'state_size' && cells !== undefined) {
      const widths = cells.flatMap(statesOf).map(fromQuantity);
      const [only] = widths;
      return widths.length === 1 ? only : list(widths);
    }
    const value = layer.attribute(name, site);
    return value === undefined || value.kind === 'unknown' ? undefined : value;
  }

  /** Calls the instance as Keras does: built on its first input, then its `call`. */
  private apply(instance: InstanceValue, parameters: CallArguments, site: CallSite): Value {
    const state = this.stateOf(instance);
    const { model } = state;
    const isOverridden =
      model instanceof SequentialModel && site.machine.attribute(instance, 'call', site).kind === 'function';
    if (model !== null && !isOverridden) return model.call(parameters, site);
    const inputs = tensorsAmong([...parameters.positional, ...parameters.keywords.values()]);
    const className = instance.class.definition.name;
    const { layer } = state;
    if (layer !== null && site.machine.attribute(instance, 'call', site).kind !== 'function') {
      return this.trace.applied(instance, inputs, () => {
        this.build(instance, parameters, site);
        return layer.call(parameters, site);
      });
    }
    if (inputs.length === 0) return notFollowed(`what ${className} is applied to`, site);
    return this.trace.applied(instance, inputs, () => {
      this.build(instance, parameters, site);
      const { recorder } = this.trace;
      const start = recorder.nodes.length;
      const method = site.machine.attribute(instance, 'call', site);
      const result =
        method.kind === 'function'
          ? site.machine.call(method, parameters, site)
          : notFollowed(`what ${className} does`, site);
      const results = tensorsAmong([result]);
      const isFollowed =
        results.length > 0 &&
        results.every(
          ({ reference, recorder: of }) => of === recorder && reference !== null && reference.node >= start,
        );
      const holdsWeights = state.weights.items.length > 0;
      if (isFollowed && !holdsWeights) return result;
      state.isMarked = true;
      state.isFollowed = isFollowed;
      const types = results.length > 0 ? results.map(({ type }) => type) : [this.statedOutput(instance, inputs, site)];
      const outputs = recorder.record(
        { kind: 'layer', layer: state.marker },
        [...inputs, ...results],
        types,
        site.machine.locate(site.span),
        site.machine.heap.isConditional,
      );
      return replaced(result, results, outputs);
    });
  }

  /** What `compute_output_shape` says, for a `call` that is not followed. */
  private statedOutput(instance: InstanceValue, inputs: readonly TensorValue[], site: CallSite): TensorType {
    const because = `what ${instance.class.definition.name} gives is not followed`;
    const method = site.machine.attribute(instance, 'compute_output_shape', site);
    if (method.kind !== 'function') return unknownTensor(because);
    const shape = site.machine.call(method, positionalArguments(shapesOf(inputs)), site);
    const sizes = sizesOf(shape, site);
    return sizes === undefined ? unknownTensor(because) : { shape: shapeOf(sizes), element: 'float' };
  }

  /** Runs the class' own `build` once, with the shape of the first argument. */
  private build(instance: InstanceValue, parameters: CallArguments, site: CallSite): void {
    const { progress } = this.stateOf(instance);
    const held = progress.get('built');
    if (held?.kind === 'boolean' && held.value) return;
    site.machine.heap.setVariable(progress, 'built', boolean(true));
    const { layer } = this.stateOf(instance);
    const method = site.machine.attribute(instance, 'build', site);
    const [first] = [...parameters.positional, ...parameters.keywords.values()];
    if ((method.kind !== 'function' && layer === null) || first === undefined) return;
    const shape = first instanceof TensorValue ? shapeValue(first) : shapesOf(tensorsAmong([first]));
    site.machine.call(method, positionalArguments(shape), site);
  }

  /** The instance's own weights: those it added, and variables among its attributes. */
  private ownFacts(instance: InstanceValue): LayerFacts {
    const operation = {
      op: 'other',
      because: 'a layer of the program’s own',
      ...(this.stateOf(instance).isFollowed ? { computes: { kind: 'ownCode' } as const } : {}),
    } as const;
    const weights: Weight[] = [];
    const { weights: added } = this.stateOf(instance);
    const variables = [...instance.attributes.values()].flatMap(weightsAmong);
    for (const value of new Set([...added.items, ...variables])) {
      if (!(value instanceof WeightValue)) {
        const because =
          value.kind === 'unknown' ? value.because : 'a weight is made under a condition that is not known';
        return { operation, weights: { unknown: because } };
      }
      const weight = weightOf(value);
      if ('unknown' in weight) return { operation, weights: weight };
      weights.push(weight);
    }
    return { operation, weights };
  }

  /** The layers an instance holds: its own weights, then what its attributes hold. */
  placedIn(instance: InstanceValue, path: string, placement: Placement, depth: number): PlacedLayer[] {
    const state = this.stateOf(instance);
    const prefix = path === '' ? '' : `${path}.`;
    const made = [
      ...(state.model === null ? [] : placement.ofParts(state.model.parts(), prefix, depth + 1)),
      ...this.placedLayer(instance, path, placement, depth),
    ];
    const attributes = [...instance.attributes].flatMap(([name, value]) =>
      this.isPassedOver(instance, name, value) ? [] : placement.ofAttribute(value, `${prefix}${name}`, depth + 1),
    );
    const placed = [...made, ...attributes];
    const { definition } = instance.class;
    const facts = this.ownFacts(instance);
    const hasOwn = !Array.isArray(facts.weights) || facts.weights.length > 0;
    const own: PlacedLayer[] =
      hasOwn || state.isMarked ? [{ path: path === '' ? snakeCase(definition.name) : path, layer: state.marker }] : [];
    const unknownBecause = this.reasonOfDoubt(instance);
    if (unknownBecause === null) return [...own, ...placed];
    const { location } = instance.construction;
    const doubt = { type: definition.name, weights: { unknown: unknownBecause }, location };
    return [...own, ...placed, { path: `${prefix}(unknown)`, fixed: doubt }];
  }

  /**
   * Whether `call` has run, with every branch that may be taken, and left out a layer that it names: Keras does not build
   * such a layer, so it has no arrays.
   */
  private isPassedOver(instance: InstanceValue, name: string, value: Value): boolean {
    if (!(value instanceof LayerValue && value.definition instanceof KerasLayer)) return false;
    if (value.definition.isUsed || !this.trace.firstInputs.has(instance)) return false;
    const call = this.machine?.findInClass(instance.class, 'call');
    if (this.machine === null || call?.kind !== 'function' || call.owner === null) return false;
    const text = this.machine.textOf(this.machine.locateIn(call.owner.home, call.definition));
    return new RegExp(`\\bself\\.${name}\\b`).test(text);
  }

  /** The layer of Keras that the instance is; what a `build` of its own does not build has no arrays. */
  private placedLayer(instance: InstanceValue, path: string, placement: Placement, depth: number): PlacedLayer[] {
    const { layer } = this.stateOf(instance);
    const buildsItself = this.machine?.findInClass(instance.class, 'build') !== undefined;
    if (layer === null || (layer instanceof LayerValue && buildsItself && !layer.isBuilt)) return [];
    return placement.of(layer, path === '' ? snakeCase(instance.class.definition.name) : path, depth + 1);
  }

  /** Why the instance may hold more than what is seen of it; null where it does not. */
  private reasonOfDoubt(instance: InstanceValue): string | null {
    const { definition } = instance.class;
    if (this.machine?.hasUnknownBase(instance.class)) return `${definition.name} derives from a class that is not read`;
    const { progress, doubt } = this.stateOf(instance);
    if (doubt !== null) return doubt;
    const isBuilt = progress.get('built')?.kind === 'boolean';
    const builds = this.machine?.findInClass(instance.class, 'build') !== undefined;
    return builds && !isBuilt ? `${definition.name} is never applied, so its build does not run` : null;
  }

  /** An unknown value that the program calls, or that may be a layer, has weights for all anyone knows. */
  mayHoldWeights(value: UnknownValue): boolean {
    const isHolder = (alternative: Value): boolean =>
      alternative instanceof LayerValue ||
      alternative instanceof WeightValue ||
      this.isOwn(alternative) ||
      (alternative.kind === 'foreign' && /model|layer/i.test(alternative.description));
    return (this.machine?.calledUnknowns.has(value) ?? false) || (value.alternatives ?? []).some(isHolder);
  }

  /**
   * Runs `call` on the inputs of the instance's first application, else on what `build` was given, else on inputs of which
   * only a name is known.
   */
  traced(instance: InstanceValue, machine: PythonMachine): { readonly recorder: FlowRecorder; readonly result: Value } {
    const site: CallSite = { span: instance.class.definition.nameSpan, machine };
    const recorder = new FlowRecorder(this.trace.dialect);
    const state = this.stateOf(instance);
    const method = machine.findInClass(instance.class, 'call') ?? machine.findInClass(instance.class, '__call__');
    const { model } = state;
    if (method === undefined && model instanceof SequentialModel) {
      const type = model.inputType ?? this.trace.firstInputs.get(instance)?.[0] ?? state.stated;
      const input = recorder.input('input', type ?? unknownTensor('the model states no input shape'), model.location);
      return { recorder, result: this.trace.within(recorder, () => model.applyTo(input, site)) };
    }
    if (method?.kind !== 'function') return { recorder, result: none };
    const first = this.trace.firstInputs.get(instance);
    const result = this.trace.within(recorder, () => {
      const positional: Value[] = [];
      const annotated = annotatedTypes(method.definition, method.closure, machine);
      for (const [index, parameter] of method.definition.parameters.slice(1).entries()) {
        if (parameter.form !== 'plain' && parameter.form !== 'positionalOnly') break;
        if (method.defaults.has(parameter.name)) break;
        positional.push(
          this.argument(
            parameter.name,
            (index === 0 ? state.stated : null) ?? annotated.get(parameter.name) ?? null,
            first?.[index],
            recorder,
            site,
            machine,
          ),
        );
      }
      const given = positionalArguments(...positional);
      if (tensorsAmong(positional).length === 0) return none;
      return machine.call(instance, given, site);
    });
    return { recorder, result };
  }

  private argument(
    name: string,
    stated: TensorType | null,
    first: TensorType | undefined,
    recorder: FlowRecorder,
    site: CallSite,
    machine: PythonMachine,
  ): Value {
    const location = machine.locate(site.span);
    if (name === 'training') return unknown('whether it is training', null, location);
    if (name === 'mask') return none;
    const known = first ?? stated;
    return known === undefined || known === null
      ? new OpenInput(this.trace, recorder, name, site)
      : recorder.input(name, known, location);
  }
}

/** The tensors of a result in place of those it was made of. */
function replaced(result: Value, from: readonly TensorValue[], to: readonly TensorValue[]): Value {
  if (from.length === 0) {
    const [only] = to;
    return only ?? result;
  }
  const exchange = new Map(from.map((tensor, index) => [tensor, to[index] ?? tensor]));
  const visit = (value: Value): Value => {
    if (value instanceof TensorValue) return exchange.get(value) ?? value;
    if (value.kind === 'list' || value.kind === 'tuple') return { kind: value.kind, items: value.items.map(visit) };
    return value;
  };
  return visit(result);
}

/** Attributes in which an instance differs from the layer that its class derives from. */
const ownMatters: ReadonlySet<string> = new Set([
  'name',
  'trainable',
  'built',
  'add_weight',
  'get_config',
  'layers',
  '_layers',
  '_flatten_layers',
  'quantize',
]);

/** Of a layer's arguments those that every layer takes. */
function onlyCommon(keywords: CallArguments['keywords']): CallArguments['keywords'] {
  return new Map([...keywords].filter(([name]) => name === 'name' || name === 'trainable'));
}

/** What an instance shares with the model that Keras makes of it. */
const modelAttributes: ReadonlySet<string> = new Set([
  'add',
  'pop',
  'input',
  'output',
  'inputs',
  'outputs',
  'input_shape',
  'output_shape',
  'layers',
  'get_layer',
]);

/** Variables among what an attribute holds; arrays of other layers are those layers'. */
function weightsAmong(value: Value): readonly Value[] {
  if (value instanceof WeightValue) return value instanceof LayerArray ? [] : [value];
  if (value.kind === 'list' || value.kind === 'tuple') return value.items.flatMap(weightsAmong);
  return [];
}

function shapesOf(tensors: readonly TensorValue[]): Value {
  const [only] = tensors;
  return tensors.length === 1 && only !== undefined ? shapeValue(only) : list(tensors.map(shapeValue));
}
