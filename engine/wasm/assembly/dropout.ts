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

/**
 * An element is kept when its random number is not below `threshold`, and then multiplied by `scale`. The elements lie in rows
 * of `rowLength`; the first one stands at `firstPlace`, and each row `rowStride` places after the one before.
 */
export function dropout(
  source: usize,
  target: usize,
  length: i32,
  threshold: u32,
  scale: f32,
  key: u32,
  firstPlace: i32,
  rowLength: i32,
  rowStride: i32,
): void {
  let rowPlace = firstPlace;
  for (let row = 0; row < length; row += rowLength) {
    for (let column = 0; column < rowLength; column++) {
      const offset = <usize>(row + column) << 2;
      const kept = mixBits(<u32>(rowPlace + column) * 0x9e3779b9 + key) >= threshold;
      store<f32>(target + offset, kept ? load<f32>(source + offset) * scale : 0);
    }
    rowPlace += rowStride;
  }
}
