/** Layers as values of the analysed program: constructed once, applied any number of times. */
import { constant, integerOf } from '../../../model/expression';
import {
  isListed,
  type Operation,
  type Quantity,
  type SourceLocation,
  type TensorType,
  type Weight,
} from '../../../model/graph';
import {
  asNumber,
  boolean,
  builtin,
  type CallArguments,
  type CallSite,
  type ForeignValue,
  integer,
  list,
  none,
  text,
  tuple,
  unknown,
  type Value,
} from '../evaluate/values';
import { fromQuantity } from './arguments';
import { broadcast, isSameSize, product } from './shapes';
import { TensorValue } from './tensor';

/** What a layer is, once the width of its input is known. */
export interface LayerFacts {
  readonly operation: Operation;
  readonly weights: readonly Weight[] | { readonly unknown: string };
}

/** An array that is trained until the program says otherwise. */
export function trained(name: string, ...shape: readonly Quantity[]): Weight {
  return { name, shape, trainable: true };
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
  /** Whether its layers have an attribute, where that is known. */
  has?(name: string): boolean | undefined;
  /** Its class by the library's canonical path, where the library says what derives from what. */
  readonly libraryClass?: string;
  /** Set where modules and arrays that the program hangs onto a layer are counted beside its own. */
  readonly holdsMembers?: true;
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
  /** Its own arrays as the program has referred to them, by name: one object each. */
  private readonly handles = new Map<string, WeightHandle>();
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

  get libraryClass(): string | undefined {
    return this.definition.libraryClass;
  }

  has(name: string): boolean | undefined {
    return this.definition.has?.(name);
  }

  /** Says that it came into being just now, so that a branch that does not make it says nothing about it. */
  born({ machine: { heap } }: CallSite): this {
    for (const state of [this.replaced, this.set, this.trained]) heap.born(state);
    return this;
  }

  /** What the layer is; its weights without those it shares with another layer, as they are trained. */
  get facts(): LayerFacts {
    const { operation, weights } = this.definition.present?.(this.ownFacts) ?? this.ownFacts;
    const remaining = this.replaced.size === 0 ? weights : this.remainingWeights(weights);
    if (!isListed(remaining) && isListed(weights)) {
      // No formula for what it was made as counts what it is now.
      return { operation: { op: 'other', because: remaining.unknown }, weights: remaining };
    }
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
        const arrays = this.arrays();
        if (arrays === undefined) return unknown(`the arrays of a ${this.definition.type} layer are not known`);
        return list(arrays.map(([path, array]) => (name === 'parameters' ? array : tuple([text(path), array]))));
      });
    }
    if (name === 'requires_grad_') {
      return builtin(name, ({ positional: [flag], keywords }, at) => {
        this.setTrained('*', flag ?? keywords.get('requires_grad') ?? boolean(true), at);
        return this;
      });
    }
    if (this.isArrayName(name)) return this.replaced.get(name) ?? this.handle(name);
    if (name === 'bias' && this.definition.holdsMembers && isListed(this.ownFacts.weights)) return none;
    const size = sizeAttributes(this.facts.operation).get(name);
    return size ?? unknown(`${name} of a ${this.definition.type} layer`, null, site.machine.locate(site.span));
  }

  setAttribute(name: string, value: Value, site: CallSite): void {
    this.definition.setAttribute?.(name, value, site);
    if (this.isArrayName(name)) {
      site.machine.heap.setVariable(this.replaced, name, value);
      return;
    }
    if (this.isPartName(name)) this.dropPart(name, site);
    // A module or an array hung onto a layer is registered with it.
    const isMember = value.kind === 'foreign' || value.kind === 'instance';
    if (isMember && name !== 'trainable' && !this.definition.holdsMembers) this.reparametrise(site);
    site.machine.heap.setVariable(this.set, name, value);
  }

  /** The same layer with arrays of its own: what it shares with another, its copy shares with that one's copy. */
  deepCopy(copyOf: (value: Value) => Value): LayerValue {
    const copied = new LayerValue(this.definition, this.location, this.coreLocation, this.givenName);
    copied.firstInput = this.firstInput;
    for (const [name, value] of this.replaced) {
      const isOwn = value instanceof WeightHandle && value.layer === this;
      copied.replaced.set(name, isOwn ? copied.handle(value.name) : copyOf(value));
    }
    for (const [name, value] of this.set) copied.set.set(name, copyOf(value));
    for (const [name, value] of this.trained) copied.trained.set(name, value);
    return copied;
  }

  /** `del layer.<name>`. */
  deleteAttribute(name: string, site: CallSite): void {
    if (this.isArrayName(name)) site.machine.heap.setVariable(this.replaced, name, none);
    else site.machine.heap.deleteVariable(this.set, name);
  }

  /** Modules and arrays that the program hung onto it, by name. */
  members(): readonly (readonly [string, Value])[] {
    return this.definition.holdsMembers ? [...this.set] : [];
  }

  /** Something else takes the place of a part of it. */
  private dropPart(name: string, site: CallSite): void {
    for (const [array] of this.arrays() ?? []) {
      if (array.startsWith(`${name}.`)) site.machine.heap.setVariable(this.replaced, array, none);
    }
  }

  /** Whether a name means a part of it that is not followed by itself: `out_proj` of an attention. */
  private isPartName(name: string): boolean {
    const { weights } = this.ownFacts;
    const isPart = (weight: Weight): boolean => weight.name.startsWith(`${name}.`);
    return this.definition.holdsMembers === true && isListed(weights) && weights.some(isPart);
  }

  /** Whether a name means one of the arrays that it was made with. */
  private isArrayName(name: string): boolean {
    const isUsual = /^(weight|bias)(_|$)/.test(name);
    if (!this.definition.holdsMembers) return isUsual;
    const { weights } = this.ownFacts;
    return isListed(weights) ? weights.some((weight) => weight.name === name) : isUsual;
  }

  private get ownFacts(): LayerFacts {
    this.builtFacts ??= this.definition.build(this.firstInput);
    return this.builtFacts;
  }

  /** What the program put in the place of its own arrays, by name. */
  replacements(): ReadonlyMap<string, Value> {
    return this.replaced;
  }

  /** Says whether an array is trained, or with `*` all of them. */
  setTrained(name: string, value: Value, site: CallSite): void {
    const { heap } = site.machine;
    if (name === '*') {
      // What is said of all arrays overrules what was said of single ones.
      for (const held of [...this.trained.keys()]) heap.deleteVariable(this.trained, held);
      for (const array of this.replaced.values()) {
        if (array.kind === 'foreign') array.setAttribute?.('requires_grad', value, site);
      }
    }
    heap.setVariable(this.trained, name, value);
  }

  /** Its arrays by name, those in the place of its own included; undefined where they are not all known. */
  arrays(): readonly (readonly [string, Value])[] | undefined {
    const { weights } = this.ownFacts;
    if (!isListed(weights) || this.replaced.has('*')) return undefined;
    return weights
      .map(({ name }) => [name, this.replaced.get(name) ?? this.handle(name)] as const)
      .filter(([, array]) => array.kind !== 'none');
  }

  /** One of the arrays it was made with, as the program refers to it. */
  handle(name: string): WeightHandle {
    const handle = this.handles.get(name) ?? new WeightHandle(this, name);
    this.handles.set(name, handle);
    return handle;
  }

  /** One of the arrays it was made with, wherever it is used now; undefined where its arrays are not known. */
  ownWeight(name: string): Weight | undefined {
    const { weights } = this.ownFacts;
    const own = isListed(weights) ? weights.find((weight) => weight.name === name) : undefined;
    return own && this.asTrained(own);
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
      if (replacement === undefined || replacement === this.handles.get(weight.name)) remaining.push(weight);
      else if (!isArray(replacement) && replacement.kind !== 'none') {
        return { unknown: `its ${weight.name} is replaced by something that is not known` };
      }
    }
    return remaining;
  }
}

/** Whether a value is an array that is counted wherever it is registered. */
function isArray(value: Value): boolean {
  return value.kind === 'foreign' && value.isTrainedArray === true;
}

/** An array of a layer, as the program refers to it to share or to initialise it. */
export class WeightHandle implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'weight';
  readonly isTrainedArray = true;

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
    if (name === 'requires_grad') {
      const trainable = this.layer.ownWeight(this.name)?.trainable;
      return typeof trainable === 'boolean' ? boolean(trainable) : unknown('whether an array is trained');
    }
    const { shape } = this;
    const axes = shape?.map(fromQuantity);
    switch (name) {
      case 'shape':
        return axes && tuple(axes);
      case 'size':
        return builtin(name, ({ positional: [axis] }) => {
          const position = asNumber(axis);
          const size = position === undefined ? undefined : axes?.at(position);
          return axis === undefined && axes ? tuple(axes) : (size ?? unknown('the size of an array'));
        });
      case 'ndim':
        return axes && integer(constant(axes.length));
      case 'dim':
        return builtin(name, () => (axes ? integer(constant(axes.length)) : unknown('the axes of an array')));
      case 'numel':
      case 'nelement':
        return builtin(name, () => (shape ? fromQuantity(product(...shape)) : unknown('the size of an array')));
      case 'data':
        return new ArrayData(shape);
      default:
        // What changes it in place gives it back; anything else makes a new array.
        return builtin(name, () => (name.endsWith('_') ? this : new ArrayData(copying.has(name) ? shape : undefined)));
    }
  }

  /** Whether its layer still uses it under its own name. */
  get isInPlace(): boolean {
    return this.layer.arrays()?.some(([name, array]) => name === this.name && array === this) ?? true;
  }

  /** Its axes, where they are known. */
  get shape(): readonly Quantity[] | undefined {
    return this.layer.ownWeight(this.name)?.shape;
  }

  deepCopy(copyOf: (value: Value) => Value): Value {
    const layer = copyOf(this.layer);
    return layer instanceof LayerValue ? layer.handle(this.name) : layer;
  }

  setAttribute(name: string, value: Value, site: CallSite): void {
    if (name === 'requires_grad') this.layer.setTrained(this.name, value, site);
    // Data that is known to be of another shape, or cut out of an array, changes how much there is.
    if (name === 'data' && this.fits(value) === false) this.layer.reparametrise(site);
  }

  /** Whether numbers are as many as it holds; undefined when that is not known. */
  private fits(value: Value): boolean | undefined {
    if (value instanceof ArrayData) return value.shape !== undefined && areSame(value.shape, this.shape);
    return value instanceof TensorValue && value.axes !== undefined ? areSame(value.axes, this.shape) : undefined;
  }
}

function areSame(left: readonly Quantity[], right: readonly Quantity[] | undefined): boolean {
  return left.length === right?.length && left.every((size, axis) => isSameSize(size, right[axis] ?? size));
}

/** Methods of an array that give one of the same shape. */
const copying: ReadonlySet<string> = new Set(['clone', 'detach', 'contiguous', 'cpu', 'float', 'double', 'half']);

/** The numbers of an array, or what is computed from them: registered nowhere. */
export class ArrayData implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'array';

  constructor(readonly shape: readonly Quantity[] | undefined) {}

  attribute(name: string): Value | undefined {
    const axes = this.shape?.map(fromQuantity);
    if (name === 'shape') return axes && tuple(axes);
    if (name === 'data') return this;
    const isSame = name.endsWith('_') || copying.has(name);
    return builtin(name, () => (isSame ? this : new ArrayData(undefined)));
  }

  index(): Value {
    return new ArrayData(undefined);
  }

  binary(_operator: string, other: Value): Value {
    const isNumber = other.kind === 'integer' || other.kind === 'float';
    const axes = other instanceof ArrayData ? other.shape : other instanceof TensorValue ? other.axes : undefined;
    if (isNumber) return this;
    return new ArrayData(this.shape && axes ? broadcast(this.shape, axes) : undefined);
  }
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
