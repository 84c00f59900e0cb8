/**
 * Times training steps of TensorFlow.js on its WebAssembly backend for `bench:engine`. Its packages lie in the folder that the
 * first argument names. In Node its kernels have no workers.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { answerRequests } from './tfjsSteps.mjs';

const folder = path.resolve(process.argv[2] ?? '.');
const require = createRequire(path.join(folder, 'package.json'));
// Warnings go to standard output otherwise, which is the answer's.
console.log = console.warn = console.info = console.error;
const tf = require('@tensorflow/tfjs');
const { setWasmPaths } = require('@tensorflow/tfjs-backend-wasm');
setWasmPaths(`${path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}${path.sep}`);
await tf.setBackend('wasm');
await tf.ready();
await answerRequests(tf, { name: `TensorFlow.js ${tf.version.tfjs}, wasm` }, (kind) =>
  kind === 'forecast' ? null : 'its wasm backend has no gradients of embeddings and convolutions',
);
