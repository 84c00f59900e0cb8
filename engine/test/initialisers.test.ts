/** First values of weights against PyTorch and Keras, by their distribution (`bench/truth/engine_initialisers.py`). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Parameter } from '../layers/layer';
import { createNetwork, type EngineNetwork } from '../network';
import type { Convention, PlannedLayer, TrainingPlan } from '../plan/trainingPlan';
import { createReferenceBackend } from '../reference/backend';

interface Spread {
  readonly mean: number;
  readonly deviation: number;
  /** Furthest from 0. */
  readonly largest: number;
  /** Left out where there is no deviation. */
  readonly kurtosis?: number;
}

interface ExpectedSpread extends Spread {
  /** Of biases: the mean of each quarter. */
  readonly quarters?: readonly number[];
  /** Of recurrent weights: the largest number of W·Wᵀ − 1 along the shorter axis. */
  readonly orthogonality?: number;
}

interface Case {
  readonly convention: Convention;
  readonly layers: readonly PlannedLayer[];
  readonly parameters: Readonly<Record<string, ExpectedSpread>>;
}

const { inputs, vocabulary, cases }: { inputs: number; vocabulary: number; cases: readonly Case[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'initialisers.json'), 'utf8'),
);

const draws = 20;
/** Of the fewest numbers that are compared, uniform ones, three standard errors of their deviation. */
const tolerance = 0.06;

test.each(cases.map((item) => [`${item.convention} ${describeLayers(item)}`, item] as const))('%s', async (_, item) => {
  const found = new Map<string, number[]>();
  let first: EngineNetwork | null = null;
  for (let seed = 1; seed <= draws; seed++) {
    const network = createNetwork(planOf(item), 1, createReferenceBackend, seed);
    first ??= network;
    for (const { name, value } of network.parameters) {
      found.set(name, [...(found.get(name) ?? []), ...(await network.backend.read(value))]);
    }
  }
  for (const [name, expected] of Object.entries(item.parameters)) {
    const values = found.get(name) ?? [];
    const { mean, deviation, largest, kurtosis } = spreadOf(values);
    expect(Math.abs(deviation - expected.deviation), `deviation of ${name}`).toBeLessThanOrEqual(
      tolerance * expected.deviation,
    );
    expect(Math.abs(mean - expected.mean), `mean of ${name}`).toBeLessThanOrEqual(0.2 * expected.deviation);
    expect(kurtosis === undefined, name).toBe(expected.kurtosis === undefined);
    if (kurtosis !== undefined && expected.kurtosis !== undefined) {
      expect(Math.abs(kurtosis - expected.kurtosis), `kurtosis of ${name}`).toBeLessThan(0.4);
      // What is uniform has bounds, and comes close to them.
      if (expected.kurtosis < 2.2) {
        expect(Math.abs(largest / expected.largest - 1), `bound of ${name}`).toBeLessThan(0.03);
      }
    }
    const parameter = first?.parameters.find((candidate) => candidate.name === name);
    if (parameter === undefined) throw new Error(`there is no ${name}`);
    if (expected.quarters !== undefined) {
      const quarters = quarterMeans(values, parameter.columns);
      for (const [index, quarter] of expected.quarters.entries()) {
        expect(Math.abs((quarters[index] ?? Number.NaN) - quarter), `quarter ${index} of ${name}`).toBeLessThan(0.02);
      }
    }
    if (expected.orthogonality !== undefined) {
      const isOrthogonal = expected.orthogonality < 1e-4;
      expect(orthogonality(values, parameter) < 1e-9, `${name} is orthogonal`).toBe(isOrthogonal);
    }
  }
});

/** Trained on the first output of its last layer, whatever its width. */
function planOf({ convention, layers }: Case): TrainingPlan {
  return {
    convention,
    timeSteps: 2,
    input: layers[0]?.kind === 'embedding' ? { kind: 'tokens', vocabulary } : { kind: 'features', width: inputs },
    layers: [...layers, { kind: 'dense', path: 'output', units: 1, bias: false, activation: null }],
    output: { steps: 'every', width: 1 },
    loss: 'meanSquaredError',
    remarks: [],
  };
}

function describeLayers({ layers }: Case): string {
  return layers.map((layer) => (layer.kind === 'recurrent' ? layer.cell : layer.kind)).join(', ');
}

function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (variance < 1e-18) return { mean, deviation: Math.sqrt(variance), largest };
  const kurtosis = values.reduce((sum, value) => sum + (value - mean) ** 4, 0) / values.length / variance ** 2;
  return { mean, deviation: Math.sqrt(variance), largest, kurtosis };
}

function quarterMeans(values: readonly number[], columns: number): readonly number[] {
  return [0, 1, 2, 3].map((quarter) => {
    const part = values.filter((_, index) => Math.floor((4 * (index % columns)) / columns) === quarter);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

/** Of the first matrix that was drawn. */
function orthogonality(values: readonly number[], { rows, columns }: Pick<Parameter, 'rows' | 'columns'>): number {
  const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
  const at = (vector: number, position: number): number =>
    (rows <= columns ? values[vector * columns + position] : values[position * columns + vector]) ?? Number.NaN;
  let largest = 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      let product = i === j ? -1 : 0;
      for (let position = 0; position < length; position++) product += at(i, position) * at(j, position);
      largest = Math.max(largest, Math.abs(product));
    }
  }
  return largest;
}
