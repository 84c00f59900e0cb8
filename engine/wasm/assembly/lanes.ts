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
 * eˣ to about one unit in the last place: x = n·ln 2 + r with |r| ≤ ln 2 / 2, the Taylor polynomial of degree 6 for eʳ
 * (error below r⁷/7! = 1.2e-7), and 2ⁿ put together from its bits. NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function exponential(x: v128): v128 {
  const bounded = f32x4.max(f32x4.min(x, f32x4.splat(88)), f32x4.splat(-87));
  const n = f32x4.nearest(f32x4.mul(bounded, f32x4.splat(1.4426950408889634)));
  // ln 2 in two parts, of which the first is short enough for n times it to be exact.
  const upper = multiplyAdd(n, f32x4.splat(-0.693359375), bounded);
  const r = multiplyAdd(n, f32x4.splat(2.1219444005469057e-4), upper);
  let polynomial = multiplyAdd(r, f32x4.splat(1.0 / 720.0), f32x4.splat(1.0 / 120.0));
  polynomial = multiplyAdd(polynomial, r, f32x4.splat(1.0 / 24.0));
  polynomial = multiplyAdd(polynomial, r, f32x4.splat(1.0 / 6.0));
  polynomial = multiplyAdd(polynomial, r, f32x4.splat(0.5));
  polynomial = multiplyAdd(polynomial, r, f32x4.splat(1));
  polynomial = multiplyAdd(polynomial, r, f32x4.splat(1));
  const powerOfTwo = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(polynomial, powerOfTwo);
}

/** 1 / (1 + e⁻ˣ). */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exponential(f32x4.neg(x))));
}

/** 1 − 2 / (e²ˣ + 1), which is within 1.2e-7 of tanh x everywhere. */
// @ts-ignore: decorator
@inline
export function hyperbolicTangent(x: v128): v128 {
  const one = f32x4.splat(1);
  const two = f32x4.splat(2);
  return f32x4.sub(one, f32x4.div(two, f32x4.add(exponential(f32x4.mul(two, x)), one)));
}

/** `gradient · y · (1 − y)`: back through a sigmoid whose value is y. */
// @ts-ignore: decorator
@inline
export function throughSigmoid(gradient: v128, y: v128): v128 {
  return f32x4.mul(gradient, f32x4.mul(y, f32x4.sub(f32x4.splat(1), y)));
}

/** `gradient · (1 − y²)`: back through a hyperbolic tangent whose value is y. */
// @ts-ignore: decorator
@inline
export function throughTangent(gradient: v128, y: v128): v128 {
  return f32x4.mul(gradient, f32x4.sub(f32x4.splat(1), f32x4.mul(y, y)));
}

/** A gate: the logistic function, or `clip(slope·x + 1/2, 0, 1)` where a slope is given. */
// @ts-ignore: decorator
@inline
export function gate(x: v128, hardSigmoidSlope: f32): v128 {
  if (hardSigmoidSlope == 0) return sigmoid(x);
  const line = multiplyAdd(x, f32x4.splat(hardSigmoidSlope), f32x4.splat(0.5));
  return f32x4.max(f32x4.min(line, f32x4.splat(1)), f32x4.splat(0));
}

/** `gradient · gate′`, where the gate's value is `y`. */
// @ts-ignore: decorator
@inline
export function throughGate(gradient: v128, y: v128, hardSigmoidSlope: f32): v128 {
  if (hardSigmoidSlope == 0) return throughSigmoid(gradient, y);
  const isInside = v128.and(f32x4.gt(y, f32x4.splat(0)), f32x4.lt(y, f32x4.splat(1)));
  return v128.and(isInside, f32x4.mul(gradient, f32x4.splat(hardSigmoidSlope)));
}
