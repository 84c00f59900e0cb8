/** The loop of the plain recurrent cell; see `RnnLoop` and the reference backend for its definition. */
import { activateTo, throughActivation } from './elementwise';
import { loadLanes, storeLanes } from './lanes';
import { clearRows, gatherStateGradient, isPadding, keepStatesOfPadding, maskOf, timeOf } from './loop';
import { multiplyRows, tileRows } from './matrix';

export function rnnForward(
  timeSteps: i32,
  batch: i32,
  hiddenSize: i32,
  isBackward: bool,
  gates: usize,
  previousHidden: usize,
  hidden: usize,
  weights: usize,
  mask: usize,
  activation: i32,
): void {
  for (let visited = 0; visited < timeSteps; visited++) {
    const time = timeOf(visited, timeSteps, isBackward);
    const block = <usize>(time * batch * hiddenSize) << 2;
    const stepMask = maskOf(mask, time, batch);
    for (let first = 0, height = 0; first < batch; first += height) {
      height = tileRows(batch - first);
      const rows = block + (<usize>(first * hiddenSize) << 2);
      multiplyRows(previousHidden + rows, hiddenSize, weights, gates + rows, hiddenSize, height, hiddenSize, hiddenSize, true);
      activateTo(activation, gates + rows, hidden + rows, height * hiddenSize);
      keepStatesOfPadding(stepMask, first, height, previousHidden + block, hidden + block, hiddenSize);
    }
  }
}

export function rnnBackward(
  timeSteps: i32,
  batch: i32,
  hiddenSize: i32,
  isBackward: bool,
  gates: usize,
  hidden: usize,
  weightsTransposed: usize,
  outputGradient: usize,
  hiddenGradient: usize,
  mask: usize,
  squaredNorms: usize,
  activation: i32,
): void {
  for (let visited = timeSteps - 1; visited >= 0; visited--) {
    const time = timeOf(visited, timeSteps, isBackward);
    const block = <usize>(time * batch * hiddenSize) << 2;
    const stepMask = maskOf(mask, time, batch);
    gatherStateGradient(time, hiddenGradient, batch * hiddenSize, outputGradient, squaredNorms);
    for (let first = 0, height = 0; first < batch; first += height) {
      height = tileRows(batch - first);
      const row = <usize>(first * hiddenSize) << 2;
      const length = height * hiddenSize;
      for (let i = 0; i < length; i += 4) {
        const place = row + (<usize>i << 2);
        const lanes = length - i;
        const dh = loadLanes(hiddenGradient + place, lanes);
        const y = loadLanes(hidden + block + place, lanes);
        storeLanes(gates + block + place, throughActivation(activation, dh, y), lanes);
      }
      if (stepMask != 0) {
        clearRows(stepMask, first, height, gates + block, hiddenSize, true);
        clearRows(stepMask, first, height, hiddenGradient, hiddenSize, false);
      }
      multiplyRows(
        gates + block + row,
        hiddenSize,
        weightsTransposed,
        hiddenGradient + row,
        hiddenSize,
        height,
        hiddenSize,
        hiddenSize,
        stepMask != 0,
      );
    }
  }
}
