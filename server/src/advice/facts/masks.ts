/** Where the mask of padded steps that reaches a Keras layer comes from, and where it is lost on the way. */
import type { FlowNode, Layer, ModelGraph, ValueReference } from '../../../../model/graph';
import { layerOf } from '../flow';

export type MaskTrace =
  /** The mask of this layer arrives. */
  | { readonly kind: 'masked'; readonly source: Layer }
  /** The mask of `source` ends at `at`. */
  | { readonly kind: 'lost'; readonly source: Layer; readonly at: Layer }
  /** Nothing masks, and the steps are those of this embedding. */
  | { readonly kind: 'unmasked'; readonly embedding: Layer }
  /** Nothing is known: the way goes through code or layers whose masks are not followed. */
  | { readonly kind: 'open' };

const open: MaskTrace = { kind: 'open' };

/** Layers that hand a mask on. Source: `supports_masking` of the layers of Keras 3.15, asked of each. */
const passesMask =
  /^(?:TimeDistributed\(|GaussianNoise|GaussianDropout|ActivityRegularization|Identity|Rescaling$|LSTM|GRU|SimpleRNN|Bidirectional\()/;

/** Layers that destroy a mask (Keras 3 warns of it). Source as above. */
const dropsMask =
  /^(?:Conv\dD|Conv\dDTranspose|SeparableConv1D|DepthwiseConv1D|MaxPooling1D|AveragePooling1D|Flatten|Reshape|Permute|Lambda|RepeatVector|ZeroPadding1D|UpSampling1D|Cropping1D)$/;

/** The mask of a value: follows the first input of each layer back to an `Embedding` or a `Masking`. */
export function maskOf(graph: ModelGraph, reference: ValueReference): MaskTrace {
  let node = graph.flow[reference.node];
  let dropper: Layer | null = null;
  for (let steps = 0; node !== undefined && steps <= graph.flow.length; steps++) {
    const layer = layerOf(graph, node);
    if (layer === undefined) return open;
    if (isMasking(layer)) return sourceAt(layer, dropper);
    if (layer.operation.op === 'embedding') {
      if (layer.operation.maskZero) return sourceAt(layer, dropper);
      return dropper === null ? { kind: 'unmasked', embedding: layer } : open;
    }
    if (dropsMask.test(layer.type)) dropper = layer;
    else if (!handsOn(layer)) return open;
    node = inputOf(graph, node);
  }
  return open;
}

function isMasking(layer: Layer): boolean {
  return layer.type === 'Masking';
}

function sourceAt(source: Layer, dropper: Layer | null): MaskTrace {
  return dropper === null ? { kind: 'masked', source } : { kind: 'lost', source, at: dropper };
}

function handsOn({ operation, type }: Layer): boolean {
  switch (operation.op) {
    case 'dropout':
    case 'activation':
    case 'normalisation':
    case 'dense':
      return true;
    case 'recurrent':
      return operation.returnSequences;
    default:
      return passesMask.test(type);
  }
}

function inputOf(graph: ModelGraph, { inputs: [input] }: FlowNode): FlowNode | undefined {
  return input === undefined ? undefined : graph.flow[input.node];
}
