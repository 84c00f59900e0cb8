/** The products that a plan's work is predicted from are those that a step makes. */
import { expect, test } from 'vitest';
import type { Backend } from '../backend';
import { createNetwork } from '../network';
import { planWork } from '../plan/planWork';
import { createReferenceBackend } from '../reference/backend';
import { randomBatch } from './batches';
import { planCases } from './plans';

const batch = 3;

/** The loops of recurrent layers make their products inside the backend, where they cannot be counted. */
const countable = planCases.filter(({ plan }) => plan.layers.every(({ kind }) => kind !== 'recurrent'));

test.each(countable)('$name', async ({ plan }) => {
  const counted = { plain: 0, transposed: 0 };
  const network = createNetwork(plan, batch, (length) => countingBackend(length, counted), 1);
  const { inputs, targets } = randomBatch(network, plan, 1);
  network.loadBatch(inputs, targets);
  await network.differentiate(1);

  const predicted = { plain: 0, transposed: 0 };
  for (const work of planWork(plan, batch, network.parameterCount)) {
    if (work.kind === 'product') predicted[work.form] += work.calls * work.rows * work.inner * work.columns;
  }
  expect(counted.transposed, 'of gradients of weights').toBe(predicted.transposed);
  const hasPadding = plan.layers.some((layer) => layer.kind === 'conv1d' && layer.padding !== 'valid');
  if (hasPadding) {
    // No gradient is worked out for what is padding.
    expect(counted.plain).toBeLessThanOrEqual(predicted.plain);
    expect(counted.plain).toBeGreaterThan(0.6 * predicted.plain);
  } else {
    expect(counted.plain).toBe(predicted.plain);
  }
});

function countingBackend(arenaLength: number, counted: { plain: number; transposed: number }): Backend {
  const backend = createReferenceBackend(arenaLength);
  return {
    ...backend,
    multiply: (left, right, result, accumulate) => {
      counted.plain += left.rows * right.rows * right.columns;
      backend.multiply(left, right, result, accumulate);
    },
    multiplyTransposed: (left, right, result) => {
      counted.transposed += left.rows * left.columns * right.columns;
      backend.multiplyTransposed(left, right, result);
    },
    linear: (left, weights, ...rest) => {
      counted.plain += left.rows * weights.rows * weights.columns;
      backend.linear(left, weights, ...rest);
    },
    linearGradients: (left, right, ...rest) => {
      counted.transposed += left.rows * left.columns * right.columns;
      backend.linearGradients(left, right, ...rest);
    },
  };
}
