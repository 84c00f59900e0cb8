/**
 * A stand-in for the backend of tfjs-node: it takes the fused operations of TensorFlow in the layouts that their documentation
 * has, and computes them by the engine's reference.
 */
import * as tf from '@tensorflow/tfjs';
import { createArenaPlanner } from '../arena';
import type { Span } from '../backend';
import { reserveSequence } from '../layers/layer';
import { planRecurrent } from '../layers/recurrent';
import type { RecurrentPlan } from '../plan/trainingPlan';
import { createReferenceBackend } from '../reference/backend';
import type { NodeKernelBackend, OperationAttribute } from '../tfjs/tensorflow';

export const plainCell: RecurrentPlan = {
  kind: 'recurrent',
  path: 'cell',
  cell: 'lstm',
  hiddenSize: 1,
  activation: 'tanh',
  bias: 'both',
  resetAfter: true,
  direction: 'forward',
  merge: 'concat',
};

/** What a recurrent layer reads, in the engine's layouts, by role; `initialHidden` and `initialCell` among them. */
type Operands = Readonly<Record<string, ArrayLike<number>>>;

interface CellSize {
  readonly timeSteps: number;
  readonly batch: number;
  readonly inputWidth: number;
}

interface CellRun {
  readonly hidden: number[];
  /** After the last step alone, of an LSTM. */
  readonly finalCell: number[];
  /** By the names of the operands. */
  readonly gradients: Readonly<Record<string, number[]>>;
}

/** One recurrent layer by the reference, forward, and backward from the gradients of its hidden states and its last cell state. */
export function runCell(
  plan: RecurrentPlan,
  { timeSteps, batch, inputWidth }: CellSize,
  operands: Operands,
  outputGradients: { readonly hidden: ArrayLike<number>; readonly finalCell: ArrayLike<number> } | null,
): CellRun {
  const arena = createArenaPlanner(4096, 0);
  const { hiddenSize } = plan;
  const input = reserveSequence(arena, timeSteps, batch, inputWidth);
  const initialHidden = reserveSequence(arena, 1, batch, hiddenSize);
  const initialCell = reserveSequence(arena, 1, batch, hiddenSize);
  const isLstm = plan.cell === 'lstm';
  const inputs = isLstm ? [input, initialHidden, initialCell] : [input, initialHidden];
  const share = { first: 0, of: batch };
  const layer = planRecurrent({ arena, convention: 'keras', share, inputs, isRead: (output) => output !== 1 }, plan);
  const memory = new Float64Array(arena.length);
  const backend = createReferenceBackend(arena.length, memory);
  const places: Record<string, { readonly value: Span; readonly gradient: Span | null }> = { input, initialHidden };
  if (isLstm) places['initialCell'] = initialCell;
  for (const parameter of layer.parameters) places[parameter.name.replace('cell.', '')] = parameter;
  for (const [name, { value }] of Object.entries(places)) backend.write(value, operands[name] ?? []);
  const numbersAt = (span: Span | null | undefined): number[] =>
    span ? Array.from(memory.slice(span.offset, span.offset + span.length)) : [];
  const pass = { training: true, dropoutKey: 0, gradientReach: null };
  layer.forward(backend, pass);
  const [steps, , cell] = layer.outputs;
  const result = { hidden: numbersAt(steps?.value), finalCell: numbersAt(cell?.value) };
  if (outputGradients === null) return { ...result, gradients: {} };
  if (steps?.gradient) backend.write(steps.gradient, outputGradients.hidden);
  if (cell?.gradient) backend.write(cell.gradient, outputGradients.finalCell);
  layer.backward(backend, pass);
  const gradients = Object.entries(places).map(([name, { gradient }]) => [name, numbersAt(gradient)] as const);
  return { ...result, gradients: Object.fromEntries(gradients) };
}

const constants = { TF_ATTR_STRING: 11, TF_ATTR_BOOL: 14, TF_ATTR_TYPE: 15, TF_FLOAT: 1 };

/** An operation that was executed, for tests of how it was called. */
export interface Call {
  readonly name: string;
  readonly attributes: Readonly<Record<string, OperationAttribute['value']>>;
  readonly shapes: readonly (readonly number[])[];
}

export interface FakeNodeBackend extends NodeKernelBackend {
  readonly calls: Call[];
  /** 64-bit numbers that were written and not given back. */
  readonly held: ReadonlyMap<object, Int32Array>;
}

export function fakeNodeBackend(isUsingGpuDevice: boolean): FakeNodeBackend {
  const calls: Call[] = [];
  const held = new Map<object, Int32Array>();
  return {
    binding: constants,
    isUsingGpuDevice,
    calls,
    held,
    write: (values) => {
      const dataId = {};
      held.set(dataId, values);
      return dataId;
    },
    disposeData: (dataId) => held.delete(dataId),
    executeMultipleOutputs: (name, attributes, inputs, outputCount) => {
      const tensors = inputs.map((input) => (input instanceof tf.Tensor ? input : null));
      const shapes = inputs.map(({ shape }) => shape);
      calls.push({ name, attributes: valuesOf(attributes), shapes });
      const [first, ...others] = tensors;
      const outputs = name.startsWith('Block')
        ? block(name, valuesOf(attributes), held.get(inputs[0]?.dataId ?? {}), others.map(present))
        : cudnn(name, valuesOf(attributes), [present(first ?? null), ...others.map(present)]);
      if (outputs.length !== outputCount) throw new Error(`${name} has ${outputs.length} outputs, not ${outputCount}`);
      return outputs;
    },
  };
}

function present(tensor: tf.Tensor | null): tf.Tensor {
  if (tensor === null) throw new Error('a tensor was given by its place alone');
  return tensor;
}

/** Of attributes that have the type which the operation's definition says. */
function valuesOf(attributes: readonly OperationAttribute[]): Record<string, OperationAttribute['value']> {
  for (const { name, type, value } of attributes) {
    const expected =
      name === 'T'
        ? constants.TF_ATTR_TYPE
        : typeof value === 'boolean'
          ? constants.TF_ATTR_BOOL
          : constants.TF_ATTR_STRING;
    if (type !== expected) throw new Error(`the attribute ${name} is of type ${type}`);
  }
  return Object.fromEntries(attributes.map(({ name, value }) => [name, value]));
}

/**
 * `BlockLSTMV2` and `BlockLSTMGradV2` (`rnn_ops.cc`): `w` is `[inputs + hiddenSize, 4·hiddenSize]`, its gates input, forget,
 * candidate, output. What forward gives besides `cs` and `h` is a mark of its place here, which backward has to be given back.
 */
function block(
  name: string,
  { T, use_peephole: usePeephole }: Record<string, OperationAttribute['value']>,
  seqLenMax: Int32Array | undefined,
  inputs: readonly tf.Tensor[],
): tf.Tensor[] {
  const [x, csPrev, hPrev, w, wci, wcf, wco, b, ...given] = inputs;
  if (!x || !csPrev || !hPrev || !w || !wci || !wcf || !wco || !b) throw new Error(`${name} lacks inputs`);
  const [timeSteps = 0, batch = 0, inputWidth = 0] = x.shape;
  const [, hiddenSize = 0] = hPrev.shape;
  if (T !== constants.TF_FLOAT || seqLenMax?.join() !== `${timeSteps},0`) throw new Error(`${name} is called wrongly`);
  const stepShape = [timeSteps, batch, hiddenSize];
  const plan: RecurrentPlan = { ...plainCell, hiddenSize, bias: 'input', peepholes: usePeephole === true };
  const weights = w.dataSync();
  const split = inputWidth * 4 * hiddenSize;
  const operands = {
    input: x.dataSync(),
    initialHidden: hPrev.dataSync(),
    initialCell: csPrev.dataSync(),
    inputWeights: weights.slice(0, split),
    recurrentWeights: weights.slice(split),
    inputBias: b.dataSync(),
    peepholes: [wci, wcf, wco].flatMap((peephole) => Array.from(peephole.dataSync())),
  };
  const run = (outputGradients: Parameters<typeof runCell>[3]): CellRun =>
    runCell(plan, { timeSteps, batch, inputWidth }, operands, outputGradients);
  const marks = [1, 3, 4, 5, 6].map((mark) => tf.fill(stepShape, mark));
  if (name === 'BlockLSTMV2') {
    const { hidden, finalCell } = run(null);
    const earlierCells = Array.from({ length: (timeSteps - 1) * batch * hiddenSize }, () => 2);
    const [i, f, o, ci, co] = marks.map((mark) => tf.clone(mark));
    const cs = tf.tensor([...earlierCells, ...finalCell], stepShape);
    return [i, cs, f, o, ci, co, tf.tensor(hidden, stepShape)].filter((output) => output !== undefined);
  }
  const [i, , f, o, ci, co, , csGrad, hGrad] = given;
  if (given.length !== 9 || !csGrad || !hGrad) throw new Error(`${name} is given ${inputs.length} tensors`);
  for (const [index, output] of [i, f, o, ci, co].entries()) {
    if (output?.dataSync()[0] !== marks[index]?.dataSync()[0]) throw new Error(`${name} gets outputs in another order`);
  }
  const cellGradients = csGrad.dataSync();
  const lastStep = batch * hiddenSize;
  if (cellGradients.slice(0, -lastStep).some((number) => number !== 0)) throw new Error('only the last cell is read');
  const { gradients } = run({ hidden: hGrad.dataSync(), finalCell: cellGradients.slice(-lastStep) });
  const peepholes = gradients['peepholes'] ?? Array.from({ length: 3 * hiddenSize }, () => 0);
  return [
    tf.tensor(gradients['input'] ?? [], x.shape),
    tf.tensor(gradients['initialCell'] ?? [], csPrev.shape),
    tf.tensor(gradients['initialHidden'] ?? [], hPrev.shape),
    tf.tensor([...(gradients['inputWeights'] ?? []), ...(gradients['recurrentWeights'] ?? [])], w.shape),
    ...[0, 1, 2].map((gate) => tf.tensor(peepholes.slice(gate * hiddenSize, (gate + 1) * hiddenSize), [hiddenSize])),
    tf.tensor(gradients['inputBias'] ?? [], b.shape),
  ];
}

/** Gates as cuDNN numbers them, each by its place among the engine's. */
const cudnnGates = { lstm: [0, 1, 2, 3], gru: [1, 0, 2], rnn_tanh: [0], rnn_relu: [0] } as const;

/**
 * `CudnnRNN` and `CudnnRNNBackprop` (`cudnn_rnn_ops.cc`). The vector of parameters holds, for each gate, a matrix
 * `[hiddenSize, inputs]` for the inputs, then one `[hiddenSize, hiddenSize]` for the states, then the biases of both alike.
 */
function cudnn(
  name: string,
  { T, rnn_mode: mode, input_mode: inputMode, direction }: Record<string, OperationAttribute['value']>,
  inputs: readonly tf.Tensor[],
): tf.Tensor[] {
  const [input, inputH, inputC, parameters, ...given] = inputs;
  if (!input || !inputH || !inputC || !parameters) throw new Error(`${name} lacks inputs`);
  if (mode !== 'lstm' && mode !== 'gru' && mode !== 'rnn_tanh' && mode !== 'rnn_relu') throw new Error(`${mode}`);
  if (T !== constants.TF_FLOAT || inputMode !== 'linear_input' || direction !== 'unidirectional') {
    throw new Error(`${name} is called wrongly`);
  }
  const [timeSteps = 0, batch = 0, inputWidth = 0] = input.shape;
  const [layers, , hiddenSize = 0] = inputH.shape;
  if (layers !== 1 || inputC.shape[0] !== 1) throw new Error(`${name} is given states of another shape`);
  const gates = cudnnGates[mode];
  const places = placesOfParameters(gates, inputWidth, hiddenSize);
  const numbers = parameters.dataSync();
  const take = (role: keyof typeof places): number[] => places[role].map((place) => numbers[place] ?? Number.NaN);
  const cell = mode === 'lstm' || mode === 'gru' ? mode : 'rnn';
  const plan: RecurrentPlan = { ...plainCell, cell, hiddenSize, activation: mode === 'rnn_relu' ? 'relu' : 'tanh' };
  const operands = {
    input: input.dataSync(),
    initialHidden: inputH.dataSync(),
    initialCell: inputC.dataSync(),
    inputWeights: take('inputWeights'),
    recurrentWeights: take('recurrentWeights'),
    inputBias: take('inputBias'),
    recurrentBias: take('recurrentBias'),
  };
  const size = { timeSteps, batch, inputWidth };
  if (name === 'CudnnRNN') {
    const { hidden, finalCell } = runCell(plan, size, operands, null);
    const finalHidden = hidden.slice((timeSteps - 1) * batch * hiddenSize);
    return [
      tf.tensor(hidden, [timeSteps, batch, hiddenSize]),
      tf.tensor(finalHidden, inputH.shape),
      mode === 'lstm' ? tf.tensor(finalCell, inputC.shape) : tf.zeros([0]),
      tf.fill([7], 42),
    ];
  }
  const [, , , outputBackprop, hBackprop, cBackprop, reserved, ...others] = given;
  if (!outputBackprop || !hBackprop || !cBackprop || others.length > 0) throw new Error(`${name} lacks gradients`);
  if (reserved?.dataSync().join() !== Array.from({ length: 7 }, () => 42).join())
    throw new Error('nothing is reserved');
  if (hBackprop.dataSync().some((number) => number !== 0)) throw new Error('the last state is read from the output');
  const { gradients } = runCell(plan, size, operands, {
    hidden: outputBackprop.dataSync(),
    finalCell: cBackprop.dataSync(),
  });
  const packed = new Float32Array(parameters.size);
  for (const role of ['inputWeights', 'recurrentWeights', 'inputBias', 'recurrentBias'] as const) {
    places[role].forEach((place, index) => {
      packed[place] = gradients[role]?.[index] ?? Number.NaN;
    });
  }
  return [
    tf.tensor(gradients['input'] ?? [], input.shape),
    tf.tensor(gradients['initialHidden'] ?? [], inputH.shape),
    mode === 'lstm' ? tf.tensor(gradients['initialCell'] ?? [], inputC.shape) : tf.zeros(inputC.shape),
    tf.tensor1d(packed),
  ];
}

/** Where each number of the engine's matrices, `[inputs, gates·hiddenSize]`, stands in cuDNN's vector. */
function placesOfParameters(gates: readonly number[], inputWidth: number, hiddenSize: number) {
  const cudnnPlaceOf = gates.map((_, gate) => gates.indexOf(gate));
  const weights = (start: number, rows: number): number[] =>
    Array.from({ length: rows * gates.length * hiddenSize }, (_, index) => {
      const column = index % (gates.length * hiddenSize);
      const row = Math.floor(index / (gates.length * hiddenSize));
      const gate = cudnnPlaceOf[Math.floor(column / hiddenSize)] ?? Number.NaN;
      return start + (gate * hiddenSize + (column % hiddenSize)) * rows + row;
    });
  const recurrentStart = gates.length * hiddenSize * inputWidth;
  const biasStart = recurrentStart + gates.length * hiddenSize * hiddenSize;
  return {
    inputWeights: weights(0, inputWidth),
    recurrentWeights: weights(recurrentStart, hiddenSize),
    inputBias: weights(biasStart, 1),
    recurrentBias: weights(biasStart + gates.length * hiddenSize, 1),
  };
}
