/**
 * What recurrent layers cost, per framework.
 *
 * Names as in the field: `I` input width, `H` hidden width (`U` units in Keras), `P` width of a projection, `L` layers
 * stacked by one call, `G` gates. Bias terms differ: the same `GRU(64)` has 6H of them in PyTorch (`b_ih`, `b_hh`), 6U in
 * Keras with `reset_after=True`, 3U in TensorFlow.js and Keras with `reset_after=False`, 4H in Flax (`GRUCell` has one
 * recurrent bias, for the candidate).
 */
import { integerOf } from '../expression';
import type { Cell, Framework, Quantity, RecurrentOperation } from '../graph';
import { type Amount, amountOf, noSteps } from './amount';
import { integer, product, sum, times } from './arithmetic';
import { bytesPerFloat } from './memory';
import { spell } from './spelling';

/** Weight matrices of a cell that see the input: one per gate and candidate. */
export const gateCount: Readonly<Record<Cell, number>> = { rnn: 1, gru: 3, lstm: 4 };

/** Multiplications, additions and activations per hidden unit and step, beside the matrix products and bias adds. */
export const gateWorkPerUnit: Readonly<Record<Cell, number>> = { rnn: 1, gru: 7, lstm: 10 };

/**
 * Values per hidden unit and step that backpropagation through time needs again: the gates after their activation and the
 * new state, of an LSTM also the cell state, of a GRU also the recurrent part of the candidate.
 */
export const keptPerUnit: Readonly<Record<Cell, number>> = { rnn: 1, gru: 5, lstm: 6 };

export interface BiasRule {
  /** Bias terms per hidden unit, layer and direction. */
  readonly perUnit: number;
  /** Which convention that is, for a person who has seen another count. */
  readonly text: string;
}

function biasRule(operation: RecurrentOperation, framework: Framework): BiasRule {
  const gates = gateCount[operation.cell];
  if (operation.biasVectors === 0) return { perUnit: 0, text: 'without bias' };
  switch (framework) {
    case 'torch':
      return {
        perUnit: 2 * gates,
        text: `PyTorch has two bias vectors per gate (b_ih and b_hh): ${2 * gates}H bias terms`,
      };
    case 'keras':
    case 'keras-config':
      if (operation.cell !== 'gru')
        return { perUnit: gates, text: `Keras has one bias vector per gate: ${gates}U bias terms` };
      return operation.resetAfter === false
        ? { perUnit: 3, text: 'Keras GRU with reset_after=False has one bias vector per gate: 3U bias terms' }
        : {
            perUnit: 6,
            text: 'Keras GRU with reset_after=True has an input and a recurrent bias per gate: 6U bias terms',
          };
    case 'tfjs':
      return { perUnit: gates, text: `TensorFlow.js has one bias vector per gate: ${gates}U bias terms` };
    case 'flax':
      return operation.cell === 'gru'
        ? { perUnit: 4, text: 'Flax GRUCell has three input biases and one recurrent bias: 4H bias terms' }
        : { perUnit: gates, text: `Flax has one bias vector per gate: ${gates}H bias terms` };
  }
}

/** Sizes by the letters that formulas use for them, and which letter stands for the hidden width. */
function sizesOf(operation: RecurrentOperation, framework: Framework, timeSteps?: Quantity) {
  const hidden = framework === 'torch' || framework === 'flax' ? 'H' : 'U';
  const sizes = new Map<string, Quantity>([
    ['I', operation.inputSize],
    [hidden, operation.hiddenSize],
    ['L', operation.layers],
  ]);
  if (operation.projection !== null) sizes.set('P', operation.projection);
  if (timeSteps !== undefined) sizes.set('T', timeSteps);
  return { hidden, sizes };
}

function isSingleLayer({ layers }: RecurrentOperation): boolean {
  return layers.kind === 'known' && integerOf(layers.value) === 1;
}

/** Width of the state that a step feeds back: the projection where there is one. */
export function stateWidth(operation: RecurrentOperation): Quantity {
  return operation.projection ?? operation.hiddenSize;
}

/** Width of the layer's output; with two directions they stand side by side unless they are merged into one. */
export function outputWidth(operation: RecurrentOperation): Quantity {
  const merged = operation.merge === 'sum' || operation.merge === 'mul' || operation.merge === 'ave';
  return merged ? stateWidth(operation) : times(operation.directions, stateWidth(operation));
}

/** Entries of the weight matrices of one direction of a layer with this input width. */
function matrixEntries(operation: RecurrentOperation, input: Quantity): Quantity {
  const { hiddenSize, projection } = operation;
  const gates = times(gateCount[operation.cell], hiddenSize, sum(input, stateWidth(operation)));
  return projection === null ? gates : sum(gates, product(projection, hiddenSize));
}

/** Sums something over all layers of a stack: one with the outer input, `L − 1` with the output of the layer below. */
export function overStack(operation: RecurrentOperation, perLayer: (input: Quantity) => Quantity): Quantity {
  const first = perLayer(operation.inputSize);
  if (isSingleLayer(operation)) return first;
  const deeper = perLayer(times(operation.directions, stateWidth(operation)));
  return sum(first, product(sum(operation.layers, integer(-1)), deeper));
}

/** The text of `overStack`: `one(I)` for a single layer, else `one(I) + (L−1)·one(2·H)`. */
function spellStack(
  operation: RecurrentOperation,
  of: (name: string) => string,
  hidden: string,
  one: (input: string) => string,
): string {
  const both = operation.directions === 2;
  const first = one(of('I'));
  if (isSingleLayer(operation)) return both ? `2·${grouped(first)}` : first;
  const state = of(operation.projection === null ? hidden : 'P');
  const stack = `${first} + (${of('L')}−1)·${grouped(one(both ? `2·${state}` : state))}`;
  return both ? `2·(${stack})` : stack;
}

function spellMatrices(
  operation: RecurrentOperation,
  of: (name: string) => string,
  hidden: string,
  input: string,
): string {
  const state = of(operation.projection === null ? hidden : 'P');
  const gates = `${factor(gateCount[operation.cell])}${of(hidden)}·(${input}+${state})`;
  return operation.projection === null ? gates : `${gates} + ${of('P')}·${of(hidden)}`;
}

/** Parentheses around a sum. */
function grouped(text: string): string {
  return text.includes(' + ') ? `(${text})` : text;
}

function factor(count: number): string {
  return count === 1 ? '' : `${count}·`;
}

/** Parameters by the framework's formula. */
export function recurrentParameters(operation: RecurrentOperation, framework: Framework): Amount {
  const bias = biasRule(operation, framework);
  const perLayer = (input: Quantity): Quantity =>
    sum(matrixEntries(operation, input), times(bias.perUnit, operation.hiddenSize));
  const total = times(operation.directions, overStack(operation, perLayer));
  const { hidden, sizes } = sizesOf(operation, framework);
  const template = (of: (name: string) => string): string =>
    spellStack(operation, of, hidden, (input) => {
      const matrices = spellMatrices(operation, of, hidden, input);
      return bias.perUnit === 0 ? matrices : `${matrices} + ${factor(bias.perUnit)}${of(hidden)}`;
    });
  return amountOf(total, () => spell(template, sizes), bias.text);
}

/** Multiply-adds of the matrix products for one step of one sequence: the entries of the weight matrices. */
export function recurrentMacsPerStep(operation: RecurrentOperation): Quantity {
  return times(
    operation.directions,
    overStack(operation, (input) => matrixEntries(operation, input)),
  );
}

/** Multiply-adds of the matrix products for one sequence: tokens × entries of the weight matrices. */
export function recurrentMacs(operation: RecurrentOperation, framework: Framework, timeSteps: Quantity): Amount {
  const perStep = recurrentMacsPerStep(operation);
  const { hidden, sizes } = sizesOf(operation, framework, timeSteps);
  const template = (of: (name: string) => string): string => {
    const step = spellStack(operation, of, hidden, (input) => spellMatrices(operation, of, hidden, input));
    return `${of('T')}·${step.startsWith('2·(') ? step : grouped(step)}`;
  };
  return amountOf(
    product(timeSteps, perStep),
    () => spell(template, sizes),
    'entries of the weight matrices × time steps',
  );
}

/** Work beside the matrix products for one sequence: gate arithmetic and bias additions. */
export function recurrentElementwise(operation: RecurrentOperation, framework: Framework, timeSteps: Quantity): Amount {
  const perUnit = gateWorkPerUnit[operation.cell] + biasRule(operation, framework).perUnit;
  return perUnitAndStep(operation, framework, timeSteps, perUnit, 'gate arithmetic and bias additions');
}

/** Bytes that backpropagation through time keeps of one sequence, in 32-bit floats. */
export function recurrentTrainingMemory(
  operation: RecurrentOperation,
  framework: Framework,
  timeSteps: Quantity,
): Amount {
  const perUnit = keptPerUnit[operation.cell] * bytesPerFloat;
  return perUnitAndStep(
    operation,
    framework,
    timeSteps,
    perUnit,
    `${keptPerUnit[operation.cell]} values per hidden unit and step in 32-bit floats, without the work space of a fused kernel`,
  );
}

function perUnitAndStep(
  operation: RecurrentOperation,
  framework: Framework,
  timeSteps: Quantity,
  perUnit: number,
  because: string,
): Amount {
  const { hidden, sizes } = sizesOf(operation, framework, timeSteps);
  const total = times(perUnit * operation.directions, timeSteps, operation.layers, operation.hiddenSize);
  const single = isSingleLayer(operation);
  const template = (of: (name: string) => string): string =>
    `${factor(operation.directions)}${of('T')}·${single ? '' : `${of('L')}·`}${factor(perUnit)}${of(hidden)}`;
  return amountOf(total, () => spell(template, sizes), because, 'estimated');
}

/** Bytes of the layer's output and state for one sequence, in 32-bit floats: what inference holds at once. */
export function recurrentInferenceMemory(operation: RecurrentOperation, timeSteps: Quantity): Amount {
  const steps = operation.returnSequences ? timeSteps : integer(1);
  const states = operation.cell === 'lstm' ? sum(stateWidth(operation), operation.hiddenSize) : operation.hiddenSize;
  const elements = sum(product(steps, outputWidth(operation)), times(operation.directions, operation.layers, states));
  return amountOf(times(bytesPerFloat, elements), noSteps, 'output and state in 32-bit floats', 'estimated');
}

/** `O(T·H·(I+H)), factor 4`: the order, and the constant that tells the cells apart. */
export function recurrentOrder(operation: RecurrentOperation, framework: Framework): string {
  const { hidden } = sizesOf(operation, framework);
  const state = operation.projection === null ? hidden : 'P';
  const factors = [`factor ${gateCount[operation.cell]}`, ...(operation.directions === 2 ? ['2 directions'] : [])];
  const layers = isSingleLayer(operation) ? '' : 'L·';
  const steps = operation.singleStep ? '' : 'T·';
  return `O(${steps}${layers}${hidden}·(I+${state})), ${factors.join(' × ')}`;
}
