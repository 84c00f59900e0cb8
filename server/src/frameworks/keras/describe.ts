/** The vocabulary in which Keras' layers are described: what they hold once they are built, and what they give. */

import type { Computation } from '../../../../model/computation';
import { floorDivide } from '../../../../model/expression';
import type { Operation, Quantity, Shape, TensorType, Weight } from '../../../../model/graph';
import type { CallSite } from '../../evaluate/values';
import { type LibraryArguments, sizesOf } from '../arguments';
import type { LayerFacts } from '../layer';
import { combine, difference, exactly, product, shapeOf, total, unknownTensor } from '../shapes';
import type { RecurrentSettings } from './recurrent';

/** A layer as its constructor describes it. */
export interface KerasDescription {
  readonly type: string;
  /** The layer as built on inputs of these types; none for a layer that is never applied. */
  readonly build: (inputs: readonly TensorType[]) => LayerFacts;
  readonly outputs: (inputs: readonly TensorType[]) => readonly TensorType[];
  /** Set for recurrent layers and cells, for wrappers to take apart: one for each cell of a stack. */
  readonly recurrent?: readonly RecurrentSettings[];
  /** Arrays of a wrapper's own beside those of the layer it holds. */
  readonly beside?: (inner: readonly Weight[]) => readonly Weight[];
  /**
   * Set where the arrays belong to layers within the layer, made with it or when it is built: its own `trainable=` argument
   * says nothing of them, and setting `trainable` reaches those that exist by then.
   */
  readonly inside?: 'constructed' | 'built';
}

export type Described = Omit<KerasDescription, 'type'> | { readonly undecided: string };
export type Describe = (given: LibraryArguments, site: CallSite) => Described;
/** The positional parameters of a constructor, and what it constructs. */
export type LayerEntry = readonly [signature: readonly string[], describe: Describe];
export type LayerTable = Readonly<Record<string, LayerEntry>>;

/** A layer whose weights and outputs are not known, with the reason. */
export function undecided(type: string, because: string): KerasDescription {
  return {
    type,
    build: () => ({ operation: { op: 'other', because }, weights: { unknown: because } }),
    outputs: () => [unknownTensor(because)],
  };
}

export function axesOf(type: TensorType | undefined): readonly Quantity[] | undefined {
  return type?.shape.kind === 'known' ? type.shape.axes : undefined;
}

export function reasonOf(type: TensorType | undefined, otherwise: string): string {
  return type?.shape.kind === 'unknown' ? type.shape.because : otherwise;
}

/** A function of the axes of the first input; unknown as long as they are. */
export function onAxes(
  change: (axes: readonly Quantity[]) => readonly Quantity[] | undefined,
): KerasDescription['outputs'] {
  return ([input]) => {
    const axes = axesOf(input);
    const changed = axes === undefined ? undefined : change(axes);
    if (input === undefined || changed === undefined) {
      return [unknownTensor(reasonOf(input, 'its input has another number of axes'))];
    }
    return [{ shape: shapeOf(changed), element: input.element === 'integer' ? 'float' : input.element }];
  };
}

/** The input with another last axis: known even where the number of axes is not. */
export function withLastAxis(shape: Shape, last: Quantity): Shape {
  return shape.kind === 'known' ? shapeOf([...shape.axes.slice(0, -1), last]) : { ...shape, last };
}

export const sameShape: KerasDescription['outputs'] = ([input]) => [input ?? unknownTensor('it has no input')];

export function weightless(operation: Operation, outputs: KerasDescription['outputs'] = sameShape): Described {
  return { build: () => ({ operation, weights: [] }), outputs };
}

/** A layer without weights and without products: it moves, compares or sums. */
export function other(
  because: string,
  outputs: KerasDescription['outputs'] = sameShape,
  computes: Computation | null = null,
): Described {
  return weightless({ op: 'other', because, products: [], ...(computes === null ? {} : { computes }) }, outputs);
}

/** One size per axis of a window: a tuple, or one number for all. Undefined when it is neither. */
export function windowSizes(
  given: LibraryArguments,
  parameter: string,
  rank: number,
  site: CallSite,
  byDefault?: number,
): readonly Quantity[] | undefined {
  const sizes = sizesOf(given.get(parameter), site);
  if (sizes !== undefined) {
    const [only] = sizes;
    if (sizes.length === 1 && only !== undefined) return Array.from({ length: rank }, () => only);
    return sizes.length === rank ? sizes : undefined;
  }
  const size = given.size(parameter, byDefault);
  return Array.from({ length: rank }, () => size);
}

/** Positions of a window along an axis: `⌊(T − k) / s⌋ + 1`. */
export function windows(time: Quantity, kernel: Quantity, stride: Quantity): Quantity {
  const spare = combine([difference(time, kernel), stride], ([left, step]) =>
    left && step ? floorDivide(left, step) : undefined,
  );
  return total(spare, exactly(1));
}

/** Positions along an axis with `padding="same"` or `"causal"`: `⌈T / s⌉`. */
export function paddedWindows(time: Quantity, stride: Quantity): Quantity {
  return windows(time, exactly(1), stride);
}

/** Reach of a dilated kernel: `(k − 1)·d + 1`. */
export function reach(kernel: Quantity, dilation: Quantity): Quantity {
  return total(product(difference(kernel, exactly(1)), dilation), exactly(1));
}
