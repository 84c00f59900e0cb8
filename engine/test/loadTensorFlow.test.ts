/** TensorFlow.js for Node as it is found, loaded and checked: packages put up in a folder stand in for those that people install. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DeviceLostError } from '../deviceLost';
import { openTensorFlow } from '../tfjs/load';
import { randomBatch } from './batches';
import { dense, recurrent, regression } from './plans';

let workspace: string;

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'unroll-tensorflow-'));
});

afterEach(() => rmSync(workspace, { recursive: true }));

/** Writes a package, and says where. */
function put(name: string, source: string): string {
  const folder = join(workspace, 'node_modules', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, main: 'index.js' }));
  writeFileSync(join(folder, 'index.js'), source);
  return folder;
}

/** Plain TensorFlow.js, whose backend says that it is tfjs-node's. It fails at fused operations. */
function plain(isUsingGpuDevice: boolean, changes = ''): string {
  const path = createRequire(import.meta.url).resolve('@tensorflow/tfjs');
  return `
    const util = require('node:util');
    util.isNullOrUndefined(null);
    const tf = require(${JSON.stringify(path)});
    Object.assign(tf.findBackend('cpu'), {
      isUsingGpuDevice: ${isUsingGpuDevice},
      binding: {},
      executeMultipleOutputs: (name) => { throw new Error('no kernel for ' + name + '\\nat great length'); },
      write: tf.findBackend('cpu').write,
    });
    module.exports = Object.assign({}, tf, { ready: () => tf.setBackend('cpu') }, { ${changes} });
  `;
}

const gpuPackage = '@tensorflow/tfjs-node-gpu';
const processorPackage = '@tensorflow/tfjs-node';

test.each([
  {
    name: gpuPackage,
    isUsingGpuDevice: true,
    device: /^a CUDA GPU \(TensorFlow\.js 4\.22\.0, without cuDNN: no kernel for CudnnRNN\)$/,
  },
  {
    name: gpuPackage,
    isUsingGpuDevice: false,
    device:
      /^the processor, because the CUDA 11 libraries were not found \(TensorFlow\.js 4\.22\.0, without BlockLSTM: /,
  },
  {
    name: processorPackage,
    isUsingGpuDevice: false,
    device: /^the processor \(TensorFlow\.js 4\.22\.0, without BlockLSTM: /,
  },
])('$name, on a GPU: $isUsingGpuDevice', async ({ name, isUsingGpuDevice, device }) => {
  const folder = put(name, plain(isUsingGpuDevice));
  for (const from of [workspace, folder]) {
    const opened = await openTensorFlow([from]);
    if (opened.kind === 'none') throw new Error(opened.because);
    expect(opened.device).toMatch(device);
    expect(opened.isSoftware).toBe(!isUsingGpuDevice);
  }
});

test('what fails while a network trains is the loss of its device', async () => {
  const spoilt =
    'variableGrads: (...args) => { if (tf.isSpoilt) throw new Error("Invalid TF_Status: 8\\nMessage: OOM when allocating\\nat a"); return tf.variableGrads(...args); }';
  put(gpuPackage, plain(true, `${spoilt}, spoil: () => { tf.isSpoilt = true; }`));
  const opened = await openTensorFlow([workspace]);
  if (opened.kind === 'none') throw new Error(opened.because);
  const plan = regression([recurrent({}), { kind: 'step', path: 'last', step: -1 }, dense(2)]);
  const network = opened.createNetwork(plan, 2, 1);
  const { inputs, targets } = randomBatch(network, plan, 1);
  network.loadBatch(inputs, targets);
  await network.trainStep(1, { learningRate: 0.1 });
  createRequire(import.meta.url)(join(workspace, 'node_modules', gpuPackage)).spoil();
  await expect(network.trainStep(2, { learningRate: 0.1 })).rejects.toEqual(new DeviceLostError('OOM when allocating'));
});

test('the package for GPUs is taken before the other', async () => {
  put(processorPackage, 'throw new Error("not this one")');
  put(gpuPackage, plain(true));
  expect(await openTensorFlow([workspace])).toMatchObject({ kind: 'opened' });
});

test.each([
  { name: 'nothing is there', source: null, because: /^neither .*tfjs-node-gpu nor .*tfjs-node is installed in / },
  {
    name: 'its binary is missing',
    source:
      'throw new Error("The Node.js native addon module (tfjs_binding.node) can not be found at path: x. \\nRun")',
    because: /has no binary for this system: its installation was not finished/,
  },
  { name: 'it cannot be loaded', source: 'require("not there")', because: /could not be loaded \(Cannot find module/ },
  { name: 'it is something else', source: 'module.exports = {}', because: /has not the functions of TensorFlow\.js/ },
  {
    name: 'it computes something else',
    source: plain(false, 'sigmoid: tf.tanh'),
    because: /^what it computes differs from the reference$/,
  },
])('none, because $name', async ({ source, because }) => {
  if (source !== null) put(processorPackage, source);
  const opened = await openTensorFlow([workspace]);
  expect(opened.kind === 'none' ? opened.because : 'opened').toMatch(because);
});

test('a path has to be absolute', async () => {
  expect(await openTensorFlow(['somewhere'])).toEqual({
    kind: 'none',
    because: 'somewhere is not an absolute path of a folder',
  });
});

test('in Electron nothing is loaded', async () => {
  put(gpuPackage, 'throw new Error("loaded")');
  const opened = await openTensorFlow([workspace], { isElectron: true });
  expect(opened).toMatchObject({ kind: 'none', because: expect.stringContaining('Electron') });
});
