/** Normal numbers computed from a key rather than drawn one after another, by Box and Muller 1958. */
import type { Span } from '../backend';
import { mixBits } from '../random';
import { load } from './memory';

export function addNoise(
  memory: Float64Array,
  source: Span,
  target: Span,
  standardDeviation: number,
  key: number,
): void {
  for (let i = 0; i < source.length; i++) {
    // In (0, 1], which keeps the logarithm finite.
    const radius = Math.sqrt(-2 * Math.log((bitsAt(2 * i, key) + 1) / 4294967296));
    const angle = 2 * Math.PI * (bitsAt(2 * i + 1, key) / 4294967296);
    memory[target.offset + i] = load(memory, source.offset + i) + standardDeviation * radius * Math.cos(angle);
  }
}

function bitsAt(index: number, key: number): number {
  return mixBits(Math.imul(index, 0x9e3779b9) + key) >>> 0;
}
