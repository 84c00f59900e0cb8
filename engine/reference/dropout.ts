/** Inverted dropout (Srivastava et al. 2014), its mask computed from a key rather than stored. */
import type { Span } from '../backend';
import { mixBits } from '../random';
import { load } from './memory';

export function dropout(
  memory: Float64Array,
  source: Span,
  target: Span,
  rate: number,
  key: number,
  period: number,
): void {
  const scale = 1 / (1 - rate);
  const threshold = dropoutThreshold(rate);
  for (let i = 0; i < source.length; i++) {
    const kept = mixBits(Math.imul(i % period, 0x9e3779b9) + key) >>> 0 >= threshold;
    memory[target.offset + i] = kept ? load(memory, source.offset + i) * scale : 0;
  }
}

/** Of 2³² equally likely values, those below this one drop. */
export function dropoutThreshold(rate: number): number {
  return Math.floor(rate * 4294967296);
}
