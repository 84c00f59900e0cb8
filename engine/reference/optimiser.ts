/** Adam and clipping by the global norm. */
import type { AdamSettings, Span } from '../backend';
import { load } from './memory';

export function squaredNorm(memory: Float64Array, values: Span, result: Span): void {
  let sum = 0;
  for (let i = values.offset; i < values.offset + values.length; i++) sum += load(memory, i) ** 2;
  memory[result.offset] = sum;
}

/** Pascanu, Mikolov and Bengio 2013. */
export function clipByNorm(memory: Float64Array, values: Span, squared: Span, limit: number): void {
  const norm = Math.sqrt(load(memory, squared.offset));
  if (norm <= limit) return;
  for (let i = values.offset; i < values.offset + values.length; i++) memory[i] = load(memory, i) * (limit / norm);
}

/** Kingma and Ba 2015. */
export function adam(
  memory: Float64Array,
  parameters: Span,
  gradients: Span,
  firstMoment: Span,
  secondMoment: Span,
  { stepSize, beta1, beta2, secondMomentScale, epsilon }: AdamSettings,
): void {
  for (let i = 0; i < parameters.length; i++) {
    const gradient = load(memory, gradients.offset + i);
    const first = beta1 * load(memory, firstMoment.offset + i) + (1 - beta1) * gradient;
    const second = beta2 * load(memory, secondMoment.offset + i) + (1 - beta2) * gradient * gradient;
    memory[firstMoment.offset + i] = first;
    memory[secondMoment.offset + i] = second;
    memory[parameters.offset + i] =
      load(memory, parameters.offset + i) - (stepSize * first) / (Math.sqrt(second) * secondMomentScale + epsilon);
  }
}
