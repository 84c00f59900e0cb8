/** The layers that a place in the source stands for: one call may make several, in a loop or for several models. */
import type { Layer, ModelGraph, SourceLocation } from '../../../model/graph';

export interface PlacedLayer {
  readonly graph: ModelGraph;
  readonly layer: Layer;
}

/** Layers grouped by the call that makes them, in source order; those that another file makes have no place in this one. */
export function layersByPlace(models: readonly ModelGraph[]): readonly (readonly PlacedLayer[])[] {
  const groups = new Map<number, PlacedLayer[]>();
  for (const graph of models) {
    for (const layer of graph.layers) {
      if (layer.location.file !== graph.location.file) continue;
      const group = groups.get(layer.location.from);
      if (group === undefined) groups.set(layer.location.from, [{ graph, layer }]);
      else group.push({ graph, layer });
    }
  }
  return [...groups.values()].sort((a, b) => placeOf(a).from - placeOf(b).from);
}

function placeOf(group: readonly PlacedLayer[]): { readonly from: number } {
  return group[0]?.layer.location ?? { from: 0 };
}

/** Layers whose constructor, or whose application in `forward`, is named at the offset. */
export function layersNamedAt(models: readonly ModelGraph[], text: string, offset: number): readonly PlacedLayer[] {
  return models.flatMap((graph) =>
    graph.layers
      .filter((layer) => {
        const applications = graph.flow
          .filter(({ operation }) => operation.kind === 'layer' && operation.path === layer.path)
          .map(({ location }) => location)
          // A `Sequential` applies all its layers where it is made itself.
          .filter(({ from }) => from !== graph.location.from);
        return [layer.location, layer.coreLocation, ...applications]
          .filter(({ file }) => file === graph.location.file)
          .some((place) => isOnCallee(place, text, offset));
      })
      .map((layer) => ({ graph, layer })),
  );
}

/** Whether the offset is on what is called, before the opening parenthesis: arguments have hovers of their own. */
function isOnCallee({ from, to }: SourceLocation, text: string, offset: number): boolean {
  const parenthesis = text.indexOf('(', from);
  return from <= offset && offset <= (parenthesis === -1 || parenthesis > to ? to : parenthesis);
}
