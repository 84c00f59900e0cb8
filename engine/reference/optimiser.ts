/** Steps of optimisers, and clipping of gradients. */
import type { AdamSettings, RmspropSettings, SgdSettings, Span } from '../backend';
import { load } from './memory';

export function squaredNorm(memory: Float64Array, values: Span, result: Span): void {
  let sum = 0;
  for (let i = values.offset; i < values.offset + values.length; i++) sum += load(memory, i) ** 2;
  memory[result.offset] = sum;
}

/** Pascanu, Mikolov and Bengio 2013. */
export function clipByNorm(memory: Float64Array, values: Span, squared: Span, limit: number, margin: number): void {
  const norm = Math.sqrt(load(memory, squared.offset)) + margin;
  // A norm that is no finite number says nothing to scale by; left as they are, the values show where it comes from.
  if (norm <= limit || !Number.isFinite(norm)) return;
  for (let i = values.offset; i < values.offset + values.length; i++) memory[i] = load(memory, i) * (limit / norm);
}

export function clipByValue(memory: Float64Array, values: Span, limit: number): void {
  for (let i = values.offset; i < values.offset + values.length; i++) {
    const value = load(memory, i);
    if (Number.isFinite(value)) memory[i] = Math.min(Math.max(value, -limit), limit);
  }
}

/** Polyak 1964, Nesterov 1983 as Sutskever et al. 2013 have it. */
export function sgd(
  memory: Float64Array,
  parameters: Span,
  gradients: Span,
  velocity: Span | null,
  { momentum, nesterov, intoVelocity, intoParameters, decayIntoGradient, kept }: SgdSettings,
): void {
  for (let i = 0; i < parameters.length; i++) {
    const parameter = load(memory, parameters.offset + i);
    const push = (load(memory, gradients.offset + i) + decayIntoGradient * parameter) * intoVelocity;
    let step = push;
    if (velocity !== null) {
      const moved = momentum * load(memory, velocity.offset + i) + push;
      memory[velocity.offset + i] = moved;
      step = nesterov ? momentum * moved + push : moved;
    }
    memory[parameters.offset + i] = kept * parameter - intoParameters * step;
  }
}

/** Tieleman and Hinton 2012; centred as Graves 2013 has it. */
export function rmsprop(
  memory: Float64Array,
  parameters: Span,
  gradients: Span,
  meanSquare: Span,
  meanGradient: Span | null,
  velocity: Span | null,
  settings: RmspropSettings,
): void {
  const { decay, epsilonInRoot, epsilonAfterRoot, momentum, intoVelocity, intoParameters } = settings;
  for (let i = 0; i < parameters.length; i++) {
    const parameter = load(memory, parameters.offset + i);
    const gradient = load(memory, gradients.offset + i) + settings.decayIntoGradient * parameter;
    const square = decay * load(memory, meanSquare.offset + i) + (1 - decay) * gradient * gradient;
    memory[meanSquare.offset + i] = square;
    let variance = square;
    if (meanGradient !== null) {
      const centre = decay * load(memory, meanGradient.offset + i) + (1 - decay) * gradient;
      memory[meanGradient.offset + i] = centre;
      // Rounding may leave a variance of almost nothing below zero.
      variance = Math.max(square - centre * centre, 0);
    }
    const push = (intoVelocity * gradient) / (Math.sqrt(variance + epsilonInRoot) + epsilonAfterRoot);
    let step = push;
    if (velocity !== null) {
      step = momentum * load(memory, velocity.offset + i) + push;
      memory[velocity.offset + i] = step;
    }
    memory[parameters.offset + i] = settings.kept * parameter - intoParameters * step;
  }
}

/** Kingma and Ba 2015; with decoupled decay Loshchilov and Hutter 2019. */
export function adam(
  memory: Float64Array,
  parameters: Span,
  gradients: Span,
  firstMoment: Span,
  secondMoment: Span,
  { stepSize, beta1, beta2, secondMomentScale, epsilon, decayIntoGradient, kept }: AdamSettings,
): void {
  for (let i = 0; i < parameters.length; i++) {
    const parameter = load(memory, parameters.offset + i);
    const gradient = load(memory, gradients.offset + i) + decayIntoGradient * parameter;
    const first = beta1 * load(memory, firstMoment.offset + i) + (1 - beta1) * gradient;
    const second = beta2 * load(memory, secondMoment.offset + i) + (1 - beta2) * gradient * gradient;
    memory[firstMoment.offset + i] = first;
    memory[secondMoment.offset + i] = second;
    memory[parameters.offset + i] =
      kept * parameter - (stepSize * first) / (Math.sqrt(second) * secondMomentScale + epsilon);
  }
}
