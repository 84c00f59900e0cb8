/** What follows a normalisation: a trained factor and a trained bias for each column. */
import type { ArenaPlanner } from '../arena';
import { type Backend, type Matrix, spanOf } from '../backend';
import { ones, zeros } from '../initialisers';
import type { NormalisationPlan } from '../plan/trainingPlan';
import { copy, type Parameter, reserveParameter } from './layer';

export interface Affine {
  readonly scale: Parameter | null;
  readonly bias: Parameter | null;
  readonly parameters: readonly Parameter[];
  forward(backend: Backend, output: Matrix): void;
  /** Gradients of the factors and biases. */
  backward(backend: Backend, outputGradient: Matrix): void;
  /** The gradient of what forward was given. */
  through(backend: Backend, outputGradient: Matrix, inputGradient: Matrix): void;
}

/** Matrices lie in one stretch each. */
export function planAffine(
  arena: ArenaPlanner,
  { path, scale: hasScale, bias: hasBias }: NormalisationPlan,
  input: Matrix,
): Affine {
  const { columns } = input;
  const scale = hasScale ? reserveParameter(arena, `${path}.scale`, 1, columns, ones) : null;
  const bias = hasBias ? reserveParameter(arena, `${path}.bias`, 1, columns, zeros) : null;
  const multiplyColumns = (backend: Backend, source: Matrix, target: Matrix): void => {
    if (scale === null) {
      copy(backend, spanOf(source), spanOf(target));
      return;
    }
    backend.fill(spanOf(target), 0);
    backend.addScaledColumns(source, scale.value, target);
  };
  return {
    scale,
    bias,
    parameters: [scale, bias].filter((parameter) => parameter !== null),
    forward: (backend, output) => {
      if (scale !== null && bias !== null) {
        backend.broadcastRow(bias.value, output);
        backend.addScaledColumns(input, scale.value, output);
      } else if (bias !== null) {
        backend.broadcastRow(bias.value, output);
        backend.add(spanOf(output), spanOf(input));
      } else {
        multiplyColumns(backend, input, output);
      }
    },
    backward: (backend, outputGradient) => {
      if (scale !== null) backend.columnDots(outputGradient, input, scale.gradient);
      if (bias !== null) backend.sumRows(outputGradient, bias.gradient);
    },
    through: multiplyColumns,
  };
}
