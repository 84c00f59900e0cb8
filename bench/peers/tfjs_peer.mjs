/**
 * Times training steps of TensorFlow.js on its WebAssembly backend for `bench:engine`; see torch_peer.py for the protocol.
 * Its packages lie in the folder that the first argument names. One thread: in Node its kernels have no workers.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';

const folder = path.resolve(process.argv[2] ?? '.');
const require = createRequire(path.join(folder, 'package.json'));
// Warnings go to standard output otherwise, which is the answer's.
console.log = console.warn = console.info = console.error;
const tf = require('@tensorflow/tfjs');
const { setWasmPaths } = require('@tensorflow/tfjs-backend-wasm');
setWasmPaths(`${path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}${path.sep}`);
await tf.setBackend('wasm');
await tf.ready();

const layers = { rnn: tf.layers.simpleRNN, gru: tf.layers.gru, lstm: tf.layers.lstm };
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

function stepOf(model) {
  const { kind, batch, steps, inputs, hidden, cell } = model;
  if (kind !== 'forecast') return null;
  const network = tf.sequential();
  for (let index = 0; index < model.layers; index++) {
    const inputShape = index === 0 ? { inputShape: [steps, inputs] } : {};
    const own = { units: hidden, returnSequences: index < model.layers - 1 };
    const gates = cell === 'rnn' ? {} : { recurrentActivation: 'sigmoid' };
    network.add(
      model.bidirectional
        ? tf.layers.bidirectional({ layer: layers[cell]({ ...own, ...gates }), ...inputShape })
        : layers[cell]({ ...own, ...gates, ...inputShape }),
    );
  }
  network.add(tf.layers.dense({ units: 1 }));
  network.compile({ optimizer: tf.train.adam(1e-4), loss: 'meanSquaredError' });
  const [x, y] = [tf.randomNormal([batch, steps, inputs]), tf.randomNormal([batch, 1])];
  return () => network.trainOnBatch(x, y);
}

async function fastest(step, seconds) {
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + 1000 * seconds;
  do {
    const started = performance.now();
    await step();
    best = Math.min(best, performance.now() - started);
  } while (performance.now() < end);
  return best / 1000;
}

say({ name: `TensorFlow.js ${tf.version.tfjs}, wasm` });
const made = new Map();
for await (const line of createInterface({ input: process.stdin })) {
  const { model, seconds } = JSON.parse(line);
  const key = JSON.stringify(model);
  if (!made.has(key)) made.set(key, stepOf(model));
  const step = made.get(key);
  if (step === null) say({ unable: 'its wasm backend has no gradients of embeddings and convolutions' });
  else {
    try {
      say({ seconds: await fastest(step, seconds) });
    } catch (error) {
      say({ unable: String(error.message ?? error).split('\n')[0] });
    }
  }
}
