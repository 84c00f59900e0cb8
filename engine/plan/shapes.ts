/** Changes of the order and number of axes, most of which the engine does not have to compute. */
import { constant, equals } from '../../model/expression';
import {
  type FunctionDetails,
  known,
  knownInteger,
  type Quantity,
  type SourceLocation,
  type TensorType,
} from '../../model/graph';
import { type PlanBuilder, stepsAsPlanned, tensorOf } from './builder';
import { noteSizes } from './modelInput';
import { type Axis, areAxes, axisAt, type Length, lengthOf, oneStep, refused, type Tensor, type Value } from './values';

/** A value with axes in another order. */
export function permuted(
  builder: PlanBuilder,
  value: Value,
  { order, swapped }: Pick<FunctionDetails, 'order' | 'swapped'>,
  location: SourceLocation,
): Value {
  if (value.kind === 'refused' || value.kind === 'half') return value;
  const [first, second] = (swapped ?? []).map((axis) => axisAt(value.axes, axis));
  const exchanged = value.axes.map((_, axis) =>
    axis === first ? (second ?? axis) : axis === second ? (first ?? axis) : axis,
  );
  const axes = (swapped === undefined ? order : exchanged)?.map((axis) => value.axes[axisAt(value.axes, axis) ?? -1]);
  const found = axes?.filter((axis) => axis !== undefined);
  if (found === undefined || found.length !== value.axes.length) {
    builder.obstacle('In which order this puts the axes is not known.', location);
    return refused;
  }
  return { ...value, axes: found };
}

/** Takes away an axis of length 1; of the others, those that may have that length. */
export function squeezed(builder: PlanBuilder, value: Value, axis: number | null, location: SourceLocation): Value {
  if (value.kind === 'refused' || value.kind === 'half') return value;
  const { axes } = value;
  const isUnit = (position: number): boolean => {
    const role = axes[position];
    if (role === 'one') return true;
    if (value.kind === 'states') return role === 'states' && value.items.length === 1;
    return value.kind === 'tensor' && role === 'width' && value.width === 1;
  };
  const position = axisAt(axes, axis);
  const taken = axes.flatMap((_, index) => ((axis === null || index === position) && isUnit(index) ? [index] : []));
  if (value.kind === 'states' && taken.length > 0) {
    const [only] = value.items;
    const rest = axes.filter((_, index) => !taken.includes(index));
    return only === undefined ? refused : withAxes(builder, only, rest, location);
  }
  return { ...value, axes: axes.filter((_, index) => !taken.includes(index)) };
}

/** A state among its like, once it is alone. */
function withAxes(builder: PlanBuilder, value: Value, axes: readonly Axis[], location: SourceLocation): Value {
  if (value.kind === 'tensor') return { ...value, axes };
  return tensorOf(builder, value, 'This', location) ?? refused;
}

export function unsqueezed(builder: PlanBuilder, value: Value, axis: number | null, location: SourceLocation): Value {
  if (value.kind === 'refused') return value;
  const tensor = value.kind === 'half' ? tensorOf(builder, value, 'This', location) : value;
  if (tensor === null) return refused;
  const { axes } = tensor;
  const position = axis === null ? null : axis < 0 ? axes.length + 1 + axis : axis;
  if (position === null || position < 0 || position > axes.length) {
    builder.obstacle('Where this adds an axis is not known.', location);
    return refused;
  }
  return { ...tensor, axes: axes.toSpliced(position, 0, 'one') };
}

/** All steps side by side; of one vector nothing changes. */
export function flattened(builder: PlanBuilder, value: Value, path: string, location: SourceLocation): Value {
  const tensor = flattable(builder, value, location);
  if (tensor === null) return refused;
  const axes: readonly Axis[] = ['batch', 'width'];
  if (!tensor.axes.includes('time')) {
    return tensor.axes.includes('rows') ? tensor : { ...tensor, axes };
  }
  // Steps of one number each stand side by side already; only what multiplies them tells the two apart.
  if (tensor.width === 1 && tensor.axes.includes('width') && tensor.source !== 'input') {
    return { ...tensor, axes: ['batch', 'time'] };
  }
  if (tensor.axes[0] !== 'batch') {
    builder.obstacle('Flattening a tensor whose first axis is time mixes its sequences.', location);
    return refused;
  }
  const { count } = tensor.steps;
  const width = count === null || tensor.width === null ? null : count * tensor.width;
  return builder.through({ kind: 'flatten', path }, tensor, location, { axes, width, steps: oneStep });
}

/** The final states of all layers side by side, or a tensor. */
function flattable(builder: PlanBuilder, value: Value, location: SourceLocation): Tensor | null {
  if (value.kind !== 'states' || !areAxes(value.axes, 'batch', 'states', 'width')) {
    return tensorOf(builder, value, 'Flattening', location);
  }
  return statesJoined(builder, value.items, 'concat', location);
}

/** Several final states as one vector. */
export function statesJoined(
  builder: PlanBuilder,
  states: readonly Value[],
  how: 'concat' | 'sum' | 'average',
  location: SourceLocation,
): Tensor | null {
  const tensors = states.map((state) => tensorOf(builder, state, 'This', location));
  const [first] = tensors;
  const found = tensors.filter((tensor) => tensor !== null);
  if (first === null || first === undefined || found.length < tensors.length) return null;
  const index = builder.add(
    { kind: 'join', path: `states@${location.line}`, how },
    found.map(({ source }) => source),
    location,
  );
  const total = found.reduce<number | null>(
    (sum, { width }) => (sum === null || width === null ? null : sum + width),
    0,
  );
  return {
    ...first,
    axes: ['batch', 'width'],
    width: how === 'concat' ? total : first.width,
    source: { layer: index, output: 0 },
    activation: 'none',
  };
}

/** A vector at each of so many steps, or, of steps of one number, that number so many times. */
export function repeated(
  builder: PlanBuilder,
  value: Value,
  times: number,
  path: string,
  location: SourceLocation,
): Value {
  const tensor = tensorOf(builder, value, 'What is repeated', location);
  if (tensor === null) return refused;
  if (areAxes(tensor.axes, 'batch', 'time')) return { ...tensor, axes: ['batch', 'copies', 'time'] };
  if (!areAxes(tensor.axes, 'batch', 'width')) {
    builder.obstacle('Only a vector is repeated in the preview.', location);
    return refused;
  }
  return overSteps(builder, tensor, lengthOf(times), ['batch', 'time', 'width'], path, location) ?? refused;
}

/** The same vector at every one of some steps; null where their number is not known before there are data. */
export function overSteps(
  builder: PlanBuilder,
  tensor: Tensor,
  steps: Length,
  axes: readonly Axis[],
  path: string,
  location: SourceLocation,
): Tensor | null {
  const timeSteps = stepsAsPlanned(steps);
  if (timeSteps === null) {
    builder.obstacle('To how many steps this is repeated is not known.', location);
    return null;
  }
  const isInput = builder.inputSteps !== null && timeSteps === builder.inputSteps;
  return builder.through({ kind: 'repeat', path, timeSteps }, tensor, location, {
    axes,
    steps: isInput ? { key: 'input', count: timeSteps } : steps,
  });
}

/** `expand`, `repeat` and `tile`: an axis of length 1 becomes the steps of a sequence. */
export function expanded(
  builder: PlanBuilder,
  value: Value,
  type: TensorType | undefined,
  inputType: TensorType | undefined,
  location: SourceLocation,
): Value {
  const tensor = tensorOf(builder, value, 'What is repeated', location);
  if (tensor === null) return refused;
  const axes = type?.shape.kind === 'known' ? type.shape.axes : undefined;
  const position = tensor.axes.indexOf('one');
  const size = axes?.length === tensor.axes.length ? axes[position] : undefined;
  const isOnly = tensor.axes.every((axis, index) => {
    const [before, after] = [sizeOf(inputType, index), axes?.[index]];
    return index === position || axis === 'one' || !before || !after || !areDifferent(before, after);
  });
  if (position < 0 || size === undefined || !isOnly || tensor.axes.includes('time')) {
    builder.obstacle('What this repeats is not a single step, or how often is not known.', location);
    return refused;
  }
  const count = knownInteger(size);
  const steps: Length = count === null ? { key: 'input', count: builder.inputSteps } : lengthOf(count);
  const isInputs = count !== null || isInputLength(builder, size);
  if (!isInputs) {
    builder.obstacle('To how many steps this is repeated is not known.', location);
    return refused;
  }
  return (
    overSteps(builder, tensor, steps, tensor.axes.with(position, 'time'), `repeat@${location.line}`, location) ??
    refused
  );
}

/** A symbolic size that is the number of the input's steps, as far as its type says. */
function isInputLength({ inputStepsSize }: PlanBuilder, size: Quantity): boolean {
  return inputStepsSize !== null && isSame(inputStepsSize, size);
}

function sizeOf(type: TensorType | undefined, position: number): Quantity | undefined {
  return type?.shape.kind === 'known' ? type.shape.axes[position] : undefined;
}

function areDifferent(left: Quantity, right: Quantity): boolean {
  return left.kind === 'known' && right.kind === 'known' && equals(left.value, right.value) === 'no';
}

/**
 * The same numbers in axes of other sizes: batch and time merged or parted again, axes of length 1 put in or taken out, the
 * steps put side by side. What mixes sequences, or cuts a vector into steps, is refused.
 */
export function reshaped(
  builder: PlanBuilder,
  value: Value,
  before: TensorType | undefined,
  after: TensorType | undefined,
  location: SourceLocation,
): Value {
  if (value.kind === 'refused') return value;
  if (value.kind === 'states') {
    if (
      areAxes(value.axes, 'batch', 'states', 'width') &&
      after?.shape.kind === 'known' &&
      after.shape.axes.length === 2
    ) {
      return flattened(builder, value, 'states', location);
    }
    builder.obstacle('Reshaping the stacked final states mixes sequences; take one, as in h_n[-1].', location);
    return refused;
  }
  const tensor = value.kind === 'tensor' ? value : tensorOf(builder, value, 'Reshaping', location);
  if (tensor === null) return refused;
  const sizes = after?.shape.kind === 'known' ? after.shape.axes : undefined;
  if (sizes === undefined) {
    builder.obstacle('What this reshaping makes of the sequence is not known.', location);
    return refused;
  }
  if (tensor.source === 'input' && (sizes.length === 3 || sizes.length === 2)) {
    const given = before?.shape.kind === 'known' ? before.shape.axes.length : null;
    if (given !== sizes.length) return reshapedInput(builder, tensor, sizes, after);
  }
  const axes = axesAfter(tensor, sizes, before);
  if (axes === 'flat') return flattened(builder, tensor, `flatten@${location.line}`, location);
  if (axes === null) {
    builder.obstacle('This reshaping mixes or cuts what the engine keeps apart, so it is not trained here.', location);
    return refused;
  }
  return { ...tensor, axes };
}

/** What a model makes of its input before anything else: the data come as it wants them. */
function reshapedInput(
  builder: PlanBuilder,
  tensor: Tensor,
  sizes: readonly Quantity[],
  type: TensorType | undefined,
): Tensor {
  const axes: readonly Axis[] = sizes.length === 3 ? ['batch', 'time', 'width'] : ['batch', 'time'];
  builder.inputSteps = null;
  noteSizes(builder, axes, type);
  const [, , width] = sizes;
  return {
    ...tensor,
    axes,
    width: sizes.length === 3 ? (width === undefined ? null : knownInteger(width)) : 1,
    steps: { key: 'input', count: builder.inputSteps },
  };
}

/** Roles of the axes after a reshaping; `flat` where all steps stand side by side. */
function axesAfter(
  { axes, width, steps }: Tensor,
  sizes: readonly Quantity[],
  before: TensorType | undefined,
): readonly Axis[] | 'flat' | null {
  const isOne = (size: Quantity): boolean => knownInteger(size) === 1;
  const sizeOfAxis = (axis: Axis, position: number): Quantity | null => {
    const size = sizeOf(before, position);
    if (size?.kind === 'known') return size;
    const count = axis === 'width' ? width : axis === 'time' ? steps.count : null;
    return count === null ? null : known(constant(count));
  };
  const real = axes.flatMap((axis, position) =>
    axis === 'one' || (axis === 'width' && width === 1) ? [] : [{ axis, size: sizeOfAxis(axis, position) }],
  );
  const places = sizes.flatMap((size, position) => (isOne(size) ? [] : [position]));
  const put = (roles: readonly Axis[]): readonly Axis[] =>
    sizes.map((_, position) => {
      const role = roles[places.indexOf(position)];
      if (role !== undefined) return role;
      // The first axis of length 1 behind the others is the width of steps of one number.
      const isWidth = width === 1 && axes.includes('width') && position === sizes.length - 1;
      return isWidth ? 'width' : 'one';
    });
  const roles = real.map(({ axis }) => axis);
  if (roles.length === places.length) return areInOrder(real, sizes, places) ? put(roles) : null;
  if (places.length === roles.length - 1) {
    const last = sizes[places.at(-1) ?? -1];
    const lastBefore = real.at(-1)?.size;
    const keepsLast = last !== undefined && lastBefore != null && isSame(last, lastBefore);
    if (roles.length === 3 && keepsLast && roles[2] === 'width') return put(['rows', 'width']);
    if (roles.length === 2 && roles.includes('time') && roles.includes('batch')) return put(['rows']);
    const isFlat = roles.length === 3 && roles[0] === 'batch' && places.length === 2 && !keepsLast;
    return isFlat ? 'flat' : null;
  }
  const isParted = roles[0] === 'rows' && places.length === roles.length + 1;
  return isParted ? put(['batch', 'time', ...roles.slice(1)]) : null;
}

/** Whether the sizes stay as they are, as far as they are known. */
function areInOrder(
  real: readonly { readonly size: Quantity | null }[],
  sizes: readonly Quantity[],
  places: readonly number[],
): boolean {
  return real.every(({ size }, index) => {
    const after = sizes[places[index] ?? -1];
    return size === null || after === undefined || !areDifferent(size, after);
  });
}

function isSame(left: Quantity, right: Quantity): boolean {
  return left.kind === 'known' && right.kind === 'known' && equals(left.value, right.value) === 'yes';
}
