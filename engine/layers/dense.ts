/** A dense layer on each time step it is given: y = φ(W x + b). */
import { glorotUniform, uniform, zeros } from '../initialisers';
import type { LayerPlan } from '../plan/trainingPlan';
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

export function planDense(
  context: LayerContext,
  { path, units, bias: hasBias, activation }: Extract<LayerPlan, { kind: 'dense' }>,
): Layer {
  const { arena, convention } = context;
  const input = soleInput(context);
  // PyTorch draws weights and bias of nn.Linear within 1/√inputs.
  const torchInitialiser = uniform(1 / Math.sqrt(input.width));
  const [weightInitialiser, biasInitialiser] =
    convention === 'keras' ? [glorotUniform, zeros] : [torchInitialiser, torchInitialiser];
  const weights = reserveParameter(arena, `${path}.weights`, input.width, units, weightInitialiser);
  const bias = hasBias ? reserveParameter(arena, `${path}.bias`, 1, units, biasInitialiser) : null;
  const output = { ...reserveSequence(arena, input.timeSteps, input.batch, units), mask: input.mask };
  const packedWeights = arena.reservePacked(input.width, units);
  const packedTransposed = input.gradient && arena.reservePacked(units, input.width);
  const inputRows = rowsOf(input, input.value);
  const outputRows = rowsOf(output, output.value);
  return {
    path,
    parameters: bias ? [weights, bias] : [weights],
    outputs: [output],
    forward: (backend) => {
      if (bias) backend.broadcastRow(bias.value, outputRows);
      backend.pack(parameterMatrix(weights), false, packedWeights);
      backend.multiply(inputRows, packedWeights, outputRows, bias !== null);
      if (activation) backend.activate(activation, output.value);
    },
    backward: (backend) => {
      if (!output.gradient) return;
      if (activation) backend.activateBackward(activation, output.value, output.gradient);
      const outputGradientRows = rowsOf(output, output.gradient);
      backend.multiplyTransposed(inputRows, outputGradientRows, gradientMatrix(weights));
      if (bias) backend.sumRows(outputGradientRows, bias.gradient);
      if (input.gradient && packedTransposed) {
        backend.pack(parameterMatrix(weights), true, packedTransposed);
        backend.multiply(outputGradientRows, packedTransposed, rowsOf(input, input.gradient), false);
      }
    },
  };
}
