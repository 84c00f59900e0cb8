/** A number that knows how certain it is, which formula gave it and what it rests on. */
import { type Expression, format, formatInteger, integerOf } from '../expression';
import type { Quantity } from '../graph';
import { Lazy } from '../lazy';

/**
 * `exact`: follows from the source alone. `symbolic`: exact once the named symbols have values. `estimated`: depends on
 * how an implementation works. `unknown`: something is missing, and `because` says what.
 */
export type Grade = 'exact' | 'symbolic' | 'estimated' | 'unknown';

export interface Amount {
  readonly grade: Grade;
  /** Null where the amount is unknown or depends on symbols. */
  readonly value: number | null;
  /** Null where the amount is unknown. */
  readonly expression: Expression | null;
  /**
   * The formula with names, then with numbers, then its result: `4·(U·(I+U) + U) = 4·(64·(64+64) + 64) = 33,024`.
   * Written out when it is shown.
   */
  readonly formula: Lazy<string>;
  /** The rule that was applied, or what is missing: a phrase. */
  readonly because: string;
}

/** The steps of an amount whose formula says no more than its result. */
export const noSteps = (): readonly string[] => [];

/** What a quantity amounts to; `steps` gives the spellings of its formula from the most general one on. */
export function amountOf(
  quantity: Quantity,
  steps: () => readonly string[],
  because: string,
  nature: 'counted' | 'estimated' = 'counted',
): Amount {
  if (quantity.kind === 'unknown') {
    const formula = new Lazy(() => steps()[0] ?? '');
    return { grade: 'unknown', value: null, expression: null, formula, because: quantity.because };
  }
  const expression = quantity.value;
  const value = integerOf(expression) ?? null;
  const formula = new Lazy(() => {
    const spellings = [...steps(), format(expression)];
    return spellings.filter((spelling, index) => spelling !== '' && spelling !== spellings[index - 1]).join(' = ');
  });
  const counted = value === null ? 'symbolic' : 'exact';
  return { grade: nature === 'estimated' ? nature : counted, value, expression, formula, because };
}

/** What an amount counts, without its formula. */
export function quantityOf({ expression, because }: Amount): Quantity {
  return expression === null ? { kind: 'unknown', because } : { kind: 'known', value: expression };
}

/** The shortest form that says it all: `33,024`, `4·H² + 8·H`, `unknown`. */
export function formatAmount(amount: Amount): string {
  if (amount.value !== null) return formatInteger(amount.value);
  return amount.expression === null ? 'unknown' : format(amount.expression);
}
