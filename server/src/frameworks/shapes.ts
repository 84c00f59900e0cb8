/** Arithmetic on tensor shapes whose axes may be symbolic or unknown. */
import {
  add,
  constant,
  type Expression,
  equals,
  floorDivide,
  format,
  multiply,
  one,
  subtract,
} from '../../../model/expression';
import { known, type Quantity, type Shape, type TensorType, unknown } from '../../../model/graph';

export function shapeOf(axes: readonly Quantity[]): Shape {
  return { kind: 'known', axes };
}

export function floatTensor(axes: readonly Quantity[]): TensorType {
  return { shape: shapeOf(axes), element: 'float' };
}

export function unknownTensor(because: string): TensorType {
  return { shape: unknown(because), element: 'unknown' };
}

export function exactly(size: number): Quantity {
  return known(constant(size));
}

/** Applies exact arithmetic to sizes; unknown as soon as one of them is. */
export function combine(
  sizes: readonly Quantity[],
  operation: (values: readonly Expression[]) => Expression | undefined,
): Quantity {
  const values: Expression[] = [];
  for (const size of sizes) {
    if (size.kind === 'unknown') return size;
    values.push(size.value);
  }
  try {
    const result = operation(values);
    return result === undefined ? unknown('the sizes do not divide') : known(result);
  } catch (error) {
    if (error instanceof RangeError) return unknown(error.message);
    throw error;
  }
}

export function product(...sizes: readonly Quantity[]): Quantity {
  return combine(sizes, (values) => multiply(...values));
}

export function total(...sizes: readonly Quantity[]): Quantity {
  return combine(sizes, (values) => add(...values));
}

export function difference(left: Quantity, right: Quantity): Quantity {
  return combine([left, right], ([a = one, b = one]) => subtract(a, b));
}

export function quotient(left: Quantity, right: Quantity): Quantity {
  return combine([left, right], ([a = one, b = one]) => floorDivide(a, b));
}

export function times(size: Quantity, factor: number): Quantity {
  return product(size, exactly(factor));
}

export function isSameSize(left: Quantity, right: Quantity): boolean {
  return left.kind === 'known' && right.kind === 'known' && equals(left.value, right.value) === 'yes';
}

export function isOne(size: Quantity): boolean {
  return isSameSize(size, known(one));
}

/** Two shapes broadcast against each other, as NumPy does it; undefined when they cannot be or it is not known. */
export function broadcast(left: readonly Quantity[], right: readonly Quantity[]): readonly Quantity[] | undefined {
  const rank = Math.max(left.length, right.length);
  const result: Quantity[] = [];
  for (let position = 1; position <= rank; position++) {
    const a = left[left.length - position];
    const b = right[right.length - position];
    if (a === undefined || (b !== undefined && isOne(a))) result.unshift(b ?? a ?? known(one));
    else if (b === undefined || isOne(b) || isSameSize(a, b)) result.unshift(a);
    else if (a.kind === 'known' && b.kind === 'known' && equals(a.value, b.value) === 'no') return undefined;
    // One of the two is 1 or they are equal, else the program would not run: which, is not known.
    else result.unshift(unknown('one of two sizes that are broadcast'));
  }
  return result;
}

/** The size of the last axis, which may be known where the number of axes is not. */
function lastOf(shape: Shape): Quantity | undefined {
  return shape.kind === 'known' ? shape.axes.at(-1) : shape.last;
}

/** What is known of two shapes broadcast against each other: where their axes are open, perhaps the last one. */
export function broadcastShapes(left: Shape, right: Shape): Shape {
  const because = 'the shapes that are combined are not known';
  if (left.kind === 'known' && right.kind === 'known') {
    const axes = broadcast(left.axes, right.axes);
    return axes === undefined ? unknown(because) : shapeOf(axes);
  }
  if (left.kind === 'known' && left.axes.length === 0) return right;
  if (right.kind === 'known' && right.axes.length === 0) return left;
  const [a, b] = [lastOf(left), lastOf(right)];
  const [last] = a === undefined || b === undefined ? [] : (broadcast([a], [b]) ?? []);
  return last === undefined ? unknown(because) : { kind: 'unknown', because, last };
}

function formatSize(size: Quantity): string {
  return size.kind === 'known' ? format(size.value) : '?';
}

function formatAxes(axes: readonly Quantity[]): string {
  return `(${axes.map(formatSize).join(', ')}${axes.length === 1 ? ',' : ''})`;
}

export function formatShape(shape: Shape): string {
  return shape.kind === 'known' ? formatAxes(shape.axes) : '(?)';
}

/** The position an axis number means, negative ones counted from the end; undefined when out of range. */
export function axisPosition(axis: number, rank: number): number | undefined {
  const position = axis < 0 ? axis + rank : axis;
  return Number.isInteger(position) && position >= 0 && position < rank ? position : undefined;
}

/** The size of a tensor's last axis, which may be known where the number of its axes is not. */
export function lastAxis(input: TensorType | undefined): Quantity {
  if (input === undefined) return unknown('the width of its input is only known when it is applied');
  const { shape } = input;
  if (shape.kind === 'unknown') return shape.last ?? unknown(shape.because);
  return shape.axes.at(-1) ?? unknown('its input has no axis');
}
