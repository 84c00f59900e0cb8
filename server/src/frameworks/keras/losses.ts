/** Keras' losses by canonical name. */
import type { LossApplication, SourceLocation } from '../../../../model/graph';
import type { ForeignValue, Value } from '../../evaluate/values';

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

  /** @param fromLogits null for a loss without that argument, or where it is open */
  constructor(
    readonly name: string,
    readonly fromLogits: boolean | null,
    readonly location: SourceLocation,
  ) {}

  attribute(): Value | undefined {
    return undefined;
  }
}

export function lossOf(name: string): string | null {
  return Object.hasOwn(losses, name) ? (losses[name] ?? null) : null;
}

/**
 * What `compile` is given as a loss; null for one that is not known.
 *
 * @param location the call of `compile`
 */
export function lossGiven(value: Value | undefined, location: SourceLocation): LossApplication | null {
  if (value instanceof KerasLoss) {
    const { name, fromLogits, location: made } = value;
    return { name, output: null, isDirect: true, fromLogits, location: made };
  }
  const name = nameOf(value);
  // A name or a function stands for the loss with its defaults.
  const fromLogits = name !== null && /crossentropy/i.test(name) ? false : null;
  return name === null ? null : { name, output: null, isDirect: true, fromLogits, location };
}

function nameOf(value: Value | undefined): string | null {
  if (value?.kind === 'string') return lossOf(value.value.toLowerCase()) ?? lossOf(value.value);
  if (value?.kind === 'library') return lossOf(value.path.slice(value.path.lastIndexOf('.') + 1));
  return null;
}
