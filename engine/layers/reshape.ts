/** Layers that only choose, repeat or rearrange time steps. */
import type { LayerPlan } from '../plan/trainingPlan';
import { sideBySide } from './join';
import { copy, type Layer, type LayerContext, reserveSequence, soleInput, stepOf } from './layer';

type PlanOf<Kind extends LayerPlan['kind']> = Extract<LayerPlan, { kind: Kind }>;

/** A view, which costs nothing. */
export function planStep(context: LayerContext, { path, step }: PlanOf<'step'>): Layer {
  const input = soleInput(context);
  const index = step < 0 ? input.timeSteps + step : step;
  if (index < 0 || index >= input.timeSteps) throw new Error(`${path} takes step ${step} of ${input.timeSteps}`);
  return { path, parameters: [], outputs: [stepOf(input, index)], forward: () => {}, backward: () => {} };
}

/** `[timeSteps, batch, width]` → `[1, batch, timeSteps·width]`, a sequence's steps from first to last. */
export function planFlatten(context: LayerContext, { path }: PlanOf<'flatten'>): Layer {
  const input = soleInput(context);
  const output = reserveSequence(context.arena, 1, input.batch, input.timeSteps * input.width);
  const steps = Array.from({ length: input.timeSteps }, (_, time) => stepOf(input, time));
  return { path, parameters: [], outputs: [output], ...sideBySide(steps, output) };
}

export function planReverse(context: LayerContext, { path }: PlanOf<'reverse'>): Layer {
  const input = soleInput(context);
  const { timeSteps, batch, width, mask } = input;
  if (mask !== null) throw new Error(`${path} would put the padding first`);
  const output = reserveSequence(context.arena, timeSteps, batch, width);
  const pairs = Array.from({ length: timeSteps }, (_, time) => ({
    from: stepOf(input, time),
    to: stepOf(output, timeSteps - 1 - time),
  }));
  return {
    path,
    parameters: [],
    outputs: [output],
    forward: (backend) => {
      for (const { from, to } of pairs) copy(backend, from.value, to.value);
    },
    backward: (backend) => {
      for (const { from, to } of pairs) if (from.gradient && to.gradient) copy(backend, to.gradient, from.gradient);
    },
  };
}

export function planRepeat(context: LayerContext, { path, timeSteps }: PlanOf<'repeat'>): Layer {
  const input = soleInput(context);
  if (input.timeSteps !== 1) throw new Error(`${path} repeats ${input.timeSteps} steps, not one`);
  const output = reserveSequence(context.arena, timeSteps, input.batch, input.width);
  const steps = Array.from({ length: timeSteps }, (_, time) => stepOf(output, time));
  return {
    path,
    parameters: [],
    outputs: [output],
    forward: (backend) => {
      for (const { value } of steps) copy(backend, input.value, value);
    },
    backward: (backend) => {
      if (!input.gradient) return;
      for (const [time, { gradient }] of steps.entries()) {
        if (gradient && time === 0) copy(backend, gradient, input.gradient);
        else if (gradient) backend.add(input.gradient, gradient);
      }
    },
  };
}
