/** Operations on single numbers, rows and columns: fill, add, multiply, copy, broadcast, sum, dot products, activations. */
import {
  loadLanes,
  multiplyAdd,
  storeLanes,
  sumOfLanes,
  throughSigmoid,
  throughTangent,
} from './lanes';
import { sigmoidRows, tangentRows } from './logistic';

/** Codes of the activations, as the host sends them. */
export const activationTanh: i32 = 0;
export const activationRelu: i32 = 1;
export const activationSigmoid: i32 = 2;

export function fill(values: usize, length: i32, value: f32): void {
  const lanesOfValue = f32x4.splat(value);
  for (let i = 0; i < length; i += 4) storeLanes(values + (<usize>i << 2), lanesOfValue, length - i);
}

export function add(target: usize, source: usize, length: i32): void {
  for (let i = 0; i < length; i += 4) {
    const place = <usize>i << 2;
    const lanes = length - i;
    storeLanes(target + place, f32x4.add(loadLanes(target + place, lanes), loadLanes(source + place, lanes)), lanes);
  }
}

export function scale(target: usize, length: i32, factor: f32): void {
  const lanesOfFactor = f32x4.splat(factor);
  for (let i = 0; i < length; i += 4) {
    const place = target + (<usize>i << 2);
    storeLanes(place, f32x4.mul(loadLanes(place, length - i), lanesOfFactor), length - i);
  }
}

export function multiplyElements(left: usize, right: usize, target: usize, length: i32): void {
  for (let i = 0; i < length; i += 4) {
    const place = <usize>i << 2;
    const lanes = length - i;
    storeLanes(target + place, f32x4.mul(loadLanes(left + place, lanes), loadLanes(right + place, lanes)), lanes);
  }
}

export function scaleRows(
  source: usize,
  sourceStride: i32,
  factors: usize,
  target: usize,
  targetStride: i32,
  rows: i32,
  columns: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const from = source + (<usize>(row * sourceStride) << 2);
    const to = target + (<usize>(row * targetStride) << 2);
    const factor = v128.load32_splat(factors + (<usize>row << 2));
    for (let j = 0; j < columns; j += 4) {
      const place = <usize>j << 2;
      storeLanes(to + place, f32x4.mul(loadLanes(from + place, columns - j), factor), columns - j);
    }
  }
}

export function addScaledColumns(
  source: usize,
  sourceStride: i32,
  factors: usize,
  target: usize,
  targetStride: i32,
  rows: i32,
  columns: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const from = source + (<usize>(row * sourceStride) << 2);
    const to = target + (<usize>(row * targetStride) << 2);
    for (let j = 0; j < columns; j += 4) {
      const place = <usize>j << 2;
      const lanes = columns - j;
      const scaled = multiplyAdd(
        loadLanes(from + place, lanes),
        loadLanes(factors + place, lanes),
        loadLanes(to + place, lanes),
      );
      storeLanes(to + place, scaled, lanes);
    }
  }
}

export function rowDots(
  left: usize,
  leftStride: i32,
  right: usize,
  rightStride: i32,
  rows: i32,
  columns: i32,
  dots: usize,
): void {
  for (let row = 0; row < rows; row++) {
    const leftRow = left + (<usize>(row * leftStride) << 2);
    const rightRow = right + (<usize>(row * rightStride) << 2);
    store<f32>(dots + (<usize>row << 2), dot(leftRow, rightRow, columns));
  }
}

/** Of rows so many numbers long. */
// @ts-ignore: decorator
@inline
export function dot(left: usize, right: usize, length: i32): f32 {
  let sum = f32x4.splat(0);
  for (let i = 0; i < length; i += 4) {
    const place = <usize>i << 2;
    sum = multiplyAdd(loadLanes(left + place, length - i), loadLanes(right + place, length - i), sum);
  }
  return sumOfLanes(sum);
}

export function columnDots(
  left: usize,
  leftStride: i32,
  right: usize,
  rightStride: i32,
  rows: i32,
  columns: i32,
  dots: usize,
): void {
  for (let column = 0; column < columns; column += 4) {
    const lanes = columns - column;
    let sum = f32x4.splat(0);
    for (let row = 0; row < rows; row++) {
      const leftLanes = loadLanes(left + (<usize>(row * leftStride + column) << 2), lanes);
      const rightLanes = loadLanes(right + (<usize>(row * rightStride + column) << 2), lanes);
      sum = multiplyAdd(leftLanes, rightLanes, sum);
    }
    storeLanes(dots + (<usize>column << 2), sum, lanes);
  }
}

export function copyMatrix(
  source: usize,
  sourceStride: i32,
  target: usize,
  targetStride: i32,
  rows: i32,
  columns: i32,
): void {
  if (columns == 1) {
    for (let row = 0; row < rows; row++) {
      store<f32>(target + (<usize>(row * targetStride) << 2), load<f32>(source + (<usize>(row * sourceStride) << 2)));
    }
    return;
  }
  for (let row = 0; row < rows; row++) {
    memory.copy(
      target + (<usize>(row * targetStride) << 2),
      source + (<usize>(row * sourceStride) << 2),
      <usize>columns << 2,
    );
  }
}

export function broadcastRow(row: usize, target: usize, targetStride: i32, rows: i32, columns: i32): void {
  for (let i = 0; i < rows; i++) memory.copy(target + (<usize>(i * targetStride) << 2), row, <usize>columns << 2);
}

/** Row by row, as they lie in memory: column by column would read each cache line once for every four columns. */
export function sumRows(source: usize, sourceStride: i32, rows: i32, columns: i32, sums: usize): void {
  memory.fill(sums, 0, <usize>columns << 2);
  const strideBytes = <usize>sourceStride << 2;
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    for (let column = 0; column < columns; column += 4) {
      const lanes = columns - column;
      const place = source + (<usize>column << 2);
      const first = f32x4.add(loadLanes(place, lanes), loadLanes(place + strideBytes, lanes));
      const second = f32x4.add(loadLanes(place + strideBytes * 2, lanes), loadLanes(place + strideBytes * 3, lanes));
      const target = sums + (<usize>column << 2);
      storeLanes(target, f32x4.add(loadLanes(target, lanes), f32x4.add(first, second)), lanes);
    }
    source += strideBytes * 4;
  }
  for (; row < rows; row++) {
    add(sums, source, columns);
    source += strideBytes;
  }
}

/** `gradient · activation′`, where the activation's value is `y`. */
// @ts-ignore: decorator
@inline
export function throughActivation(activation: i32, gradient: v128, y: v128): v128 {
  if (activation == activationTanh) return throughTangent(gradient, y);
  if (activation == activationSigmoid) return throughSigmoid(gradient, y);
  return v128.and(gradient, f32x4.gt(y, f32x4.splat(0)));
}

export function activate(activation: i32, values: usize, length: i32): void {
  activateTo(activation, values, values, length);
}

/** `target = activation(source)`, one stretch. */
export function activateTo(activation: i32, source: usize, target: usize, length: i32): void {
  if (activation == activationTanh) tangentRows(source, 0, target, 0, 1, length);
  else if (activation == activationSigmoid) sigmoidRows(source, 0, target, 0, 1, length);
  else {
    const zero = f32x4.splat(0);
    for (let i = 0; i < length; i += 4) {
      const place = <usize>i << 2;
      storeLanes(target + place, f32x4.max(loadLanes(source + place, length - i), zero), length - i);
    }
  }
}

export function activateBackward(activation: i32, values: usize, gradient: usize, length: i32): void {
  for (let i = 0; i < length; i += 4) {
    const place = <usize>i << 2;
    const lanes = length - i;
    const passed = throughActivation(
      activation,
      loadLanes(gradient + place, lanes),
      loadLanes(values + place, lanes),
    );
    storeLanes(gradient + place, passed, lanes);
  }
}
