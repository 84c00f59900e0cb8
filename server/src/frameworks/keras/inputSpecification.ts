/** The input of a Keras model as a layer: what type it has. */
import type { SourceLocation, TensorType } from '../../../../model/graph';
import { boolean, type ForeignValue, list, type Value } from '../../evaluate/values';
import type { TensorValue } from '../tensor';
import { hasAttribute } from './classes';
import { arrayLists } from './layers';

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
