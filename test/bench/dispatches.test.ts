/**
 * How many dispatches a training step takes on a GPU, whose start each of them costs: about a dozen for a small cell, however
 * many steps its sequences have, and one submission for all steps that are asked for at once.
 */
import { expect, test } from 'vitest';
import { forecastCases, type GridSizes } from '../../bench/engineGrid';
import { noiseBatch } from '../../bench/noiseBatch';
import { createNetwork } from '../../engine/network';
import { gpu } from '../../engine/test/webgpuBackend';
import { webgpuBackendFactory } from '../../engine/webgpu/backend';
import { createQueueMeter } from '../../engine/webgpu/queueMeter';

const meter = createQueueMeter(gpu.device);
const createBackend = webgpuBackendFactory(gpu, { meter });

/** Without clipping. Larger than this the weights do not fit into a workgroup of 256, and each time step is a dispatch. */
const smallSizes: readonly GridSizes[] = [
  [4, 5, 8, 16],
  [4, 9, 8, 16],
  [3, 4, 16, 64],
];

const most = { rnn: 16, gru: 22, lstm: 17 } as const;

test.each(forecastCases(smallSizes))('$name', async ({ plan, model }) => {
  if (model.kind !== 'forecast') throw new Error('a forecast was asked for');
  const network = createNetwork(plan, model.batch, createBackend, 1);
  const { inputs, targets } = noiseBatch(network.batchShape, plan);
  network.loadBatch(inputs, targets);
  await meter.take();
  await Promise.all([1, 2].map((step) => network.trainStep(step, { learningRate: 1e-3 })));
  const { dispatches, submissions } = await meter.take();
  network.end();
  expect(submissions).toBe(1);
  const ofStep = [...dispatches.values()].reduce((sum, count) => sum + count, 0) / 2;
  expect(ofStep, JSON.stringify([...dispatches])).toBeLessThanOrEqual(most[model.cell]);
});
