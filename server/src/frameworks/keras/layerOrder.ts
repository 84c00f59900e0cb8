/** The order in which a functional model lists its layers. Source: Keras 3, keras/src/ops/function.py, `map_graph`. */
import type { Value } from '../../evaluate/values';
import type { RecordedNode } from '../tensor';
import type { Subgraph } from './subgraph';

/**
 * By distance from the outputs, the farthest first; at one distance in the order in which a search from the outputs meets
 * them. `layerOf` says what recorded a node, undefined for what is no layer: inputs stand as the numbers of their nodes.
 */
export function layersInOrder(
  { nodes, recorded, inputs, outputs }: Subgraph,
  layerOf: (node: RecordedNode) => Value | undefined,
): readonly { readonly place: Value | number; readonly depth: number }[] {
  const inputNodes = new Set(inputs.map(({ node }) => node));
  const placeOf = (id: number): Value | number => {
    const node = recorded[id];
    return inputNodes.has(id) || node === undefined ? id : (layerOf(node) ?? id);
  };
  const met = new Map<Value | number, number>();
  const finished = new Set<number>();
  const sorted: number[] = [];
  const visit = (id: number): void => {
    if (finished.has(id)) return;
    finished.add(id);
    const place = placeOf(id);
    if (!met.has(place)) met.set(place, met.size);
    for (const input of inputNodes.has(id) ? [] : (nodes[id]?.inputs ?? [])) visit(input.node);
    sorted.push(id);
  };
  for (const { node } of outputs) visit(node);
  const nodeDepths = new Map<number, number>();
  const depths = new Map<Value | number, number>();
  for (const id of sorted.toReversed()) {
    const place = placeOf(id);
    const depth = Math.max(nodeDepths.get(id) ?? 0, depths.get(place) ?? 0);
    depths.set(place, depth);
    nodeDepths.set(id, depth);
    for (const input of inputNodes.has(id) ? [] : (nodes[id]?.inputs ?? [])) {
      // What one application of a model records is one step.
      const step = placeOf(input.node) === place ? 0 : 1;
      nodeDepths.set(input.node, Math.max(nodeDepths.get(input.node) ?? 0, depth + step));
    }
  }
  const isListed = (place: Value | number): boolean => typeof place !== 'number' || inputNodes.has(place);
  return [...depths.keys()]
    .filter(isListed)
    .map((place) => ({ place, depth: depths.get(place) ?? 0, met: met.get(place) ?? 0 }))
    .sort((a, b) => b.depth - a.depth || a.met - b.met);
}
