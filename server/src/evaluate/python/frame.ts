/** One activation of a function, a class body or a module. */
import type { Scope } from '../scope';
import type { ClassValue, Value } from '../values';

export interface Frame {
  readonly scope: Scope;
  /** The function's name; null at module level. */
  readonly functionName: string | null;
  /** The class whose method is running, and its first argument: what a bare `super()` means. */
  readonly owner: ClassValue | null;
  readonly receiver: Value | null;
  /** Values that branches under unknown conditions may already have returned. */
  readonly possibleReturns: Value[];
  /** Which rounds of the loops around it are running (`2.0`), where all their rounds are known, the outermost first. */
  round: string;
  /** How often the innermost loop was left, or a round of it cut short, on one way of an unknown condition only. */
  readonly uncertainExits: { breaks: number; continues: number };
}

/** How a statement ends. */
export type Outcome =
  | { readonly kind: 'normal' }
  | { readonly kind: 'return'; readonly value: Value }
  | { readonly kind: 'break' | 'continue' }
  | { readonly kind: 'raise' };

export const normal: Outcome = { kind: 'normal' };
