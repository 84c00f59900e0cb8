/** Layers that only choose or rearrange: the last step alone, or all steps side by side. */
import type { ArenaPlanner } from '../arena';
import { columnsOf } from '../backend';
import { type Layer, reserveSequence, rowsOf, type Sequence, stepOf } from './layer';

/** A view, which costs nothing. */
export function planLastStep(input: Sequence, path: string): Layer {
  return {
    path,
    parameters: [],
    output: stepOf(input, input.timeSteps - 1),
    forward: () => {},
    backward: () => {},
  };
}

/** `[timeSteps, batch, width]` → `[1, batch, timeSteps·width]`, a sequence's steps from first to last. */
export function planFlatten(arena: ArenaPlanner, input: Sequence, path: string): Layer {
  const output = reserveSequence(arena, 1, input.batch, input.timeSteps * input.width);
  const steps = Array.from({ length: input.timeSteps }, (_, time) => {
    const step = stepOf(input, time);
    return {
      value: rowsOf(step, step.value),
      gradient: step.gradient && rowsOf(step, step.gradient),
      valueColumns: columnsOf(rowsOf(output, output.value), time * input.width, input.width),
      gradientColumns: output.gradient && columnsOf(rowsOf(output, output.gradient), time * input.width, input.width),
    };
  });
  return {
    path,
    parameters: [],
    output,
    forward: (backend) => {
      for (const { value, valueColumns } of steps) backend.copyMatrix(value, valueColumns);
    },
    backward: (backend) => {
      for (const { gradient, gradientColumns } of steps) {
        if (gradient && gradientColumns) backend.copyMatrix(gradientColumns, gradient);
      }
    },
  };
}
