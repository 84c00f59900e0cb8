/** Adam and clipping by the global norm. */
import { loadLanes, multiplyAdd, storeLanes, sumOfLanes } from './lanes';

export function squaredNorm(values: usize, length: i32, result: usize): void {
  store<f32>(result, squaredNormOf(values, length));
}

export function squaredNormOf(values: usize, length: i32): f32 {
  let sum = f32x4.splat(0);
  for (let i = 0; i < length; i += 4) {
    const lanes = loadLanes(values + (<usize>i << 2), length - i);
    sum = multiplyAdd(lanes, lanes, sum);
  }
  return sumOfLanes(sum);
}

export function clipByNorm(values: usize, length: i32, squared: usize, limit: f32): void {
  const norm = sqrt<f32>(load<f32>(squared));
  if (norm <= limit) return;
  const factor = f32x4.splat(limit / norm);
  for (let i = 0; i < length; i += 4) {
    const place = values + (<usize>i << 2);
    storeLanes(place, f32x4.mul(loadLanes(place, length - i), factor), length - i);
  }
}

export function adam(
  parameters: usize,
  gradients: usize,
  firstMoment: usize,
  secondMoment: usize,
  length: i32,
  stepSize: f32,
  beta1: f32,
  beta2: f32,
  secondMomentScale: f32,
  epsilon: f32,
): void {
  const keepFirst = f32x4.splat(beta1);
  const takeFirst = f32x4.splat(1 - beta1);
  const keepSecond = f32x4.splat(beta2);
  const takeSecond = f32x4.splat(1 - beta2);
  for (let i = 0; i < length; i += 4) {
    const place = <usize>i << 2;
    const lanes = length - i;
    const gradient = loadLanes(gradients + place, lanes);
    const first = f32x4.add(
      f32x4.mul(keepFirst, loadLanes(firstMoment + place, lanes)),
      f32x4.mul(takeFirst, gradient),
    );
    const second = f32x4.add(
      f32x4.mul(keepSecond, loadLanes(secondMoment + place, lanes)),
      f32x4.mul(takeSecond, f32x4.mul(gradient, gradient)),
    );
    const root = multiplyAdd(f32x4.sqrt(second), f32x4.splat(secondMomentScale), f32x4.splat(epsilon));
    storeLanes(firstMoment + place, first, lanes);
    storeLanes(secondMoment + place, second, lanes);
    storeLanes(
      parameters + place,
      f32x4.sub(
        loadLanes(parameters + place, lanes),
        f32x4.div(f32x4.mul(f32x4.splat(stepSize), first), root),
      ),
      lanes,
    );
  }
}
