/** Softmax along an axis: over the steps it makes weights of them, over the classes at the end it is left to the loss. */
import type { SourceLocation } from '../../model/graph';
import { type PlanBuilder, tensorOf } from './builder';
import { axisAt, refused, type Value } from './values';

export function softmax(
  builder: PlanBuilder,
  value: Value,
  axis: number,
  what: string,
  location: SourceLocation,
): Value {
  if (value.kind === 'scores') {
    const position = axisAt(value.axes, axis);
    if (position !== null && value.axes[position] === 'keys' && !value.areWeights)
      return { ...value, areWeights: true };
    builder.obstacle(`${what} does not go over the steps that are attended to.`, location);
    return refused;
  }
  const tensor = tensorOf(builder, value, what, location);
  if (tensor === null) return refused;
  const position = axisAt(tensor.axes, axis);
  switch (position === null ? undefined : tensor.axes[position]) {
    case 'time':
      return builder.through({ kind: 'softmaxOverTime', path: `softmax@${location.line}` }, tensor, location);
    case 'width':
      return { ...tensor, activation: 'softmax' };
    default:
      builder.obstacle(`${what} goes along an axis that is not trained in the preview.`, location);
      return refused;
  }
}
