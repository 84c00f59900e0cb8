/** Numbers that stand for many. */

/** The mean of the two in the middle where there is no one in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const ordered = [...values].sort((a, b) => a - b);
  const middle = ordered.length >> 1;
  const [below = Number.NaN, above = Number.NaN] = [ordered[middle - 1], ordered[middle]];
  return ordered.length % 2 === 1 ? above : (below + above) / 2;
}

/** What ratios are averaged by; null of none. */
export function geometricMean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
