/** A step of the plain recurrent cell: h = φ(W x + U h′ + b), its pre-activation given (Elman 1990). */
import type { RnnStep } from '../backend';
import { activated, slopeAt } from './elementwise';
import { load } from './memory';

export function rnnForward(memory: Float64Array, step: RnnStep): void {
  for (let i = 0; i < step.hidden.length; i++) {
    memory[step.hidden.offset + i] = activated(step.activation, load(memory, step.preActivations.offset + i));
  }
}

export function rnnBackward(memory: Float64Array, step: RnnStep): void {
  for (let i = 0; i < step.hidden.length; i++) {
    const hiddenGradient = load(memory, step.outputGradient.offset + i) + load(memory, step.hiddenGradient.offset + i);
    memory[step.hiddenGradient.offset + i] = hiddenGradient;
    memory[step.preActivations.offset + i] =
      hiddenGradient * slopeAt(step.activation, load(memory, step.hidden.offset + i));
  }
}
