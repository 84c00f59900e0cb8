/** Every layer's backward against central differences of the loss, in 64-bit floats. */
import { describe, expect, test } from 'vitest';
import { createNetwork } from '../network';
import { createReferenceBackend } from '../reference/backend';
import { randomBatch } from './batches';
import { planCases } from './plans';

const difference = 1e-5;

describe('gradients agree with finite differences', () => {
  test.each(planCases)('$name', async ({ plan, withoutEffect }) => {
    const network = createNetwork(plan, 3, createReferenceBackend, 7);
    const { inputs, targets } = randomBatch(network, plan, 11);
    network.loadBatch(inputs, targets);
    // Biases start at zero, where a mistake in them could hide.
    for (const { value } of network.parameters) {
      const start = await network.backend.read(value);
      network.backend.write(
        value,
        start.map((number, index) => number + 0.1 * Math.sin(index + 1)),
      );
    }
    const step = 1;
    await network.differentiate(step);
    const gradients = await Promise.all(network.parameters.map(({ gradient }) => network.backend.read(gradient)));
    for (const [index, { name, value }] of network.parameters.entries()) {
      const start = await network.backend.read(value);
      const numeric: number[] = [];
      for (let i = 0; i < value.length; i++) {
        const lossAt = async (shift: number): Promise<number> => {
          network.backend.write(
            value,
            start.map((number, j) => (j === i ? number + shift : number)),
          );
          return network.differentiate(step);
        };
        numeric.push(((await lossAt(difference)) - (await lossAt(-difference))) / (2 * difference));
      }
      network.backend.write(value, start);
      const analytic = Array.from(gradients[index] ?? []);
      const worst = Math.max(...analytic.map((number, i) => Math.abs(number - (numeric[i] ?? Number.NaN))));
      expect(worst, name).toBeLessThan(1e-8);
      if (name === withoutEffect) continue;
      expect(Math.max(...analytic.map(Math.abs)), `${name} has a gradient at all`).toBeGreaterThan(1e-6);
    }
  });
});
