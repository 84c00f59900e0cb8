/** Inverted dropout (Srivastava et al. 2014), its mask computed from a key rather than stored. */
import type { DropoutPlaces, Span } from '../backend';
import { mixBits } from '../random';
import { load } from './memory';

export function dropout(
  memory: Float64Array,
  source: Span,
  target: Span,
  rate: number,
  key: number,
  { first, length, stride }: DropoutPlaces,
): void {
  const scale = 1 / (1 - rate);
  const threshold = dropoutThreshold(rate);
  for (let i = 0; i < source.length; i++) {
    const place = first + Math.floor(i / length) * stride + (i % length);
    const kept = mixBits(Math.imul(place, 0x9e3779b9) + key) >>> 0 >= threshold;
    memory[target.offset + i] = kept ? load(memory, source.offset + i) * scale : 0;
  }
}

/** Of 2³² equally likely values, those below this one drop: of a rate of 1 all, by a number that has no place in 32 bits. */
export function dropoutThreshold(rate: number): number {
  return Math.floor(rate * 4294967296);
}
