/** The largest of each window of time steps. */
import { loadLanes, storeLanes } from './lanes';

/** `length` numbers a step; see `TimeWindows` in `engine/backend.ts` for the others. */
export function maxOverTime(
  inputSteps: i32,
  outputSteps: i32,
  size: i32,
  stride: i32,
  dilation: i32,
  before: i32,
  length: i32,
  input: usize,
  output: usize,
  choices: usize,
): void {
  for (let step = 0; step < outputSteps; step++) {
    const start = step * stride - before;
    // The first tap that is no padding.
    const first = start < 0 ? start + ((dilation - 1 - start) / dilation) * dilation : start;
    const end = min(inputSteps, start + (size - 1) * dilation + 1);
    for (let i = 0; i < length; i += 4) {
      const lanes = length - i;
      let best = loadLanes(input + (<usize>(first * length + i) << 2), lanes);
      let choice = f32x4.splat(<f32>first);
      for (let inputStep = first + dilation; inputStep < end; inputStep += dilation) {
        const value = loadLanes(input + (<usize>(inputStep * length + i) << 2), lanes);
        const isLarger = f32x4.gt(value, best);
        best = v128.bitselect(value, best, isLarger);
        choice = v128.bitselect(f32x4.splat(<f32>inputStep), choice, isLarger);
      }
      const place = <usize>(step * length + i) << 2;
      storeLanes(output + place, best, lanes);
      storeLanes(choices + place, choice, lanes);
    }
  }
}

export function maxOverTimeBackward(
  inputSteps: i32,
  outputSteps: i32,
  length: i32,
  outputGradient: usize,
  choices: usize,
  inputGradient: usize,
): void {
  memory.fill(inputGradient, 0, <usize>(inputSteps * length) << 2);
  for (let step = 0; step < outputSteps; step++) {
    for (let i = 0; i < length; i++) {
      const from = <usize>(step * length + i) << 2;
      const choice = <i32>load<f32>(choices + from);
      const to = inputGradient + (<usize>(choice * length + i) << 2);
      store<f32>(to, load<f32>(to) + load<f32>(outputGradient + from));
    }
  }
}
