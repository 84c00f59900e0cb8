/** The largest of each window of time steps. */
import type { Span, TimeWindows } from '../backend';
import { inputStepOf } from '../plan/timeWindows';
import { addAt, load } from './memory';

export function maxOverTime(
  memory: Float64Array,
  windows: TimeWindows,
  input: Span,
  output: Span,
  choices: Span,
): void {
  const length = input.length / windows.inputSteps;
  for (let step = 0; step < windows.outputSteps; step++) {
    for (let i = 0; i < length; i++) {
      let best: { readonly step: number; readonly value: number } | null = null;
      for (let tap = 0; tap < windows.size; tap++) {
        const inputStep = inputStepOf(windows, step, tap);
        if (inputStep === null) continue;
        const value = load(memory, input.offset + inputStep * length + i);
        if (best === null || value > best.value) best = { step: inputStep, value };
      }
      memory[output.offset + step * length + i] = best?.value ?? Number.NaN;
      memory[choices.offset + step * length + i] = best?.step ?? Number.NaN;
    }
  }
}

export function maxOverTimeBackward(
  memory: Float64Array,
  windows: TimeWindows,
  outputGradient: Span,
  choices: Span,
  inputGradient: Span,
): void {
  const length = inputGradient.length / windows.inputSteps;
  memory.fill(0, inputGradient.offset, inputGradient.offset + inputGradient.length);
  for (let i = 0; i < outputGradient.length; i++) {
    const step = load(memory, choices.offset + i);
    addAt(memory, inputGradient.offset + step * length + (i % length), load(memory, outputGradient.offset + i));
  }
}
