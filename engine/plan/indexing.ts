/** Index expressions that choose the last time step, or one of PyTorch's stacked final states. */
import { type FlowNode, type IndexStep, knownInteger, type ModelGraph, type ValueReference } from '../../model/graph';
import type { ChainBuilder } from './chainBuilder';

export function applyIndex(builder: ChainBuilder, steps: readonly IndexStep[], node: FlowNode): void {
  const { content } = builder;
  switch (content.kind) {
    case 'sequence': {
      const position = positionOnAxis(steps, content.timeAxis, 3);
      if (position !== -1) {
        builder.obstacle('Only an index that takes the last time step is trained in the preview.', node.location);
        return;
      }
      builder.add({ kind: 'step', step: -1, path: `last step@${node.location.line}` });
      builder.content = { kind: 'vector' };
      return;
    }
    case 'finalStates': {
      const position = positionOnAxis(steps, 0, 3);
      const isTop = position === -1 || position === content.stacked * content.directions - 1;
      if (!isTop || content.directions === 2) {
        builder.obstacle(
          content.directions === 2
            ? 'This takes the final state of one direction only; join both, as in torch.cat((h_n[-2], h_n[-1]), dim=1).'
            : 'Only the final state of the top layer is trained in the preview, as in h_n[-1].',
          node.location,
        );
        return;
      }
      builder.content = { kind: 'vector' };
      return;
    }
    case 'vector':
      // Dropping or keeping a unit axis of a vector changes nothing; anything else takes part of it.
      if (builder.output?.width !== 1) {
        builder.obstacle('Taking part of a vector is not trained in the preview yet.', node.location);
      }
  }
}

/** The position that the steps take on one axis while they keep all of the others; null for anything else. */
function positionOnAxis(steps: readonly IndexStep[], axis: number, rank: number): number | null {
  const ellipsis = steps.findIndex((step) => step.kind === 'ellipsis');
  const expanded =
    ellipsis === -1
      ? steps
      : [
          ...steps.slice(0, ellipsis),
          ...Array.from({ length: rank - steps.length + 1 }, (): IndexStep => everything),
          ...steps.slice(ellipsis + 1),
        ];
  const chosen = expanded[axis];
  const othersAreWhole = expanded.every((step, index) => index === axis || isWhole(step));
  return chosen?.kind === 'at' && othersAreWhole ? knownInteger(chosen.position) : null;
}

const everything: IndexStep = { kind: 'slice', from: null, to: null, step: null };

function isWhole(step: IndexStep): boolean {
  return step.kind === 'slice' && step.from === null && step.to === null && step.step === null;
}

/**
 * The `h_n` whose last two states a node concatenates, `torch.cat((h_n[-2], h_n[-1]), dim=1)`: both directions' final states
 * of the top layer. Null for every other node.
 */
export function joinsFinalStates(graph: ModelGraph, node: FlowNode): ValueReference | null {
  if (node.operation.kind !== 'function' || node.operation.name !== 'concatenate' || node.inputs.length !== 2)
    return null;
  const parts = node.inputs.map((input) => graph.flow[input.node]);
  const positions = parts.map((part) =>
    part?.operation.kind === 'index' ? positionOnAxis(part.operation.steps, 0, 3) : null,
  );
  const [first, second] = parts.map((part) => part?.inputs[0]);
  if (first === undefined || second === undefined) return null;
  if (first.node !== second.node || first.output !== 1 || second.output !== 1) return null;
  const source = graph.flow[first.node]?.operation;
  const layer = source?.kind === 'layer' ? graph.layers.find(({ path }) => path === source.path) : undefined;
  if (layer?.operation.op !== 'recurrent' || layer.operation.directions !== 2) return null;
  const stacked = knownInteger(layer.operation.layers);
  const count = stacked === null ? null : 2 * stacked;
  const fromEnd = positions.map((position) =>
    position === null ? null : position < 0 ? position : count === null ? null : position - count,
  );
  return fromEnd[0] === -2 && fromEnd[1] === -1 ? first : null;
}
