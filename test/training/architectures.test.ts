/**
 * Programs as people write them (`test/fixtures/programs`), all the way from their text to training steps: what their layers
 * become, that each trains the parameters that the analyser counts, that its loss falls, and that it predicts what PyTorch and
 * Keras predict with the same weights (`bench/truth/program_predictions.py`).
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createNetwork, type EngineNetwork } from '../../engine/network';
import { type ModelPlan, settledLayer } from '../../engine/plan/modelPlan';
import { planModel } from '../../engine/plan/planModel';
import type { TrainingPlan } from '../../engine/plan/trainingPlan';
import { createReferenceBackend } from '../../engine/reference/backend';
import { modelCosts } from '../../model/costs/model';
import { isListed, type ModelGraph } from '../../model/graph';
import { analyseFile } from '../../server/src/analysis';

const folder = path.join(import.meta.dirname, '../fixtures/programs');

const batchSize = 4;
const timeStepCount = 10;

/** What a framework computes; sequences are `[batch, steps, width]`. */
interface Truth {
  readonly inputs: readonly number[];
  /** What a decoder reads: each is the right answer of the step before. */
  readonly answers?: readonly number[];
  /** By the engine's names, in its layout. */
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  /** Of a softmax, probabilities. */
  readonly predictions: readonly number[];
}

const truths = new Map<string, Truth>(
  Object.entries(JSON.parse(readFileSync(path.join(folder, 'predictions.json'), 'utf8'))),
);

const programs = readdirSync(folder)
  .filter((file) => !file.endsWith('.json'))
  .map((file) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    return { file, text, kinds: /^(?:#|\/\/): (.*)$/m.exec(text)?.[1] };
  });

describe.each(programs)('$file', ({ text, file, kinds }) => {
  const graph = analyseFile(file, text).models.at(-1);
  if (graph === undefined) throw new Error('there is no model');
  const model = planIn(graph);
  const network = createNetwork(trainingPlan(model), batchSize, createReferenceBackend, 1);

  test('becomes these layers, with nothing left out', () => {
    expect(model.layers.map(({ kind }) => kind).join(' ')).toBe(kinds);
    expect(model.remarks.filter((remark) => !remark.startsWith('The decoder is taught'))).toEqual([]);
  });

  test('trains the parameters that are counted', () => {
    expect(network.parameterCount).toBe(counted(graph));
  });

  test('learns', async () => {
    load(network, model);
    const before = await network.differentiate(1);
    for (let step = 1; step <= 30; step++) await network.trainStep(step, { learningRate: 0.02 });
    expect(await network.differentiate(31)).toBeLessThan(0.9 * before);
  });
});

describe.each([...truths].map(([file, truth]) => ({ file, truth })))('$file', ({ file, truth }) => {
  test('predicts what its framework does', async () => {
    const graph = analyseFile(file, readFileSync(path.join(folder, file), 'utf8')).models.at(-1);
    if (graph === undefined) throw new Error('there is no model');
    const model = planIn(graph);
    const network = createNetwork(trainingPlan(model), batchSize, createReferenceBackend, 1);
    for (const { name, value } of network.parameters) {
      const numbers = truth.parameters[name] ?? [];
      expect([name, numbers.length]).toEqual([name, value.length]);
      network.backend.write(value, numbers);
    }
    const { inputWidth, targetSteps, targetWidth } = network.batchShape;
    // The network delays its targets by a step itself.
    const answers = timeMajor(truth.answers ?? [], 1).slice(batchSize);
    const targets = Float32Array.from(
      { length: targetSteps * batchSize * targetWidth },
      (_, index) => answers[index] ?? 0,
    );
    network.loadBatch(timeMajor(truth.inputs, inputWidth), targets);
    await network.evaluate();
    const predicted = Array.from(await network.predictions());
    const wanted = model.outputSteps === 'every' ? timeMajor(truth.predictions, model.outputWidth) : truth.predictions;
    const found = model.outputActivation === 'softmax' ? probabilities(predicted, model.outputWidth) : predicted;
    expect(found.length).toBe(wanted.length);
    found.forEach((number, index) => {
      expect(number).toBeCloseTo(wanted[index] ?? Number.NaN, 9);
    });
  });
});

test('what takes no part in the output is left out, and a remark says so', () => {
  const [graph] = analyseFile(
    'model.py',
    [
      'from torch import nn',
      'class Model(nn.Module):',
      '    def __init__(self):',
      '        super().__init__()',
      '        self.lstm = nn.LSTM(3, 6, batch_first=True, bidirectional=True)',
      '        self.unused = nn.Linear(12, 3)',
      '        self.head = nn.Linear(6, 1)',
      '    def forward(self, x):',
      '        out, (h, c) = self.lstm(x)',
      '        self.unused(out)',
      '        return self.head(h[-1])',
      '',
    ].join('\n'),
  ).models;
  if (graph === undefined) throw new Error('there is no model');
  const model = planIn(graph);
  expect(model.layers.map(({ kind, path }) => `${kind} ${path}`)).toEqual(['recurrent lstm.backward', 'dense head']);
  expect(model.remarks).toEqual([
    'unused takes no part in the output, so it is not trained here.',
    'Of lstm, the forward direction takes no part in the output, so it is not trained here.',
  ]);
});

function planIn(graph: ModelGraph): ModelPlan {
  const result = planModel(graph);
  if (result.kind === 'obstacles') throw new Error(result.obstacles.map(({ message }) => message).join('\n'));
  return result.plan;
}

function trainingPlan(model: ModelPlan): TrainingPlan {
  const timeSteps = model.timeSteps ?? timeStepCount;
  const width = model.input.width ?? 3;
  return {
    convention: model.convention,
    timeSteps,
    input: model.input.kind === 'tokens' ? { kind: 'tokens', vocabulary: width } : { kind: 'features', width },
    layers: model.layers.map((layer) => settledLayer(layer, timeSteps)),
    output: { steps: model.outputSteps, width: model.outputWidth, source: model.outputSource },
    loss: model.input.kind === 'tokens' ? 'crossEntropy' : 'meanSquaredError',
    remarks: [],
  };
}

/** Four sequences: waves, or tokens, and something to be learnt of them by heart. */
function load(network: EngineNetwork, model: ModelPlan): void {
  const { batch, inputSteps, inputWidth, targetSteps, targetWidth } = network.batchShape;
  const isTokens = model.input.kind === 'tokens';
  const number = (index: number): number => (isTokens ? 1 + (index % 7) : Math.sin(1 + index * 0.7));
  network.loadBatch(
    Float32Array.from({ length: inputSteps * batch * inputWidth }, (_, index) => number(index)),
    Float32Array.from({ length: targetSteps * batch * targetWidth }, (_, index) => number(3 * index + 1)),
  );
}

/** `[batch, steps, width]` as the engine has it, `[steps, batch, width]`. */
function timeMajor(numbers: readonly number[], width: number): number[] {
  const steps = numbers.length / (batchSize * width);
  return Array.from(numbers, (_, index) => {
    const [step, sequence, column] = [
      Math.floor(index / (batchSize * width)),
      Math.floor(index / width) % batchSize,
      index % width,
    ];
    return numbers[(sequence * steps + step) * width + column] ?? Number.NaN;
  });
}

function probabilities(logits: readonly number[], width: number): number[] {
  return logits.map((logit, index) => {
    const first = index - (index % width);
    const total = logits.slice(first, first + width).reduce((sum, other) => sum + Math.exp(other - logit), 0);
    return 1 / total;
  });
}

/** Without the running statistics that a batch normalisation keeps. */
function counted(graph: ModelGraph): number | null {
  const layers = graph.layers.map((layer) => ({
    ...layer,
    weights: isListed(layer.weights) ? layer.weights.filter(({ name }) => !name.startsWith('moving_')) : layer.weights,
  }));
  return modelCosts({ ...graph, layers }).parameters.value;
}
