/** Which of a model's outputs is trained: the only one that is no recurrent state, or an obstacle that names them all. */
import type { FlowNode, ModelGraph, ValueReference } from '../../model/graph';
import { listed } from '../wording';
import type { PlanBuilder } from './builder';

/** Null, after an obstacle, where the model gives no output that could be followed, or several to learn from. */
export function trainedOutput(graph: ModelGraph, builder: PlanBuilder): ValueReference | null {
  const outputs = graph.outputs.filter(
    ({ node, output }, index) =>
      graph.outputs.findIndex((other) => other.node === node && other.output === output) === index,
  );
  const [first] = outputs;
  if (first === undefined) {
    builder.obstacle(`What ${graph.name} returns could not be followed.`, graph.location);
    return null;
  }
  const predictions = outputs.filter((output) => recurrentLayerOfState(graph, output) === null);
  const [, second] = predictions;
  if (second !== undefined) {
    builder.obstacle(
      `${graph.name} gives ${predictions.length} outputs, ${listed(predictions.map((output) => nameOf(graph, output)))}; ` +
        'the preview trains models with one. Compare a model with one of them.',
      graph.flow[second.node]?.location ?? graph.location,
    );
    return null;
  }
  const trained = predictions[0] ?? first;
  const owners = outputs.flatMap((output) => (output === trained ? [] : (recurrentLayerOfState(graph, output) ?? [])));
  if (owners.length > 0) {
    builder.remark(
      `Beside what is trained here, ${graph.name} gives recurrent states of ${listed([...new Set(owners)])}; ` +
        'nothing is learned from them.',
    );
  }
  return trained;
}

/** The path of the recurrent layer whose state a value is, whole or in part; null for every other value. */
function recurrentLayerOfState(graph: ModelGraph, reference: ValueReference): string | null {
  let value = reference;
  // Every step goes to an earlier node, so the way is no longer than the flow.
  for (let steps = 0; steps < graph.flow.length; steps++) {
    const node = graph.flow[value.node];
    if (node === undefined) return null;
    if (node.operation.kind === 'layer') {
      const { path } = node.operation;
      const layer = graph.layers.find((candidate) => candidate.path === path);
      return layer?.operation.op === 'recurrent' && value.output > 0 ? path : null;
    }
    const [source, ...others] = node.inputs;
    if (source === undefined || others.length > 0) return null;
    value = source;
  }
  return null;
}

function nameOf(graph: ModelGraph, { node: id }: ValueReference): string {
  const node = graph.flow[id];
  return node === undefined ? 'one that is not known' : `"${operationName(node)}" (line ${node.location.line})`;
}

function operationName({ operation }: FlowNode): string {
  switch (operation.kind) {
    case 'input':
    case 'function':
      return operation.name;
    case 'layer':
      return operation.path;
    case 'index':
      return 'an index';
  }
}
