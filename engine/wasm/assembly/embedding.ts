/** Looking rows up in a table, and sending their gradients back to it. */
import { loadLanes, storeLanes } from './lanes';

export function gather(
  table: usize,
  tableStride: i32,
  indices: usize,
  count: i32,
  output: usize,
  outputStride: i32,
  columns: i32,
): void {
  for (let i = 0; i < count; i++) {
    const index = <i32>load<f32>(indices + (<usize>i << 2));
    memory.copy(
      output + (<usize>(i * outputStride) << 2),
      table + (<usize>(index * tableStride) << 2),
      <usize>columns << 2,
    );
  }
}

export function scatterAdd(
  tableGradient: usize,
  tableStride: i32,
  indices: usize,
  count: i32,
  gradient: usize,
  gradientStride: i32,
  columns: i32,
): void {
  for (let i = 0; i < count; i++) {
    const index = <i32>load<f32>(indices + (<usize>i << 2));
    const row = tableGradient + (<usize>(index * tableStride) << 2);
    const from = gradient + (<usize>(i * gradientStride) << 2);
    for (let j = 0; j < columns; j += 4) {
      const place = <usize>j << 2;
      const lanes = columns - j;
      storeLanes(row + place, f32x4.add(loadLanes(row + place, lanes), loadLanes(from + place, lanes)), lanes);
    }
  }
}

export function markUnequal(values: usize, value: f32, marks: usize, length: i32): void {
  for (let i = 0; i < length; i++) {
    const place = <usize>i << 2;
    store<f32>(marks + place, load<f32>(values + place) == value ? 0 : 1);
  }
}
