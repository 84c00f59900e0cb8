/**
 * The logistic function and the hyperbolic tangent, which is 2·σ(2x) − 1, over rows. Eight numbers at a time in pairs of
 * vectors that are loaded, computed and stored alike, so that an engine that joins pairs into 256-bit operations finds them;
 * constants stay in registers from the first row to the last. Strides are in bytes.
 */
import {
  constant,
  exponential,
  loadLanes,
  logarithmHigh,
  logarithmLow,
  lowerBound,
  multiplyAdd,
  perLogarithm,
  roundingShift,
  storeLanes,
  taylor,
  upperBound,
} from './lanes';

// @ts-ignore: decorator
@inline
export function sigmoidRows(source: usize, sourceStride: usize, target: usize, targetStride: usize, rows: i32, length: i32): void {
  logisticRows(source, sourceStride, target, targetStride, rows, length, -1, 1, 0);
}

/** To within 1.2e-7 of tanh x everywhere. */
// @ts-ignore: decorator
@inline
export function tangentRows(source: usize, sourceStride: usize, target: usize, targetStride: usize, rows: i32, length: i32): void {
  logisticRows(source, sourceStride, target, targetStride, rows, length, -2, 2, -1);
}

/** `scale / (1 + e^(slope·x)) + shift`. */
function logisticRows(
  source: usize,
  sourceStride: usize,
  target: usize,
  targetStride: usize,
  rows: i32,
  length: i32,
  slope: f32,
  scale: f32,
  shift: f32,
): void {
  const slopes = f32x4.splat(slope);
  const scales = f32x4.splat(scale);
  const shifts = f32x4.splat(shift);
  const highest = constant(upperBound);
  const lowest = constant(lowerBound);
  const inverse = constant(perLogarithm);
  const rounding = constant(roundingShift);
  const high = constant(logarithmHigh);
  const low = constant(logarithmLow);
  const a6 = constant(taylor);
  const a5 = constant(taylor + 1);
  const a4 = constant(taylor + 2);
  const a3 = constant(taylor + 3);
  const a2 = constant(taylor + 4);
  const one = constant(taylor + 5);
  for (let row = 0; row < rows; row++) {
    let i = 0;
    for (; i + 8 <= length; i += 8) {
      const place = <usize>i << 2;
      const x0 = f32x4.pmax(f32x4.pmin(f32x4.mul(v128.load(source + place), slopes), highest), lowest);
      const x1 = f32x4.pmax(f32x4.pmin(f32x4.mul(v128.load(source + place, 16), slopes), highest), lowest);
      const shifted0 = multiplyAdd(x0, inverse, rounding);
      const shifted1 = multiplyAdd(x1, inverse, rounding);
      const n0 = f32x4.sub(shifted0, rounding);
      const n1 = f32x4.sub(shifted1, rounding);
      const r0 = multiplyAdd(n0, low, multiplyAdd(n0, high, x0));
      const r1 = multiplyAdd(n1, low, multiplyAdd(n1, high, x1));
      let p0 = multiplyAdd(r0, a6, a5);
      let p1 = multiplyAdd(r1, a6, a5);
      p0 = multiplyAdd(p0, r0, a4);
      p1 = multiplyAdd(p1, r1, a4);
      p0 = multiplyAdd(p0, r0, a3);
      p1 = multiplyAdd(p1, r1, a3);
      p0 = multiplyAdd(p0, r0, a2);
      p1 = multiplyAdd(p1, r1, a2);
      p0 = multiplyAdd(p0, r0, one);
      p1 = multiplyAdd(p1, r1, one);
      p0 = multiplyAdd(p0, r0, one);
      p1 = multiplyAdd(p1, r1, one);
      const e0 = f32x4.mul(p0, i32x4.shl(shifted0, 23));
      const e1 = f32x4.mul(p1, i32x4.shl(shifted1, 23));
      v128.store(target + place, multiplyAdd(scales, f32x4.div(one, f32x4.add(one, e0)), shifts));
      v128.store(target + place, multiplyAdd(scales, f32x4.div(one, f32x4.add(one, e1)), shifts), 16);
    }
    for (; i < length; i += 4) {
      const place = <usize>i << 2;
      const e = exponential(f32x4.mul(loadLanes(source + place, length - i), slopes));
      storeLanes(target + place, multiplyAdd(scales, f32x4.div(one, f32x4.add(one, e)), shifts), length - i);
    }
    source += sourceStride;
    target += targetStride;
  }
}

/** Gates: the logistic function, or `clip(slope·x + 1/2, 0, 1)` where a slope is given. */
export function gateRows(values: usize, stride: usize, rows: i32, length: i32, hardSigmoidSlope: f32): void {
  if (hardSigmoidSlope == 0) {
    sigmoidRows(values, stride, values, stride, rows, length);
    return;
  }
  const slopes = f32x4.splat(hardSigmoidSlope);
  const half = constant(taylor + 4);
  const one = constant(taylor + 5);
  const zero = f32x4.splat(0);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < length; i += 4) {
      const place = values + (<usize>i << 2);
      const line = multiplyAdd(loadLanes(place, length - i), slopes, half);
      storeLanes(place, f32x4.max(f32x4.min(line, one), zero), length - i);
    }
    values += stride;
  }
}
