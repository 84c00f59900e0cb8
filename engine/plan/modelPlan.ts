/** A model as the engine sees it, before data settles its length and a variant its cell. */
import type { Layer } from '../../model/graph';
import type { Obstacle } from '../../protocol/trainer';
import type { Place } from '../place';
import type { Convention, PlannedLayer, Source } from './trainingPlan';
import type { OutputActivation } from './values';

/** A layer whose number of steps may be as many as the input has. */
export type OpenLayer =
  | Exclude<PlannedLayer, { kind: 'repeat' | 'delayedTargets' }>
  | (Omit<Extract<PlannedLayer, { kind: 'repeat' }>, 'timeSteps'> & { readonly timeSteps: number | 'input' })
  | (Omit<Extract<PlannedLayer, { kind: 'delayedTargets' }>, 'timeSteps'> & { readonly timeSteps: number | 'input' });

export interface ModelPlan {
  readonly name: string;
  readonly convention: Convention;
  readonly input: { readonly kind: 'features' | 'tokens'; readonly width: number | null };
  /** Where the input width or vocabulary is written, for messages. */
  readonly inputLayer: Layer;
  readonly outputLine: Place;
  /** Steps of a sequence where the model fixes them. */
  readonly timeSteps: number | null;
  readonly layers: readonly OpenLayer[];
  /** Where each of the layers is written. */
  readonly places: readonly Place[];
  /** What is trained. */
  readonly outputSource: Source;
  readonly outputSteps: 'every' | 'last';
  readonly outputWidth: number;
  /** The activation that the last numbers pass through; softmax and log-softmax are left to the loss. */
  readonly outputActivation: OutputActivation;
  /** A number that no token may have, because the model ignores it (padding). */
  readonly reservedToken: number | null;
  readonly loss: string | null;
  /** The reset convention of GRUs in this model, or that its framework would take. */
  readonly resetAfter: boolean;
  /** That of the gates that its framework would give to a layer that has none; null for the logistic function. */
  readonly hardSigmoidSlope: number | null;
  readonly remarks: readonly string[];
}

export type ModelPlanResult =
  | { readonly kind: 'plan'; readonly plan: ModelPlan }
  | { readonly kind: 'obstacles'; readonly obstacles: readonly Obstacle[] };

/** A layer with its number of steps settled. */
export function settledLayer(layer: OpenLayer, timeSteps: number): PlannedLayer {
  switch (layer.kind) {
    case 'repeat':
    case 'delayedTargets':
      return { ...layer, timeSteps: layer.timeSteps === 'input' ? timeSteps : layer.timeSteps };
    default:
      return layer;
  }
}
