/** A plan as layers that hold on to what they read, so that layers can be put in between. */
import type { Place } from '../place';
import type { ModelPlan, OpenLayer } from './modelPlan';
import { withReads } from './pruned';
import { sourcesOf } from './trainingPlan';

export interface EditedLayer {
  layer: OpenLayer;
  readonly place: Place;
  reads: readonly EditedSource[];
}

export type EditedSource = 'input' | { readonly from: EditedLayer; readonly output: number };

export interface EditedPlan {
  readonly layers: EditedLayer[];
  output: EditedSource;
}

export function editedPlan(plan: ModelPlan): EditedPlan {
  const layers = plan.layers.map((layer, index): EditedLayer => {
    const place = plan.places[index] ?? plan.outputLine;
    return { layer, place, reads: [] };
  });
  const sourceOf = (source: ModelPlan['outputSource']): EditedSource => {
    const from = source === 'input' ? undefined : layers[source.layer];
    return from === undefined || source === 'input' ? 'input' : { from, output: source.output };
  };
  for (const [index, edited] of layers.entries()) edited.reads = sourcesOf(plan.layers, index).map(sourceOf);
  return { layers, output: sourceOf(plan.outputSource) };
}

export function readersIn({ layers }: EditedPlan, of: EditedLayer): readonly EditedLayer[] {
  return layers.filter(({ reads }) => reads.some((source) => source !== 'input' && source.from === of));
}

/** Has everything that reads one source, the output among it, read another. */
export function redirect(plan: EditedPlan, isOld: (source: EditedSource) => boolean, to: EditedSource): void {
  for (const edited of plan.layers) edited.reads = edited.reads.map((source) => (isOld(source) ? to : source));
  if (isOld(plan.output)) plan.output = to;
}

export function layersOf({ layers, output }: EditedPlan): Pick<ModelPlan, 'layers' | 'places' | 'outputSource'> {
  const indices = new Map(layers.map((edited, index) => [edited, index]));
  const sourceOf = (source: EditedSource): ModelPlan['outputSource'] =>
    source === 'input' ? 'input' : { layer: indices.get(source.from) ?? 0, output: source.output };
  return {
    layers: layers.map(({ layer, reads }, index) => withReads(layer, reads.map(sourceOf), index)),
    places: layers.map(({ place }) => place),
    outputSource: sourceOf(output),
  };
}
