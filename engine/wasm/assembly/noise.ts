/** Normal numbers computed from a key; the same as in the reference backend. */
import { mixBits } from './dropout';

/** In 64 bits: a logarithm of 32 would not tell small numbers apart. */
export function addNoise(source: usize, target: usize, length: i32, standardDeviation: f64, key: u32): void {
  for (let i = 0; i < length; i++) {
    const place = <usize>i << 2;
    const first = mixBits(<u32>(2 * i) * 0x9e3779b9 + key);
    const second = mixBits(<u32>(2 * i + 1) * 0x9e3779b9 + key);
    const radius = Math.sqrt(-2 * Math.log((<f64>first + 1) / 4294967296));
    const noise = radius * Math.cos(2 * Math.PI * (<f64>second / 4294967296));
    store<f32>(target + place, <f32>(<f64>load<f32>(source + place) + standardDeviation * noise));
  }
}
