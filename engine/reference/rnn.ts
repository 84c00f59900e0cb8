/** The plain recurrent cell: h = φ(W x + U h′ + b), the inputs' share of its pre-activations given (Elman 1990). */
import type { RnnLoop, Span } from '../backend';
import { activated, slopeAt } from './elementwise';
import { multiply } from './matrix';
import { load } from './memory';
import { gatherStateGradient, isPadding, keepStatesOfPadding, rowsOfBlock, stepsOf } from './recurrentLoop';

export function rnnForward(memory: Float64Array, loop: RnnLoop): void {
  const { batch } = loop;
  for (const { time, gates, previousHidden, hidden } of stepsOf(loop)) {
    multiply(memory, rowsOfBlock(previousHidden, batch), loop.weights, rowsOfBlock(gates, batch), true);
    for (let i = 0; i < hidden.length; i++) {
      memory[hidden.offset + i] = activated(loop.activation, load(memory, gates.offset + i));
    }
    keepStatesOfPadding(memory, loop, time, previousHidden, hidden);
  }
}

export function rnnBackward(memory: Float64Array, loop: RnnLoop, squaredNorms: Span | null): void {
  const { batch, hiddenSize, hiddenGradient } = loop;
  for (const { time, gates, hidden } of stepsOf(loop).reverse()) {
    gatherStateGradient(memory, loop, time, squaredNorms);
    for (let i = 0; i < hidden.length; i++) {
      if (isPadding(memory, loop, time, Math.floor(i / hiddenSize))) {
        memory[gates.offset + i] = 0;
        continue;
      }
      const slope = slopeAt(loop.activation, load(memory, hidden.offset + i));
      memory[gates.offset + i] = load(memory, hiddenGradient.offset + i) * slope;
      memory[hiddenGradient.offset + i] = 0;
    }
    multiply(memory, rowsOfBlock(gates, batch), loop.weightsTransposed, rowsOfBlock(hiddenGradient, batch), true);
  }
}
