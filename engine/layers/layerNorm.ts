/** Layer normalisation (Ba et al. 2016): the columns of each step brought to mean 0 and variance 1. */
import type { NormalisationPlan } from '../plan/trainingPlan';
import { planAffine } from './affine';
import { type Layer, type LayerContext, reserveSequence, rowsOf, soleInput } from './layer';

export function planLayerNorm(context: LayerContext, plan: NormalisationPlan): Layer {
  const { arena } = context;
  const input = soleInput(context);
  const { timeSteps, batch, width, mask } = input;
  const output = { ...reserveSequence(arena, timeSteps, batch, width), mask };
  const standardised = rowsOf(input, arena.reserve(timeSteps * batch * width));
  const inverseDeviations = arena.reserve(timeSteps * batch);
  const affine = planAffine(arena, plan, standardised);
  return {
    path: plan.path,
    parameters: affine.parameters,
    outputs: [output],
    forward: (backend) => {
      backend.standardiseRows(rowsOf(input, input.value), plan.epsilon, standardised, inverseDeviations);
      affine.forward(backend, rowsOf(output, output.value));
    },
    backward: (backend) => {
      if (!output.gradient) return;
      const outputGradient = rowsOf(output, output.gradient);
      affine.backward(backend, outputGradient);
      if (!input.gradient) return;
      const inputGradient = rowsOf(input, input.gradient);
      affine.through(backend, outputGradient, inputGradient);
      backend.standardiseRowsBackward(standardised, inverseDeviations, inputGradient);
    },
  };
}
