/** A number that knows how certain it is, which formula gave it and what it rests on. */
import { type Expression, format, formatInteger, integerOf } from '../expression';
import type { Quantity } from '../graph';

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
  /** The formula with names, then with numbers, then its result: `4·(U·(I+U) + U) = 4·(64·(64+64) + 64) = 33,024`. */
  readonly formula: string;
  /** The rule that was applied, or what is missing: a phrase. */
  readonly because: string;
}

/** What a quantity amounts to; `steps` are the spellings of its formula from the most general one on. */
export function amountOf(
  quantity: Quantity,
  steps: readonly string[],
  because: string,
  nature: 'counted' | 'estimated' = 'counted',
): Amount {
  if (quantity.kind === 'unknown') {
    return { grade: 'unknown', value: null, expression: null, formula: steps[0] ?? '', because: quantity.because };
  }
  const value = integerOf(quantity.value) ?? null;
  const spellings = [...steps, format(quantity.value)];
  return {
    grade: nature === 'estimated' ? 'estimated' : value === null ? 'symbolic' : 'exact',
    value,
    expression: quantity.value,
    formula: spellings.filter((spelling, index) => spelling !== '' && spelling !== spellings[index - 1]).join(' = '),
    because,
  };
}

/** The shortest form that says it all: `33,024`, `4·H² + 8·H`, `unknown`. */
export function formatAmount(amount: Amount): string {
  if (amount.value !== null) return formatInteger(amount.value);
  return amount.expression === null ? 'unknown' : format(amount.expression);
}
