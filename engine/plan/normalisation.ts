/** Normalisations over the numbers of a step, or over the batch and all its steps. */
import { isListed, type Layer } from '../../model/graph';
import { type Application, nameOf } from './application';
import { type PlanBuilder, tensorOf } from './builder';
import { readWidth } from './modelInput';
import { areAxes, refused, type Value } from './values';

export function applyNormalisation(
  builder: PlanBuilder,
  { layer, inputs }: Application,
  operation: Extract<Layer['operation'], { op: 'normalisation' }>,
): Value {
  const { path, location, weights } = layer;
  const tensor = tensorOf(builder, inputs[0], nameOf(layer), location);
  if (tensor === null) return refused;
  const { axes } = tensor;
  const isChannelsSecond = builder.framework === 'torch' && operation.kind === 'batch';
  const isInPlace = isChannelsSecond
    ? areAxes(axes, 'batch', 'width', 'time') || areAxes(axes, 'batch', 'width') || areAxes(axes, 'rows', 'width')
    : axes.at(-1) === 'width';
  if (!isInPlace) {
    builder.hasMisplacedAxis = true;
    builder.obstacle(`${nameOf(layer)} does not go along the features, which is not trained here.`, location);
    return refused;
  }
  if (!isListed(weights) || weights.some(({ shape }) => shape.length !== 1)) {
    builder.obstacle(
      `${nameOf(layer)} is not trained here: it goes along several axes, or its sizes are not known.`,
      location,
    );
    return refused;
  }
  readWidth(builder, layer, tensor, operation.size);
  const has = (...names: readonly string[]): boolean => weights.some(({ name }) => names.includes(name));
  const plan = {
    path,
    epsilon: operation.epsilon,
    scale: has('gamma', 'weight', 'scale'),
    bias: has('beta', 'bias'),
  };
  return builder.through(
    operation.kind === 'layer'
      ? { kind: 'layerNorm', ...plan }
      : { kind: 'batchNorm', ...plan, momentum: operation.momentum ?? 0.99 },
    tensor,
    location,
  );
}
