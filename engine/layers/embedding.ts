/** A table with one row per token. */
import type { ArenaPlanner } from '../arena';
import { normal, uniform } from '../initialisers';
import type { Convention, LayerPlan } from '../plan/trainingPlan';
import {
  gradientMatrix,
  type Layer,
  parameterMatrix,
  reserveParameter,
  reserveSequence,
  rowsOf,
  type Sequence,
} from './layer';

/** Its input is a sequence of width 1 whose values are row numbers. */
export function planEmbedding(
  arena: ArenaPlanner,
  input: Sequence,
  { path, vocabulary, width }: Extract<LayerPlan, { kind: 'embedding' }>,
  convention: Convention,
): Layer {
  // Keras draws within 0.05, PyTorch from a standard normal.
  const initialiser = convention === 'keras' ? uniform(0.05) : normal;
  const table = reserveParameter(arena, `${path}.table`, vocabulary, width, initialiser);
  const output = reserveSequence(arena, input.timeSteps, input.batch, width);
  return {
    path,
    parameters: [table],
    output,
    forward: (backend) => backend.gather(parameterMatrix(table), input.value, rowsOf(output, output.value)),
    backward: (backend) => {
      if (!output.gradient) return;
      backend.fill(table.gradient, 0);
      backend.scatterAdd(gradientMatrix(table), input.value, rowsOf(output, output.gradient));
    },
  };
}
