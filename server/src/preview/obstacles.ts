/** What keeps a model from being trained here, before any data is looked at. */
import type { ModelGraph } from '../../../model/graph';
import type { Obstacle } from '../../../protocol/trainer';

/** TEMPORARY: empty until the engine's plan lands. */
export function trainingObstacles(_graph: ModelGraph): readonly Obstacle[] {
  return [];
}
