/** Which programs can be rewritten, and to what. */
import type { Framework } from '../../../model/graph';
import type { Architecture } from '../../../protocol/recommendation';

/** TensorFlow.js has no layer for attention over steps, and none is written for it. */
export function rewritesArchitecture(framework: Framework, architecture: Architecture): boolean {
  if (framework === 'tfjs') return architecture !== 'cnn-lstm-attention';
  return framework === 'keras' || framework === 'torch';
}
