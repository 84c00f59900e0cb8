/** A plan without the layers that its output does not depend on. */
import type { Place } from '../place';
import type { OpenLayer } from './modelPlan';
import { areReadUntold, type Source, sourcesOf } from './trainingPlan';

export interface Pruned {
  readonly layers: readonly OpenLayer[];
  readonly places: readonly Place[];
  readonly source: Source;
}

export function pruned(
  { layers, places }: { readonly layers: readonly OpenLayer[]; readonly places: readonly Place[] },
  source: Source,
): Pruned {
  const reads = layers.map((_, index) => sourcesOf(layers, index));
  const needed = new Set<number>();
  const pending: Source[] = [source];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next === 'input' || needed.has(next.layer)) continue;
    needed.add(next.layer);
    pending.push(...(reads[next.layer] ?? []));
  }
  const indices = new Map([...needed].sort((a, b) => a - b).map((old, index) => [old, index]));
  const moved = (from: Source): Source =>
    from === 'input' ? from : { layer: indices.get(from.layer) ?? 0, output: from.output };
  return {
    layers: [...indices].flatMap(([old, index]) => {
      const layer = layers[old];
      return layer === undefined ? [] : [withReads(layer, (reads[old] ?? []).map(moved), index)];
    }),
    places: [...indices.keys()].flatMap((old) => places[old] ?? []),
    source: moved(source),
  };
}

/** A layer that says what it reads only where that is not the first output of the layer before it. */
export function withReads<Kind extends OpenLayer>(layer: Kind, reads: readonly Source[], index: number): Kind {
  const isUntold = layer.kind === 'delayedTargets' || areReadUntold(reads, index);
  const { reads: _, ...rest } = layer;
  return (isUntold ? rest : { ...layer, reads }) as Kind;
}
