/** What functions of tensors do to a chain. */
import { equals, integerOf } from '../../model/expression';
import type { FlowNode, TensorType } from '../../model/graph';
import type { ChainBuilder } from './chainBuilder';
import { addDropout, applyFlatten, endActivation } from './layers';

/** Adds a function to the chain; `before` is the type of what it is applied to. */
export function applyFunction(builder: ChainBuilder, node: FlowNode, before: TensorType | null): void {
  if (node.operation.kind !== 'function') return;
  const { name } = node.operation;
  const layer = { path: name, location: node.location };
  switch (name) {
    case 'detach':
    case 'contiguous':
    case 'unsqueeze':
    // Of dropout in training or none; every other choice was refused on the way here.
    case 'either':
      return;
    case 'permute':
      swapAxes(builder, node, before);
      return;
    case 'squeeze':
      if (builder.content.kind === 'finalStates' && builder.content.stacked * builder.content.directions === 1) {
        builder.content = { kind: 'vector' };
      }
      return;
    case 'concatenate':
      // Of both directions' final states; every other one was refused on the way here.
      builder.content = { kind: 'vector' };
      return;
    case 'reshape':
    case 'flatten':
      reshape(builder, node, before);
      return;
    case 'dropout':
      addDropout(builder, 'dropout', null, false);
      return;
    case 'softmax':
    case 'log_softmax':
    case 'tanh':
    case 'relu':
    case 'sigmoid': {
      const activation = endActivation(builder, layer, name);
      if (activation !== null && activation !== 'refused') {
        builder.add({ kind: 'activation', path: `${name}@${node.location.line}`, activation });
      }
      return;
    }
    default:
      builder.obstacle(`The function "${name}" is not trained in the preview yet.`, node.location);
  }
}

/** Exchanging batch and time changes what an index means, not what is computed. */
function swapAxes(builder: ChainBuilder, node: FlowNode, before: TensorType | null): void {
  const [from, to] = [lastAxisOf(before), lastAxisOf(node.outputs[0] ?? null)];
  if (from !== null && to !== null && equals(from, to) === 'no') {
    builder.obstacle('A permutation that moves the last axis is not trained in the preview yet.', node.location);
    return;
  }
  if (builder.content.kind === 'sequence') {
    builder.content = { kind: 'sequence', timeAxis: builder.content.timeAxis === 0 ? 1 : 0 };
  }
}

/** Merging batch and time keeps the last axis; putting all steps side by side multiplies it. */
function reshape(builder: ChainBuilder, node: FlowNode, before: TensorType | null): void {
  if (builder.content.kind === 'finalStates') {
    builder.obstacle('Reshaping the stacked final states mixes sequences; take one, as in h_n[-1].', node.location);
    return;
  }
  const after = lastAxisOf(node.outputs[0] ?? null);
  const width = lastAxisOf(before);
  if (after === null || width === null) {
    builder.obstacle('What this reshaping makes of the sequence is not known.', node.location);
    return;
  }
  const isKept = equals(after, width) === 'yes' || integerOf(after) === builder.output?.width;
  // A last axis of length 1 may be dropped from the end of a regression model.
  const dropsUnitAxis = builder.output?.width === 1;
  if (!isKept && !dropsUnitAxis) applyFlatten(builder, `flatten@${node.location.line}`);
}

function lastAxisOf(type: TensorType | null) {
  const axis = type?.shape.kind === 'known' ? type.shape.axes.at(-1) : undefined;
  return axis?.kind === 'known' ? axis.value : null;
}
