/** Training loops of PyTorch: the loops in which a gradient is computed, and what else is called in them. */
import type { SyntaxNode } from '@lezer/common';
import { enclosing } from '../../rewrite/nodes';
import type { Call, Calls } from './calls';

export interface TrainingStep {
  /** `loss.backward()`. */
  readonly backward: Call;
  /** The innermost loop around it in its function; null in a function that is called for each batch. */
  readonly loop: SyntaxNode | null;
  /** The function around it, or the whole script. */
  readonly scope: SyntaxNode;
}

/** One for each call of a method `backward`. */
export function trainingSteps(calls: Calls): readonly TrainingStep[] {
  return calls.named('backward').flatMap((backward) => {
    if (backward.object === null) return [];
    const scope = enclosing(backward.node, 'FunctionDefinition', 'Script') ?? backward.node;
    const loop = enclosing(backward.node, 'ForStatement', 'WhileStatement');
    return [{ backward, loop: loop !== null && loop.from >= scope.from && loop.to <= scope.to ? loop : null, scope }];
  });
}
