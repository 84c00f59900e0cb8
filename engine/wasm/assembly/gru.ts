/** A step of the GRU in both conventions; see `GruStep` and the reference backend for their definitions. */
import {
  hyperbolicTangent,
  loadLanes,
  multiplyAdd,
  sigmoid,
  storeLanes,
  throughSigmoid,
  throughTangent,
} from './lanes';

/** `(1 − z)·n + z·h′`. */
// @ts-ignore: decorator
@inline
function blend(z: v128, n: v128, previous: v128): v128 {
  return multiplyAdd(z, f32x4.sub(previous, n), n);
}

export function gruResetAfterForward(
  batch: i32,
  hiddenSize: i32,
  gates: usize,
  candidate: usize,
  previousHidden: usize,
  hidden: usize,
): void {
  const gateBytes = <usize>hiddenSize << 2;
  for (let sequence = 0; sequence < batch; sequence++) {
    const row = <usize>sequence * gateBytes;
    for (let j = 0; j < hiddenSize; j += 4) {
      const lanes = hiddenSize - j;
      const unit = row + (<usize>j << 2);
      const first = gates + row * 3 + (<usize>j << 2);
      const z = sigmoid(loadLanes(first, lanes));
      const r = sigmoid(loadLanes(first + gateBytes, lanes));
      const n = hyperbolicTangent(
        multiplyAdd(r, loadLanes(candidate + unit, lanes), loadLanes(first + gateBytes * 2, lanes)),
      );
      storeLanes(first, z, lanes);
      storeLanes(first + gateBytes, r, lanes);
      storeLanes(first + gateBytes * 2, n, lanes);
      storeLanes(hidden + unit, blend(z, n, loadLanes(previousHidden + unit, lanes)), lanes);
    }
  }
}

export function gruResetAfterBackward(
  batch: i32,
  hiddenSize: i32,
  gates: usize,
  candidate: usize,
  previousHidden: usize,
  outputGradient: usize,
  hiddenGradient: usize,
  previousGradient: usize,
): void {
  const gateBytes = <usize>hiddenSize << 2;
  const one = f32x4.splat(1);
  for (let sequence = 0; sequence < batch; sequence++) {
    const row = <usize>sequence * gateBytes;
    for (let j = 0; j < hiddenSize; j += 4) {
      const lanes = hiddenSize - j;
      const unit = row + (<usize>j << 2);
      const first = gates + row * 3 + (<usize>j << 2);
      const z = loadLanes(first, lanes);
      const r = loadLanes(first + gateBytes, lanes);
      const n = loadLanes(first + gateBytes * 2, lanes);
      const product = loadLanes(candidate + unit, lanes);
      const previous = loadLanes(previousHidden + unit, lanes);
      const dh = f32x4.add(loadLanes(outputGradient + unit, lanes), loadLanes(hiddenGradient + unit, lanes));
      const dn = throughTangent(f32x4.mul(dh, f32x4.sub(one, z)), n);
      storeLanes(hiddenGradient + unit, dh, lanes);
      storeLanes(previousGradient + unit, f32x4.mul(dh, z), lanes);
      storeLanes(first, throughSigmoid(f32x4.mul(dh, f32x4.sub(previous, n)), z), lanes);
      storeLanes(first + gateBytes, throughSigmoid(f32x4.mul(dn, product), r), lanes);
      storeLanes(first + gateBytes * 2, dn, lanes);
      storeLanes(candidate + unit, f32x4.mul(dn, r), lanes);
    }
  }
}

export function gruResetBeforeGatesForward(
  batch: i32,
  hiddenSize: i32,
  gates: usize,
  resetState: usize,
  previousHidden: usize,
): void {
  const gateBytes = <usize>hiddenSize << 2;
  for (let sequence = 0; sequence < batch; sequence++) {
    const row = <usize>sequence * gateBytes;
    for (let j = 0; j < hiddenSize; j += 4) {
      const lanes = hiddenSize - j;
      const unit = row + (<usize>j << 2);
      const first = gates + row * 3 + (<usize>j << 2);
      const r = sigmoid(loadLanes(first + gateBytes, lanes));
      storeLanes(first, sigmoid(loadLanes(first, lanes)), lanes);
      storeLanes(first + gateBytes, r, lanes);
      storeLanes(resetState + unit, f32x4.mul(r, loadLanes(previousHidden + unit, lanes)), lanes);
    }
  }
}

export function gruResetBeforeCandidateForward(
  batch: i32,
  hiddenSize: i32,
  gates: usize,
  previousHidden: usize,
  hidden: usize,
): void {
  const gateBytes = <usize>hiddenSize << 2;
  for (let sequence = 0; sequence < batch; sequence++) {
    const row = <usize>sequence * gateBytes;
    for (let j = 0; j < hiddenSize; j += 4) {
      const lanes = hiddenSize - j;
      const unit = row + (<usize>j << 2);
      const first = gates + row * 3 + (<usize>j << 2);
      const n = hyperbolicTangent(loadLanes(first + gateBytes * 2, lanes));
      storeLanes(first + gateBytes * 2, n, lanes);
      storeLanes(
        hidden + unit,
        blend(loadLanes(first, lanes), n, loadLanes(previousHidden + unit, lanes)),
        lanes,
      );
    }
  }
}

export function gruResetBeforeCandidateBackward(
  batch: i32,
  hiddenSize: i32,
  gates: usize,
  previousHidden: usize,
  outputGradient: usize,
  hiddenGradient: usize,
  previousGradient: usize,
): void {
  const gateBytes = <usize>hiddenSize << 2;
  const one = f32x4.splat(1);
  for (let sequence = 0; sequence < batch; sequence++) {
    const row = <usize>sequence * gateBytes;
    for (let j = 0; j < hiddenSize; j += 4) {
      const lanes = hiddenSize - j;
      const unit = row + (<usize>j << 2);
      const first = gates + row * 3 + (<usize>j << 2);
      const z = loadLanes(first, lanes);
      const n = loadLanes(first + gateBytes * 2, lanes);
      const previous = loadLanes(previousHidden + unit, lanes);
      const dh = f32x4.add(loadLanes(outputGradient + unit, lanes), loadLanes(hiddenGradient + unit, lanes));
      storeLanes(hiddenGradient + unit, dh, lanes);
      storeLanes(previousGradient + unit, f32x4.mul(dh, z), lanes);
      storeLanes(first, throughSigmoid(f32x4.mul(dh, f32x4.sub(previous, n)), z), lanes);
      storeLanes(first + gateBytes * 2, throughTangent(f32x4.mul(dh, f32x4.sub(one, z)), n), lanes);
    }
  }
}

export function gruResetBeforeGatesBackward(
  batch: i32,
  hiddenSize: i32,
  gates: usize,
  previousHidden: usize,
  previousGradient: usize,
  resetStateGradient: usize,
): void {
  const gateBytes = <usize>hiddenSize << 2;
  for (let sequence = 0; sequence < batch; sequence++) {
    const row = <usize>sequence * gateBytes;
    for (let j = 0; j < hiddenSize; j += 4) {
      const lanes = hiddenSize - j;
      const unit = row + (<usize>j << 2);
      const reset = gates + row * 3 + gateBytes + (<usize>j << 2);
      const r = loadLanes(reset, lanes);
      const gradient = loadLanes(resetStateGradient + unit, lanes);
      storeLanes(
        reset,
        throughSigmoid(f32x4.mul(gradient, loadLanes(previousHidden + unit, lanes)), r),
        lanes,
      );
      storeLanes(
        previousGradient + unit,
        multiplyAdd(gradient, r, loadLanes(previousGradient + unit, lanes)),
        lanes,
      );
    }
  }
}
