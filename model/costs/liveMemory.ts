/**
 * What inference holds at once: at each layer, what it gives and what was given before and is still needed later.
 *
 * What takes one tensor between layers (an index, a reshape) is taken for a view of it, what joins several for a tensor of
 * its own, and dropout for nothing: frameworks differ, so the figure is an estimate.
 */
import { maximum, subtract } from '../expression';
import type { FlowNode, Layer, ModelGraph, Quantity } from '../graph';
import { unknown } from '../graph';
import { type Application, applicationsOf, elementsPerSequence } from './applications';
import { combine, integer, product, sum, times } from './arithmetic';
import { bytesPerFloat } from './memory';
import { recurrentInferenceMemory } from './recurrent';

/** Bytes of one sequence at the fullest moment, in 32-bit floats. */
export function peakInferenceBytes(graph: ModelGraph): Quantity {
  const sizes = sizesByNode(graph);
  if (sizes.size === 0) return unknown('the flow of tensors through the model is not known');
  const lastUses = lastUsesOf(graph, sizes);
  const freedAfter = new Map<number, Quantity[]>();
  for (const [node, size] of sizes) {
    const last = lastUses.get(node) ?? node;
    freedAfter.set(last, [...(freedAfter.get(last) ?? []), size]);
  }
  let live = integer(0);
  const moments: Quantity[] = [];
  for (const { id } of graph.flow) {
    const size = sizes.get(id);
    if (size !== undefined) {
      live = sum(live, size);
      moments.push(live);
    }
    for (const freed of freedAfter.get(id) ?? []) {
      live = combine([live, freed], ([held, gone]) => (held && gone ? subtract(held, gone) : { terms: [] }));
    }
  }
  return combine(moments, (values) => maximum(...values));
}

/** What each application of a layer, and each join of tensors, gives in bytes; what gives what it is given has none. */
function sizesByNode(graph: ModelGraph): ReadonlyMap<number, Quantity> {
  const sizes = new Map<number, Quantity>();
  for (const layer of graph.layers) {
    const { op } = layer.operation;
    if (op === 'input' || op === 'dropout' || op === 'flatten') continue;
    for (const application of applicationsOf(graph, layer)) sizes.set(application.node.id, bytesOf(layer, application));
  }
  if (sizes.size === 0) return sizes;
  for (const { id, operation, inputs, outputs } of graph.flow) {
    const [output] = outputs;
    if (operation.kind !== 'function' || inputs.length < 2 || output === undefined) continue;
    const elements = elementsPerSequence(graph, output.shape);
    if (elements.kind === 'known') sizes.set(id, times(bytesPerFloat, elements));
  }
  return sizes;
}

function bytesOf({ operation }: Layer, { sequences, timeSteps, outputElements }: Application): Quantity {
  if (operation.op !== 'recurrent') return times(bytesPerFloat, outputElements);
  const { expression, because } = recurrentInferenceMemory(operation, timeSteps);
  return expression === null ? unknown(because) : product(sequences, { kind: 'known', value: expression });
}

/** For each node with a size, the last node that needs what it gives, through all views of it; the end for the model's outputs. */
function lastUsesOf(graph: ModelGraph, sizes: ReadonlyMap<number, Quantity>): ReadonlyMap<number, number> {
  const sources: ReadonlySet<number>[] = [];
  const lastUses = new Map<number, number>();
  const use = (node: number, at: number): void => {
    for (const source of sources[node] ?? []) lastUses.set(source, at);
  };
  for (const node of graph.flow) {
    for (const { node: input } of node.inputs) use(input, node.id);
    sources.push(sizes.has(node.id) ? new Set([node.id]) : viewedBy(node, sources));
  }
  for (const { node } of graph.outputs) use(node, graph.flow.length);
  return lastUses;
}

function viewedBy({ inputs }: FlowNode, sources: readonly ReadonlySet<number>[]): ReadonlySet<number> {
  return new Set(inputs.flatMap(({ node }) => [...(sources[node] ?? [])]));
}
