/** Keras' losses by canonical name. */
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

  constructor(readonly name: string) {}

  attribute(): Value | undefined {
    return undefined;
  }
}

export function lossOf(name: string): string | null {
  return Object.hasOwn(losses, name) ? (losses[name] ?? null) : null;
}

/** The canonical name of what `compile` is given as a loss. */
export function lossName(value: Value | undefined): string | null {
  if (value instanceof KerasLoss) return value.name;
  if (value?.kind === 'string') return lossOf(value.value.toLowerCase()) ?? lossOf(value.value);
  if (value?.kind === 'library') return lossOf(value.path.slice(value.path.lastIndexOf('.') + 1));
  return null;
}
