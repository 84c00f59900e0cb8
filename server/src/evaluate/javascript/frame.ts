/** One activation of a function or a module. */
import type { Scope } from '../scope';
import type { Value } from '../values';
import type { Receiver } from './objects';

export interface Frame {
  /** The innermost block's scope. */
  readonly scope: Scope;
  /** The scope of the function or module, where `var` declares and whose variables a `return` leaves behind. */
  readonly home: Scope;
  /** The function's name, a constructor's class; null at module level and in functions without a name. */
  readonly functionName: string | null;
  readonly receiver: Receiver | null;
  /** Values that branches under unknown conditions may already have returned. */
  readonly possibleReturns: Value[];
  /** Which rounds of the loops around it are running (`2.0`), where all their rounds are known, the outermost first. */
  round: string;
  /** How often a loop was left, or a round cut short, on one way of an unknown condition only. */
  readonly uncertainExits: { count: number };
}

/** How a statement ends. */
export type Outcome =
  | { readonly kind: 'normal' }
  | { readonly kind: 'return'; readonly value: Value }
  | { readonly kind: 'break' | 'continue' }
  | { readonly kind: 'throw' };

export const normal: Outcome = { kind: 'normal' };
