/** What keeps a Keras LSTM or GRU from running as one fused (cuDNN) kernel on a GPU. */
import type { Layer } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import { keywordOf } from '../../rewrite/arguments';
import { callAt, textOf } from '../../rewrite/nodes';
import { calledName } from './written';

export type FusedKernelObstacle =
  | 'recurrent_dropout'
  | 'activation'
  | 'recurrent_activation'
  | 'use_bias'
  | 'reset_after'
  | 'unroll'
  | 'use_cudnn';

/**
 * The settings of a layer that Keras' fused kernels do not have, in no order of weight; null where the layer is none that has such
 * a kernel (a vanilla RNN, a single step, a loop around cells, a layer in another file).
 * Source: Keras 3.15, keras/src/layers/rnn/{lstm,gru}.py and `cudnn_ok` of keras/src/backend/{tensorflow,torch,jax}/rnn.py.
 */
export function fusedKernelObstacles(
  layer: Layer,
  { tree, text, file }: Pick<FileAnalysis, 'tree' | 'text' | 'file'>,
): readonly FusedKernelObstacle[] | null {
  const { operation, coreLocation } = layer;
  if (operation.op !== 'recurrent' || operation.singleStep || operation.cell === 'rnn' || coreLocation.file !== file) {
    return null;
  }
  const call = callAt(tree, coreLocation);
  const name = call === null ? null : calledName(call, text);
  // A class of another name is a loop around cells, or one of cuDNN's own.
  if (call === null || name === null || /RNN|Cell|CuDNN|Conv/.test(name)) return null;
  const isOn = (keyword: string): boolean => {
    const argument = keywordOf(call, text, keyword);
    return argument !== null && textOf(text, argument.value) === 'True';
  };
  const useCudnn = keywordOf(call, text, 'use_cudnn');
  const obstacles: [FusedKernelObstacle, boolean][] = [
    ['recurrent_dropout', (operation.recurrentDropout ?? 0) > 0],
    ['activation', isOther(operation.activation, 'tanh')],
    ['recurrent_activation', isOther(operation.recurrentActivation, 'sigmoid')],
    ['use_bias', operation.biasVectors === 0],
    // Where it is not written, it follows the version of Keras.
    ['reset_after', operation.resetAfter === false && keywordOf(call, text, 'reset_after') !== null],
    ['unroll', isOn('unroll')],
    ['use_cudnn', useCudnn !== null && textOf(text, useCudnn.value) === 'False'],
  ];
  return obstacles.filter(([, stands]) => stands).map(([obstacle]) => obstacle);
}

function isOther(activation: string, fused: string): boolean {
  return activation !== fused && activation !== 'unknown';
}
