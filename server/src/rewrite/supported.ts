/** Which programs can be rewritten, and to what. */
import type { ModelGraph } from '../../../model/graph';
import type { ArchitectureChange } from '../../../protocol/recommendation';
import { cellChangeTo } from '../advice/architectures';

/** TensorFlow.js has no layer for attention over steps, and none is written for it. Of Flax, only cells are changed. */
export function rewritesArchitecture(graph: ModelGraph, { architecture, width }: ArchitectureChange): boolean {
  switch (graph.framework) {
    case 'keras':
    case 'torch':
      return true;
    case 'tfjs':
      return architecture !== 'cnn-lstm-attention';
    case 'flax':
      return width === null && cellChangeTo(graph, architecture) !== null;
    case 'keras-config':
      return false;
  }
}
