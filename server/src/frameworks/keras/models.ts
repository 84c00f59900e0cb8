/** What all Keras models have as values of the analysed program. */
import type { LossApplication, SourceLocation } from '../../../../model/graph';
import {
  asNumber,
  builtin,
  type CallArguments,
  type CallSite,
  type ForeignValue,
  none,
  text,
  unknown,
  type Value,
} from '../../evaluate/values';
import { LayerValue } from '../layer';
import { TensorValue } from '../tensor';
import { hasAttribute } from './classes';
import { Composite, type Part, unknownPart } from './composite';
import { Configuration } from './configuration';
import { holderAttribute } from './holding';
import { arrayLists, LayerArray } from './layers';
import { lossGiven } from './losses';
import { snakeCase } from './names';
import { type KerasTrace, notFollowed } from './trace';
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
  /** The loss given to `compile`. */
  loss: LossApplication | null = null;
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
        return builtin(name, ({ positional, keywords }, at) => {
          const location = at.machine.locate(at.span);
          this.loss = lossGiven(keywords.get('loss') ?? positional[1], location) ?? this.loss;
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
