/** Positions of a budget's slider: equal ways are equal factors, and the last position is no limit. */
import type { BudgetRange } from '../../../protocol/recommendation';

/** The position that means no limit. */
export const noLimit = 200;

/** The limit at a position, to three digits; never below where the range begins. Null for no limit. */
export function limitAt(position: number, { from, to }: BudgetRange, whole: boolean): number | null {
  if (position >= noLimit) return null;
  const value = from * (to / from) ** (Math.max(0, position) / (noLimit - 1));
  const unit = 10 ** (Math.floor(Math.log10(value)) - 2);
  const limit = Number((Math.ceil(value / unit - 1e-9) * unit).toPrecision(3));
  return whole ? Math.ceil(limit) : limit;
}

/** The position nearest to a limit, which may lie outside of the range. */
export function positionOf(limit: number | null, { from, to }: BudgetRange): number {
  if (limit === null) return noLimit;
  const share = Math.log(limit / from) / Math.log(to / from);
  return Math.round(Math.min(1, Math.max(0, share)) * (noLimit - 1));
}
