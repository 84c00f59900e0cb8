/** Which nodes of a model's flow a value depends on. */
import type { FlowNode, Layer, ModelGraph, ValueReference } from '../../model/graph';

/** Those that a value is computed from, itself among them, in order of execution. */
export function neededNodes(graph: ModelGraph, target: ValueReference): readonly FlowNode[] {
  const needed = new Set<number>();
  const pending = [target.node];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    const node = graph.flow[id];
    if (node === undefined || needed.has(id)) continue;
    needed.add(id);
    const chosen = dropoutOfTraining(graph, node);
    const inputs = chosen === null ? statesThatCount(graph, node) : [chosen];
    pending.push(...inputs.map((input) => input.node));
  }
  return [...needed].sort((a, b) => a - b).flatMap((id) => graph.flow[id] ?? []);
}

/** Without initial states that no layer computes: training windows start without them. */
function statesThatCount(graph: ModelGraph, node: FlowNode): readonly ValueReference[] {
  if (layerOf(graph, node)?.operation.op !== 'recurrent') return node.inputs;
  const [sequence, ...states] = node.inputs;
  const kept = states.filter((state) => dependsOnLayer(graph, state.node));
  return sequence === undefined ? kept : [sequence, ...kept];
}

function dependsOnLayer(graph: ModelGraph, id: number): boolean {
  const pending = [id];
  const seen = new Set<number>();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const node = graph.flow[next];
    if (node === undefined || seen.has(next)) continue;
    if (node.operation.kind === 'layer') return true;
    seen.add(next);
    pending.push(...node.inputs.map((input) => input.node));
  }
  return false;
}

/** How often each value is read by other nodes and by who takes the outputs, by `node.output`. */
export function readersOf(graph: ModelGraph): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { node, output } of [...graph.flow.flatMap(({ inputs }) => inputs), ...graph.outputs]) {
    const key = `${node}.${output}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Where either of two values goes on, by a condition that is not known. */
export function isEither({ operation }: FlowNode): boolean {
  return operation.kind === 'function' && operation.name === 'either';
}

/** `if self.training: x = dropout(x)`: either a value with dropout or the same one without, of which training takes the first. */
export function dropoutOfTraining(graph: ModelGraph, node: FlowNode): ValueReference | null {
  if (!isEither(node)) return null;
  const dropped = node.inputs.find((input) => isDropout(graph, graph.flow[input.node]));
  const source = dropped && graph.flow[dropped.node]?.inputs[0];
  const others = node.inputs.filter((input) => input !== dropped);
  const areSource = others.every((other) => other.node === source?.node && other.output === source.output);
  return dropped !== undefined && areSource ? dropped : null;
}

export function isDropout(graph: ModelGraph, node: FlowNode | undefined): boolean {
  switch (node?.operation.kind) {
    case 'layer':
      return layerOf(graph, node)?.operation.op === 'dropout';
    case 'function':
      return node.operation.name === 'dropout';
    default:
      return false;
  }
}

export function layerOf(graph: ModelGraph, { operation }: FlowNode): Layer | null {
  if (operation.kind !== 'layer') return null;
  return graph.layers.find(({ path }) => path === operation.path) ?? null;
}
