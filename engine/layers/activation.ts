/** An activation that stands alone in the model. */
import type { LayerPlan } from '../plan/trainingPlan';
import { type Layer, type LayerContext, reserveSequence, rowsOf, soleInput } from './layer';

export function planActivation(
  context: LayerContext,
  { path, activation }: Extract<LayerPlan, { kind: 'activation' }>,
): Layer {
  const input = soleInput(context);
  const output = { ...reserveSequence(context.arena, input.timeSteps, input.batch, input.width), mask: input.mask };
  return {
    path,
    parameters: [],
    outputs: [output],
    forward: (backend) => {
      backend.copyMatrix(rowsOf(input, input.value), rowsOf(output, output.value));
      backend.activate(activation, output.value);
    },
    backward: (backend) => {
      if (!output.gradient || !input.gradient) return;
      backend.copyMatrix(rowsOf(output, output.gradient), rowsOf(input, input.gradient));
      backend.activateBackward(activation, output.value, input.gradient);
    },
  };
}
