/** Scaling of one column, fitted on its training part alone: `(value − offset) / scale`. */
import { mean } from './dataset';
import type { ModelEnds } from './modelEnds';

export interface Scaling {
  readonly offset: number;
  readonly scale: number;
}

/** To mean 0 and standard deviation 1; a constant column becomes zeros, by no sum that rounding could spoil. */
export function standardisation(values: Float64Array): Scaling {
  const [smallest, largest] = extremes(values);
  if (smallest === largest) return { offset: smallest, scale: 1 };
  const centre = mean(values);
  const variance = mean(values.map((value) => (value - centre) ** 2));
  return { offset: centre, scale: Math.sqrt(variance) };
}

/** Targets are scaled to where the model's last activation can reach them. */
export function targetScaling(activation: ModelEnds['outputActivation']): (values: Float64Array) => Scaling {
  switch (activation) {
    case 'none':
    case 'softmax':
      return standardisation;
    case 'relu':
    case 'sigmoid':
      return (values) => range(values, 0);
    case 'tanh':
      return (values) => range(values, -1);
  }
}

export function scaled(values: Float64Array, { offset, scale }: Scaling): Float64Array {
  return values.map((value) => (value - offset) / scale);
}

function extremes(values: Float64Array): readonly [smallest: number, largest: number] {
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

/** To `from … 1`. */
function range(values: Float64Array, from: number): Scaling {
  const [smallest, largest] = extremes(values);
  const scale = (largest - smallest || 1) / (1 - from);
  return { offset: smallest - from * scale, scale };
}
