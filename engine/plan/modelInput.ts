/** What a model is given: sequences of numbers or of tokens, and of a decoder the right answers. */
import { type FlowNode, knownInteger, type Layer, type Quantity, type TensorType } from '../../model/graph';
import { type PlanBuilder, stepsOfInput } from './builder';
import type { Axis, Tensor } from './values';

/** The axes of an input of the model, whose type may be known. */
export function inputAxes({ knowledge }: PlanBuilder, rank: number): readonly Axis[] | null {
  const [first, second, third] = knowledge.layout.split(', ');
  const order: readonly Axis[] = [first, second, third].map((name) =>
    name === 'batch' || name === 'time' ? name : 'width',
  );
  if (rank === 3) return order;
  return rank === 2 ? order.filter((axis) => axis !== 'width') : null;
}

/** The input as a value, or null where it has another number of axes. */
export function modelInput(builder: PlanBuilder, type: TensorType | undefined): Tensor | null {
  const rank = type?.shape.kind === 'known' ? type.shape.axes.length : 3;
  const axes = inputAxes(builder, rank);
  if (axes === null) return null;
  noteSizes(builder, axes, type);
  const isKnown = type?.shape.kind === 'known';
  return {
    kind: 'tensor',
    source: 'input',
    axes,
    width: rank === 2 ? 1 : isKnown ? sizeAt(axes, 'width', type) : null,
    steps: stepsOfInput(builder),
    activation: 'none',
  };
}

/** The number of steps that the input has, as far as a type says. */
export function noteSizes(builder: PlanBuilder, axes: readonly Axis[], type: TensorType | undefined): void {
  const size = quantityAt(axes, 'time', type);
  if (size === null) return;
  builder.inputStepsSize ??= size;
  builder.inputSteps ??= knownInteger(size);
}

export function sizeAt(axes: readonly Axis[], axis: Axis, type: TensorType | undefined): number | null {
  const size = quantityAt(axes, axis, type);
  return size === null ? null : knownInteger(size);
}

export function quantityAt(axes: readonly Axis[], axis: Axis, type: TensorType | undefined): Quantity | null {
  if (type?.shape.kind !== 'known' || type.shape.axes.length !== axes.length) return null;
  return type.shape.axes[axes.indexOf(axis)] ?? null;
}

/** The first layer with weights decides how wide the input is; where it leaves that open, the data decides. */
export function readWidth(builder: PlanBuilder, layer: Layer, input: Tensor, inputSize: Quantity): void {
  builder.inputLayer ??= layer;
  builder.outputLocation = layer.location;
  if (input.source !== 'input' || builder.input?.kind === 'tokens') return;
  builder.input = { kind: 'features', width: builder.input?.width ?? knownInteger(inputSize) ?? input.width };
}

/** Inputs that are numbers although no layer with weights reads them at once. */
export function settleInput(builder: PlanBuilder, nodes: readonly FlowNode[]): void {
  const node = nodes.find(({ operation }) => operation.kind === 'input');
  const axes = node?.outputs[0]?.shape.kind === 'known' ? inputAxes(builder, node.outputs[0].shape.axes.length) : null;
  const width = axes === null ? null : axes.includes('width') ? sizeAt(axes, 'width', node?.outputs[0]) : 1;
  builder.input ??= { kind: 'features', width };
}
