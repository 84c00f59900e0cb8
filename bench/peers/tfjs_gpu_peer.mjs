/**
 * Times training steps of TensorFlow.js on its WebGPU backend for `bench:gpu`, over the same Dawn as the engine. Bundled with
 * its packages into one file, so that it can be carried.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { answerRequests } from './tfjsSteps.mjs';

async function main() {
  // Warnings go to standard output otherwise, which is the answer's.
  console.log = console.warn = console.info = console.error;
  const { create, globals } = await import(pathToFileURL(path.resolve('dist', 'webgpu', 'index.js')).href);
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    process.stdout.write(`${JSON.stringify({ unable: 'TensorFlow.js finds no GPU through WebGPU.' })}\n`);
    return;
  }
  Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: 'Node' }, configurable: true });
  // The backend registers itself where it finds a `navigator.gpu`, so it comes after that.
  const tf = await import('@tensorflow/tfjs');
  await import('@tensorflow/tfjs-backend-webgpu');
  await tf.setBackend('webgpu');
  await tf.ready();
  const { description, vendor, architecture } = adapter.info;
  const device = description || `${vendor} ${architecture}`;
  await answerRequests(tf, { name: `TensorFlow.js ${tf.version.tfjs}, WebGPU`, device }, () => null);
  // Dawn's threads would keep the process.
  process.exit();
}

void main();
