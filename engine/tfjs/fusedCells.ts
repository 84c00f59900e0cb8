/**
 * Recurrent layers through operations of TensorFlow that take all time steps at once. TensorFlow.js has no functions for them;
 * the backend of tfjs-node executes them by name.
 *
 * On a CUDA device that is `CudnnRNN`, the first version: the second and third have an output of 8-bit integers
 * (`host_reserved`), which tfjs-node 4.22 refuses to take. On its CPU it is `BlockLSTMV2`, for the LSTM alone. Operands are
 * brought into the layouts of these operations by differentiable ones, so that their gradients come back in the engine's.
 */
import type { RecurrentPlan } from '../plan/trainingPlan';
import { four, three } from './parts';
import { vector } from './ranks';
import type { CellOperands, CellStates } from './recurrentCell';
import type {
  NodeKernelBackend,
  OperationAttribute,
  Rank,
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor3D,
  TensorFlow,
  TensorInfo,
} from './tensorflow';

export interface FusedCells {
  /** For people: "cuDNN". */
  readonly name: string;
  /** Whether it computes a layer of these settings, where no step is padding. */
  computes(plan: RecurrentPlan): boolean;
  run(operands: CellOperands): CellStates;
}

/** Those that the backend runs on its device. */
export function fusedCells(backend: NodeKernelBackend): FusedCells {
  return backend.isUsingGpuDevice ? cudnnCells(backend) : blockCells(backend);
}

function isPlain({ hardSigmoidSlope, projection }: RecurrentPlan): boolean {
  return hardSigmoidSlope === undefined && projection === undefined;
}

/** cuDNN's cells (`tensorflow/core/ops/cudnn_rnn_ops.cc`). */
function cudnnCells(backend: NodeKernelBackend): FusedCells {
  return {
    name: 'cuDNN',
    computes: (plan) => isPlain(plan) && plan.peepholes !== true && (plan.cell !== 'gru' || plan.resetAfter),
    run: (operands) => {
      const { tf, plan, input, hidden, cell } = operands;
      const [timeSteps] = input.shape;
      const attributes = cudnnAttributes(backend, plan);
      const states = customGradient(
        tf,
        [input, tf.expandDims(hidden, 0), tf.expandDims(cell, 0), cudnnParameters(operands)],
        (inputs) => {
          const outputs = backend.executeMultipleOutputs(
            'CudnnRNN',
            [...attributes, { name: 'is_training', type: backend.binding.TF_ATTR_BOOL, value: true }],
            inputs,
            4,
          );
          const [output, finalHidden, finalCell, reserved] = four(outputs);
          return {
            value: plan.cell === 'lstm' ? tf.concat([output, finalCell], 0) : output,
            saved: [...inputs, output, finalHidden, finalCell, reserved],
            gradients: (gradient, saved) => {
              const given = saved.slice(0, 7);
              const reservedThen = saved.slice(7);
              const [, , , , , finalHiddenThen, finalCellThen] = given;
              if (finalHiddenThen === undefined || finalCellThen === undefined) throw new Error('nothing was saved');
              const ofFinalCell =
                plan.cell === 'lstm' ? stepsFrom(tf, gradient, timeSteps, 1) : tf.zerosLike(finalCellThen);
              const ofStates = [stepsFrom(tf, gradient, 0, timeSteps), tf.zerosLike(finalHiddenThen), ofFinalCell];
              return backend.executeMultipleOutputs(
                'CudnnRNNBackprop',
                attributes,
                [...given, ...ofStates, ...reservedThen],
                4,
              );
            },
          };
        },
      );
      return unjoined(tf, states, timeSteps, plan.cell === 'lstm');
    },
  };
}

function cudnnAttributes({ binding }: NodeKernelBackend, plan: RecurrentPlan): OperationAttribute[] {
  const mode = plan.cell === 'rnn' ? `rnn_${plan.activation}` : plan.cell;
  return [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'rnn_mode', type: binding.TF_ATTR_STRING, value: mode },
    { name: 'input_mode', type: binding.TF_ATTR_STRING, value: 'linear_input' },
    { name: 'direction', type: binding.TF_ATTR_STRING, value: 'unidirectional' },
  ];
}

/**
 * One vector: the input weights of each gate, `[hiddenSize, inputs]`, the recurrent ones, then both biases alike. The gates
 * of an LSTM stand as the engine has them; of a GRU, the reset gate comes before the update gate (cuDNN's developer guide,
 * `cudnnGetRNNWeightParams`; Keras' `gpu_lstm` and `gpu_gru` make it the same way).
 */
function cudnnParameters(operands: CellOperands): Tensor1D {
  const { tf, plan, inputWeights, recurrentWeights, inputBias, recurrentBias } = operands;
  const ordered = (matrix: Tensor2D): Tensor2D => {
    if (plan.cell !== 'gru') return matrix;
    const [update, reset, candidate] = three(tf.split<Tensor2D>(matrix, 3, 1));
    return tf.concat([reset, update, candidate], 1);
  };
  const weights = [inputWeights, recurrentWeights].map((matrix) =>
    tf.reshape<Rank.R1>(tf.transpose(ordered(matrix)), [-1]),
  );
  const biases = [inputBias, recurrentBias].map((bias) => tf.reshape<Rank.R1>(ordered(bias), [-1]));
  return tf.concat<Tensor1D>([...weights, ...biases]);
}

/** TensorFlow's fused LSTM (`tensorflow/core/ops/rnn_ops.cc`); its gates are in the engine's order. */
function blockCells(backend: NodeKernelBackend): FusedCells {
  const { binding } = backend;
  return {
    name: 'BlockLSTM',
    computes: (plan) => isPlain(plan) && plan.cell === 'lstm',
    run: ({ tf, plan, input, hidden, cell, ...weights }) => {
      const [timeSteps, batch] = input.shape;
      const attributes = [
        { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
        { name: 'use_peephole', type: binding.TF_ATTR_BOOL, value: weights.peepholes !== null },
      ];
      const peepholes: Tensor1D[] =
        weights.peepholes === null
          ? Array.from({ length: 3 }, () => tf.zeros<Rank.R1>([plan.hiddenSize]))
          : tf.unstack(weights.peepholes).map(vector);
      const bias = tf.reshape(tf.add(weights.inputBias, weights.recurrentBias), [-1]);
      const allWeights = tf.concat([weights.inputWeights, weights.recurrentWeights], 0);
      const states = customGradient(tf, [input, cell, hidden, allWeights, ...peepholes, bias], (inputs) => ({
        ...withTimeSteps(backend, timeSteps, (length) => {
          const outputs = backend.executeMultipleOutputs('BlockLSTMV2', attributes, [length, ...inputs], 7);
          const [, cells, , , , , output] = outputs;
          if (cells === undefined || output === undefined) throw new Error('BlockLSTMV2 gave too few tensors');
          const value = tf.concat([output, stepsFrom(tf, cells, timeSteps - 1, 1)], 0);
          return { value, saved: [...inputs, ...outputs] };
        }),
        gradients: (gradient, saved) => {
          const beforeLast = tf.zeros([timeSteps - 1, batch, plan.hiddenSize]);
          const ofFinalCell = stepsFrom(tf, gradient, timeSteps, 1);
          const ofCells = timeSteps === 1 ? ofFinalCell : tf.concat([beforeLast, ofFinalCell], 0);
          const ofHidden = stepsFrom(tf, gradient, 0, timeSteps);
          return withTimeSteps(backend, timeSteps, (length) =>
            backend.executeMultipleOutputs('BlockLSTMGradV2', attributes, [length, ...saved, ofCells, ofHidden], 8),
          );
        },
      }));
      return unjoined(tf, states, timeSteps, true);
    },
  };
}

/** The 64-bit number of time steps that `BlockLSTMV2` takes, for as long as `use` runs. */
function withTimeSteps<T>(backend: NodeKernelBackend, timeSteps: number, use: (length: TensorInfo) => T): T {
  const dataId = backend.write(Int32Array.of(timeSteps, 0), [], 'int64');
  try {
    // Of the types that TensorFlow.js knows this is the nearest; the operation is given the tensor behind it.
    return use({ dataId, shape: [], dtype: 'int32' });
  } finally {
    backend.disposeData(dataId);
  }
}

function stepsFrom(tf: TensorFlow, value: Tensor, first: number, count: number): Tensor {
  return tf.slice(value, [first, 0, 0], [count, -1, -1]);
}

/** The states of every step, and the cell state that was put behind them. */
function unjoined(tf: TensorFlow, states: Tensor, timeSteps: number, hasCell: boolean): CellStates {
  const [, batch = 0, width = 0] = states.shape;
  const part = (first: number, count: number): Tensor3D =>
    tf.reshape(tf.slice(states, [first, 0, 0], [count, -1, -1]), [count, batch, width]);
  return { hidden: part(0, timeSteps), finalCell: hasCell ? part(timeSteps, 1) : null };
}

interface Computed {
  /** A function of TensorFlow.js has one value: here the states of all steps, and behind them perhaps the last cell state. */
  readonly value: Tensor;
  readonly saved: readonly Tensor[];
  /** Of every input, from that of the value. */
  readonly gradients: (gradient: Tensor, saved: readonly Tensor[]) => Tensor[];
}

/** `tf.customGrad` over a list of inputs. */
function customGradient(tf: TensorFlow, inputs: readonly Tensor[], compute: (inputs: Tensor[]) => Computed): Tensor {
  const run = tf.customGrad((...given) => {
    const save = given.at(-1);
    const tensors = given.slice(0, -1).filter((entry) => entry instanceof tf.Tensor);
    const { value, saved, gradients } = compute(tensors);
    if (typeof save !== 'function') throw new Error('TensorFlow.js gave nothing to save tensors with');
    save([...saved]);
    return { value, gradFunc: (gradient: Tensor, kept: Tensor[]) => gradients(gradient, kept) };
  });
  return run(...inputs);
}
