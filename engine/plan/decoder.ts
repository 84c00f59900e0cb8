/**
 * The second input of an encoder–decoder: what its decoder reads while it is taught by the right answers. It is the one whose
 * way leads into a recurrent layer that starts from states of the other.
 */
import { type FlowNode, type ModelGraph, unknown } from '../../model/graph';
import { listed } from '../wording';
import type { PlanBuilder } from './builder';
import { inputAxes, quantityAt, sizeAt } from './modelInput';
import { layerOf, neededNodes } from './reachable';
import { type Length, lengthOf, type Tensor } from './values';

export interface DecoderInput {
  readonly node: FlowNode;
  readonly value: Tensor;
}

/** Null where there is one input only; `refused` after an obstacle that names them all. */
export function decoderInput(
  graph: ModelGraph,
  builder: PlanBuilder,
  nodes: readonly FlowNode[],
  inputs: readonly FlowNode[],
): DecoderInput | null | 'refused' {
  if (inputs.length === 1) return null;
  const decoders = inputs.filter((input) => isTaught(graph, nodes, input));
  const [decoder] = decoders;
  if (decoder === undefined || decoders.length > 1 || inputs.length > 2) {
    const names = inputs.map(({ operation, location }) =>
      operation.kind === 'input' ? `"${operation.name}" (line ${location.line})` : '',
    );
    builder.obstacle(
      `${graph.name} reads ${inputs.length} inputs, ${listed(names)}; the preview trains models with one, ` +
        'or an encoder with a decoder that starts from its states.',
      inputs[1]?.location ?? graph.location,
    );
    return 'refused';
  }
  const value = delayedTargets(graph, builder, decoder);
  return value === null ? 'refused' : { node: decoder, value };
}

/** Whether an input leads, through layers that read nothing else, into one that starts from states of another input. */
function isTaught(graph: ModelGraph, nodes: readonly FlowNode[], input: FlowNode): boolean {
  let current = input;
  for (let steps = 0; steps < nodes.length; steps++) {
    const readers = nodes.filter(({ inputs }) => inputs[0]?.node === current.id);
    const [reader] = readers;
    if (reader === undefined) return false;
    if (layerOf(graph, reader)?.operation.op === 'recurrent') {
      return reader.inputs
        .slice(1)
        .some((state) =>
          neededNodes(graph, state).some(({ operation, id }) => operation.kind === 'input' && id !== input.id),
        );
    }
    if (readers.length > 1) return false;
    current = reader;
  }
  return false;
}

function delayedTargets(graph: ModelGraph, builder: PlanBuilder, node: FlowNode): Tensor | null {
  const [type] = node.outputs;
  const rank = type?.shape.kind === 'known' ? type.shape.axes.length : 3;
  const isToken = readsTokens(graph, node);
  const axes = inputAxes(builder, isToken ? 2 : rank);
  if (axes === null || (rank === 2 && !isToken)) {
    builder.obstacle(`The decoder of ${graph.name} reads neither tokens nor numbers for each step.`, node.location);
    return null;
  }
  const size = quantityAt(axes, 'width', type) ?? unknown('nothing says so');
  const width = isToken ? 1 : builder.size(`the width of what the decoder of ${graph.name} reads`, size, node.location);
  if (width === null) return null;
  const count = sizeAt(axes, 'time', type);
  const steps: Length = count === null ? { key: 'input', count: builder.inputSteps } : lengthOf(count);
  const name = node.operation.kind === 'input' ? node.operation.name : 'targets';
  const index = builder.add(
    { kind: 'delayedTargets', path: name, timeSteps: count ?? 'input', width },
    [],
    node.location,
  );
  builder.remark(
    `The decoder is taught by the right answers: its input "${name}" is what the model is to predict, one step later.`,
  );
  return { kind: 'tensor', source: { layer: index, output: 0 }, axes, width, steps, activation: 'none' };
}

function readsTokens(graph: ModelGraph, node: FlowNode): boolean {
  return graph.flow.some(
    (reader) =>
      reader.inputs.some((input) => input.node === node.id) && layerOf(graph, reader)?.operation.op === 'embedding',
  );
}
