/** Questions that rules ask about the flow of tensors through a model. */
import type { FlowNode, Layer, ModelGraph, ValueReference } from '../../../model/graph';

export function layerOf(graph: ModelGraph, node: FlowNode): Layer | undefined {
  const { operation } = node;
  return operation.kind === 'layer' ? graph.layers.find(({ path }) => path === operation.path) : undefined;
}

/** Layers and functions that give a tensor of the same shape whose elements mean the same. */
const elementwiseFunctions: ReadonlySet<string> = new Set(['relu', 'tanh', 'sigmoid', 'dropout', 'contiguous']);

/**
 * Goes back from a value over dropout, activations and normalisation to what made it.
 * `passed` counts what was skipped on the way.
 */
export function originOf(
  graph: ModelGraph,
  reference: ValueReference,
): { readonly node: FlowNode; readonly output: number; readonly passed: number } | undefined {
  let { node: id, output } = reference;
  for (let passed = 0; passed <= graph.flow.length; passed++) {
    const node = graph.flow[id];
    if (node === undefined) return undefined;
    const [input] = node.inputs;
    if (input === undefined || !keepsMeaning(graph, node)) return { node, output, passed };
    ({ node: id, output } = input);
  }
  return undefined;
}

function keepsMeaning(graph: ModelGraph, node: FlowNode): boolean {
  if (node.operation.kind === 'function') return elementwiseFunctions.has(node.operation.name);
  const operation = layerOf(graph, node)?.operation.op;
  return operation === 'dropout' || operation === 'activation' || operation === 'normalisation';
}
