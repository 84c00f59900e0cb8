/** Dropout, active while training only. */
import type { LayerPlan } from '../plan/trainingPlan';
import { drawingKey, type Layer, type LayerContext, type Pass, reserveSequence, soleInput } from './layer';

/** `index` tells the layers of a network apart, so that they do not drop the same positions. */
export function planDropout(
  context: LayerContext,
  { path, rate, sharedOverTime }: Extract<LayerPlan, { kind: 'dropout' }>,
  index: number,
): Layer {
  const input = soleInput(context);
  const output = { ...reserveSequence(context.arena, input.timeSteps, input.batch, input.width), mask: input.mask };
  const { first, of } = context.share;
  /** Those of the whole batch, so that each sequence loses the same numbers whichever part it is in. */
  const places = {
    first: first * input.width,
    length: input.batch * input.width,
    stride: sharedOverTime ? 0 : of * input.width,
  };
  const rateOf = (pass: Pass): number => (pass.training ? rate : 0);
  const keyOf = (pass: Pass): number => drawingKey(pass, index);
  return {
    path,
    parameters: [],
    outputs: [output],
    forward: (backend, pass) => backend.dropout(input.value, output.value, rateOf(pass), keyOf(pass), places),
    backward: (backend, pass) => {
      if (!output.gradient || !input.gradient) return;
      backend.dropout(output.gradient, input.gradient, rateOf(pass), keyOf(pass), places);
    },
  };
}
