/** Rows brought to mean 0 and variance 1, and what other normalisations need besides. */
import { dot } from './elementwise';
import { loadLanes, multiplyAdd, storeLanes, sumOfLanes } from './lanes';

export function standardiseRows(
  source: usize,
  sourceStride: i32,
  epsilon: f32,
  target: usize,
  targetStride: i32,
  inverseDeviations: usize,
  rows: i32,
  columns: i32,
): void {
  const share: f32 = 1 / <f32>columns;
  for (let row = 0; row < rows; row++) {
    const from = source + (<usize>(row * sourceStride) << 2);
    const to = target + (<usize>(row * targetStride) << 2);
    const mean = f32x4.splat(sumOf(from, columns) * share);
    // Centred before they are squared: the difference of large squares would be rounded away.
    for (let j = 0; j < columns; j += 4) {
      const place = <usize>j << 2;
      storeLanes(to + place, f32x4.sub(loadLanes(from + place, columns - j), mean), columns - j);
    }
    const inverse: f32 = 1 / sqrt<f32>(dot(to, to, columns) * share + epsilon);
    store<f32>(inverseDeviations + (<usize>row << 2), inverse);
    const factor = f32x4.splat(inverse);
    for (let j = 0; j < columns; j += 4) {
      const place = to + (<usize>j << 2);
      storeLanes(place, f32x4.mul(loadLanes(place, columns - j), factor), columns - j);
    }
  }
}

export function standardiseRowsBackward(
  standardised: usize,
  standardisedStride: i32,
  inverseDeviations: usize,
  gradient: usize,
  gradientStride: i32,
  rows: i32,
  columns: i32,
): void {
  const share: f32 = 1 / <f32>columns;
  for (let row = 0; row < rows; row++) {
    const values = standardised + (<usize>(row * standardisedStride) << 2);
    const gradients = gradient + (<usize>(row * gradientStride) << 2);
    const mean = f32x4.splat(sumOf(gradients, columns) * share);
    const negativeSlope = f32x4.splat(-dot(gradients, values, columns) * share);
    const inverse = v128.load32_splat(inverseDeviations + (<usize>row << 2));
    for (let j = 0; j < columns; j += 4) {
      const place = <usize>j << 2;
      const lanes = columns - j;
      const centred = f32x4.sub(loadLanes(gradients + place, lanes), mean);
      const straightened = multiplyAdd(loadLanes(values + place, lanes), negativeSlope, centred);
      storeLanes(gradients + place, f32x4.mul(straightened, inverse), lanes);
    }
  }
}

export function inverseRoot(values: usize, epsilon: f32, target: usize, length: i32): void {
  for (let i = 0; i < length; i++) {
    const place = <usize>i << 2;
    store<f32>(target + place, 1 / sqrt<f32>(load<f32>(values + place) + epsilon));
  }
}

// @ts-ignore: decorator
@inline
function sumOf(row: usize, columns: i32): f32 {
  let sum = f32x4.splat(0);
  for (let j = 0; j < columns; j += 4) sum = f32x4.add(sum, loadLanes(row + (<usize>j << 2), columns - j));
  return sumOfLanes(sum);
}
