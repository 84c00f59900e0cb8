/** Matrix products that a model writes out: with trained arrays, and between sequences as attention has them. */
import { integerOf } from '../../model/expression';
import type { OwnArray, SourceLocation } from '../../model/graph';
import { pooledByWeights, scoresOf, weighedSum } from './attention';
import { type PlanBuilder, tensorOf } from './builder';
import { type Axis, refused, type Tensor, type Value } from './values';

/** `left @ right`: the last axis of the one against the last but one of the other. */
export function multiplied(builder: PlanBuilder, left: Value, right: Value, location: SourceLocation): Value {
  const [a, b] = [matrix(builder, left, location), matrix(builder, right, location)];
  if (a === null || b === null) return refused;
  return contracted(builder, a, b, a.axes.length - 1, b.axes.length - 2, location);
}

type Factor = Tensor | Extract<Value, { kind: 'scores' }>;

function matrix(builder: PlanBuilder, value: Value, location: SourceLocation): Factor | null {
  return value.kind === 'scores' ? value : tensorOf(builder, value, 'A product', location);
}

/** The products along one axis of each, for every sequence; the result has the other axes of both. */
function contracted(
  builder: PlanBuilder,
  left: Factor,
  right: Factor,
  leftAxis: number,
  rightAxis: number,
  location: SourceLocation,
): Value {
  const [along, across] = [left.axes[leftAxis], right.axes[rightAxis]];
  const rest = (axes: readonly Axis[], axis: number): readonly Axis[] =>
    axes.filter((role, position) => position !== axis && role !== 'batch');
  const [rows, columns] = [rest(left.axes, leftAxis), rest(right.axes, rightAxis)];
  const isBatched = left.axes[0] === 'batch' && right.axes[0] === 'batch';
  const give = (a: readonly Axis[], b: readonly Axis[]): readonly Axis[] => ['batch', ...a, ...b];
  const isKeys = (axis: Axis | undefined): boolean => axis === 'keys' || axis === 'time';
  if (isBatched && left.kind === 'tensor' && right.kind === 'tensor') {
    if (along === 'width' && across === 'width') {
      // A vector against the steps of a sequence asks; of two sequences, the first does.
      if (columns.join() === 'one' && rows.join() === 'time') return scoresOf(right, left, give(['keys'], columns));
      if (columns.join() === 'time') return scoresOf(left, right, give(rows, ['keys']));
    }
    if (along === 'time' && across === 'time') {
      const isLeft = left.width === 1;
      const [weights, values] = isLeft ? [left, right] : [right, left];
      if (weights.width === 1) {
        const one = (axes: readonly Axis[], tensor: Tensor): readonly Axis[] =>
          axes.map((axis) => (tensor === weights && axis === 'width' ? 'one' : axis));
        return pooledByWeights(builder, weights, values, give(one(rows, left), one(columns, right)), location);
      }
    }
  }
  if (isBatched && left.kind === 'scores' && right.kind === 'tensor' && along === 'keys' && isKeys(across)) {
    return weighedSum(builder, left, right, give(rows, columns), location);
  }
  if (isBatched && left.kind === 'tensor' && right.kind === 'scores' && isKeys(along) && across === 'keys') {
    return weighedSum(builder, right, left, give(rows, columns), location);
  }
  builder.hasMisplacedAxis = true;
  builder.obstacle(
    'This product is none that is trained here: of features with features, or of weights with steps.',
    location,
  );
  return refused;
}

/** `einsum` of two tensors that have one letter in common besides the batch. */
export function summedProduct(
  builder: PlanBuilder,
  equation: string,
  values: readonly Value[],
  location: SourceLocation,
): Value {
  const [terms = '', result = ''] = equation.replaceAll(' ', '').split('->');
  const [first = '', second = ''] = terms.split(',');
  const [left, right] = values.map((value) => matrix(builder, value, location));
  if (values.length !== 2 || left == null || right == null) return refused;
  const shared = [...first].filter((letter) => second.includes(letter) && !result.includes(letter));
  const [letter] = shared;
  const isPlain = first.length === left.axes.length && second.length === right.axes.length && shared.length === 1;
  if (!isPlain || letter === undefined) {
    builder.obstacle(`The sum "${equation}" is not trained in the preview yet.`, location);
    return refused;
  }
  const product = contracted(builder, left, right, first.indexOf(letter), second.indexOf(letter), location);
  if (product.kind === 'refused' || product.kind === 'half') return product;
  const [batch = '', ...rest] = [...first.replace(letter, ''), ...second.replace(letter, '').slice(1)];
  const order = [...result].map((each) => [batch, ...rest].indexOf(each));
  const axes = order.map((position) => product.axes[position]);
  const found = axes.filter((axis) => axis !== undefined);
  return found.length === product.axes.length ? { ...product, axes: found } : refused;
}

/** A product with a trained array of the model's own: a dense layer without a bias. */
export function multipliedByArray(
  builder: PlanBuilder,
  value: Value,
  array: OwnArray,
  isTransposed: boolean,
  location: SourceLocation,
): Value {
  const tensor = tensorOf(builder, value, 'A product', location);
  if (tensor === null) return refused;
  const sizes = array.shape.kind === 'known' ? array.shape.axes : [];
  const [inputs, units] = isTransposed ? [sizes[1], sizes[0]] : sizes;
  if (tensor.axes.at(-1) !== 'width' || inputs === undefined || sizes.length > 2) {
    builder.obstacle(`The product with ${array.name} is not along the features, so it is not trained here.`, location);
    return refused;
  }
  const width = sizes.length === 1 ? 1 : builder.size(`a size of ${array.name}`, units ?? inputs, location);
  if (width === null) return refused;
  if (tensor.source === 'input') {
    builder.obstacle(`The product of the input with ${array.name} is not trained in the preview yet.`, location);
    return refused;
  }
  return builder.through(
    { kind: 'dense', path: array.name, units: width, bias: false, activation: null },
    tensor,
    location,
    { width, axes: sizes.length === 1 ? tensor.axes.slice(0, -1) : tensor.axes },
  );
}

/** A trained vector added to what a product with another array gave: the bias of that dense layer. */
export function addedArray(builder: PlanBuilder, value: Value, array: OwnArray, location: SourceLocation): Value {
  const tensor = tensorOf(builder, value, 'A sum', location);
  if (tensor === null) return refused;
  const index = tensor.source === 'input' ? -1 : tensor.source.layer;
  const layer = builder.layers[index];
  const [size, ...others] = array.shape.kind === 'known' ? array.shape.axes : [];
  const width = size?.kind === 'known' ? integerOf(size.value) : undefined;
  const isBias =
    layer?.kind === 'dense' && !layer.bias && layer.activation === null && index === builder.layers.length - 1;
  if (!isBias || others.length > 0 || width !== layer.units) {
    builder.obstacle(`${array.name} is no bias of a product, so adding it is not trained here.`, location);
    return refused;
  }
  builder.layers[index] = { ...layer, bias: true };
  return tensor;
}
