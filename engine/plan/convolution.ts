/** Convolutions over time, and poolings of some steps or all. */
import type { Computation, WindowPadding } from '../../model/computation';
import { isListed, type Layer, type Quantity, type SourceLocation, unknown } from '../../model/graph';
import { type Application, nameOf } from './application';
import { type PlanBuilder, tensorOf } from './builder';
import { readWidth } from './modelInput';
import { pointwiseOnly } from './pointwise';
import { windowCount } from './timeWindows';
import type { Padding } from './trainingPlan';
import { type Axis, areAxes, type Length, lengthOf, oneStep, refused, type Tensor, type Value } from './values';

type Of<Kind extends Computation['kind']> = Extract<Computation, { kind: Kind }>;

export function applyConvolution(builder: PlanBuilder, application: Application, computes: Of<'convolution'>): Value {
  const { layer } = application;
  const { path, location } = layer;
  const input = slidable(builder, application, computes.channelsFirst);
  if (input === null) return refused;
  const size = (what: string, quantity: Of<'convolution'>['kernel']): number | null =>
    builder.size(`${what} of ${path}`, quantity, location);
  const [filters, kernelSize, stride, dilation, groups] = [
    size('the filters', computes.filters),
    size('the kernel size', computes.kernel),
    size('the stride', computes.stride),
    size('the dilation', computes.dilation),
    size('the groups', computes.groups),
  ];
  const padding = paddingOf(builder, computes.padding, path, location);
  const activation = pointwiseOnly(builder, computes.activation, layer);
  if (filters === null || kernelSize === null || stride === null || dilation === null || groups === null)
    return refused;
  if (padding === null || activation === 'refused') return refused;
  readWidth(builder, layer, input, groups === 1 ? inputsOf(builder, layer) : unknown('it is convolved in groups'));
  const reach = (kernelSize - 1) * dilation + 1;
  return builder.through(
    { kind: 'conv1d', path, filters, kernelSize, stride, dilation, padding, groups, bias: computes.bias, activation },
    input,
    location,
    {
      width: filters,
      steps: slidOver(input.steps, reach, stride, padding),
      activation: activation ?? 'none',
    },
  );
}

export function applyPooling(builder: PlanBuilder, application: Application, computes: Of<'pooling'>): Value {
  const { path, location } = application.layer;
  const input = slidable(builder, application, computes.channelsFirst);
  if (input === null) return refused;
  const size = builder.size(`the window of ${path}`, computes.size, location);
  const stride = builder.size(`the stride of ${path}`, computes.stride, location);
  const padding = paddingOf(builder, computes.padding, path, location);
  if (size === null || stride === null || padding === null || padding === 'causal') return refused;
  const { how, countsPadding } = computes;
  return builder.through({ kind: 'pool', path, how, size, stride, padding, countsPadding }, input, location, {
    steps: slidOver(input.steps, size, stride, padding),
  });
}

export function applyPoolingOverTime(
  builder: PlanBuilder,
  application: Application,
  computes: Of<'poolingOverTime'>,
): Value {
  const { path, location } = application.layer;
  const input = slidable(builder, application, computes.channelsFirst);
  if (input === null) return refused;
  const kept: readonly Axis[] = computes.channelsFirst ? ['batch', 'width', 'one'] : ['batch', 'one', 'width'];
  return builder.through({ kind: 'poolOverTime', path, how: computes.how }, input, location, {
    axes: computes.keepsAxis ? kept : ['batch', 'width'],
    steps: oneStep,
  });
}

/** The width that a filter sees: PyTorch's kernels are `(filters, inputs, steps)`, those of others `(steps, inputs, filters)`. */
function inputsOf({ framework }: PlanBuilder, { weights }: Layer): Quantity {
  const shape = isListed(weights) ? weights[0]?.shape : undefined;
  return shape?.at(framework === 'torch' ? 1 : -2) ?? unknown('its kernel is not known');
}

/** A sequence with its axes where a window slides over it. */
function slidable(builder: PlanBuilder, { layer, inputs }: Application, channelsFirst: boolean): Tensor | null {
  const { location } = layer;
  const tensor = tensorOf(builder, inputs[0], nameOf(layer), location);
  if (tensor === null) return null;
  const wanted: readonly Axis[] = channelsFirst ? ['batch', 'width', 'time'] : ['batch', 'time', 'width'];
  if (areAxes(tensor.axes, ...wanted)) return tensor;
  if (!tensor.axes.includes('time')) {
    builder.obstacle(`${nameOf(layer)} is given one vector, not a sequence.`, location);
    return null;
  }
  builder.hasMisplacedAxis = true;
  builder.obstacle(`${nameOf(layer)} slides over another axis than time, which is not trained here.`, location);
  return null;
}

function paddingOf(
  builder: PlanBuilder,
  padding: WindowPadding,
  path: string,
  location: SourceLocation,
): Padding | null {
  if (typeof padding === 'string') return padding;
  const steps = builder.size(`the padding of ${path}`, padding, location);
  return steps === 0 ? 'valid' : steps;
}

/** The steps that windows of a reach make of a sequence. */
function slidOver({ key, count }: Length, reach: number, stride: number, padding: Padding): Length {
  const isKept = stride === 1 && (padding === 'same' || padding === 'causal' || padding === (reach - 1) / 2);
  if (isKept) return { key, count };
  if (count === null) return { key: `${key} by ${reach}/${stride}/${padding}`, count: null };
  return lengthOf(windowCount(count, reach, stride, padding));
}

/**
 * A convolution whose surplus at the end is cut off, as PyTorch writes a causal one: padded by `reach − 1` at both ends,
 * without the last `reach − 1` steps. Null where it is none of these.
 */
export function cutConvolution(builder: PlanBuilder, tensor: Tensor, removed: number): Tensor | null {
  if (tensor.source === 'input') return null;
  const index = tensor.source.layer;
  const layer = builder.layers[index];
  if (layer?.kind !== 'conv1d' || layer.stride !== 1) return null;
  const surplus = (layer.kernelSize - 1) * layer.dilation;
  if (layer.padding !== surplus || removed !== surplus) return null;
  builder.layers[index] = { ...layer, padding: 'causal' };
  const { key, count } = tensor.steps;
  return {
    ...tensor,
    steps: count === null ? { key: key.replace(/ by [^ ]*$/, ''), count } : lengthOf(count - surplus),
  };
}
