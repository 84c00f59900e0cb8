/**
 * Times training steps of two models on the WebAssembly backend; `engine_speed.py` times the same ones in PyTorch on one
 * thread. Forward, backward, clipping and Adam; the best of many short rounds,
 * because whatever else a machine does only adds time.
 *
 *   node bench/truth/engine_speed.mjs
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { buildKernels, kernelFiles } from '../../engine/wasm/build.mjs';

const project = join(import.meta.dirname, '../..');
const folder = await mkdtemp(join(tmpdir(), 'unroll-speed-'));
try {
  await buildKernels(folder);
  await build({
    stdin: {
      contents: `
        export { createNetwork } from './engine/network';
        export { wasmBackendFactory } from './engine/wasm/backend';
        export { supportedKernelBuild } from './engine/wasm/kernels';`,
      resolveDir: project,
    },
    outfile: join(folder, 'engine.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
  const engine = await import(pathToFileURL(join(folder, 'engine.mjs')).href);
  const kernels = {
    simd: await readFile(join(folder, kernelFiles.simd)),
    relaxedSimd: await readFile(join(folder, kernelFiles.relaxedSimd)),
  };
  console.error(`${cpus()[0]?.model.trim()}, Node ${process.versions.node}`);
  const builds = engine.supportedKernelBuild() === 'relaxedSimd' ? ['relaxedSimd', 'simd'] : ['simd'];
  for (const kernelBuild of builds) {
    for (const model of models()) {
      const network = engine.createNetwork(model.plan, 32, engine.wasmBackendFactory(kernels, kernelBuild), 1);
      const ms = await bestStepMs(network, model);
      console.error(
        `${kernelBuild}, ${model.name}: ${ms.toFixed(2)} ms a step, ${(1000 / ms).toFixed(0)} steps a second`,
      );
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

function models() {
  const recurrent = (cell, hiddenSize, output) => ({
    kind: 'recurrent',
    path: 'recurrent',
    cell,
    hiddenSize,
    activation: 'tanh',
    bias: 'both',
    resetAfter: true,
    direction: 'forward',
    output,
  });
  const dense = (units) => ({ kind: 'dense', path: 'dense', units, bias: true, activation: null });
  const plan = (changes) => ({ convention: 'torch', remarks: [], ...changes });
  const weather = (cell) => ({
    name: `${cell}, forecast, B=32 T=30 I=4 H=64`,
    classes: 0,
    plan: plan({
      timeSteps: 30,
      input: { kind: 'features', width: 4 },
      layers: [recurrent(cell, 64, 'finalState'), dense(1)],
      output: { steps: 'last', width: 1 },
      loss: 'meanSquaredError',
    }),
  });
  const characters = (cell) => ({
    name: `${cell}, characters, B=32 T=64 E=32 H=128 V=72`,
    classes: 72,
    plan: plan({
      timeSteps: 64,
      input: { kind: 'tokens', vocabulary: 72 },
      layers: [
        { kind: 'embedding', path: 'embedding', vocabulary: 72, width: 32 },
        recurrent(cell, 128, 'everyStep'),
        dense(72),
      ],
      output: { steps: 'every', width: 72 },
      loss: 'crossEntropy',
    }),
  });
  const cells = ['rnn', 'gru', 'lstm'];
  return [...cells.map(weather), ...cells.map(characters)];
}

async function bestStepMs(network, { classes }) {
  const { batch, inputSteps, inputWidth, targetSteps, targetWidth } = network.batchShape;
  const draw = () => (classes > 0 ? Math.floor(Math.random() * classes) : Math.random() - 0.5);
  network.loadBatch(
    Float32Array.from({ length: inputSteps * batch * inputWidth }, draw),
    Float32Array.from({ length: targetSteps * batch * targetWidth }, draw),
  );
  let step = 0;
  const rounds = [];
  for (let round = 0; round < 40; round++) {
    const started = performance.now();
    for (let index = 0; index < 5; index++) {
      step += 1;
      await network.trainStep(step, { learningRate: 0.001, clipNorm: 1 });
    }
    rounds.push((performance.now() - started) / 5);
  }
  return Math.min(...rounds);
}
