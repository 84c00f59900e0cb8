/** Softmax of rows, of which not every column need count. */
import { dot } from './elementwise';
import { exponential, loadLanes, storeLanes } from './lanes';

const lowest: f32 = -3.4e38;

/** `mask` is `[columns, sequences]` or 0; `causalPeriod` is 0 where every row sees all columns. */
export function softmaxRows(
  scores: usize,
  stride: i32,
  rows: i32,
  columns: i32,
  mask: usize,
  sequences: i32,
  causalPeriod: i32,
): void {
  const rowsOfSequence = rows / sequences;
  for (let row = 0; row < rows; row++) {
    const start = scores + (<usize>(row * stride) << 2);
    const seen = causalPeriod == 0 ? columns : min(columns, (row % causalPeriod) + 1);
    const marks = mask == 0 ? 0 : mask + (<usize>(row / rowsOfSequence) << 2);
    if (marks != 0) replaceUncounted(start, seen, marks, sequences, lowest);
    const largest = f32x4.splat(largestOf(start, seen));
    for (let j = 0; j < seen; j += 4) {
      const place = start + (<usize>j << 2);
      storeLanes(place, exponential(f32x4.sub(loadLanes(place, seen - j), largest)), seen - j);
    }
    if (marks != 0) replaceUncounted(start, seen, marks, sequences, 0);
    let sum: f32 = 0;
    for (let j = 0; j < seen; j++) sum += load<f32>(start + (<usize>j << 2));
    const share = f32x4.splat(sum == 0 ? 0 : 1 / sum);
    for (let j = 0; j < seen; j += 4) {
      const place = start + (<usize>j << 2);
      storeLanes(place, f32x4.mul(loadLanes(place, seen - j), share), seen - j);
    }
    memory.fill(start + (<usize>seen << 2), 0, <usize>(columns - seen) << 2);
  }
}

function replaceUncounted(start: usize, columns: i32, marks: usize, sequences: i32, value: f32): void {
  for (let j = 0; j < columns; j++) {
    if (load<f32>(marks + (<usize>(j * sequences) << 2)) == 0) store<f32>(start + (<usize>j << 2), value);
  }
}

function largestOf(start: usize, columns: i32): f32 {
  let largest = lowest;
  for (let j = 0; j < columns; j++) largest = max(largest, load<f32>(start + (<usize>j << 2)));
  return largest;
}

export function softmaxRowsBackward(
  weights: usize,
  weightStride: i32,
  gradient: usize,
  gradientStride: i32,
  rows: i32,
  columns: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const from = weights + (<usize>(row * weightStride) << 2);
    const to = gradient + (<usize>(row * gradientStride) << 2);
    const sum = f32x4.splat(dot(from, to, columns));
    for (let j = 0; j < columns; j += 4) {
      const place = <usize>j << 2;
      const lanes = columns - j;
      const centred = f32x4.sub(loadLanes(to + place, lanes), sum);
      storeLanes(to + place, f32x4.mul(loadLanes(from + place, lanes), centred), lanes);
    }
  }
}
