/** Four 32-bit floats at a time: loading and storing them, also at the end of a row, and the functions that gates need. */

/** Four floats, or the first `lanes` of them and zeros. */
// @ts-ignore: decorator
@inline
export function loadLanes(address: usize, lanes: i32): v128 {
  return lanes >= 4 ? v128.load(address) : loadTail(address, lanes);
}

function loadTail(address: usize, lanes: i32): v128 {
  let values = f32x4.splat(0);
  values = f32x4.replace_lane(values, 0, load<f32>(address));
  if (lanes > 1) values = f32x4.replace_lane(values, 1, load<f32>(address, 4));
  if (lanes > 2) values = f32x4.replace_lane(values, 2, load<f32>(address, 8));
  return values;
}

/** Stores four floats, or the first `lanes` of them. */
// @ts-ignore: decorator
@inline
export function storeLanes(address: usize, values: v128, lanes: i32): void {
  if (lanes >= 4) v128.store(address, values);
  else storeTail(address, values, lanes);
}

function storeTail(address: usize, values: v128, lanes: i32): void {
  store<f32>(address, f32x4.extract_lane(values, 0));
  if (lanes > 1) store<f32>(address, f32x4.extract_lane(values, 1), 4);
  if (lanes > 2) store<f32>(address, f32x4.extract_lane(values, 2), 8);
}

/** `a·b + c`: one instruction, rounded once, where the machine and this build have it. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

// @ts-ignore: decorator
@inline
export function sumOfLanes(values: v128): f32 {
  return (
    f32x4.extract_lane(values, 0) +
    f32x4.extract_lane(values, 1) +
    (f32x4.extract_lane(values, 2) + f32x4.extract_lane(values, 3))
  );
}

/**
 * What `exponential` and `logistic` compute with. They are read from memory, four times over, because V8 puts every vector
 * constant together anew wherever it stands, loops included.
 */
const constants: usize = memory.data<f32>([
  88,
  -87,
  1.4426950408889634,
  12583039,
  -0.693359375,
  2.1219444005469057e-4,
  1.0 / 720.0,
  1.0 / 120.0,
  1.0 / 24.0,
  1.0 / 6.0,
  0.5,
  1,
]);

// @ts-ignore: decorator
@inline
export const upperBound: usize = 0;
// @ts-ignore: decorator
@inline
export const lowerBound: usize = 1;
/** 1 / ln 2. */
// @ts-ignore: decorator
@inline
export const perLogarithm: usize = 2;
/** 1.5·2²³ + 127: added to a number it leaves the nearest integer, and the exponent bias, in the lowest bits. */
// @ts-ignore: decorator
@inline
export const roundingShift: usize = 3;
/** −ln 2 in two parts, of which the first is short enough for small integers times it to be exact. */
// @ts-ignore: decorator
@inline
export const logarithmHigh: usize = 4;
// @ts-ignore: decorator
@inline
export const logarithmLow: usize = 5;
/** 1/6!, 1/5!, 1/4!, 1/3!, 1/2!, 1: the Taylor polynomial of eʳ. */
// @ts-ignore: decorator
@inline
export const taylor: usize = 6;

// @ts-ignore: decorator
@inline
export function constant(index: usize): v128 {
  return v128.load32_splat(constants + (index << 2));
}

// @ts-ignore: decorator
@inline
function one(): v128 {
  return constant(taylor + 5);
}

/**
 * eˣ to about one unit in the last place: x = n·ln 2 + r with |r| ≤ ln 2 / 2, the Taylor polynomial of degree 6 for eʳ
 * (error below r⁷/7! = 1.2e-7), and 2ⁿ put together from its bits. NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function exponential(x: v128): v128 {
  // Of two numbers that cannot be compared these take the first, which keeps NaN.
  const bounded = f32x4.pmax(f32x4.pmin(x, constant(upperBound)), constant(lowerBound));
  const shifted = multiplyAdd(bounded, constant(perLogarithm), constant(roundingShift));
  const n = f32x4.sub(shifted, constant(roundingShift));
  const r = multiplyAdd(n, constant(logarithmLow), multiplyAdd(n, constant(logarithmHigh), bounded));
  let polynomial = multiplyAdd(r, constant(taylor), constant(taylor + 1));
  polynomial = multiplyAdd(polynomial, r, constant(taylor + 2));
  polynomial = multiplyAdd(polynomial, r, constant(taylor + 3));
  polynomial = multiplyAdd(polynomial, r, constant(taylor + 4));
  polynomial = multiplyAdd(polynomial, r, one());
  polynomial = multiplyAdd(polynomial, r, one());
  return f32x4.mul(polynomial, i32x4.shl(shifted, 23));
}

/** `gradient · y · (1 − y)`: back through a sigmoid whose value is y. */
// @ts-ignore: decorator
@inline
export function throughSigmoid(gradient: v128, y: v128): v128 {
  return f32x4.mul(gradient, f32x4.mul(y, f32x4.sub(one(), y)));
}

/** `gradient · (1 − y²)`: back through a hyperbolic tangent whose value is y. */
// @ts-ignore: decorator
@inline
export function throughTangent(gradient: v128, y: v128): v128 {
  return f32x4.mul(gradient, f32x4.sub(one(), f32x4.mul(y, y)));
}

/** `gradient · gate′`, where the gate's value is `y`. */
// @ts-ignore: decorator
@inline
export function throughGate(gradient: v128, y: v128, hardSigmoidSlope: f32): v128 {
  if (hardSigmoidSlope == 0) return throughSigmoid(gradient, y);
  const isInside = v128.and(f32x4.gt(y, f32x4.splat(0)), f32x4.lt(y, f32x4.splat(1)));
  return v128.and(isInside, f32x4.mul(gradient, f32x4.splat(hardSigmoidSlope)));
}
