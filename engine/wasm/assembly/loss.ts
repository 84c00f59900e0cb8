/** Losses and their gradients. Rows count by their weights, at address 0 all alike; one of weight 0 is not looked at. */
import { exponential, loadLanes, storeLanes } from './lanes';

export function softmaxCrossEntropy(
  logits: usize,
  logitsStride: i32,
  classes: usize,
  weights: usize,
  rowLosses: usize,
  gradient: usize,
  gradientStride: i32,
  rows: i32,
  columns: i32,
): void {
  const unit = shareOfUnit(weights, rows);
  for (let row = 0; row < rows; row++) {
    const from = logits + (<usize>(row * logitsStride) << 2);
    const to = gradient + (<usize>(row * gradientStride) << 2);
    const rowShare = shareOf(weights, row, unit);
    if (rowShare == 0) {
      leaveOut(rowLosses + (<usize>row << 2), to, columns);
      continue;
    }
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
    const share = f32x4.splat(rowShare / sum);
    for (let j = 0; j < columns; j += 4) {
      const place = to + (<usize>j << 2);
      storeLanes(place, f32x4.mul(loadLanes(place, columns - j), share), columns - j);
    }
    store<f32>(to + target, load<f32>(to + target) - rowShare);
  }
}

/** `loss`: 0 squared, 1 absolute, 2 Huber, 3 binary cross-entropy, as `engine/wasm/backend.ts` numbers them. */
export function elementwiseLoss(
  loss: i32,
  predictions: usize,
  predictionsStride: i32,
  targets: usize,
  targetsStride: i32,
  weights: usize,
  rowLosses: usize,
  gradient: usize,
  gradientStride: i32,
  rows: i32,
  columns: i32,
): void {
  const unit = shareOfUnit(weights, rows);
  for (let row = 0; row < rows; row++) {
    const to = gradient + (<usize>(row * gradientStride) << 2);
    const rowShare = shareOf(weights, row, unit);
    if (rowShare == 0) {
      leaveOut(rowLosses + (<usize>row << 2), to, columns);
      continue;
    }
    const share = rowShare / <f32>columns;
    let sum: f32 = 0;
    for (let j = 0; j < columns; j++) {
      const prediction = load<f32>(predictions + (<usize>(row * predictionsStride + j) << 2));
      const target = load<f32>(targets + (<usize>(row * targetsStride + j) << 2));
      const difference = prediction - target;
      let slope: f32;
      if (loss == 0) {
        sum += difference * difference;
        slope = 2 * difference;
      } else if (loss == 1) {
        sum += abs(difference);
        slope = signOf(difference);
      } else if (loss == 2) {
        const isNear = abs(difference) <= 1;
        sum += isNear ? difference * difference * 0.5 : abs(difference) - 0.5;
        slope = isNear ? difference : signOf(difference);
      } else {
        // The exponential of a number below zero, from which σ follows on either side.
        const small = Mathf.exp(-abs(prediction));
        sum += max<f32>(prediction, 0) - prediction * target + Mathf.log1p(small);
        slope = (prediction >= 0 ? 1 / (1 + small) : small / (1 + small)) - target;
      }
      store<f32>(to + (<usize>j << 2), slope * share);
    }
    store<f32>(rowLosses + (<usize>row << 2), sum / <f32>columns);
  }
}

/** What a weight of 1 is of all weights; 0 where nothing counts. */
function shareOfUnit(weights: usize, rows: i32): f32 {
  if (weights == 0) return 1 / <f32>rows;
  let sum: f32 = 0;
  for (let row = 0; row < rows; row++) sum += load<f32>(weights + (<usize>row << 2));
  return sum == 0 ? 0 : 1 / sum;
}

// @ts-ignore: decorator
@inline
function shareOf(weights: usize, row: i32, unit: f32): f32 {
  return weights == 0 ? unit : load<f32>(weights + (<usize>row << 2)) * unit;
}

function leaveOut(rowLoss: usize, gradient: usize, columns: i32): void {
  store<f32>(rowLoss, 0);
  memory.fill(gradient, 0, <usize>columns << 2);
}

/** NaN stays NaN. */
// @ts-ignore: decorator
@inline
function signOf(x: f32): f32 {
  return x > 0 ? 1 : x < 0 ? -1 : x;
}
