/** What functions of tensors make of the values they are given. */
import type { FlowNode, FlowOperation, TensorType } from '../../model/graph';
import { scaledScores, weighedSum } from './attention';
import { type PlanBuilder, tensorOf } from './builder';
import { addDropout } from './dropout';
import { join } from './joins';
import { activated } from './layers';
import { addedArray, multiplied, multipliedByArray, summedProduct } from './products';
import { expanded, permuted, reshaped, squeezed, statesJoined, unsqueezed } from './shapes';
import { softmax } from './softmax';
import { type Axis, axisAt, oneStep, refused, type Value, without } from './values';

type FunctionOperation = Extract<FlowOperation, { kind: 'function' }>;

/** @param before the types of what it is given */
export function applyFunction(
  builder: PlanBuilder,
  node: FlowNode,
  operation: FunctionOperation,
  inputs: readonly Value[],
  before: readonly (TensorType | undefined)[],
): Value {
  const { location, arrays = [] } = node;
  const { name, axis, operand } = operation;
  const [input = refused, other] = inputs;
  const [array] = arrays;
  const path = `${name}@${location.line}`;
  const [type] = node.outputs;
  switch (name) {
    case 'detach':
    case 'contiguous':
    case 'stop_gradient':
    case 'identity':
    case 'cast':
    case 'convert_to_tensor':
    case 'ensure_shape':
    // Of dropout in training or none; every other choice was refused on the way here.
    case 'either':
      return input;
    case 'permute':
    case 'transpose':
      return permuted(builder, input, operation, location);
    case 'pack_padded_sequence':
    case 'pad_packed_sequence':
      return asPacked(input, before[0], type);
    case 'squeeze':
      return squeezed(builder, input, axis, location);
    case 'unsqueeze':
    case 'expand_dims':
      return unsqueezed(builder, input, axis, location);
    case 'reshape':
    case 'flatten':
    case 'batch_flatten':
      return reshaped(builder, input, before[0], type, location);
    case 'expand':
    case 'repeat':
    case 'tile':
    case 'broadcast_to':
      return expanded(builder, input, type, before[0], location);
    case 'one_hot':
      return asOneHot(builder, input, type, node);
    case 'dropout': {
      if (input.kind === 'scores') return { ...input, dropout: operand ?? 0 };
      const tensor = tensorOf(builder, input, name, location);
      return tensor === null ? refused : addDropout(builder, path, operand ?? null, false, tensor, location);
    }
    case 'softmax':
    case 'log_softmax':
      return softmax(builder, input, axis ?? -1, `The ${name}`, location);
    case 'tanh':
    case 'relu':
    case 'sigmoid':
      return activated(builder, input, name, { path, location });
    case 'concatenate':
    case 'concat':
      return join(builder, 'concatenate', axis, inputs, { what: `"${name}"`, path, location });
    case 'add':
      if (array !== undefined) return addedArray(builder, input, array, location);
      return other === undefined
        ? alone(builder, name, location)
        : join(builder, 'add', null, inputs, { what: '"add"', path, location });
    case 'multiply':
      if (other !== undefined) return join(builder, 'multiply', null, inputs, { what: '"multiply"', path, location });
      if (input.kind === 'scores') return scaledScores(builder, input, operand && 1 / operand, location);
      return alone(builder, name, location);
    case 'divide':
      if (input.kind === 'scores' && other === undefined) return scaledScores(builder, input, operand, location);
      return alone(builder, name, location);
    case 'matmul':
    case 'dot':
    case 'tensordot':
    case 'batch_dot':
    case 'linear':
      if (array !== undefined) return multipliedByArray(builder, input, array, name === 'linear', location);
      return name === 'matmul' && other !== undefined
        ? multiplied(builder, input, other, location)
        : alone(builder, name, location);
    case 'einsum':
      return operation.equation === undefined || array !== undefined
        ? alone(builder, name, location)
        : summedProduct(builder, operation.equation, inputs, location);
    case 'sum':
    case 'reduce_sum':
      return reduced(builder, input, 'sum', operation, before[0], node);
    case 'mean':
    case 'reduce_mean':
      return reduced(builder, input, 'average', operation, before[0], node);
    case 'max':
    case 'amax':
    case 'reduce_max':
      return reduced(builder, input, 'max', operation, before[0], node);
    case 'timeStep':
      return inStep(builder, input, node);
    case 'overTime':
      return inputs.length === 1 ? overTime(builder, input, node) : alone(builder, name, location);
    default:
      return alone(builder, name, location);
  }
}

function alone(builder: PlanBuilder, name: string, location: FlowNode['location']): Value {
  builder.obstacle(`The function "${name}" is not trained in the preview yet.`, location);
  return refused;
}

/** Tokens as vectors with a one in their place: numbers as the data can give them at once. */
function asOneHot(builder: PlanBuilder, value: Value, type: TensorType | undefined, node: FlowNode): Value {
  const size = type?.shape.kind === 'known' ? type.shape.axes.at(-1) : undefined;
  const isTokens = value.kind === 'tensor' && value.source === 'input' && !value.axes.includes('width');
  if (!isTokens || size === undefined) return alone(builder, 'one_hot', node.location);
  const width = builder.size('the width of one_hot', size, node.location);
  return width === null ? refused : { ...value, axes: [...value.axes, 'width'], width };
}

/** Packing keeps the steps, and gives them batch first or not as it is told. */
function asPacked(value: Value, before: TensorType | undefined, after: TensorType | undefined): Value {
  if (value.kind !== 'tensor') return value;
  const axesOf = (type: TensorType | undefined): string =>
    type?.shape.kind === 'known' ? JSON.stringify(type.shape.axes) : '';
  const isMoved = axesOf(before) !== axesOf(after) && axesOf(after) !== '' && axesOf(before) !== '';
  const [first, second, ...rest] = value.axes;
  if (!isMoved || first === undefined || second === undefined) return value;
  return { ...value, axes: [second, first, ...rest] };
}

/** A sum, mean or maximum along an axis: of the steps, or of the final states of several layers. */
function reduced(
  builder: PlanBuilder,
  value: Value,
  how: 'sum' | 'average' | 'max',
  { name, axis }: FunctionOperation,
  before: TensorType | undefined,
  node: FlowNode,
): Value {
  const { location } = node;
  if (value.kind === 'refused' || value.kind === 'half')
    return value.kind === 'half' ? alone(builder, name, location) : value;
  const position = axisAt(value.axes, axis);
  const role = position === null ? undefined : value.axes[position];
  const [after] = node.outputs;
  const isKept =
    before?.shape.kind === 'known' &&
    after?.shape.kind === 'known' &&
    before.shape.axes.length === after.shape.axes.length;
  const axes: readonly Axis[] =
    position === null ? [] : isKept ? value.axes.with(position, 'one') : without(value.axes, position);
  if (role === 'time' && value.kind === 'tensor') {
    const tensor = tensorOf(builder, value, `"${name}"`, location);
    if (tensor === null) return refused;
    const plan = { kind: 'poolOverTime', path: `${name}@${location.line}`, how } as const;
    return builder.through(plan, tensor, location, { axes, steps: oneStep });
  }
  if (role === 'time' && value.kind === 'weighted' && how === 'sum') {
    return weighedSum(builder, value.weights, value.values, axes, location);
  }
  if (role === 'one' && value.kind === 'tensor') return { ...value, axes };
  if (role === 'states' && value.kind === 'states' && how !== 'max') {
    return statesJoined(builder, value.items, how, location) ?? refused;
  }
  builder.obstacle(`"${name}" goes along an axis other than time, which is not trained here.`, location);
  return refused;
}

/** Inside of what is applied to every step, time and batch are one axis. */
function inStep(builder: PlanBuilder, value: Value, { location }: FlowNode): Value {
  const tensor = tensorOf(builder, value, 'A step', location);
  if (tensor === null) return refused;
  const [batch, time, ...rest] = tensor.axes;
  return batch === 'batch' && time === 'time'
    ? { ...tensor, axes: ['rows', ...rest] }
    : alone(builder, 'timeStep', location);
}

function overTime(builder: PlanBuilder, value: Value, { location }: FlowNode): Value {
  const tensor = value.kind === 'tensor' ? value : tensorOf(builder, value, 'What is given for each step', location);
  if (tensor === null) return refused;
  const [rows, ...rest] = tensor.axes;
  return rows === 'rows' ? { ...tensor, axes: ['batch', 'time', ...rest] } : alone(builder, 'overTime', location);
}
