/** Scores of time steps as weights that sum to 1 over them, each column of a sequence by itself. */
import { matrixOf } from '../backend';
import type { LayerPlan } from '../plan/trainingPlan';
import { type Layer, type LayerContext, reserveSequence, soleInput } from './layer';
import { transposition } from './transposition';

export function planSoftmaxOverTime(
  context: LayerContext,
  { path }: Extract<LayerPlan, { kind: 'softmaxOverTime' }>,
): Layer {
  const { arena } = context;
  const input = soleInput(context);
  const { timeSteps, batch, width, mask } = input;
  const output = { ...reserveSequence(arena, timeSteps, batch, width), mask };
  const rows = batch * width;
  const weights = arena.reserve(rows * timeSteps);
  const gradient = arena.reserve(rows * timeSteps);
  const weightRows = matrixOf(weights, rows, timeSteps);
  const { toRows, toColumns } = transposition(timeSteps, rows);
  return {
    path,
    parameters: [],
    outputs: [output],
    forward: (backend) => {
      toRows(backend, input.value, weights);
      backend.softmaxRows(weightRows, { sequences: batch, columns: mask, causalPeriod: null });
      toColumns(backend, weights, output.value);
    },
    backward: (backend) => {
      if (!input.gradient || !output.gradient) return;
      toRows(backend, output.gradient, gradient);
      backend.softmaxRowsBackward(weightRows, matrixOf(gradient, rows, timeSteps));
      toColumns(backend, gradient, input.gradient);
    },
  };
}
