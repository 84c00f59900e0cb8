/** Softmax of rows, of which not every column need count. */
import { dot } from './elementwise';
import { exponential, loadLanes, storeLanes, sumOfLanes } from './lanes';

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
    const largest = largestOf(start, seen);
    // A row of padding alone has nothing to share out.
    const sum = largest == lowest ? <f32>0 : exponentiate(start, seen, largest);
    if (marks != 0) replaceUncounted(start, seen, marks, sequences, 0);
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

// @ts-ignore: decorator
@inline
function largestOf(start: usize, columns: i32): f32 {
  let largest = f32x4.splat(lowest);
  let j = 0;
  for (; j + 4 <= columns; j += 4) largest = f32x4.pmax(largest, v128.load(start + (<usize>j << 2)));
  let result = max(
    max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
    max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
  );
  for (; j < columns; j++) result = max(result, load<f32>(start + (<usize>j << 2)));
  return result;
}

/** Replaces each x by e^(x − largest); their sum. */
// @ts-ignore: decorator
@inline
function exponentiate(start: usize, columns: i32, largest: f32): f32 {
  const lanesOfLargest = f32x4.splat(largest);
  let sums = f32x4.splat(0);
  let j = 0;
  for (; j + 4 <= columns; j += 4) {
    const place = start + (<usize>j << 2);
    const values = exponential(f32x4.sub(v128.load(place), lanesOfLargest));
    v128.store(place, values);
    sums = f32x4.add(sums, values);
  }
  let sum = sumOfLanes(sums);
  if (j < columns) {
    const place = start + (<usize>j << 2);
    storeLanes(place, exponential(f32x4.sub(loadLanes(place, columns - j), lanesOfLargest)), columns - j);
    for (; j < columns; j++) sum += load<f32>(start + (<usize>j << 2));
  }
  return sum;
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
