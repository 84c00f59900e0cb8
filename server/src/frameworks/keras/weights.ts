/** Arrays that the program's own layers make: `add_weight`, `tf.Variable`. */
import type { TensorType, Weight } from '../../../../model/graph';
import { boolean, type CallArguments, type CallSite, text, type Value } from '../../evaluate/values';
import { LibraryArguments, sizesOf } from '../arguments';
import { isSameSize, shapeOf, unknownTensor } from '../shapes';
import { TensorValue } from '../tensor';
import { flagOf, type KerasTrace } from './trace';

/** A weight of a layer: in expressions, a tensor that is given. */
export class WeightValue extends TensorValue {
  /** What the program said of whether it is trained, changed only through the heap. */
  private readonly said = new Map<string, Value>();

  constructor(
    readonly name: string,
    type: TensorType,
    /** Whether it was made to be trained: setting `trainable` of its layer changes nothing for one that was not. */
    readonly trainable: boolean | null,
    /** Why it may not count as a weight of the layer that holds it, if so. */
    readonly doubt: string | null,
    private readonly trace: KerasTrace,
  ) {
    super(type, null, trace.recorder, trace.dialect);
  }

  override get arrayName(): string | undefined {
    return this.isTrained === true ? this.name : undefined;
  }

  get isTrained(): boolean | null {
    const said = this.said.get('trainable');
    return said === undefined ? this.trainable : said.kind === 'boolean' ? said.value : null;
  }

  override attribute(name: string, site: CallSite): Value | undefined {
    if (name === 'name' || name === 'path') return text(this.name);
    const { isTrained } = this;
    if (name === 'trainable' && isTrained !== null) return boolean(isTrained);
    return super.attribute(name, site);
  }

  setAttribute(name: string, value: Value, site: CallSite): void {
    if (name === 'trainable') this.setTrained(flagOf(value, site), site);
  }

  setTrained(flag: Value, site: CallSite): void {
    site.machine.heap.setVariable(this.said, 'trainable', flag);
  }

  /** The weight among the tensors of the code that now runs. */
  private get here(): TensorValue {
    return this.trace.recorder.constant(this.type);
  }

  override index(indices: readonly Value[], site: CallSite): Value {
    return this.here.index(indices, site);
  }

  override binary(operator: string, other: Value, isReflected: boolean, site: CallSite): Value | undefined {
    return this.here.binary(operator, other, isReflected, site);
  }

  override negate(site: CallSite): Value {
    return this.here.negate(site);
  }

  /** Two branches that make the same weight leave that weight. */
  override join(other: Value, site: CallSite): Value | undefined {
    if (!(other instanceof WeightValue)) return undefined;
    const [left, right] = [this.axes, other.axes];
    const isSame =
      left !== undefined &&
      left.length === right?.length &&
      left.every((size, axis) => {
        const counterpart = right[axis];
        return counterpart !== undefined && isSameSize(size, counterpart);
      });
    return isSame && this.trainable === other.trainable ? this : this.here.join(other.here, site);
  }
}

export function weightOf({ name, type, isTrained, doubt }: WeightValue): Weight | { readonly unknown: string } {
  if (doubt !== null) return { unknown: doubt };
  const { shape } = type;
  return shape.kind === 'known' ? { name, shape: shape.axes, trainable: isTrained } : { unknown: shape.because };
}

/**
 * The weight that `add_weight` makes. Keras 3 takes `(shape, initializer, …)`, Keras 2 `(name, shape, …)`, Keras 1
 * `(shape, initializer, name)`: a text in first place is a name.
 */
export function addedWeight(trace: KerasTrace, parameters: CallArguments, site: CallSite): WeightValue {
  const [first] = parameters.positional;
  const signature = first?.kind === 'string' || first?.kind === 'none' ? ['name', 'shape'] : ['shape', 'initializer'];
  const given = new LibraryArguments(signature, parameters, site);
  const trainable = given.flag('trainable', true);
  const name = given.get('name');
  const shape = given.get('shape');
  const sizes = shape === undefined || shape.kind === 'none' ? [] : sizesOf(shape, site);
  const because = shape?.kind === 'unknown' ? shape.because : 'the shape of a weight is not known';
  const isOpen = parameters.isOpen && shape === undefined;
  return new WeightValue(
    name?.kind === 'string' ? name.value : 'weight',
    sizes === undefined || isOpen ? unknownTensor(because) : { shape: shapeOf(sizes), element: 'float' },
    typeof trainable === 'boolean' ? trainable : null,
    null,
    trace,
  );
}

/** `tf.Variable(value, trainable=True, …)`, `keras.Variable(…)`: its shape is its value's. */
export function variable(trace: KerasTrace, parameters: CallArguments, site: CallSite, isKeras: boolean): WeightValue {
  const given = new LibraryArguments(['initial_value', 'trainable'], parameters, site);
  const value = given.get('initial_value') ?? given.get('initializer');
  const trainable = given.flag('trainable', true);
  const sizes = sizesOf(given.get('shape'), site);
  const isNumber = value?.kind === 'integer' || value?.kind === 'float';
  const type =
    sizes !== undefined
      ? { shape: shapeOf(sizes), element: 'float' as const }
      : value instanceof TensorValue
        ? value.type
        : isNumber
          ? { shape: shapeOf([]), element: 'float' as const }
          : unknownTensor('the shape of a variable is not known');
  const name = given.get('name');
  return new WeightValue(
    name?.kind === 'string' ? name.value : 'variable',
    type,
    typeof trainable === 'boolean' ? trainable : null,
    isKeras ? null : 'a tf.Variable is a weight of the layer that holds it in Keras 2, and none in Keras 3',
    trace,
  );
}
