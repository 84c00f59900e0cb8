/** Made-up tasks: that their answers follow from what is read, what they want of a model, and that recurrent models learn them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TaskName, Variant } from '../../protocol/trainer';
import { readNumpy } from '../data/files/numpy';
import type { ModelEnds } from '../data/modelEnds';
import { taskDataset } from '../data/tasks';
import { allOf, batchOf, datasetIn, endsWith, messageOf } from './ends';
import { chainGraph, dense, embedding, kerasRecurrent, tensor } from './graphs';
import { eventsOf, only, specWith } from './host';

function made(name: TaskName, model: ModelEnds, asked: number | null = null, seed = 1) {
  return taskDataset(name, { model, length: { fixed: model.timeSteps, asked }, seed }, async () => {
    const read = await readNumpy(
      await readFile(join(import.meta.dirname, '../../samples/data/digits.npz')),
      'digits.npz',
    );
    return read.kind === 'arrays' ? read.arrays : [];
  });
}

const tokens = (width: number): Pick<ModelEnds, 'input'> => ({ input: { kind: 'tokens', width } });
const features = (width: number): Pick<ModelEnds, 'input'> => ({ input: { kind: 'features', width } });
const every = { outputSteps: 'every' } as const;
const decoder = (steps: number): Partial<ModelEnds> => ({
  ...every,
  layers: [
    { kind: 'recurrent', direction: 'forward' },
    { kind: 'repeat' },
    { kind: 'recurrent', direction: 'forward' },
  ],
  outputLength: () => steps,
});

test('a refusal names the cell of a notebook', async () => {
  const model = endsWith({ ...tokens(20), inputLayer: { location: { file: 'model.ipynb', line: 2, cell: 4 } } });
  const result = await made('adding', model);
  const place = { file: 'model.ipynb', line: 2, cell: 4 };
  expect(result).toMatchObject({ kind: 'obstacles', obstacles: [place] });
});

/** Whether a sequence's answers follow from what is read. */
const answers: readonly {
  readonly name: TaskName;
  readonly of: string;
  readonly model: ModelEnds;
  readonly steps: number;
  readonly asked: (inputs: readonly (readonly number[])[]) => readonly number[];
}[] = [
  {
    name: 'adding',
    of: 'two columns',
    model: endsWith(features(2)),
    steps: 12,
    asked: (inputs) => [inputs.reduce((sum, [value = 0, mark = 0]) => sum + value * mark, 0)],
  },
  {
    name: 'adding',
    of: 'further columns, through a sigmoid',
    model: endsWith({ ...features(5), outputActivation: 'sigmoid' }),
    steps: 12,
    asked: (inputs) => [inputs.reduce((sum, [value = 0, mark = 0]) => sum + value * mark, 0) / 2],
  },
  {
    name: 'adding',
    of: 'every step',
    model: endsWith({ ...features(2), ...every }),
    steps: 6,
    asked: (inputs) =>
      inputs.map((_, time) => inputs.slice(0, time + 1).reduce((sum, [v = 0, m = 0]) => sum + v * m, 0)),
  },
  {
    name: 'parity',
    of: 'a number a step',
    model: endsWith({ ...features(1), outputActivation: 'sigmoid' }),
    steps: 9,
    asked: (inputs) => [inputs.flat().reduce((sum, bit) => sum + bit, 0) % 2],
  },
  {
    name: 'parity',
    of: 'tokens beside padding, every step',
    model: endsWith({ ...tokens(5), ...every, outputWidth: 2, reservedToken: 0 }),
    steps: 9,
    asked: (inputs) =>
      inputs.map((_, time) => inputs.slice(0, time + 1).reduce((sum, [token = 0]) => sum + token - 1, 0) % 2),
  },
  {
    name: 'delayed-recall',
    of: 'tokens beside padding',
    model: endsWith({ ...tokens(10), outputWidth: 8, reservedToken: 0 }),
    steps: 7,
    asked: ([[first = 0] = []]) => [first - 2],
  },
  {
    name: 'delayed-recall',
    of: 'one-hot vectors',
    model: endsWith({ ...features(5), outputWidth: 4 }),
    steps: 7,
    asked: ([first = []]) => [first.indexOf(1) - 1],
  },
  {
    name: 'copy-memory',
    of: 'tokens',
    model: endsWith({ ...tokens(10), ...every, outputWidth: 9 }),
    steps: 10,
    asked: (inputs) => [...new Array<number>(7).fill(0), ...inputs.slice(0, 3).map(([token = 0]) => token - 1)],
  },
  {
    name: 'copy-memory',
    of: 'a decoder',
    model: endsWith({ ...tokens(6), ...decoder(4), outputWidth: 6 }),
    steps: 8,
    asked: (inputs) => inputs.slice(0, 4).flat(),
  },
];

test.each(answers)('$name, $of: answers follow from what is read', async ({ name, model, steps, asked }) => {
  const dataset = datasetIn(await made(name, model, steps));
  const { inputs, targets } = batchOf(
    dataset,
    'heldOut',
    allOf(20),
    asked(batchOf(dataset, 'heldOut', [0]).inputs[0] ?? []).length,
  );
  inputs.forEach((sequence, index) => {
    asked(sequence).forEach((answer, step) => {
      expect(targets[index]?.[step]?.[0]).toBeCloseTo(answer, 5);
    });
  });
});

test('the digits are those of the file, and enlarged to what a model reads', async () => {
  const model = endsWith({ ...features(8), outputWidth: 10, outputActivation: 'softmax' });
  const dataset = datasetIn(await made('digits', model));
  expect([dataset.trainingSequences, dataset.heldOutSequences, dataset.timeSteps]).toEqual([1438, 359, 8]);
  const small = batchOf(dataset, 'heldOut', [3]);
  const large = batchOf(datasetIn(await made('digits', endsWith({ ...model, ...features(16) }))), 'heldOut', [3]);
  expect(large.inputs[0]?.[15]?.filter((_, column) => column % 2 === 0)).toEqual(small.inputs[0]?.[7]);
  expect(large.targets).toEqual(small.targets);
  const pixels = batchOf(datasetIn(await made('digits', endsWith({ ...model, ...features(1) }))), 'heldOut', [3]);
  expect(pixels.inputs[0]?.flat()).toEqual(small.inputs[0]?.flat());
});

/** A baseline that is known to be the mean loss of these sequences, and the metric of an answer by chance. */
test.each<[TaskName, ModelEnds, number, number]>([
  ['parity', endsWith(features(1)), Math.LN2, 0.5],
  ['delayed-recall', endsWith({ ...tokens(9), outputWidth: 8 }), Math.log(8), 3],
  ['copy-memory', endsWith({ ...tokens(10), ...every, outputWidth: 9 }), (3 / 10) * Math.log(8), 3],
  ['copy-memory', endsWith({ ...tokens(4), ...decoder(10), outputWidth: 4 }), Math.log(4), 2],
])('%s: guessing', async (name, model, loss, metric) => {
  const { baseline } = datasetIn(await made(name, model, 10));
  expect([baseline?.loss, baseline?.metric]).toEqual([expect.closeTo(loss, 10), expect.closeTo(metric, 10)]);
});

test('forecasts of the sine mix are measured over all that is asked', async () => {
  const model = endsWith({ ...features(2), ...decoder(3), outputWidth: 2 });
  const dataset = datasetIn(await made('sine-mix', model, 20));
  const { inputs, targets } = batchOf(dataset, 'heldOut', allOf(dataset.heldOutSequences), 3, 2);
  const squares = targets.flatMap((steps, sequence) =>
    steps.flatMap((step) => step.map((value, column) => (value - (inputs[sequence]?.[19]?.[column] ?? 0)) ** 2)),
  );
  expect(dataset.baseline?.loss).toBeCloseTo(squares.reduce((sum, value) => sum + value, 0) / squares.length, 5);
});

test('the sentences of the grammar are the same for a seed, and other ones for another', async () => {
  const model = endsWith({ ...tokens(40), ...every, outputWidth: 40 });
  const [one, again, other] = await Promise.all([1, 1, 2].map((seed) => made('characters', model, null, seed)));
  const batch = (result: typeof one): unknown => result && batchOf(datasetIn(result), 'training', [5], 64);
  expect(batch(again)).toEqual(batch(one));
  expect(batch(other)).not.toEqual(batch(one));
});

test.each<[string, ModelEnds, string]>([
  ['weather', endsWith(features(4)), 'sine-mix'],
  ['two columns', endsWith(features(2)), 'adding'],
  ['a bit', endsWith({ ...features(1), outputActivation: 'sigmoid' }), 'parity'],
  ['rows of pixels', endsWith({ ...features(28), outputWidth: 10, outputActivation: 'softmax' }), 'digits'],
  ['few classes', endsWith({ ...features(6), outputWidth: 4, outputActivation: 'softmax' }), 'delayed-recall'],
  ['a language model', endsWith({ ...tokens(80), ...every, outputWidth: 80 }), 'characters'],
  ['a small vocabulary', endsWith({ ...tokens(10), ...every, outputWidth: 9 }), 'copy-memory'],
  ['a sequence to a class', endsWith({ ...tokens(80), outputWidth: 5 }), 'delayed-recall'],
  ['a sequence to yes or no', endsWith({ ...tokens(80), outputActivation: 'sigmoid' }), 'parity'],
  ['tokens to tokens', endsWith({ ...tokens(20), ...decoder(5), outputWidth: 20 }), 'copy-memory'],
])('without data, %s', async (_, model, name) => {
  const [said] = datasetIn(await made('auto', model)).remarks;
  expect(said).toMatch(
    new RegExp(`^No data is named, so the task ${name} is trained: Model reads .+ a step and gives .+\\.$`),
  );
});

test.each<[TaskName, ModelEnds, string]>([
  [
    'adding',
    endsWith(tokens(9)),
    'The adding problem needs a model that reads 2 numbers a step or more (a number and its mark) and gives 1, but Model reads one of 9 tokens a step and gives 1 number after the last.',
  ],
  [
    'copy-memory',
    endsWith({ ...tokens(9), outputWidth: 9 }),
    'Copy memory needs a model that reads at least 4 tokens (or as many numbers, one-hot) and tells at least 3 classes apart at every step, but Model reads one of 9 tokens a step and gives 9 numbers after the last.',
  ],
  [
    'auto',
    endsWith({
      ...features(3),
      outputWidth: 3,
      outputActivation: 'tanh',
      ...every,
      layers: [{ kind: 'recurrent', direction: 'both' }],
    }),
    'No made-up task fits: Model reads 3 numbers a step and gives 3 numbers, by tanh, at every step. Name a file of data.',
  ],
])('refused: %s', async (name, model, message) => {
  expect(messageOf(await made(name, model))).toBe(message);
});

/** The metric that variants reach on a task. */
async function reached(
  name: TaskName,
  graph: ReturnType<typeof chainGraph>,
  steps: number,
  variants: readonly Variant[],
): Promise<Record<string, number>> {
  const budget = { steps, batchSize: 32, learningRate: 0.01 };
  const events = await eventsOf(specWith({ graph, variants, data: { kind: 'task', name }, budget }));
  return Object.fromEntries(only(events, 'done').map(({ cell, bestMetric }) => [cell, bestMetric ?? Number.NaN]));
}

describe('what gated cells learn and plain ones do not', () => {
  test('adding over 60 steps', async () => {
    const graph = chainGraph(
      [
        { layer: kerasRecurrent('lstm', 2, 24), path: 'lstm' },
        { layer: dense(24, 1), path: 'dense' },
      ],
      { input: tensor('B', 60, 2) },
    );
    const { rnn = 0, lstm = 1 } = await reached('adding', graph, 900, ['rnn', 'lstm']);
    expect(lstm).toBeLessThan(0.12);
    expect(rnn).toBeGreaterThan(2 * lstm);
  });

  test('copy memory', async () => {
    const graph = chainGraph(
      [
        { layer: embedding(6, 8), path: 'embedding' },
        { layer: kerasRecurrent('gru', 8, 32, { returnSequences: true }), path: 'gru' },
        { layer: dense(32, 5, 'softmax'), path: 'dense' },
      ],
      { input: tensor('B', 16) },
    );
    const { rnn = 0, gru = 2 } = await reached('copy-memory', graph, 1500, ['rnn', 'gru']);
    expect(gru).toBeLessThan(1);
    expect(rnn).toBeGreaterThan(gru);
  });

  test('parity by a sigmoid, every step', async () => {
    const graph = chainGraph(
      [
        { layer: kerasRecurrent('lstm', 1, 16, { returnSequences: true }), path: 'lstm' },
        { layer: dense(16, 1, 'sigmoid'), path: 'dense' },
      ],
      { input: tensor('B', 12, 1) },
    );
    const { lstm = 0 } = await reached('parity', graph, 800, ['lstm']);
    expect(lstm).toBeGreaterThan(0.95);
  });

  test('digits', async () => {
    const graph = chainGraph(
      [
        { layer: kerasRecurrent('gru', 8, 32), path: 'gru' },
        { layer: dense(32, 10, 'softmax'), path: 'dense' },
      ],
      { input: tensor('B', 8, 8) },
    );
    const { gru = 0 } = await reached('digits', graph, 300, ['gru']);
    expect(gru).toBeGreaterThan(0.9);
  });
});
