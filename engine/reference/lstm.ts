/**
 * A step of the LSTM without peepholes (Hochreiter and Schmidhuber 1997; Gers et al. 2000), its pre-activations given:
 *   c = f·c′ + i·g    h = o·tanh(c)    with i, f, o = σ(…) and g = tanh(…)
 */
import type { LstmStep } from '../backend';
import { sigmoid } from './elementwise';
import { load } from './memory';

export function lstmForward(memory: Float64Array, step: LstmStep): void {
  forEachUnit(step, (unit, inputGate, forgetGate, candidateGate, outputGate) => {
    const i = sigmoid(load(memory, inputGate));
    const f = sigmoid(load(memory, forgetGate));
    const g = Math.tanh(load(memory, candidateGate));
    const o = sigmoid(load(memory, outputGate));
    const c = f * load(memory, step.previousCell.offset + unit) + i * g;
    memory[inputGate] = i;
    memory[forgetGate] = f;
    memory[candidateGate] = g;
    memory[outputGate] = o;
    memory[step.cell.offset + unit] = c;
    memory[step.hidden.offset + unit] = o * Math.tanh(c);
  });
}

export function lstmBackward(memory: Float64Array, step: LstmStep): void {
  forEachUnit(step, (unit, inputGate, forgetGate, candidateGate, outputGate) => {
    const i = load(memory, inputGate);
    const f = load(memory, forgetGate);
    const g = load(memory, candidateGate);
    const o = load(memory, outputGate);
    const tanhCell = Math.tanh(load(memory, step.cell.offset + unit));
    const dh = load(memory, step.outputGradient.offset + unit) + load(memory, step.hiddenGradient.offset + unit);
    const dc = load(memory, step.cellGradient.offset + unit) + dh * o * (1 - tanhCell * tanhCell);
    memory[step.hiddenGradient.offset + unit] = dh;
    memory[step.cellGradient.offset + unit] = dc * f;
    memory[inputGate] = dc * g * i * (1 - i);
    memory[forgetGate] = dc * load(memory, step.previousCell.offset + unit) * f * (1 - f);
    memory[candidateGate] = dc * i * (1 - g * g);
    memory[outputGate] = dh * tanhCell * o * (1 - o);
  });
}

/** Calls back with the index of each unit of each sequence and the places of its four gates. */
function forEachUnit(
  { batch, hiddenSize, gates }: LstmStep,
  visit: (unit: number, input: number, forget: number, candidate: number, output: number) => void,
): void {
  for (let sequence = 0; sequence < batch; sequence++) {
    for (let j = 0; j < hiddenSize; j++) {
      const first = gates.offset + sequence * 4 * hiddenSize + j;
      visit(sequence * hiddenSize + j, first, first + hiddenSize, first + 2 * hiddenSize, first + 3 * hiddenSize);
    }
  }
}
