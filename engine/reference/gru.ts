/**
 * A step of the GRU, its pre-activations given:  h = (1 − z)·n + z·h′  with z, r = σ(…) and the candidate
 *   n = tanh(W x + b + r·(U h′ + b′))    reset after the product (cuDNN, PyTorch, Keras since TensorFlow 2)
 *   n = tanh(W x + b + U (r·h′))         reset before the product (Cho et al. 2014)
 */
import type { GruStep } from '../backend';
import { sigmoid } from './elementwise';
import { addAt, load } from './memory';

export function gruResetAfterForward(memory: Float64Array, step: GruStep): void {
  forEachUnit(step, (unit, updateGate, resetGate, candidateGate) => {
    const z = sigmoid(load(memory, updateGate));
    const r = sigmoid(load(memory, resetGate));
    const n = Math.tanh(load(memory, candidateGate) + r * load(memory, step.candidate.offset + unit));
    memory[updateGate] = z;
    memory[resetGate] = r;
    memory[candidateGate] = n;
    memory[step.hidden.offset + unit] = (1 - z) * n + z * load(memory, step.previousHidden.offset + unit);
  });
}

export function gruResetAfterBackward(memory: Float64Array, step: GruStep): void {
  forEachUnit(step, (unit, updateGate, resetGate, candidateGate) => {
    const z = load(memory, updateGate);
    const r = load(memory, resetGate);
    const n = load(memory, candidateGate);
    const product = load(memory, step.candidate.offset + unit);
    const previous = load(memory, step.previousHidden.offset + unit);
    const dh = load(memory, step.outputGradient.offset + unit) + load(memory, step.hiddenGradient.offset + unit);
    const dn = dh * (1 - z) * (1 - n * n);
    memory[step.hiddenGradient.offset + unit] = dh;
    memory[step.previousGradient.offset + unit] = dh * z;
    memory[updateGate] = dh * (previous - n) * z * (1 - z);
    memory[resetGate] = dn * product * r * (1 - r);
    memory[candidateGate] = dn;
    memory[step.candidate.offset + unit] = dn * r;
  });
}

export function gruResetBeforeGatesForward(memory: Float64Array, step: GruStep): void {
  forEachUnit(step, (unit, updateGate, resetGate) => {
    const r = sigmoid(load(memory, resetGate));
    memory[updateGate] = sigmoid(load(memory, updateGate));
    memory[resetGate] = r;
    memory[step.candidate.offset + unit] = r * load(memory, step.previousHidden.offset + unit);
  });
}

export function gruResetBeforeCandidateForward(memory: Float64Array, step: GruStep): void {
  forEachUnit(step, (unit, updateGate, _resetGate, candidateGate) => {
    const z = load(memory, updateGate);
    const n = Math.tanh(load(memory, candidateGate));
    memory[candidateGate] = n;
    memory[step.hidden.offset + unit] = (1 - z) * n + z * load(memory, step.previousHidden.offset + unit);
  });
}

export function gruResetBeforeCandidateBackward(memory: Float64Array, step: GruStep): void {
  forEachUnit(step, (unit, updateGate, _resetGate, candidateGate) => {
    const z = load(memory, updateGate);
    const n = load(memory, candidateGate);
    const previous = load(memory, step.previousHidden.offset + unit);
    const dh = load(memory, step.outputGradient.offset + unit) + load(memory, step.hiddenGradient.offset + unit);
    memory[step.hiddenGradient.offset + unit] = dh;
    memory[step.previousGradient.offset + unit] = dh * z;
    memory[updateGate] = dh * (previous - n) * z * (1 - z);
    memory[candidateGate] = dh * (1 - z) * (1 - n * n);
  });
}

export function gruResetBeforeGatesBackward(memory: Float64Array, step: GruStep): void {
  forEachUnit(step, (unit, _updateGate, resetGate) => {
    const r = load(memory, resetGate);
    const resetStateGradient = load(memory, step.resetStateGradient.offset + unit);
    const previous = load(memory, step.previousHidden.offset + unit);
    memory[resetGate] = resetStateGradient * previous * r * (1 - r);
    addAt(memory, step.previousGradient.offset + unit, resetStateGradient * r);
  });
}

/** Calls back with the index of each unit of each sequence and the places of its three gates. */
function forEachUnit(
  { batch, hiddenSize, gates }: GruStep,
  visit: (unit: number, update: number, reset: number, candidate: number) => void,
): void {
  for (let sequence = 0; sequence < batch; sequence++) {
    for (let j = 0; j < hiddenSize; j++) {
      const first = gates.offset + sequence * 3 * hiddenSize + j;
      visit(sequence * hiddenSize + j, first, first + hiddenSize, first + 2 * hiddenSize);
    }
  }
}
