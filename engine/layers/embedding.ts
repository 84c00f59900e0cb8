/** A table with one row per token. */
import { type Initialiser, normal, normalOfWidth, uniform } from '../initialisers';
import type { Convention, LayerPlan } from '../plan/trainingPlan';
import {
  gradientMatrix,
  type Layer,
  type LayerContext,
  parameterMatrix,
  reserveParameter,
  reserveSequence,
  rowsOf,
  soleInput,
} from './layer';

/** Keras draws within 0.05, PyTorch from a standard normal, Flax from one of variance 1 / width. */
const tableInitialisers: Readonly<Record<Convention, Initialiser>> = {
  keras: uniform(0.05),
  torch: normal,
  flax: normalOfWidth,
};

/** Its input is a sequence of width 1 whose values are row numbers. */
export function planEmbedding(
  context: LayerContext,
  { path, vocabulary, width, paddingToken }: Extract<LayerPlan, { kind: 'embedding' }>,
): Layer {
  const { arena, convention } = context;
  const input = soleInput(context);
  const initialiser = tableInitialisers[convention];
  const table = reserveParameter(arena, `${path}.table`, vocabulary, width, initialiser);
  const mask = paddingToken === undefined ? null : arena.reserve(input.timeSteps * input.batch);
  const output = { ...reserveSequence(arena, input.timeSteps, input.batch, width), mask };
  return {
    path,
    parameters: [table],
    outputs: [output],
    forward: (backend) => {
      backend.gather(parameterMatrix(table), input.value, rowsOf(output, output.value));
      if (mask !== null && paddingToken !== undefined) backend.markUnequal(input.value, paddingToken, mask);
    },
    backward: (backend) => {
      if (!output.gradient) return;
      backend.fill(table.gradient, 0);
      backend.scatterAdd(gradientMatrix(table), input.value, rowsOf(output, output.gradient));
    },
  };
}
