/** The loop of the GRU in both conventions; see `GruLoop` and the reference backend for its definition. */
import { constant, loadLanes, multiplyAdd, storeLanes, taylor, throughGate, throughTangent } from './lanes';
import { gateRows, tangentRows } from './logistic';
import { clearRows, gatherStateGradient, isPadding, keepStatesOfPadding, maskOf, timeOf } from './loop';
import { multiplyRows, tileRows } from './matrix';

export function gruForward(
  timeSteps: i32,
  batch: i32,
  hiddenSize: i32,
  isBackward: bool,
  gates: usize,
  previousHidden: usize,
  hidden: usize,
  weights: usize,
  candidateWeights: usize,
  candidate: usize,
  mask: usize,
  hardSigmoidSlope: f32,
  resetAfter: bool,
): void {
  const gateColumns = hiddenSize * 3;
  const ownColumns = <usize>(hiddenSize * 2) << 2;
  for (let visited = 0; visited < timeSteps; visited++) {
    const time = timeOf(visited, timeSteps, isBackward);
    const block = <usize>(time * batch * hiddenSize) << 2;
    const stepMask = maskOf(mask, time, batch);
    for (let first = 0, height = 0; first < batch; first += height) {
      height = tileRows(batch - first);
      const rows = block + (<usize>(first * hiddenSize) << 2);
      const step = gates + rows * 3;
      const before = previousHidden + rows;
      multiplyRows(before, hiddenSize, weights, step, gateColumns, height, hiddenSize, hiddenSize * 2, true);
      const stride = <usize>gateColumns << 2;
      const own = step + ownColumns;
      if (resetAfter) {
        multiplyRows(before, hiddenSize, candidateWeights, candidate + rows, hiddenSize, height, hiddenSize, hiddenSize, true);
        gateRows(step, stride, height, hiddenSize * 2, hardSigmoidSlope);
        addResetProducts(height, hiddenSize, step, candidate + rows);
      } else {
        gateRows(step, stride, height, hiddenSize * 2, hardSigmoidSlope);
        resetStates(height, hiddenSize, step, candidate + rows, before);
        multiplyRows(candidate + rows, hiddenSize, candidateWeights, own, gateColumns, height, hiddenSize, hiddenSize, true);
      }
      tangentRows(own, stride, own, stride, height, hiddenSize);
      blendRows(height, hiddenSize, step, before, hidden + rows);
      keepStatesOfPadding(stepMask, first, height, previousHidden + block, hidden + block, hiddenSize);
    }
  }
}

/** Reset after: the candidate's recurrent product joins what goes into it. */
function addResetProducts(rows: i32, hiddenSize: i32, gates: usize, product: usize): void {
  const gateBytes = <usize>hiddenSize << 2;
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < hiddenSize; j += 4) {
      const lanes = hiddenSize - j;
      const unit = <usize>j << 2;
      const own = gates + gateBytes * 2 + unit;
      const r = loadLanes(gates + gateBytes + unit, lanes);
      storeLanes(own, multiplyAdd(r, loadLanes(product + unit, lanes), loadLanes(own, lanes)), lanes);
    }
    gates += gateBytes * 3;
    product += gateBytes;
  }
}

/** Reset before: the states that the candidate's product is taken of. */
function resetStates(rows: i32, hiddenSize: i32, gates: usize, resetState: usize, previousHidden: usize): void {
  const gateBytes = <usize>hiddenSize << 2;
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < hiddenSize; j += 4) {
      const lanes = hiddenSize - j;
      const unit = <usize>j << 2;
      const r = loadLanes(gates + gateBytes + unit, lanes);
      storeLanes(resetState + unit, f32x4.mul(r, loadLanes(previousHidden + unit, lanes)), lanes);
    }
    gates += gateBytes * 3;
    resetState += gateBytes;
    previousHidden += gateBytes;
  }
}

/** `(1 − z)·n + z·h′`. */
function blendRows(rows: i32, hiddenSize: i32, gates: usize, previousHidden: usize, hidden: usize): void {
  const gateBytes = <usize>hiddenSize << 2;
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < hiddenSize; j += 4) {
      const lanes = hiddenSize - j;
      const unit = <usize>j << 2;
      const n = loadLanes(gates + gateBytes * 2 + unit, lanes);
      const change = f32x4.sub(loadLanes(previousHidden + unit, lanes), n);
      storeLanes(hidden + unit, multiplyAdd(loadLanes(gates + unit, lanes), change, n), lanes);
    }
    gates += gateBytes * 3;
    previousHidden += gateBytes;
    hidden += gateBytes;
  }
}

export function gruBackward(
  timeSteps: i32,
  batch: i32,
  hiddenSize: i32,
  isBackward: bool,
  gates: usize,
  previousHidden: usize,
  weightsTransposed: usize,
  candidateTransposed: usize,
  candidate: usize,
  outputGradient: usize,
  hiddenGradient: usize,
  mask: usize,
  squaredNorms: usize,
  hardSigmoidSlope: f32,
  resetAfter: bool,
  scratch: usize,
): void {
  const gateColumns = hiddenSize * 3;
  const ownColumns = <usize>(hiddenSize * 2) << 2;
  for (let visited = timeSteps - 1; visited >= 0; visited--) {
    const time = timeOf(visited, timeSteps, isBackward);
    const block = <usize>(time * batch * hiddenSize) << 2;
    const stepMask = maskOf(mask, time, batch);
    gatherStateGradient(time, hiddenGradient, batch * hiddenSize, outputGradient, squaredNorms);
    for (let first = 0, height = 0; first < batch; first += height) {
      height = tileRows(batch - first);
      const firstRow = <usize>(first * hiddenSize) << 2;
      const rows = block + firstRow;
      const step = gates + rows * 3;
      const carried = hiddenGradient + firstRow;
      for (let row = 0; row < height; row++) {
        const units = <usize>(row * hiddenSize) << 2;
        if (isPadding(stepMask, first + row)) {
          memory.fill(step + units * 3, 0, <usize>gateColumns << 2);
          memory.fill(candidate + rows + units, 0, <usize>hiddenSize << 2);
          continue;
        }
        unitsBackward(
          hiddenSize,
          step + units * 3,
          candidate + rows + units,
          previousHidden + rows + units,
          carried + units,
          hardSigmoidSlope,
          resetAfter,
        );
      }
      if (resetAfter) {
        multiplyRows(candidate + rows, hiddenSize, candidateTransposed, carried, hiddenSize, height, hiddenSize, hiddenSize, true);
      } else {
        const resetGradient = scratch + firstRow;
        multiplyRows(
          step + ownColumns,
          gateColumns,
          candidateTransposed,
          resetGradient,
          hiddenSize,
          height,
          hiddenSize,
          hiddenSize,
          false,
        );
        for (let row = 0; row < height; row++) {
          if (isPadding(stepMask, first + row)) continue;
          const units = <usize>(row * hiddenSize) << 2;
          throughResetStates(
            hiddenSize,
            step + units * 3,
            previousHidden + rows + units,
            resetGradient + units,
            carried + units,
            hardSigmoidSlope,
          );
        }
      }
      multiplyRows(step, gateColumns, weightsTransposed, carried, hiddenSize, height, hiddenSize * 2, hiddenSize, true);
    }
  }
}

/** Leaves in `carried` the part of the previous state's gradient that does not pass through a matrix. */
// @ts-ignore: decorator
@inline
function unitsBackward(
  hiddenSize: i32,
  gates: usize,
  candidate: usize,
  previousHidden: usize,
  carried: usize,
  hardSigmoidSlope: f32,
  resetAfter: bool,
): void {
  const gateBytes = <usize>hiddenSize << 2;
  const one = constant(taylor + 5);
  for (let j = 0; j < hiddenSize; j += 4) {
    const lanes = hiddenSize - j;
    const unit = <usize>j << 2;
    const first = gates + unit;
    const z = loadLanes(first, lanes);
    const n = loadLanes(first + gateBytes * 2, lanes);
    const previous = loadLanes(previousHidden + unit, lanes);
    const dh = loadLanes(carried + unit, lanes);
    const dn = throughTangent(f32x4.mul(dh, f32x4.sub(one, z)), n);
    storeLanes(first, throughGate(f32x4.mul(dh, f32x4.sub(previous, n)), z, hardSigmoidSlope), lanes);
    storeLanes(first + gateBytes * 2, dn, lanes);
    storeLanes(carried + unit, f32x4.mul(dh, z), lanes);
    if (resetAfter) {
      const r = loadLanes(first + gateBytes, lanes);
      const product = loadLanes(candidate + unit, lanes);
      storeLanes(first + gateBytes, throughGate(f32x4.mul(dn, product), r, hardSigmoidSlope), lanes);
      storeLanes(candidate + unit, f32x4.mul(dn, r), lanes);
    }
  }
}

// @ts-ignore: decorator
@inline
function throughResetStates(
  hiddenSize: i32,
  gates: usize,
  previousHidden: usize,
  resetGradient: usize,
  carried: usize,
  hardSigmoidSlope: f32,
): void {
  const gateBytes = <usize>hiddenSize << 2;
  for (let j = 0; j < hiddenSize; j += 4) {
    const lanes = hiddenSize - j;
    const unit = <usize>j << 2;
    const reset = gates + gateBytes + unit;
    const r = loadLanes(reset, lanes);
    const gradient = loadLanes(resetGradient + unit, lanes);
    const before = loadLanes(previousHidden + unit, lanes);
    storeLanes(reset, throughGate(f32x4.mul(gradient, before), r, hardSigmoidSlope), lanes);
    storeLanes(carried + unit, multiplyAdd(gradient, r, loadLanes(carried + unit, lanes)), lanes);
  }
}
