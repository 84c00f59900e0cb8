/** First values of weights against PyTorch and Keras, by mean and deviation (`bench/truth/engine_initialisers.py`). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createNetwork } from '../network';
import type { Convention, PlannedLayer, TrainingPlan } from '../plan/trainingPlan';
import { createReferenceBackend } from '../reference/backend';

interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

interface Case {
  readonly convention: Convention;
  readonly layers: readonly PlannedLayer[];
  readonly parameters: Readonly<Record<string, Spread>>;
}

const { inputs, vocabulary, cases }: { inputs: number; vocabulary: number; cases: readonly Case[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'initialisers.json'), 'utf8'),
);

const draws = 20;
/** Of the fewest numbers that are compared, uniform ones, three standard errors of their deviation. */
const tolerance = 0.06;

test.each(cases.map((item) => [`${item.convention} ${describeLayers(item)}`, item] as const))('%s', async (_, item) => {
  const found = new Map<string, number[]>();
  for (let seed = 1; seed <= draws; seed++) {
    const network = createNetwork(planOf(item), 1, createReferenceBackend, seed);
    for (const { name, value } of network.parameters) {
      found.set(name, [...(found.get(name) ?? []), ...(await network.backend.read(value))]);
    }
  }
  for (const [name, expected] of Object.entries(item.parameters)) {
    const { mean, deviation } = spreadOf(found.get(name) ?? []);
    expect(Math.abs(deviation - expected.deviation), `deviation of ${name}`).toBeLessThanOrEqual(
      tolerance * expected.deviation,
    );
    expect(Math.abs(mean - expected.mean), `mean of ${name}`).toBeLessThanOrEqual(0.2 * expected.deviation);
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
  return { mean, deviation: Math.sqrt(variance) };
}
