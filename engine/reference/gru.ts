/**
 * The GRU, the inputs' share of its pre-activations given:  h = (1 − z)·n + z·h′  with z, r = σ(…) and the candidate
 *   n = tanh(W x + b + r·(U h′ + b′))    reset after the product (cuDNN, PyTorch, Keras since TensorFlow 2)
 *   n = tanh(W x + b + U (r·h′))         reset before the product (Cho et al. 2014)
 */
import { blockOf, columnsOf, type GruLoop, type Span } from '../backend';
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

export function gruForward(memory: Float64Array, loop: GruLoop): void {
  const { batch, hiddenSize, resetAfter, hardSigmoidSlope: slope } = loop;
  for (const { time, gates, previousHidden, hidden } of stepsOf(loop)) {
    const candidate = blockOf(loop.candidate, time, batch * hiddenSize);
    const previousRows = rowsOfBlock(previousHidden, batch);
    const gateRows = rowsOfBlock(gates, batch);
    const candidateRows = rowsOfBlock(candidate, batch);
    multiply(memory, previousRows, loop.weights, columnsOf(gateRows, 0, 2 * hiddenSize), true);
    if (resetAfter) multiply(memory, previousRows, loop.candidateWeights, candidateRows, true);
    forEachUnit(loop, gates, ({ unit, update, reset }) => {
      memory[update] = gateValue(load(memory, update), slope);
      memory[reset] = gateValue(load(memory, reset), slope);
      if (resetAfter) return;
      memory[candidate.offset + unit] = load(memory, reset) * load(memory, previousHidden.offset + unit);
    });
    if (!resetAfter) {
      const ownColumns = columnsOf(gateRows, 2 * hiddenSize, hiddenSize);
      multiply(memory, candidateRows, loop.candidateWeights, ownColumns, true);
    }
    forEachUnit(loop, gates, ({ unit, update, reset, own }) => {
      const product = resetAfter ? load(memory, reset) * load(memory, candidate.offset + unit) : 0;
      const n = Math.tanh(load(memory, own) + product);
      const z = load(memory, update);
      memory[own] = n;
      memory[hidden.offset + unit] = (1 - z) * n + z * load(memory, previousHidden.offset + unit);
    });
    keepStatesOfPadding(memory, loop, time, previousHidden, hidden);
  }
}

export function gruBackward(memory: Float64Array, loop: GruLoop, squaredNorms: Span | null): void {
  const { batch, hiddenSize, resetAfter, hiddenGradient, scratch, hardSigmoidSlope: slope } = loop;
  for (const { time, gates, previousHidden } of stepsOf(loop).reverse()) {
    const candidate = blockOf(loop.candidate, time, batch * hiddenSize);
    const gateRows = rowsOfBlock(gates, batch);
    const carriedRows = rowsOfBlock(hiddenGradient, batch);
    gatherStateGradient(memory, loop, time, squaredNorms);
    forEachUnit(loop, gates, ({ unit, sequence, update, reset, own }) => {
      if (isPadding(memory, loop, time, sequence)) {
        for (const gate of [update, reset, own]) memory[gate] = 0;
        memory[candidate.offset + unit] = 0;
        return;
      }
      const z = load(memory, update);
      const n = load(memory, own);
      const dh = load(memory, hiddenGradient.offset + unit);
      const dn = dh * (1 - z) * (1 - n * n);
      memory[update] = dh * (load(memory, previousHidden.offset + unit) - n) * gateSlope(z, slope);
      memory[own] = dn;
      memory[hiddenGradient.offset + unit] = dh * z;
      if (!resetAfter) return;
      const r = load(memory, reset);
      memory[reset] = dn * load(memory, candidate.offset + unit) * gateSlope(r, slope);
      memory[candidate.offset + unit] = dn * r;
    });
    if (resetAfter) {
      const productGradient = rowsOfBlock(candidate, batch);
      multiply(memory, productGradient, loop.candidateWeightsTransposed, carriedRows, true);
    } else {
      const ownColumns = columnsOf(gateRows, 2 * hiddenSize, hiddenSize);
      multiply(memory, ownColumns, loop.candidateWeightsTransposed, rowsOfBlock(scratch, batch), false);
      forEachUnit(loop, gates, ({ unit, sequence, reset }) => {
        if (isPadding(memory, loop, time, sequence)) return;
        const r = load(memory, reset);
        const gradient = load(memory, scratch.offset + unit);
        memory[reset] = gradient * load(memory, previousHidden.offset + unit) * gateSlope(r, slope);
        addAt(memory, hiddenGradient.offset + unit, gradient * r);
      });
    }
    multiply(memory, columnsOf(gateRows, 0, 2 * hiddenSize), loop.weightsTransposed, carriedRows, true);
  }
}

/** A unit of a sequence and the places of its gates; `own` is that of the candidate. */
interface Unit {
  readonly unit: number;
  readonly sequence: number;
  readonly update: number;
  readonly reset: number;
  readonly own: number;
}

function forEachUnit({ batch, hiddenSize }: GruLoop, gates: Span, visit: (unit: Unit) => void): void {
  for (let sequence = 0; sequence < batch; sequence++) {
    for (let j = 0; j < hiddenSize; j++) {
      const update = gates.offset + sequence * 3 * hiddenSize + j;
      visit({
        unit: sequence * hiddenSize + j,
        sequence,
        update,
        reset: update + hiddenSize,
        own: update + 2 * hiddenSize,
      });
    }
  }
}
