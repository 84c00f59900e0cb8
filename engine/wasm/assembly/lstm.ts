/** A step of the LSTM; see `LstmStep` and the reference backend for its definition. */
import {
  hyperbolicTangent,
  loadLanes,
  multiplyAdd,
  sigmoid,
  storeLanes,
  throughSigmoid,
  throughTangent,
} from './lanes';

export function lstmForward(
  batch: i32,
  hiddenSize: i32,
  gates: usize,
  previousCell: usize,
  cell: usize,
  hidden: usize,
): void {
  const gateBytes = <usize>hiddenSize << 2;
  for (let sequence = 0; sequence < batch; sequence++) {
    const row = <usize>sequence * gateBytes;
    for (let j = 0; j < hiddenSize; j += 4) {
      const lanes = hiddenSize - j;
      const unit = row + (<usize>j << 2);
      const first = gates + row * 4 + (<usize>j << 2);
      const i = sigmoid(loadLanes(first, lanes));
      const f = sigmoid(loadLanes(first + gateBytes, lanes));
      const g = hyperbolicTangent(loadLanes(first + gateBytes * 2, lanes));
      const o = sigmoid(loadLanes(first + gateBytes * 3, lanes));
      const c = multiplyAdd(f, loadLanes(previousCell + unit, lanes), f32x4.mul(i, g));
      storeLanes(first, i, lanes);
      storeLanes(first + gateBytes, f, lanes);
      storeLanes(first + gateBytes * 2, g, lanes);
      storeLanes(first + gateBytes * 3, o, lanes);
      storeLanes(cell + unit, c, lanes);
      storeLanes(hidden + unit, f32x4.mul(o, hyperbolicTangent(c)), lanes);
    }
  }
}

export function lstmBackward(
  batch: i32,
  hiddenSize: i32,
  gates: usize,
  previousCell: usize,
  cell: usize,
  outputGradient: usize,
  hiddenGradient: usize,
  cellGradient: usize,
): void {
  const gateBytes = <usize>hiddenSize << 2;
  for (let sequence = 0; sequence < batch; sequence++) {
    const row = <usize>sequence * gateBytes;
    for (let j = 0; j < hiddenSize; j += 4) {
      const lanes = hiddenSize - j;
      const unit = row + (<usize>j << 2);
      const first = gates + row * 4 + (<usize>j << 2);
      const i = loadLanes(first, lanes);
      const f = loadLanes(first + gateBytes, lanes);
      const g = loadLanes(first + gateBytes * 2, lanes);
      const o = loadLanes(first + gateBytes * 3, lanes);
      const tanhCell = hyperbolicTangent(loadLanes(cell + unit, lanes));
      const dh = f32x4.add(loadLanes(outputGradient + unit, lanes), loadLanes(hiddenGradient + unit, lanes));
      const dc = f32x4.add(
        loadLanes(cellGradient + unit, lanes),
        throughTangent(f32x4.mul(dh, o), tanhCell),
      );
      storeLanes(hiddenGradient + unit, dh, lanes);
      storeLanes(cellGradient + unit, f32x4.mul(dc, f), lanes);
      storeLanes(first, throughSigmoid(f32x4.mul(dc, g), i), lanes);
      storeLanes(
        first + gateBytes,
        throughSigmoid(f32x4.mul(dc, loadLanes(previousCell + unit, lanes)), f),
        lanes,
      );
      storeLanes(first + gateBytes * 2, throughTangent(f32x4.mul(dc, i), g), lanes);
      storeLanes(first + gateBytes * 3, throughSigmoid(f32x4.mul(dh, tanhCell), o), lanes);
    }
  }
}
