/** Noise added while training, and nothing otherwise. */
import type { LayerPlan } from '../plan/trainingPlan';
import { copy, drawingKey, type Layer, type LayerContext, reserveSequence, soleInput } from './layer';

/** `index` tells the layers of a network apart, so that they do not add the same numbers. */
export function planGaussianNoise(
  context: LayerContext,
  { path, standardDeviation }: Extract<LayerPlan, { kind: 'gaussianNoise' }>,
  index: number,
): Layer {
  const input = soleInput(context);
  const output = { ...reserveSequence(context.arena, input.timeSteps, input.batch, input.width), mask: input.mask };
  return {
    path,
    parameters: [],
    outputs: [output],
    forward: (backend, pass) => {
      if (!pass.training) copy(backend, input.value, output.value);
      else backend.addNoise(input.value, output.value, standardDeviation, drawingKey(pass, index));
    },
    backward: (backend) => {
      if (output.gradient && input.gradient) copy(backend, output.gradient, input.gradient);
    },
  };
}
