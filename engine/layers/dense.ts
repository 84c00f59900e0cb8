/** A dense layer on each time step it is given: y = φ(W x + b). */
import { glorotUniform, type Initialiser, lecunNormal, uniform, zeros } from '../initialisers';
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

export interface DenseInitialisers {
  readonly weights: Initialiser;
  readonly bias: Initialiser;
}

/** @param initialisers left out, as the framework draws those of a dense layer */
export function planDense(
  context: LayerContext,
  { path, units, bias: hasBias, activation, tiedTo }: Omit<Extract<LayerPlan, { kind: 'dense' }>, 'kind'>,
  initialisers?: DenseInitialisers,
): Layer {
  const { arena, convention } = context;
  const input = soleInput(context);
  const draw = initialisers ?? denseInitialisers(convention, input.width);
  /** `[inputs, units]`, or `[units, inputs]` where they are those of an embedding. */
  const weights =
    tiedTo === undefined
      ? reserveParameter(arena, `${path}.weights`, input.width, units, draw.weights)
      : reserveParameter(arena, tiedTo, units, input.width, draw.weights);
  const isTied = tiedTo !== undefined;
  const bias = hasBias ? reserveParameter(arena, `${path}.bias`, 1, units, draw.bias) : null;
  const output = { ...reserveSequence(arena, input.timeSteps, input.batch, units), mask: input.mask };
  const packed = arena.reserveBothPacked(input.width, units);
  const inputRows = rowsOf(input, input.value);
  const outputRows = rowsOf(output, output.value);
  return {
    path,
    parameters: bias ? [weights, bias] : [weights],
    outputs: [output],
    forward: (backend) => {
      if (isTied) {
        if (bias) backend.broadcastRow(bias.value, outputRows);
        backend.pack(parameterMatrix(weights), true, packed.plain);
        backend.multiply(inputRows, packed.plain, outputRows, bias !== null);
      } else {
        backend.linear(inputRows, parameterMatrix(weights), packed.plain, bias ? [bias.value] : [], outputRows);
      }
      if (activation) backend.activate(activation, output.value);
    },
    backward: (backend) => {
      if (!output.gradient) return;
      if (activation) backend.activateBackward(activation, output.value, output.gradient);
      const outputGradientRows = rowsOf(output, output.gradient);
      if (isTied) {
        backend.multiplyTransposed(outputGradientRows, inputRows, gradientMatrix(weights));
        if (bias) backend.sumRows(outputGradientRows, bias.gradient);
      } else {
        const biasGradients = bias ? [bias.gradient] : [];
        backend.linearGradients(inputRows, outputGradientRows, gradientMatrix(weights), biasGradients);
      }
      if (input.gradient) {
        backend.pack(parameterMatrix(weights), !isTied, packed.transposed);
        backend.multiply(outputGradientRows, packed.transposed, rowsOf(input, input.gradient), false);
      }
    },
  };
}

/** Keras: glorot_uniform, zeros. PyTorch: both uniform within 1/√inputs. Flax: lecun_normal, zeros. */
function denseInitialisers(convention: Convention, inputs: number): DenseInitialisers {
  switch (convention) {
    case 'keras':
      return { weights: glorotUniform, bias: zeros };
    case 'flax':
      return { weights: lecunNormal, bias: zeros };
    case 'torch': {
      const draw = uniform(1 / Math.sqrt(inputs));
      return { weights: draw, bias: draw };
    }
  }
}
