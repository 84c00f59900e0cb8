/** How many windows of a convolution or of pooling fit into a padded sequence, and where they lie. */
import type { TimeWindows } from '../backend';
import type { Padding } from './trainingPlan';

/** Throws an Error where no window fits, which the planner has to tell before. */
export function timeWindows(
  inputSteps: number,
  {
    size,
    stride,
    dilation,
    padding,
  }: Pick<TimeWindows, 'size' | 'stride' | 'dilation'> & { readonly padding: Padding },
): TimeWindows {
  const reach = (size - 1) * dilation + 1;
  const { before } = paddingOf(inputSteps, reach, stride, padding);
  const outputSteps = windowCount(inputSteps, reach, stride, padding);
  if (outputSteps < 1) throw new Error(`a window of ${reach} steps does not fit into ${inputSteps}`);
  return { inputSteps, outputSteps, size, stride, dilation, before };
}

/** How many windows of a reach fit; below 1 where none does. */
export function windowCount(inputSteps: number, reach: number, stride: number, padding: Padding): number {
  const { before, after } = paddingOf(inputSteps, reach, stride, padding);
  return Math.floor((before + inputSteps + after - reach) / stride) + 1;
}

function paddingOf(
  inputSteps: number,
  reach: number,
  stride: number,
  padding: Padding,
): { readonly before: number; readonly after: number } {
  switch (padding) {
    case 'valid':
      return { before: 0, after: 0 };
    case 'causal':
      return { before: reach - 1, after: 0 };
    case 'same': {
      const outputSteps = Math.ceil(inputSteps / stride);
      const missing = Math.max(0, (outputSteps - 1) * stride + reach - inputSteps);
      return { before: Math.floor(missing / 2), after: Math.ceil(missing / 2) };
    }
    default:
      return { before: padding, after: padding };
  }
}

/** The input step that is number `tap` of what an output step sees, or null where that is padding. */
export function inputStepOf(
  { inputSteps, stride, dilation, before }: TimeWindows,
  output: number,
  tap: number,
): number | null {
  const step = output * stride + tap * dilation - before;
  return step >= 0 && step < inputSteps ? step : null;
}

/** Neighbouring output steps whose input steps of one tap are neighbours as well. */
export interface Stretch {
  readonly inputStep: number;
  readonly outputStep: number;
  readonly steps: number;
}

/** All that one tap of the windows sees. */
export function stretchesOf(windows: TimeWindows, tap: number): readonly Stretch[] {
  const stretches: Stretch[] = [];
  for (let outputStep = 0; outputStep < windows.outputSteps; outputStep++) {
    const inputStep = inputStepOf(windows, outputStep, tap);
    if (inputStep === null) continue;
    const last = stretches.at(-1);
    if (last !== undefined && last.inputStep + last.steps === inputStep) {
      stretches[stretches.length - 1] = { ...last, steps: last.steps + 1 };
    } else {
      stretches.push({ inputStep, outputStep, steps: 1 });
    }
  }
  return stretches;
}
