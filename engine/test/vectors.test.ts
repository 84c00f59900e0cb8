/** The engine against PyTorch and Keras: predictions, gradients, ten steps of an optimiser, learning rates (`bench/truth/engine_vectors.py`). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LearningRateSchedule } from '../../protocol/trainer';
import { createNetwork, type TrainingSettings } from '../network';
import type { TrainingPlan } from '../plan/trainingPlan';
import { learningRateAt } from '../schedule';
import { allBackends } from './backends';
import { webgpuBackend } from './webgpuBackend';

type NamedNumbers = Readonly<Record<string, readonly number[]>>;

interface Vectors {
  readonly framework: string;
  readonly plan: TrainingPlan;
  readonly batch: number;
  readonly learningRate: number;
  readonly clipping?: Pick<TrainingSettings, 'clipNorm' | 'clipValue'>;
  readonly inputs: readonly number[];
  readonly targets: readonly number[];
  readonly parameters: NamedNumbers;
  readonly gradients: NamedNumbers;
  /** Null for what nobody looks at. */
  readonly predictions: readonly (number | null)[];
  readonly losses: readonly number[];
  readonly parametersAfter: NamedNumbers;
  /** Running statistics after the ten steps, and what is predicted with them. */
  readonly stateAfter?: NamedNumbers;
  readonly evaluated?: readonly number[];
}

const folder = join(import.meta.dirname, 'vectors');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

/** 64-bit against 64-bit, or 32-bit against it; of the largest number of what is compared. */
const tolerances = { reference: 2e-9, others: 1e-5 };

/** Where all numbers are smaller, such as a gradient that is 0 but for rounding, they are compared as if one were this large. */
const leastScale = 0.1;

/** Besides: Keras takes Adam's β through 32 bits whatever the model's type: 1 − 0.999 is wrong by 1e-5 of itself. */
const kerasUpdateTolerance = 1e-5;

describe.each([...allBackends, webgpuBackend])('$name', ({ name: backendName, create }) => {
  const tolerance = backendName === 'reference' ? tolerances.reference : tolerances.others;

  test.each(files)('%s', async (file) => {
    const vectors: Vectors = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const network = createNetwork(vectors.plan, vectors.batch, create, 1);
    const names = network.parameters.map(({ name }) => name);
    expect(names.sort()).toEqual(Object.keys(vectors.parameters).sort());
    for (const { name, value } of network.parameters) network.backend.write(value, vectors.parameters[name] ?? []);
    network.loadBatch(vectors.inputs, vectors.targets);

    expectClose([await network.differentiate(1)], vectors.losses.slice(0, 1), tolerance, 'loss');
    expectClose(await network.predictions(), vectors.predictions, tolerance, 'predictions');
    for (const { name, gradient } of network.parameters) {
      expectClose(
        await network.backend.read(gradient),
        vectors.gradients[name] ?? [],
        tolerance,
        `gradient of ${name}`,
      );
    }
    for (const { value, initial } of network.state) network.backend.fill(value, initial);
    const losses: number[] = [];
    for (let step = 1; step <= vectors.losses.length; step++) {
      const { learningRate, clipping } = vectors;
      losses.push((await network.trainStep(step, { learningRate, ...clipping })).loss);
    }
    const updateTolerance = vectors.plan.convention === 'keras' ? tolerance + kerasUpdateTolerance : tolerance;
    expectClose(losses, vectors.losses, updateTolerance, 'losses');
    for (const { name, value } of network.parameters) {
      // Where a gradient is nothing but rounding, as that of a bias of keys, Adam makes steps of it.
      if ((vectors.gradients[name] ?? []).every((number) => Math.abs(number) < 1e-12)) continue;
      expectClose(await network.backend.read(value), vectors.parametersAfter[name] ?? [], updateTolerance, name);
    }
    if (vectors.stateAfter === undefined) return;
    expect(network.state.map(({ name }) => name).sort()).toEqual(Object.keys(vectors.stateAfter).sort());
    for (const { name, value } of network.state) {
      expectClose(await network.backend.read(value), vectors.stateAfter[name] ?? [], updateTolerance * 10, name);
    }
    await network.evaluate();
    expectClose(await network.predictions(), vectors.evaluated ?? [], updateTolerance * 10, 'evaluated');
  });
});

describe('learning rates are those of', () => {
  interface Case {
    readonly schedule: LearningRateSchedule;
    readonly learningRate: number;
    readonly steps: number;
    readonly rates: readonly number[];
  }
  test.each(['torch', 'keras'])('%s', (framework) => {
    const cases: readonly Case[] = JSON.parse(readFileSync(join(folder, 'schedules', `${framework}.json`), 'utf8'));
    for (const { schedule, learningRate, steps, rates } of cases) {
      const ours = rates.map((_, index) => learningRateAt(schedule, learningRate, index + 1, steps));
      expectClose(ours, rates, 2e-7, JSON.stringify(schedule));
    }
  });
});

function expectClose(
  actual: ArrayLike<number>,
  expected: readonly (number | null)[],
  tolerance: number,
  what: string,
): void {
  expect(actual.length, what).toBe(expected.length);
  const worst = Math.max(
    ...expected.map((number, index) => (number === null ? 0 : Math.abs(number - (actual[index] ?? Number.NaN)))),
  );
  const scale = Math.max(...expected.map((number) => Math.abs(number ?? 0)), leastScale);
  expect(worst / scale, what).toBeLessThan(tolerance);
}
