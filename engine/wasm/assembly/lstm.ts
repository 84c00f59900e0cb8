/** The loop of the LSTM; see `LstmLoop` and the reference backend for its definition. */
import { loadLanes, multiplyAdd, storeLanes, throughGate, throughTangent } from './lanes';
import { gateRows, tangentRows } from './logistic';
import { clearRows, gatherStateGradient, isPadding, keepStatesOfPadding, maskOf, timeOf } from './loop';
import { multiplyRows, tileRows } from './matrix';

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
    for (let first = 0, height = 0; first < batch; first += height) {
      height = tileRows(batch - first);
      const stateRows = stateBlock + (<usize>(first * stateWidth) << 2);
      const cellRows = cellBlock + (<usize>(first * hiddenSize) << 2);
      const step = gates + cellRows * 4;
      multiplyRows(previousHidden + stateRows, stateWidth, weights, step, gateColumns, height, stateWidth, gateColumns, true);
      const output = unprojected == 0 ? hidden + stateRows : unprojected + cellRows;
      const outputBytes = unprojected == 0 ? <usize>stateWidth << 2 : <usize>hiddenSize << 2;
      forwardRows(
        height,
        hiddenSize,
        step,
        previousCell + cellRows,
        cell + cellRows,
        output,
        outputBytes,
        hardSigmoidSlope,
        peepholes,
      );
      if (unprojected != 0) {
        multiplyRows(output, hiddenSize, projectionWeights, hidden + stateRows, stateWidth, height, hiddenSize, stateWidth, false);
      }
      keepStatesOfPadding(stepMask, first, height, previousHidden + stateBlock, hidden + stateBlock, stateWidth);
      keepStatesOfPadding(stepMask, first, height, previousCell + cellBlock, cell + cellBlock, hiddenSize);
    }
  }
}

/** The gates and states of a few sequences, from what goes into their gates. */
function forwardRows(
  rows: i32,
  hiddenSize: i32,
  gates: usize,
  previousCell: usize,
  cell: usize,
  hidden: usize,
  hiddenBytes: usize,
  hardSigmoidSlope: f32,
  peepholes: usize,
): void {
  const gateBytes = <usize>hiddenSize << 2;
  const stride = gateBytes * 4;
  const candidates = gates + gateBytes * 2;
  const outputs = gates + gateBytes * 3;
  if (peepholes != 0) {
    addPeepholes(rows, hiddenSize, gates, previousCell, peepholes);
    addPeepholes(rows, hiddenSize, gates + gateBytes, previousCell, peepholes + gateBytes);
  }
  gateRows(gates, stride, rows, hiddenSize * 2, hardSigmoidSlope);
  tangentRows(candidates, stride, candidates, stride, rows, hiddenSize);
  for (let row = 0; row < rows; row++) {
    const first = gates + <usize>row * stride;
    const cells = <usize>row * gateBytes;
    for (let j = 0; j < hiddenSize; j += 4) {
      const lanes = hiddenSize - j;
      const unit = <usize>j << 2;
      const kept = f32x4.mul(loadLanes(first + gateBytes + unit, lanes), loadLanes(previousCell + cells + unit, lanes));
      const i = loadLanes(first + unit, lanes);
      const g = loadLanes(first + gateBytes * 2 + unit, lanes);
      storeLanes(cell + cells + unit, multiplyAdd(i, g, kept), lanes);
    }
  }
  if (peepholes != 0) addPeepholes(rows, hiddenSize, outputs, cell, peepholes + gateBytes * 2);
  gateRows(outputs, stride, rows, hiddenSize, hardSigmoidSlope);
  tangentRows(cell, gateBytes, hidden, hiddenBytes, rows, hiddenSize);
  for (let row = 0; row < rows; row++) {
    const o = outputs + <usize>row * stride;
    const h = hidden + <usize>row * hiddenBytes;
    for (let j = 0; j < hiddenSize; j += 4) {
      const lanes = hiddenSize - j;
      const unit = <usize>j << 2;
      storeLanes(h + unit, f32x4.mul(loadLanes(h + unit, lanes), loadLanes(o + unit, lanes)), lanes);
    }
  }
}

/** What a gate sees of the cell states, added to what goes into it. */
function addPeepholes(rows: i32, hiddenSize: i32, gate: usize, cell: usize, weights: usize): void {
  const gateBytes = <usize>hiddenSize << 2;
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < hiddenSize; j += 4) {
      const lanes = hiddenSize - j;
      const unit = <usize>j << 2;
      const sum = multiplyAdd(loadLanes(weights + unit, lanes), loadLanes(cell + unit, lanes), loadLanes(gate + unit, lanes));
      storeLanes(gate + unit, sum, lanes);
    }
    gate += gateBytes * 4;
    cell += gateBytes;
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
  outputGradients: usize,
  tangents: usize,
): void {
  const gateColumns = hiddenSize * 4;
  if (peepholes != 0) memory.fill(peepholeGradient, 0, <usize>(3 * hiddenSize) << 2);
  for (let visited = timeSteps - 1; visited >= 0; visited--) {
    const time = timeOf(visited, timeSteps, isBackward);
    const cellBlock = <usize>(time * batch * hiddenSize) << 2;
    const stepMask = maskOf(mask, time, batch);
    gatherStateGradient(time, hiddenGradient, batch * stateWidth, outputGradient, squaredNorms);
    for (let first = 0, height = 0; first < batch; first += height) {
      height = tileRows(batch - first);
      const stateRow = <usize>(first * stateWidth) << 2;
      const cellRow = <usize>(first * hiddenSize) << 2;
      const step = gates + (cellBlock + cellRow) * 4;
      let unitGradient = hiddenGradient + stateRow;
      if (stateGradients != 0) {
        const stateBlock = stateGradients + (<usize>(time * batch * stateWidth) << 2);
        memory.copy(stateBlock + stateRow, hiddenGradient + stateRow, <usize>(height * stateWidth) << 2);
        if (stepMask != 0) clearRows(stepMask, first, height, stateBlock, stateWidth, true);
        unitGradient = outputGradients + cellRow;
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
      const cells = cell + cellBlock + cellRow;
      const cellBytes = <usize>hiddenSize << 2;
      tangentRows(cells, cellBytes, tangents + cellRow, cellBytes, height, hiddenSize);
      for (let row = 0; row < height; row++) {
        const units = <usize>(row * hiddenSize) << 2;
        if (isPadding(stepMask, first + row)) {
          memory.fill(step + units * 4, 0, <usize>gateColumns << 2);
          continue;
        }
        backwardUnits(
          hiddenSize,
          step + units * 4,
          previousCell + cellBlock + cellRow + units,
          cells + units,
          tangents + cellRow + units,
          unitGradient + units,
          cellGradient + cellRow + units,
          hardSigmoidSlope,
          peepholes,
          peepholeGradient,
        );
      }
      if (stepMask != 0) clearRows(stepMask, first, height, hiddenGradient, stateWidth, false);
      multiplyRows(
        step,
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
  tangent: usize,
  unitGradient: usize,
  cellGradient: usize,
  hardSigmoidSlope: f32,
  peepholes: usize,
  peepholeGradient: usize,
): void {
  const gateBytes = <usize>hiddenSize << 2;
  for (let j = 0; j < hiddenSize; j += 4) {
    const lanes = hiddenSize - j;
    const unit = <usize>j << 2;
    const first = gates + unit;
    const i = loadLanes(first, lanes);
    const f = loadLanes(first + gateBytes, lanes);
    const g = loadLanes(first + gateBytes * 2, lanes);
    const o = loadLanes(first + gateBytes * 3, lanes);
    const before = loadLanes(previousCell + unit, lanes);
    const tanhCell = loadLanes(tangent + unit, lanes);
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
      addLanes(peepholeGradient + gateBytes * 2 + unit, f32x4.mul(dOut, loadLanes(cell + unit, lanes)), lanes);
    }
    storeLanes(cellGradient + unit, dBefore, lanes);
  }
}

// @ts-ignore: decorator
@inline
function addLanes(address: usize, values: v128, lanes: i32): void {
  storeLanes(address, f32x4.add(loadLanes(address, lanes), values), lanes);
}
