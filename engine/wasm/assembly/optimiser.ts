/** Steps of optimisers, and clipping of gradients. */
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

export function clipByNorm(values: usize, length: i32, squared: usize, limit: f32, margin: f32): void {
  const norm = sqrt<f32>(load<f32>(squared)) + margin;
  if (norm <= limit || !isFinite<f32>(norm)) return;
  const factor = f32x4.splat(limit / norm);
  for (let i = 0; i < length; i += 4) {
    const place = values + (<usize>i << 2);
    storeLanes(place, f32x4.mul(loadLanes(place, length - i), factor), length - i);
  }
}

export function clipByValue(values: usize, length: i32, limit: f32): void {
  const upper = f32x4.splat(limit);
  const lower = f32x4.splat(-limit);
  const infinity = f32x4.splat(f32.MAX_VALUE);
  for (let i = 0; i < length; i += 4) {
    const place = values + (<usize>i << 2);
    const lanes = loadLanes(place, length - i);
    const isFinite = f32x4.le(f32x4.abs(lanes), infinity);
    const clipped = f32x4.max(f32x4.min(lanes, upper), lower);
    storeLanes(place, v128.bitselect(clipped, lanes, isFinite), length - i);
  }
}

/** Velocity at address 0: none. */
export function sgd(
  parameters: usize,
  gradients: usize,
  velocity: usize,
  length: i32,
  momentum: f32,
  nesterov: i32,
  intoVelocity: f32,
  intoParameters: f32,
  decayIntoGradient: f32,
  kept: f32,
): void {
  const keepVelocity = f32x4.splat(momentum);
  const take = f32x4.splat(intoVelocity);
  const give = f32x4.splat(intoParameters);
  const decay = f32x4.splat(decayIntoGradient);
  const keep = f32x4.splat(kept);
  for (let i = 0; i < length; i += 4) {
    const place = <usize>i << 2;
    const lanes = length - i;
    const parameter = loadLanes(parameters + place, lanes);
    const push = f32x4.mul(multiplyAdd(decay, parameter, loadLanes(gradients + place, lanes)), take);
    let step = push;
    if (velocity != 0) {
      const moved = multiplyAdd(keepVelocity, loadLanes(velocity + place, lanes), push);
      storeLanes(velocity + place, moved, lanes);
      step = nesterov ? multiplyAdd(keepVelocity, moved, push) : moved;
    }
    storeLanes(parameters + place, f32x4.sub(f32x4.mul(keep, parameter), f32x4.mul(give, step)), lanes);
  }
}

/** Mean gradient and velocity at address 0: none. */
export function rmsprop(
  parameters: usize,
  gradients: usize,
  meanSquare: usize,
  meanGradient: usize,
  velocity: usize,
  length: i32,
  decay: f32,
  epsilonInRoot: f32,
  epsilonAfterRoot: f32,
  momentum: f32,
  intoVelocity: f32,
  intoParameters: f32,
  decayIntoGradient: f32,
  kept: f32,
): void {
  const keepMean = f32x4.splat(decay);
  const takeMean = f32x4.splat(1 - decay);
  const keepVelocity = f32x4.splat(momentum);
  const take = f32x4.splat(intoVelocity);
  const give = f32x4.splat(intoParameters);
  for (let i = 0; i < length; i += 4) {
    const place = <usize>i << 2;
    const lanes = length - i;
    const parameter = loadLanes(parameters + place, lanes);
    const gradient = multiplyAdd(f32x4.splat(decayIntoGradient), parameter, loadLanes(gradients + place, lanes));
    const square = f32x4.add(
      f32x4.mul(keepMean, loadLanes(meanSquare + place, lanes)),
      f32x4.mul(takeMean, f32x4.mul(gradient, gradient)),
    );
    storeLanes(meanSquare + place, square, lanes);
    let variance = square;
    if (meanGradient != 0) {
      const centre = f32x4.add(
        f32x4.mul(keepMean, loadLanes(meanGradient + place, lanes)),
        f32x4.mul(takeMean, gradient),
      );
      storeLanes(meanGradient + place, centre, lanes);
      // Rounding may leave a variance of almost nothing below zero.
      variance = f32x4.max(f32x4.sub(square, f32x4.mul(centre, centre)), f32x4.splat(0));
    }
    const root = f32x4.add(
      f32x4.sqrt(f32x4.add(variance, f32x4.splat(epsilonInRoot))),
      f32x4.splat(epsilonAfterRoot),
    );
    let step = f32x4.div(f32x4.mul(take, gradient), root);
    if (velocity != 0) {
      step = multiplyAdd(keepVelocity, loadLanes(velocity + place, lanes), step);
      storeLanes(velocity + place, step, lanes);
    }
    storeLanes(
      parameters + place,
      f32x4.sub(f32x4.mul(f32x4.splat(kept), parameter), f32x4.mul(give, step)),
      lanes,
    );
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
  decayIntoGradient: f32,
  kept: f32,
): void {
  const keepFirst = f32x4.splat(beta1);
  const takeFirst = f32x4.splat(1 - beta1);
  const keepSecond = f32x4.splat(beta2);
  const takeSecond = f32x4.splat(1 - beta2);
  for (let i = 0; i < length; i += 4) {
    const place = <usize>i << 2;
    const lanes = length - i;
    const parameter = loadLanes(parameters + place, lanes);
    const gradient = multiplyAdd(f32x4.splat(decayIntoGradient), parameter, loadLanes(gradients + place, lanes));
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
        f32x4.mul(f32x4.splat(kept), parameter),
        f32x4.div(f32x4.mul(f32x4.splat(stepSize), first), root),
      ),
      lanes,
    );
  }
}
