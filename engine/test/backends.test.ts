/** The WebAssembly and WebGPU backends against the reference: losses, predictions, gradients, updates, dropout, gradient reach. */
import { describe, expect, test } from 'vitest';
import type { BackendFactory, Numbers } from '../backend';
import { createNetwork, type EngineNetwork } from '../network';
import type { TrainingPlan } from '../plan/trainingPlan';
import { createReferenceBackend } from '../reference/backend';
import { agreesWithReference } from '../selfTest';
import { wasmBackends } from './backends';
import { randomBatch } from './batches';
import { classification, dense, optimiserChoices, type PlanCase, planCases, recurrent, regression } from './plans';
import { webgpuBackend } from './webgpuBackend';

/** How many updates each is compared after: a software adapter takes a hundred times as long for one. */
const backends = [...wasmBackends.map((backend) => ({ ...backend, updates: 10 })), { ...webgpuBackend, updates: 3 }];

/** Sizes that fill several panels of the matrix kernels, with remainders on every side. */
const largePlan = classification(
  [
    { kind: 'embedding', path: 'embedding', vocabulary: 37, width: 19 },
    recurrent({ hiddenSize: 45, bias: 'both' }),
    recurrent({ path: 'upper', cell: 'gru', hiddenSize: 70, bias: 'both' }),
    dense(37),
  ],
  { timeSteps: 7, input: { kind: 'tokens', vocabulary: 37 }, output: { steps: 'every', width: 37 } },
);

const optimised = (['torch', 'keras'] as const).flatMap((convention) =>
  optimiserChoices.map((optimiser) => ({
    name: `${convention}, ${JSON.stringify(optimiser)}`,
    plan: regression([recurrent({}), { kind: 'flatten', path: 'flatten' }, dense(2)], { convention, optimiser }),
    batch: 3,
  })),
);

const cases: readonly (PlanCase & { readonly batch: number })[] = [
  ...planCases.map((entry) => ({ ...entry, batch: 3 })),
  ...optimised,
  { name: 'large', plan: largePlan, batch: 9 },
];

describe.each(backends)('$name agrees with the reference', ({ create, updates }) => {
  test.each(cases)('$name', async ({ plan, batch, withoutEffect }) => {
    const expected = await run(plan, createNetwork(plan, batch, createReferenceBackend, 7), updates);
    const actual = await run(plan, createNetwork(plan, batch, create, 7), updates);
    for (const [name, numbers] of expected) {
      // Its gradient is nothing but rounding, which Adam makes steps of.
      if (name === `${withoutEffect} after them`) continue;
      const worst = largestDifference(numbers, actual.get(name) ?? []);
      const scale = Math.max(...Array.from(numbers, Math.abs), 1e-3);
      expect(worst / scale, name).toBeLessThan(2e-4);
    }
  });
});

/** Everything a network computes for a fixed batch, by name. */
async function run(
  plan: TrainingPlan,
  network: EngineNetwork,
  updates: number,
): Promise<Map<string, Numbers | number[]>> {
  const results = new Map<string, Numbers | number[]>();
  const { inputs, targets } = randomBatch(network, plan, 11);
  network.loadBatch(inputs, targets);
  results.set('held-out losses', (await network.evaluate()).losses);
  results.set('predictions', await network.predictions());
  results.set('training loss', [await network.differentiate(1)]);
  for (const { name, gradient } of network.parameters) {
    results.set(`gradient of ${name}`, await network.backend.read(gradient));
  }
  results.set('gradient reach', await network.gradientReach());
  const losses: number[] = [];
  for (let step = 1; step <= updates; step++) {
    losses.push((await network.trainStep(step, { learningRate: 0.01, clipNorm: 0.5 })).loss);
  }
  results.set('losses of updates', losses);
  for (const { name, value } of [...network.parameters, ...network.state]) {
    results.set(`${name} after them`, await network.backend.read(value));
  }
  return results;
}

function largestDifference(left: Numbers | number[], right: Numbers | number[]): number {
  return Math.max(...Array.from(left, (number, index) => Math.abs(number - (right[index] ?? Number.NaN))));
}

test.each(backends)('$name passes the self-test', async ({ create }) => {
  expect(await agreesWithReference(create)).toBe(true);
});

test('a backend that computes something else fails the self-test', async () => {
  const wrong: BackendFactory = (arenaLength) => {
    const backend = createReferenceBackend(arenaLength);
    return { ...backend, activate: (activation, values) => backend.scale(values, activation === 'sigmoid' ? 0.9 : 1) };
  };
  expect(await agreesWithReference(wrong)).toBe(false);
});

test.each(backends)('$name drops everything at a rate of 1', async ({ create }) => {
  const backend = create(200);
  const [source, target] = [
    { offset: 0, length: 100 },
    { offset: 100, length: 100 },
  ];
  backend.fill({ offset: 0, length: 200 }, 1);
  backend.dropout(source, target, 1, 7, { first: 0, length: 100, stride: 0 });
  expect(Array.from(await backend.read(target))).toEqual(Array.from({ length: 100 }, () => 0));
});
