/** The kernels of the WebAssembly backend. Addresses are bytes of the imported memory; see `engine/wasm/backend.ts`. */
export {
  activate,
  activateBackward,
  add,
  addScaledColumns,
  broadcastRow,
  columnDots,
  copyMatrix,
  fill,
  multiplyElements,
  rowDots,
  scale,
  scaleRows,
  sumRows,
} from './elementwise';
export { dropout } from './dropout';
export { gather, markUnequal, scatterAdd } from './embedding';
export { gruBackward, gruForward } from './gru';
export { elementwiseLoss, softmaxCrossEntropy } from './loss';
export { lstmBackward, lstmForward } from './lstm';
export { arenaStart, multiply, multiplyTransposed, pack, useWideTiles } from './matrix';
export { addNoise } from './noise';
export { inverseRoot, standardiseRows, standardiseRowsBackward } from './normalisation';
export { adam, clipByNorm, clipByValue, rmsprop, sgd, squaredNorm } from './optimiser';
export { maxOverTime, maxOverTimeBackward } from './pooling';
export { rnnBackward, rnnForward } from './rnn';
export { softmaxRows, softmaxRowsBackward } from './softmax';
