/** Activations that go number by number, by the names that models have for them. */
import type { Layer } from '../../model/graph';
import type { PointwiseActivation } from '../backend';
import type { PlanBuilder } from './builder';
import type { OutputActivation } from './values';

type NamedPlace = Pick<Layer, 'path' | 'location'>;

/** An activation as the engine computes it: null for none, and `softmax` for one that is left to the loss. */
export function pointwise(
  builder: PlanBuilder,
  name: string,
  { path, location }: NamedPlace,
): PointwiseActivation | Extract<OutputActivation, 'softmax'> | null | 'refused' {
  switch (name) {
    case 'linear':
    case 'none':
      return null;
    case 'softmax':
    case 'log_softmax':
      return 'softmax';
    case 'tanh':
    case 'relu':
    case 'sigmoid':
      return name;
    default:
      return refusal(builder, name, path, location);
  }
}

/** The same where no loss follows that could take a softmax. */
export function pointwiseOnly(
  builder: PlanBuilder,
  name: string,
  place: NamedPlace,
): PointwiseActivation | null | 'refused' {
  const activation = pointwise(builder, name, place);
  return activation === 'softmax' ? refusal(builder, name, place.path, place.location) : activation;
}

function refusal(builder: PlanBuilder, name: string, path: string, location: Layer['location']): 'refused' {
  builder.obstacle(`The activation "${name}" of ${path} is not trained in the preview yet.`, location);
  return 'refused';
}
