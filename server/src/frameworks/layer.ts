/** Layers as values of the analysed program: constructed once, applied any number of times. */
import { integerOf } from '../../../model/expression';
import type { Operation, Quantity, SourceLocation, TensorType, Weight } from '../../../model/graph';
import {
  boolean,
  builtin,
  type CallArguments,
  type CallSite,
  type ForeignValue,
  list,
  none,
  text,
  tuple,
  unknown,
  type Value,
} from '../evaluate/values';

/** What a layer is, once the width of its input is known. */
export interface LayerFacts {
  readonly operation: Operation;
  readonly weights: readonly Weight[] | { readonly unknown: string };
}

export interface LayerDefinition {
  /** The constructor as the framework names it, wrappers included: `Bidirectional(LSTM)`. */
  readonly type: string;
  /**
   * The layer as built on an input of this type, undefined for a layer that is never applied. Frameworks that fix sizes at
   * construction ignore it; a layer applied again keeps the facts of its first application.
   */
  build(input: TensorType | undefined): LayerFacts;
  /** Applies the layer and records the application: the value of the call in the program. */
  apply(layer: LayerValue, parameters: CallArguments, site: CallSite): Value;
  /** The facts as the program left them: what it set after construction applied to what the layer was built with. */
  present?(facts: LayerFacts): LayerFacts;
  /** What the framework's layers have beside what all layers have. */
  attribute?(layer: LayerValue, name: string, site: CallSite): Value | undefined;
  setAttribute?(name: string, value: Value, site: CallSite): void;
}

export class LayerValue implements ForeignValue {
  readonly kind = 'foreign';
  readonly description: string;
  /** The variable or attribute it was first bound to. */
  variable: string | null = null;
  /** Arrays that the program put in the place of the layer's own, by name. */
  private readonly replaced = new Map<string, Value>();
  /** Attributes that the program set. */
  private readonly set = new Map<string, Value>();
  /** Whether arrays are trained, by name, where the program said so; `*` stands for all of them. */
  private readonly trained = new Map<string, Value>();
  private firstInput: TensorType | undefined;
  private builtFacts: LayerFacts | undefined;

  constructor(
    readonly definition: LayerDefinition,
    readonly location: SourceLocation,
    readonly coreLocation: SourceLocation = location,
    /** The name the program gives it (`name="encoder"`), if any. */
    readonly givenName: string | null = null,
  ) {
    this.description = `${definition.type} layer`;
  }

  /** What the layer is; its weights without those it shares with another layer, as they are trained. */
  get facts(): LayerFacts {
    this.builtFacts ??= this.definition.build(this.firstInput);
    const { operation, weights } = this.definition.present?.(this.builtFacts) ?? this.builtFacts;
    const remaining = this.replaced.size === 0 ? weights : this.remainingWeights(weights);
    if (this.trained.size === 0 || !isListed(remaining)) return { operation, weights: remaining };
    return { operation, weights: remaining.map((weight) => this.asTrained(weight)) };
  }

  named(name: string): void {
    this.variable ??= name;
  }

  get isBuilt(): boolean {
    return this.firstInput !== undefined;
  }

  /** Fixes the layer to the type of its first input. */
  buildOn(input: TensorType | undefined): void {
    if (this.firstInput !== undefined || input === undefined) return;
    this.firstInput = input;
    this.builtFacts = undefined;
  }

  /** Has the layer described again: its definition has learnt something. */
  forget(): void {
    this.builtFacts = undefined;
  }

  call(parameters: CallArguments, site: CallSite): Value {
    return this.definition.apply(this, parameters, site);
  }

  attribute(name: string, site: CallSite): Value | undefined {
    const own = this.definition.attribute?.(this, name, site) ?? this.set.get(name);
    if (own !== undefined) return own;
    if (chainableMethods.has(name)) return builtin(name, () => this);
    if (quietMethods.has(name)) return builtin(name, () => none);
    if (name === 'parameters' || name === 'named_parameters') {
      return builtin(name, () => {
        const handles = this.handles();
        if (handles === undefined) return unknown(`the arrays of a ${this.definition.type} layer are not known`);
        return list(name === 'parameters' ? handles : handles.map((handle) => tuple([text(handle.name), handle])));
      });
    }
    if (name === 'requires_grad_') {
      return builtin(name, ({ positional: [flag], keywords }, at) => {
        this.setTrained('*', flag ?? keywords.get('requires_grad') ?? boolean(true), at);
        return this;
      });
    }
    if (/^(weight|bias)(_|$)/.test(name)) return this.replaced.get(name) ?? new WeightHandle(this, name);
    const size = sizeAttributes(this.facts.operation).get(name);
    return size ?? unknown(`${name} of a ${this.definition.type} layer`, null, site.machine.locate(site.span));
  }

  setAttribute(name: string, value: Value, site: CallSite): void {
    this.definition.setAttribute?.(name, value, site);
    // A module or an array hung onto a layer is registered with it: what the layer holds is then no longer known.
    if (!/^(weight|bias)(_|$)/.test(name) && (value.kind === 'foreign' || value.kind === 'instance')) {
      if (name !== 'trainable') this.reparametrise(site);
    }
    if (/^(weight|bias)(_|$)/.test(name)) site.machine.heap.setVariable(this.replaced, name, value);
    else site.machine.heap.setVariable(this.set, name, value);
  }

  /** The same layer with arrays of its own: what it shares with another, its copy shares with that one's copy. */
  deepCopy(copyOf: (value: Value) => Value): LayerValue {
    const copied = new LayerValue(this.definition, this.location, this.coreLocation, this.givenName);
    copied.firstInput = this.firstInput;
    for (const [name, value] of this.replaced) copied.replaced.set(name, copyOf(value));
    for (const [name, value] of this.set) copied.set.set(name, copyOf(value));
    for (const [name, value] of this.trained) copied.trained.set(name, value);
    return copied;
  }

  /** Layers whose arrays it uses in the place of its own. */
  sharedWith(): readonly LayerValue[] {
    return [...this.replaced.values()].flatMap((value) => (value instanceof WeightHandle ? [value.layer] : []));
  }

  /** Says whether an array is trained, or with `*` all of them. */
  setTrained(name: string, value: Value, site: CallSite): void {
    const { heap } = site.machine;
    // What is said of all arrays overrules what was said of single ones.
    if (name === '*') for (const held of [...this.trained.keys()]) heap.deleteVariable(this.trained, held);
    heap.setVariable(this.trained, name, value);
  }

  /** Its arrays as the program refers to them; undefined where they are not all known. */
  handles(): readonly WeightHandle[] | undefined {
    const { weights } = this.facts;
    return isListed(weights) ? weights.map(({ name }) => new WeightHandle(this, name)) : undefined;
  }

  /** Has its arrays changed in ways that are not followed. */
  reparametrise(site: CallSite): void {
    site.machine.heap.setVariable(this.replaced, '*', unknown('something that is not followed'));
  }

  private asTrained(weight: Weight): Weight {
    const said = this.trained.get(weight.name) ?? this.trained.get('*');
    // Running averages are not trained, whatever is said of the layer.
    if (said === undefined || weight.trainable === false) return weight;
    return { ...weight, trainable: said.kind === 'boolean' ? said.value : null };
  }

  private remainingWeights(weights: LayerFacts['weights']): LayerFacts['weights'] {
    if (!isListed(weights)) return weights;
    if (this.replaced.has('*')) return { unknown: 'its arrays are changed by code that is not followed' };
    const remaining: Weight[] = [];
    for (const weight of weights) {
      const replacement = this.replaced.get(weight.name);
      if (replacement === undefined) remaining.push(weight);
      else if (!(replacement instanceof WeightHandle) && replacement.kind !== 'none') {
        return { unknown: `its ${weight.name} is replaced by something that is not known` };
      }
    }
    return remaining;
  }
}

/** An array of a layer, as the program refers to it to share or to initialise it. */
export class WeightHandle implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'weight';

  constructor(
    readonly layer: LayerValue,
    readonly name: string,
  ) {}

  attribute(name: string): Value | undefined {
    if (name === 'requires_grad_') {
      return builtin(name, ({ positional: [flag] }, at) => {
        this.layer.setTrained(this.name, flag ?? boolean(true), at);
        return this;
      });
    }
    return name === 'data' ? this : builtin(name, () => this);
  }

  deepCopy(copyOf: (value: Value) => Value): Value {
    const layer = copyOf(this.layer);
    return layer instanceof LayerValue ? new WeightHandle(layer, this.name) : layer;
  }

  setAttribute(name: string, value: Value, site: CallSite): void {
    if (name === 'requires_grad') this.layer.setTrained(this.name, value, site);
  }
}

function isListed(weights: LayerFacts['weights']): weights is readonly Weight[] {
  return Array.isArray(weights);
}

function sizeAttributes(operation: Operation): ReadonlyMap<string, Value> {
  const sizes = new Map<string, Value>();
  const size = (names: readonly string[], quantity: Quantity): void => {
    if (quantity.kind === 'known')
      for (const name of names) sizes.set(name, { kind: 'integer', value: quantity.value });
  };
  switch (operation.op) {
    case 'recurrent':
      size(['hidden_size', 'units'], operation.hiddenSize);
      size(['input_size'], operation.inputSize);
      size(['num_layers'], operation.layers);
      sizes.set('bidirectional', { kind: 'boolean', value: operation.directions === 2 });
      sizes.set('batch_first', { kind: 'boolean', value: operation.batchFirst });
      break;
    case 'embedding':
      size(['embedding_dim', 'output_dim'], operation.width);
      size(['num_embeddings', 'input_dim'], operation.vocabulary);
      break;
    case 'dense':
      size(['in_features'], operation.inputSize);
      size(['out_features', 'units'], operation.units);
      break;
    default:
  }
  return sizes;
}

/** Methods that return the layer itself. */
const chainableMethods: ReadonlySet<string> = new Set([
  'to',
  'cuda',
  'cpu',
  'float',
  'double',
  'half',
  'eval',
  'train',
]);
/** Methods without an effect on structure. */
const quietMethods: ReadonlySet<string> = new Set([
  'flatten_parameters',
  'reset_parameters',
  'reset_states',
  'reset_state',
  'zero_grad',
  'apply',
]);

/** The exact integer of a size, where it holds no symbol. */
export function exactSize(size: Quantity): number | undefined {
  return size.kind === 'known' ? integerOf(size.value) : undefined;
}
