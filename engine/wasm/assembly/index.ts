/** The kernels of the WebAssembly backend. Addresses are bytes of the imported memory; see `engine/wasm/backend.ts`. */
export {
  activate,
  activateBackward,
  add,
  broadcastRow,
  copyMatrix,
  fill,
  multiplyElements,
  scale,
  sumRows,
} from './elementwise';
export { dropout } from './dropout';
export { gather, markUnequal, scatterAdd } from './embedding';
export { gruBackward, gruForward } from './gru';
export { meanSquaredError, softmaxCrossEntropy } from './loss';
export { lstmBackward, lstmForward } from './lstm';
export { arenaStart, multiply, multiplyTransposed, pack } from './matrix';
export { adam, clipByNorm, squaredNorm } from './optimiser';
export { rnnBackward, rnnForward } from './rnn';
