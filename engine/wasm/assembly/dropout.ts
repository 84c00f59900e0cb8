/** Inverted dropout with a mask computed from a key; the same numbers as in the reference backend. */

/** The finaliser of MurmurHash3 (Appleby 2011). */
// @ts-ignore: decorator
@inline
export function mixBits(value: u32): u32 {
  let bits = value;
  bits = (bits ^ (bits >> 16)) * 0x85ebca6b;
  bits = (bits ^ (bits >> 13)) * 0xc2b2ae35;
  return bits ^ (bits >> 16);
}

/** An element is kept when its random number is not below `threshold`, and then multiplied by `scale`. */
export function dropout(
  source: usize,
  target: usize,
  length: i32,
  threshold: u32,
  scale: f32,
  key: u32,
  period: i32,
): void {
  for (let i = 0; i < length; i++) {
    const place = <usize>i << 2;
    const kept = mixBits(<u32>(i % period) * 0x9e3779b9 + key) >= threshold;
    store<f32>(target + place, kept ? load<f32>(source + place) * scale : 0);
  }
}
