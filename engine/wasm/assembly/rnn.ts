/** A step of the plain recurrent cell; see `RnnStep` and the reference backend for its definition. */
import { activated, throughActivation } from './elementwise';
import { loadLanes, storeLanes } from './lanes';

export function rnnForward(activation: i32, preActivations: usize, hidden: usize, length: i32): void {
  for (let i = 0; i < length; i += 4) {
    const place = <usize>i << 2;
    storeLanes(hidden + place, activated(activation, loadLanes(preActivations + place, length - i)), length - i);
  }
}

export function rnnBackward(
  activation: i32,
  preActivations: usize,
  hidden: usize,
  outputGradient: usize,
  hiddenGradient: usize,
  length: i32,
): void {
  for (let i = 0; i < length; i += 4) {
    const place = <usize>i << 2;
    const lanes = length - i;
    const dh = f32x4.add(loadLanes(outputGradient + place, lanes), loadLanes(hiddenGradient + place, lanes));
    storeLanes(hiddenGradient + place, dh, lanes);
    storeLanes(
      preActivations + place,
      throughActivation(activation, dh, loadLanes(hidden + place, lanes)),
      lanes,
    );
  }
}
