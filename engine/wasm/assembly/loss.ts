/** Losses and their gradients. */
import { exponential, loadLanes, storeLanes } from './lanes';

export function softmaxCrossEntropy(
  logits: usize,
  logitsStride: i32,
  classes: usize,
  rowLosses: usize,
  gradient: usize,
  gradientStride: i32,
  rows: i32,
  columns: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const from = logits + (<usize>(row * logitsStride) << 2);
    const to = gradient + (<usize>(row * gradientStride) << 2);
    const target = <usize>(<i32>load<f32>(classes + (<usize>row << 2))) << 2;
    const targetLogit = load<f32>(from + target);
    let largest = load<f32>(from);
    for (let j = 1; j < columns; j++) largest = max(largest, load<f32>(from + (<usize>j << 2)));
    const largestLanes = f32x4.splat(largest);
    for (let j = 0; j < columns; j += 4) {
      const place = <usize>j << 2;
      const lanes = columns - j;
      storeLanes(to + place, exponential(f32x4.sub(loadLanes(from + place, lanes), largestLanes)), lanes);
    }
    let sum: f32 = 0;
    for (let j = 0; j < columns; j++) sum += load<f32>(to + (<usize>j << 2));
    store<f32>(rowLosses + (<usize>row << 2), Mathf.log(sum) + largest - targetLogit);
    const share = f32x4.splat(1 / (sum * <f32>rows));
    for (let j = 0; j < columns; j += 4) {
      const place = to + (<usize>j << 2);
      storeLanes(place, f32x4.mul(loadLanes(place, columns - j), share), columns - j);
    }
    store<f32>(to + target, load<f32>(to + target) - 1 / <f32>rows);
  }
}

export function meanSquaredError(
  predictions: usize,
  predictionsStride: i32,
  targets: usize,
  targetsStride: i32,
  rowLosses: usize,
  gradient: usize,
  gradientStride: i32,
  rows: i32,
  columns: i32,
): void {
  const slope: f32 = 2 / <f32>(rows * columns);
  for (let row = 0; row < rows; row++) {
    let sum: f32 = 0;
    for (let j = 0; j < columns; j++) {
      const difference =
        load<f32>(predictions + (<usize>(row * predictionsStride + j) << 2)) -
        load<f32>(targets + (<usize>(row * targetsStride + j) << 2));
      sum += difference * difference;
      store<f32>(gradient + (<usize>(row * gradientStride + j) << 2), difference * slope);
    }
    store<f32>(rowLosses + (<usize>row << 2), sum / <f32>columns);
  }
}
