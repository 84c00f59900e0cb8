/** Where a parser had to recover. */
import type { SyntaxNode, Tree } from '@lezer/common';
import type { Span } from './python/ast';

export interface SyntaxErrors {
  /** Every place of recovery, in order: what stands there is parsed again after the next edit. */
  readonly recoveries: readonly number[];
  /** Those that are the author's mistakes; the others are valid code that the grammar does not know. */
  readonly errors: readonly Span[];
}

/** @param isValid whether an error node stands in valid code of the language all the same */
export function syntaxErrorsIn(tree: Tree, isValid: (error: SyntaxNode) => boolean): SyntaxErrors {
  const recoveries: number[] = [];
  const errors: Span[] = [];
  tree.iterate({
    enter: (node) => {
      if (!node.type.isError) return;
      recoveries.push(node.from);
      if (!isValid(node.node)) errors.push({ from: node.from, to: node.to });
    },
  });
  return { recoveries, errors };
}
