/** Keras' `Sequential` and functional `Model` as values of the analysed program. */
import type { SourceLocation, TensorType } from '../../../../model/graph';
import {
  builtin,
  type CallArguments,
  type CallSite,
  type ForeignValue,
  list,
  none,
  type SequenceValue,
  unknown,
  type Value,
} from '../../evaluate/values';
import { LayerValue } from '../layer';
import { TensorValue } from '../tensor';

/** What all Keras models share: a name, and the loss they are compiled with. */
abstract class KerasModel implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'model';
  /** Canonical name of the loss given to `compile`. */
  loss: string | null = null;
  private variable: string | null = null;

  constructor(
    readonly location: SourceLocation,
    private readonly givenName: string | null,
    private readonly functionName: string | null,
  ) {}

  /** The name the program gives it, else the function that builds it, else the variable that holds it. */
  get name(): string {
    return this.givenName ?? this.functionName ?? this.variable ?? 'model';
  }

  named(name: string): void {
    this.variable ??= name;
  }

  attribute(name: string, site: CallSite): Value | undefined {
    if (name === 'compile') {
      return builtin('compile', ({ positional, keywords }) => {
        this.loss = lossName(keywords.get('loss') ?? positional[1]) ?? this.loss;
        return none;
      });
    }
    if (name === 'summary') return builtin('summary', () => none);
    return unknown(`${name} of a model`, null, site.machine.locate(site.span));
  }

  abstract call(parameters: CallArguments, site: CallSite): Value;
}

export class SequentialModel extends KerasModel {
  /** Layers and `Input`s in order, changed only through the heap. */
  readonly stack: SequenceValue;

  constructor(
    layers: readonly Value[],
    location: SourceLocation,
    givenName: string | null,
    functionName: string | null,
  ) {
    super(location, givenName, functionName);
    this.stack = list(layers);
  }

  override attribute(name: string, site: CallSite): Value | undefined {
    switch (name) {
      case 'add':
        return builtin('add', ({ positional: [layer] }, at) => {
          if (layer !== undefined) at.machine.heap.setItems(this.stack, [...this.stack.items, layer]);
          return none;
        });
      case 'pop':
        return builtin('pop', (_parameters, at) => {
          at.machine.heap.setItems(this.stack, this.stack.items.slice(0, -1));
          return none;
        });
      case 'layers':
        return list(this.stack.items.filter((item) => item instanceof LayerValue));
      default:
        return super.attribute(name, site);
    }
  }

  override call({ positional: [input] }: CallArguments, site: CallSite): Value {
    return this.stack.items.reduce<Value>(
      (value, layer) =>
        layer instanceof InputSpecification || layer instanceof TensorValue
          ? value
          : site.machine.call(layer, { positional: [value], keywords: new Map(), isOpen: false }, site),
      input ?? unknown('a model that is applied to nothing'),
    );
  }
}

export class FunctionalModel extends KerasModel {
  constructor(
    readonly inputs: readonly TensorValue[],
    readonly outputs: readonly TensorValue[],
    location: SourceLocation,
    givenName: string | null,
    functionName: string | null,
  ) {
    super(location, givenName, functionName);
  }

  override call(_parameters: CallArguments, site: CallSite): Value {
    return unknown('a model applied as a layer is not followed', null, site.machine.locate(site.span));
  }
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

const losses: Readonly<Record<string, string>> = {
  mse: 'meanSquaredError',
  mean_squared_error: 'meanSquaredError',
  MeanSquaredError: 'meanSquaredError',
  mae: 'meanAbsoluteError',
  mean_absolute_error: 'meanAbsoluteError',
  MeanAbsoluteError: 'meanAbsoluteError',
  huber: 'huber',
  Huber: 'huber',
  categorical_crossentropy: 'crossEntropy',
  CategoricalCrossentropy: 'crossEntropy',
  sparse_categorical_crossentropy: 'crossEntropy',
  SparseCategoricalCrossentropy: 'crossEntropy',
  binary_crossentropy: 'binaryCrossEntropy',
  BinaryCrossentropy: 'binaryCrossEntropy',
};

/** A loss object (`keras.losses.MeanSquaredError()`) or function. */
export class KerasLoss implements ForeignValue {
  readonly kind = 'foreign';
  readonly description = 'loss';

  constructor(readonly name: string) {}

  attribute(): Value | undefined {
    return undefined;
  }
}

export function lossOf(name: string): string | null {
  return Object.hasOwn(losses, name) ? (losses[name] ?? null) : null;
}

function lossName(value: Value | undefined): string | null {
  if (value instanceof KerasLoss) return value.name;
  if (value?.kind === 'string') return lossOf(value.value.toLowerCase()) ?? lossOf(value.value);
  if (value?.kind === 'library') return lossOf(value.path.slice(value.path.lastIndexOf('.') + 1));
  return null;
}
