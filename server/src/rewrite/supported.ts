/** Which frameworks' programs can be rewritten, and how far. */
import type { Framework } from '../../../model/graph';

/** The cell of a layer can be changed. */
export function rewritesCells(framework: Framework): boolean {
  return framework === 'keras' || framework === 'torch' || framework === 'tfjs';
}

/** Widths, directions, convolutions and attention can be changed as well. */
export function rewritesArchitecture(framework: Framework): boolean {
  return framework === 'keras' || framework === 'torch';
}
