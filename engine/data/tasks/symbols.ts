/** Symbols as a model reads them: tokens that none of its own marks occupies, or vectors that are 1 at one place. */

import type { Dataset } from '../dataset';
import type { ModelEnds } from '../modelEnds';

export interface SymbolInput {
  readonly input: Dataset['input'];
  /** The token of symbol 0; the others follow. */
  readonly first: number;
  /** Symbols that the model can read. */
  readonly count: number;
}

/** `wanted` symbols, or as many as the model has room for. */
export function symbolInput({ input, reservedToken }: ModelEnds, wanted: number): SymbolInput {
  const first = input.kind === 'tokens' && reservedToken === 0 ? 1 : 0;
  const width = input.width ?? wanted;
  const last = reservedToken !== null && reservedToken > 0 && input.kind === 'tokens' ? reservedToken : width;
  return { input: { kind: input.kind, width }, first, count: Math.min(wanted, last - first) };
}
