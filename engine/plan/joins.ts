/** Several tensors as one: side by side, or element by element with axes of length 1 broadcast. */
import type { TensorJoin } from '../../model/computation';
import type { SourceLocation } from '../../model/graph';
import { type PlanBuilder, tensorsOf } from './builder';
import { overSteps } from './shapes';
import type { Join } from './trainingPlan';
import { type Axis, areEqual, axisAt, type HalfState, oneStep, refused, type Tensor, type Value } from './values';

/** How a join is called in messages, and where it stands. */
export interface JoinPlace {
  readonly what: string;
  readonly path: string;
  readonly location: SourceLocation;
}

export function join(
  builder: PlanBuilder,
  how: TensorJoin,
  axis: number | null,
  values: readonly Value[],
  place: JoinPlace,
): Value {
  if (how === 'concatenate') return concatenated(builder, axis, values, place);
  if (how === 'subtract' || how === 'maximum' || how === 'minimum') {
    builder.obstacle(`${place.what} is not trained in the preview yet.`, place.location);
    return refused;
  }
  const weighted = how === 'multiply' ? weighing(values) : null;
  if (weighted !== null) return weighted;
  const tensors = tensorsOf(builder, values, place.what, place.location);
  if (tensors === null) return refused;
  const [first] = tensors;
  if (first === undefined || tensors.length < 2) {
    builder.obstacle(`${place.what} is given something that is not followed.`, place.location);
    return refused;
  }
  return elementwise(builder, how === 'add' ? 'sum' : how, tensors, place);
}

/** Weights of steps times the steps, before they are summed. */
function weighing(values: readonly Value[]): Value | null {
  const weights = values.find((value) => value.kind === 'scores');
  const steps = values.find((value) => value.kind === 'tensor');
  if (values.length !== 2 || weights === undefined || steps === undefined || !weights.areWeights) return null;
  const isAligned =
    weights.axes.length === steps.axes.length &&
    weights.axes.every((axis, position) => {
      const other = steps.axes[position];
      return axis === other || (axis === 'keys' && other === 'time') || axis === 'one';
    });
  return isAligned ? { kind: 'weighted', weights, values: steps, axes: steps.axes } : null;
}

function elementwise(
  builder: PlanBuilder,
  how: Exclude<Join, 'concat'>,
  tensors: readonly Tensor[],
  { what, path, location }: JoinPlace,
): Value {
  const axes = broadcastAxes(tensors.map((tensor) => tensor.axes));
  if (axes === null) {
    builder.hasMisplacedAxis = true;
    builder.obstacle(
      `${what} joins tensors whose axes do not stand for the same, which is not trained here.`,
      location,
    );
    return refused;
  }
  const long = tensors.find((tensor) => tensor.axes.includes('time') || tensor.axes.includes('rows'));
  const spread = tensors.map((tensor): Tensor | null => {
    if (long === undefined || areEqual(tensor.steps, long.steps)) return tensor;
    const isVector = !tensor.axes.includes('time') && !tensor.axes.includes('rows');
    if (isVector) return overSteps(builder, tensor, long.steps, axes, `${path}.steps`, location);
    builder.obstacle(`${what} joins sequences of different lengths.`, location);
    return null;
  });
  const parts = spread.filter((tensor) => tensor !== null);
  if (parts.length < spread.length) return refused;
  const widths = parts.map(({ width }) => width);
  const known = widths.filter((width) => width !== null);
  const width = known.find((each) => each !== 1) ?? known[0] ?? null;
  const isOpen = known.length < widths.length;
  const misfit = known.find((each) => each !== width && !(how === 'multiply' && each === 1));
  if (misfit !== undefined || (isOpen && parts.some((part) => part.width === 1))) {
    builder.obstacle(
      `${what} joins ${listWidths(widths)} numbers, which are trained here only where they are as many.`,
      location,
    );
    return refused;
  }
  const index = builder.add(
    { kind: 'join', path, how },
    parts.map(({ source }) => source),
    location,
  );
  return {
    kind: 'tensor',
    source: { layer: index, output: 0 },
    axes,
    width,
    steps: (long ?? parts[0])?.steps ?? oneStep,
    activation: 'none',
  };
}

function listWidths(widths: readonly (number | null)[]): string {
  return widths.map((width) => width ?? 'an open number of').join(' and ');
}

/** The axes of all of them, aligned at the last; null where one stands for something else than another. */
function broadcastAxes(all: readonly (readonly Axis[])[]): readonly Axis[] | null {
  const rank = Math.max(...all.map((axes) => axes.length));
  const joined = Array.from({ length: rank }, (_, position): Axis | null => {
    const roles = all.flatMap((axes) => axes[axes.length - rank + position] ?? []);
    const real = new Set(roles.filter((axis) => axis !== 'one' && axis !== 'copies'));
    if (real.size > 1) return null;
    const [only] = real;
    return only ?? roles[0] ?? null;
  });
  const axes = joined.filter((axis) => axis !== null);
  return axes.length === rank ? axes : null;
}

function concatenated(builder: PlanBuilder, axis: number | null, values: readonly Value[], place: JoinPlace): Value {
  const { what, path, location } = place;
  const both = bothDirections(builder, values);
  if (both !== null) return both;
  const [only] = values;
  if (only !== undefined && values.length === 1) return only;
  const tensors = tensorsOf(builder, values, what, location);
  const [first] = tensors ?? [];
  if (tensors === null || first === undefined) return refused;
  const position = axisAt(first.axes, axis);
  const isAlike = tensors.every(
    ({ axes }) => axes.length === first.axes.length && axes.every((each, index) => each === first.axes[index]),
  );
  if (!isAlike || position === null || first.axes[position] !== 'width') {
    builder.hasMisplacedAxis ||= !isAlike;
    builder.obstacle(`${what} joins along another axis than the features, which is not trained here.`, location);
    return refused;
  }
  if (tensors.some(({ steps }) => !areEqual(steps, first.steps))) {
    builder.obstacle(`${what} joins sequences of different lengths.`, location);
    return refused;
  }
  const widths = tensors.map(({ width }) => width);
  const width = widths.reduce((sum, each) => (sum === null || each === null ? null : sum + each), 0);
  const index = builder.add(
    { kind: 'join', path, how: 'concat' },
    tensors.map(({ source }) => source),
    location,
  );
  return { ...first, source: { layer: index, output: 0 }, width, activation: 'none' };
}

/** Both directions' final states side by side are what their layer gives anyway. */
function bothDirections(builder: PlanBuilder, values: readonly Value[]): Tensor | null {
  const [forward, backward, ...others] = values;
  if (forward?.kind !== 'half' || backward?.kind !== 'half' || others.length > 0) return null;
  if (!isPair(forward, backward)) return null;
  const layer = builder.layers[forward.layer];
  if (layer?.kind !== 'recurrent' || layer.merge !== 'concat') return null;
  const width = forward.output === 2 ? layer.hiddenSize : (layer.projection ?? layer.hiddenSize);
  return {
    kind: 'tensor',
    source: { layer: forward.layer, output: forward.output },
    axes: ['batch', 'width'],
    width: 2 * width,
    steps: oneStep,
    activation: 'none',
  };
}

function isPair(first: HalfState, second: HalfState): boolean {
  return (
    first.layer === second.layer &&
    first.output === second.output &&
    first.direction === 'forward' &&
    second.direction === 'backward'
  );
}
