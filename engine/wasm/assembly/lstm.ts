/** The loop of the LSTM; see `LstmLoop` and the reference backend for its definition. */
import { gate, hyperbolicTangent, loadLanes, multiplyAdd, storeLanes, throughGate, throughTangent } from './lanes';
import { clearRows, gatherStateGradient, isPadding, keepStatesOfPadding, maskOf, timeOf } from './loop';
import { multiplyRows, panelHeight } from './matrix';

export function lstmForward(
  timeSteps: i32,
  batch: i32,
  hiddenSize: i32,
  stateWidth: i32,
  isBackward: bool,
  gates: usize,
  previousHidden: usize,
  hidden: usize,
  previousCell: usize,
  cell: usize,
  weights: usize,
  mask: usize,
  hardSigmoidSlope: f32,
  peepholes: usize,
  unprojected: usize,
  projectionWeights: usize,
): void {
  const gateColumns = hiddenSize * 4;
  for (let visited = 0; visited < timeSteps; visited++) {
    const time = timeOf(visited, timeSteps, isBackward);
    const stateBlock = <usize>(time * batch * stateWidth) << 2;
    const cellBlock = <usize>(time * batch * hiddenSize) << 2;
    const stepMask = maskOf(mask, time, batch);
    for (let first = 0; first < batch; first += panelHeight) {
      const height = min(panelHeight, batch - first);
      const stateRows = stateBlock + (<usize>(first * stateWidth) << 2);
      const cellRows = cellBlock + (<usize>(first * hiddenSize) << 2);
      const gateRows = gates + cellRows * 4;
      multiplyRows(previousHidden + stateRows, stateWidth, weights, gateRows, gateColumns, height, stateWidth, gateColumns, true);
      const output = unprojected == 0 ? hidden + stateRows : unprojected + cellRows;
      for (let row = 0; row < height; row++) {
        const units = <usize>(row * hiddenSize) << 2;
        forwardUnits(
          hiddenSize,
          gateRows + units * 4,
          previousCell + cellRows + units,
          cell + cellRows + units,
          output + units,
          hardSigmoidSlope,
          peepholes,
        );
      }
      if (unprojected != 0) {
        multiplyRows(output, hiddenSize, projectionWeights, hidden + stateRows, stateWidth, height, hiddenSize, stateWidth, false);
      }
      keepStatesOfPadding(stepMask, first, height, previousHidden + stateBlock, hidden + stateBlock, stateWidth);
      keepStatesOfPadding(stepMask, first, height, previousCell + cellBlock, cell + cellBlock, hiddenSize);
    }
  }
}

// @ts-ignore: decorator
@inline
function forwardUnits(
  hiddenSize: i32,
  gates: usize,
  previousCell: usize,
  cell: usize,
  hidden: usize,
  hardSigmoidSlope: f32,
  peepholes: usize,
): void {
  const gateBytes = <usize>hiddenSize << 2;
  for (let j = 0; j < hiddenSize; j += 4) {
    const lanes = hiddenSize - j;
    const unit = <usize>j << 2;
    const first = gates + unit;
    const before = loadLanes(previousCell + unit, lanes);
    let i = loadLanes(first, lanes);
    let f = loadLanes(first + gateBytes, lanes);
    let o = loadLanes(first + gateBytes * 3, lanes);
    if (peepholes != 0) {
      i = multiplyAdd(loadLanes(peepholes + unit, lanes), before, i);
      f = multiplyAdd(loadLanes(peepholes + gateBytes + unit, lanes), before, f);
    }
    i = gate(i, hardSigmoidSlope);
    f = gate(f, hardSigmoidSlope);
    const g = hyperbolicTangent(loadLanes(first + gateBytes * 2, lanes));
    const c = multiplyAdd(f, before, f32x4.mul(i, g));
    if (peepholes != 0) o = multiplyAdd(loadLanes(peepholes + gateBytes * 2 + unit, lanes), c, o);
    o = gate(o, hardSigmoidSlope);
    storeLanes(first, i, lanes);
    storeLanes(first + gateBytes, f, lanes);
    storeLanes(first + gateBytes * 2, g, lanes);
    storeLanes(first + gateBytes * 3, o, lanes);
    storeLanes(cell + unit, c, lanes);
    storeLanes(hidden + unit, f32x4.mul(o, hyperbolicTangent(c)), lanes);
  }
}

export function lstmBackward(
  timeSteps: i32,
  batch: i32,
  hiddenSize: i32,
  stateWidth: i32,
  isBackward: bool,
  gates: usize,
  previousCell: usize,
  cell: usize,
  weightsTransposed: usize,
  outputGradient: usize,
  hiddenGradient: usize,
  cellGradient: usize,
  mask: usize,
  squaredNorms: usize,
  hardSigmoidSlope: f32,
  peepholes: usize,
  peepholeGradient: usize,
  stateGradients: usize,
  projectionTransposed: usize,
  scratch: usize,
): void {
  const gateColumns = hiddenSize * 4;
  if (peepholes != 0) memory.fill(peepholeGradient, 0, <usize>(3 * hiddenSize) << 2);
  for (let visited = timeSteps - 1; visited >= 0; visited--) {
    const time = timeOf(visited, timeSteps, isBackward);
    const cellBlock = <usize>(time * batch * hiddenSize) << 2;
    const stepMask = maskOf(mask, time, batch);
    gatherStateGradient(time, hiddenGradient, batch * stateWidth, outputGradient, squaredNorms);
    for (let first = 0; first < batch; first += panelHeight) {
      const height = min(panelHeight, batch - first);
      const stateRow = <usize>(first * stateWidth) << 2;
      const cellRow = <usize>(first * hiddenSize) << 2;
      const gateRows = gates + (cellBlock + cellRow) * 4;
      let unitGradient = hiddenGradient + stateRow;
      if (stateGradients != 0) {
        const stateBlock = stateGradients + (<usize>(time * batch * stateWidth) << 2);
        memory.copy(stateBlock + stateRow, hiddenGradient + stateRow, <usize>(height * stateWidth) << 2);
        if (stepMask != 0) clearRows(stepMask, first, height, stateBlock, stateWidth, true);
        unitGradient = scratch + cellRow;
        multiplyRows(
          stateBlock + stateRow,
          stateWidth,
          projectionTransposed,
          unitGradient,
          hiddenSize,
          height,
          stateWidth,
          hiddenSize,
          false,
        );
      }
      for (let row = 0; row < height; row++) {
        const units = <usize>(row * hiddenSize) << 2;
        if (isPadding(stepMask, first + row)) {
          memory.fill(gateRows + units * 4, 0, <usize>gateColumns << 2);
          continue;
        }
        backwardUnits(
          hiddenSize,
          gateRows + units * 4,
          previousCell + cellBlock + cellRow + units,
          cell + cellBlock + cellRow + units,
          unitGradient + units,
          cellGradient + cellRow + units,
          hardSigmoidSlope,
          peepholes,
          peepholeGradient,
        );
      }
      if (stepMask != 0) clearRows(stepMask, first, height, hiddenGradient, stateWidth, false);
      multiplyRows(
        gateRows,
        gateColumns,
        weightsTransposed,
        hiddenGradient + stateRow,
        stateWidth,
        height,
        gateColumns,
        stateWidth,
        stepMask != 0,
      );
    }
  }
}

// @ts-ignore: decorator
@inline
function backwardUnits(
  hiddenSize: i32,
  gates: usize,
  previousCell: usize,
  cell: usize,
  unitGradient: usize,
  cellGradient: usize,
  hardSigmoidSlope: f32,
  peepholes: usize,
  peepholeGradient: usize,
): void {
  const gateBytes = <usize>hiddenSize << 2;
  const one = f32x4.splat(1);
  for (let j = 0; j < hiddenSize; j += 4) {
    const lanes = hiddenSize - j;
    const unit = <usize>j << 2;
    const first = gates + unit;
    const i = loadLanes(first, lanes);
    const f = loadLanes(first + gateBytes, lanes);
    const g = loadLanes(first + gateBytes * 2, lanes);
    const o = loadLanes(first + gateBytes * 3, lanes);
    const before = loadLanes(previousCell + unit, lanes);
    const c = loadLanes(cell + unit, lanes);
    const tanhCell = hyperbolicTangent(c);
    const dh = loadLanes(unitGradient + unit, lanes);
    const dOut = throughGate(f32x4.mul(dh, tanhCell), o, hardSigmoidSlope);
    let dc = f32x4.add(loadLanes(cellGradient + unit, lanes), throughTangent(f32x4.mul(dh, o), tanhCell));
    if (peepholes != 0) dc = multiplyAdd(dOut, loadLanes(peepholes + gateBytes * 2 + unit, lanes), dc);
    const dInput = throughGate(f32x4.mul(dc, g), i, hardSigmoidSlope);
    const dForget = throughGate(f32x4.mul(dc, before), f, hardSigmoidSlope);
    storeLanes(first, dInput, lanes);
    storeLanes(first + gateBytes, dForget, lanes);
    storeLanes(first + gateBytes * 2, throughTangent(f32x4.mul(dc, i), g), lanes);
    storeLanes(first + gateBytes * 3, dOut, lanes);
    let dBefore = f32x4.mul(dc, f);
    if (peepholes != 0) {
      dBefore = multiplyAdd(dInput, loadLanes(peepholes + unit, lanes), dBefore);
      dBefore = multiplyAdd(dForget, loadLanes(peepholes + gateBytes + unit, lanes), dBefore);
      addLanes(peepholeGradient + unit, f32x4.mul(dInput, before), lanes);
      addLanes(peepholeGradient + gateBytes + unit, f32x4.mul(dForget, before), lanes);
      addLanes(peepholeGradient + gateBytes * 2 + unit, f32x4.mul(dOut, c), lanes);
    }
    storeLanes(cellGradient + unit, dBefore, lanes);
  }
}

// @ts-ignore: decorator
@inline
function addLanes(address: usize, values: v128, lanes: i32): void {
  storeLanes(address, f32x4.add(loadLanes(address, lanes), values), lanes);
}
