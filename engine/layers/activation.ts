/** An activation that stands alone in the model. */
import type { ArenaPlanner } from '../arena';
import type { LayerPlan } from '../plan/trainingPlan';
import { type Layer, reserveSequence, rowsOf, type Sequence } from './layer';

export function planActivation(
  arena: ArenaPlanner,
  input: Sequence,
  { path, activation }: Extract<LayerPlan, { kind: 'activation' }>,
): Layer {
  const output = reserveSequence(arena, input.timeSteps, input.batch, input.width);
  return {
    path,
    parameters: [],
    output,
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
