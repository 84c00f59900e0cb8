/**
 * The LSTM (Hochreiter and Schmidhuber 1997; Gers et al. 2000), the inputs' share of its pre-activations given:
 *   c = f·c′ + i·g    h = o·tanh(c)    with i, f, o = σ(…) and g = tanh(…)
 * With peepholes (Gers and Schmidhuber 2000) i and f also see c′ and o sees c; with a projection (Sak et al. 2014) the state
 * is W (o·tanh(c)).
 */
import { blockOf, type LstmLoop, type Span } from '../backend';
import { multiply } from './matrix';
import { addAt, load } from './memory';
import {
  gateSlope,
  gateValue,
  gatherStateGradient,
  isPadding,
  keepStatesOfPadding,
  rowsOfBlock,
  stepsOf,
} from './recurrentLoop';

export function lstmForward(memory: Float64Array, loop: LstmLoop): void {
  const { batch, hiddenSize, projection, hardSigmoidSlope: slope } = loop;
  const cellLength = batch * hiddenSize;
  for (const { time, gates, previousHidden, hidden } of stepsOf(loop)) {
    const previousCell = blockOf(loop.previousCell, time, cellLength);
    const cell = blockOf(loop.cell, time, cellLength);
    const output = projection ? blockOf(projection.unprojected, time, cellLength) : hidden;
    multiply(memory, rowsOfBlock(previousHidden, batch), loop.weights, rowsOfBlock(gates, batch), true);
    forEachUnit(loop, gates, ({ unit, input, forget, candidate, out, peephole }) => {
      const before = load(memory, previousCell.offset + unit);
      const i = gateValue(load(memory, input) + peephole(memory, 0) * before, slope);
      const f = gateValue(load(memory, forget) + peephole(memory, 1) * before, slope);
      const g = Math.tanh(load(memory, candidate));
      const c = f * before + i * g;
      const o = gateValue(load(memory, out) + peephole(memory, 2) * c, slope);
      memory[input] = i;
      memory[forget] = f;
      memory[candidate] = g;
      memory[out] = o;
      memory[cell.offset + unit] = c;
      memory[output.offset + unit] = o * Math.tanh(c);
    });
    if (projection) {
      multiply(memory, rowsOfBlock(output, batch), projection.weights, rowsOfBlock(hidden, batch), false);
    }
    keepStatesOfPadding(memory, loop, time, previousHidden, hidden);
    keepStatesOfPadding(memory, loop, time, previousCell, cell);
  }
}

export function lstmBackward(memory: Float64Array, loop: LstmLoop, squaredNorms: Span | null): void {
  const { batch, hiddenSize, stateWidth, hiddenGradient, cellGradient, peepholes, projection } = loop;
  const { hardSigmoidSlope: slope } = loop;
  const cellLength = batch * hiddenSize;
  if (peepholes) memory.fill(0, peepholes.gradient.offset, peepholes.gradient.offset + peepholes.gradient.length);
  for (const { time, gates } of stepsOf(loop).reverse()) {
    const previousCell = blockOf(loop.previousCell, time, cellLength);
    const cell = blockOf(loop.cell, time, cellLength);
    gatherStateGradient(memory, loop, time, squaredNorms);
    let outputGradient = hiddenGradient;
    if (projection) {
      const stateGradient = blockOf(projection.stateGradients, time, batch * stateWidth);
      memory.copyWithin(stateGradient.offset, hiddenGradient.offset, hiddenGradient.offset + hiddenGradient.length);
      for (let sequence = 0; sequence < batch; sequence++) {
        if (!isPadding(memory, loop, time, sequence)) continue;
        const row = stateGradient.offset + sequence * stateWidth;
        memory.fill(0, row, row + stateWidth);
      }
      outputGradient = projection.scratch;
      const result = rowsOfBlock(outputGradient, batch);
      multiply(memory, rowsOfBlock(stateGradient, batch), projection.weightsTransposed, result, false);
    }
    forEachUnit(loop, gates, ({ unit, sequence, input, forget, candidate, out, peephole, addToPeephole }) => {
      if (isPadding(memory, loop, time, sequence)) {
        for (const gate of [input, forget, candidate, out]) memory[gate] = 0;
        return;
      }
      const i = load(memory, input);
      const f = load(memory, forget);
      const g = load(memory, candidate);
      const o = load(memory, out);
      const before = load(memory, previousCell.offset + unit);
      const c = load(memory, cell.offset + unit);
      const tanhCell = Math.tanh(c);
      const dh = load(memory, outputGradient.offset + unit);
      const dOut = dh * tanhCell * gateSlope(o, slope);
      const dc =
        load(memory, cellGradient.offset + unit) + dh * o * (1 - tanhCell * tanhCell) + dOut * peephole(memory, 2);
      const dInput = dc * g * gateSlope(i, slope);
      const dForget = dc * before * gateSlope(f, slope);
      memory[input] = dInput;
      memory[forget] = dForget;
      memory[candidate] = dc * i * (1 - g * g);
      memory[out] = dOut;
      memory[cellGradient.offset + unit] = dc * f + dInput * peephole(memory, 0) + dForget * peephole(memory, 1);
      addToPeephole(memory, 0, dInput * before);
      addToPeephole(memory, 1, dForget * before);
      addToPeephole(memory, 2, dOut * c);
    });
    for (let sequence = 0; sequence < batch; sequence++) {
      if (isPadding(memory, loop, time, sequence)) continue;
      const row = hiddenGradient.offset + sequence * stateWidth;
      memory.fill(0, row, row + stateWidth);
    }
    multiply(memory, rowsOfBlock(gates, batch), loop.weightsTransposed, rowsOfBlock(hiddenGradient, batch), true);
  }
}

/** A unit of a sequence, the places of its gates, and its peephole weights by gate: input, forget, output. */
interface Unit {
  readonly unit: number;
  readonly sequence: number;
  readonly input: number;
  readonly forget: number;
  readonly candidate: number;
  readonly out: number;
  peephole(memory: Float64Array, gate: 0 | 1 | 2): number;
  addToPeephole(memory: Float64Array, gate: 0 | 1 | 2, gradient: number): void;
}

function forEachUnit({ batch, hiddenSize, peepholes }: LstmLoop, gates: Span, visit: (unit: Unit) => void): void {
  for (let sequence = 0; sequence < batch; sequence++) {
    for (let j = 0; j < hiddenSize; j++) {
      const input = gates.offset + sequence * 4 * hiddenSize + j;
      visit({
        unit: sequence * hiddenSize + j,
        sequence,
        input,
        forget: input + hiddenSize,
        candidate: input + 2 * hiddenSize,
        out: input + 3 * hiddenSize,
        peephole: (memory, gate) =>
          peepholes === null ? 0 : load(memory, peepholes.value.offset + gate * hiddenSize + j),
        addToPeephole: (memory, gate, gradient) => {
          if (peepholes !== null) addAt(memory, peepholes.gradient.offset + gate * hiddenSize + j, gradient);
        },
      });
    }
  }
}
