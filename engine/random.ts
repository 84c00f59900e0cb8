/** Random numbers that are the same on every machine for the same seed. */

export interface RandomSource {
  /** Uniform in [0, 1), with 32 random bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform among 0 … count − 1. */
  below(count: number): number;
}

/** A counter through `mixBits`, as SplitMix does it (Steele, Lea, Flood 2014), with 32 bits of state. */
export function createRandom(seed: number, stream: number): RandomSource {
  let state = mixBits((seed | 0) ^ mixBits(stream + 1));
  const uniform = (): number => {
    state = (state + 0x9e3779b9) | 0;
    return (mixBits(state) >>> 0) / 4294967296;
  };
  return {
    uniform,
    // Box and Muller 1958; 1 − u keeps the logarithm finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    below: (count) => Math.floor(uniform() * count),
  };
}

/** Spreads the bits of a 32-bit integer evenly: the finaliser of MurmurHash3 (Appleby 2011). */
export function mixBits(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/** 0 … count − 1 in random order (Fisher and Yates). */
export function shuffledIndices(count: number, random: RandomSource): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const held = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = held;
  }
  return order;
}
