/** Datasets: what windows hold, that nothing leaks over the split, baselines by another way, and every kind of bad file. */
import { describe, expect, test } from 'vitest';
import type { DataRecipe, PreviewSpec, TaskName } from '../../protocol/trainer';
import type { Dataset, DatasetResult } from '../data/dataset';
import type { CellTable } from '../data/files/cells';
import { readCsv } from '../data/files/csv';
import { sequenceLength } from '../data/sequenceLength';
import { tableDataset } from '../data/table';
import { taskDataset } from '../data/tasks';
import { textDataset } from '../data/text';
import type { ModelPlan } from '../plan/modelPlan';
import { planModel } from '../plan/planModel';
import { chainGraph, characterGraph, dense, embedding, kerasRecurrent, quantity, tensor } from './graphs';
import { eventsOf, specWith, testHost } from './host';

const oneColumn = chainOfGraph(
  chainGraph([
    { layer: kerasRecurrent('gru', 1, 4), path: 'gru' },
    { layer: dense(4, 1), path: 'dense' },
  ]),
);

const tableRecipe: Extract<DataRecipe, { kind: 'table' }> = {
  kind: 'table',
  path: '/data/series.csv',
  features: null,
  target: null,
};

const textFile = { name: 't.txt', path: '/data/t.txt' };
const steps = (asked: number) => ({ fixed: null, asked });

function cellsOf(text: string): CellTable {
  const result = readCsv(text, 'x.csv');
  if (result.kind === 'obstacles') throw new Error(result.obstacles.map(({ message }) => message).join('\n'));
  return result.cells;
}

function madeTask(name: TaskName, model: ModelPlan, timeSteps: number, seed: number): Promise<DatasetResult> {
  return taskDataset(name, { model, length: steps(timeSteps), seed }, async () => []);
}

test("the model's own length comes first, then what was asked for, then a default", () => {
  expect(sequenceLength({ fixed: 30, asked: 12 }, 50).timeSteps).toBe(30);
  expect(sequenceLength({ fixed: null, asked: 12 }, 50).timeSteps).toBe(12);
  expect(sequenceLength({ fixed: null, asked: null }, 64)).toEqual({
    timeSteps: 64,
    remarks: ['The model leaves the length of a sequence open; here it is 64 steps.'],
  });
});

/** y counts 0, 1, 2, … */
function countingTable(rows: number): string {
  return `day,y\n${Array.from({ length: rows }, (_, row) => `2020-01-${row},${row}`).join('\n')}\n`;
}

describe('tables', () => {
  const dataset = datasetIn(tableDataset(cellsOf(countingTable(100)), tableRecipe, oneColumn, steps(5), 1));
  // Mean and standard deviation of 0 … 79, the training part.
  const unscaled = (value: number): number => Math.round(value * Math.sqrt((80 ** 2 - 1) / 12) + 39.5) + 0;

  test('windows hold consecutive rows and the row after them, scaled by the training part', () => {
    const { inputs, targets } = filled(dataset, 'training', [0, 74], 1);
    expect(inputs.map(unscaled)).toEqual([0, 74, 1, 75, 2, 76, 3, 77, 4, 78]);
    expect(targets.map(unscaled)).toEqual([5, 79]);
  });

  test('no window reaches over the split', () => {
    expect([dataset.trainingSequences, dataset.heldOutSequences]).toEqual([75, 15]);
    const { inputs, targets } = filled(dataset, 'heldOut', [0, 14], 1);
    expect(Math.min(...inputs.map(unscaled))).toBe(80);
    expect(targets.map(unscaled)).toEqual([85, 99]);
  });

  test('the forecast "same as the step before" errs by the step of the series, in its own unit', () => {
    expect(dataset.baseline?.metric).toBeCloseTo(1, 10);
    expect(dataset.remarks).toEqual(['Columns without numbers are not read: day.']);
  });
});

test('texts: windows of ids and the next ones, padding left out, frequencies as baseline', () => {
  const chain = chainOfGraph(
    chainGraph(
      [
        { layer: embedding(4, 3, { maskZero: true }), path: 'embedding' },
        { layer: kerasRecurrent('gru', 3, 4, { returnSequences: true }), path: 'gru' },
        { layer: dense(4, 4, 'softmax'), path: 'dense' },
      ],
      { input: tensor('B', 'T') },
    ),
  );
  const dataset = datasetIn(textDataset('abcb'.repeat(25), textFile, chain, steps(4)));
  const { inputs, targets } = filled(dataset, 'training', [0, 1], 4);
  expect(inputs).toEqual([1, 2, 2, 3, 3, 2, 2, 1]);
  expect(targets).toEqual([2, 3, 3, 2, 2, 1, 1, 2]);
  // a, b, c occur 5, 10, 5 times in 20 held-out characters and 20, 40, 20 times in 80 others, one added to each of 4 counts.
  const bits = -(0.5 * Math.log2(21 / 84) + 0.5 * Math.log2(41 / 84));
  expect(dataset.baseline?.metric).toBeCloseTo(bits, 10);
});

/** What the baseline should be: the mean loss over exactly the targets that models are asked for. */
function meanOverTargets(dataset: Dataset, targetSteps: number, lossOf: (target: number) => number): number {
  const sequences = Array.from({ length: dataset.heldOutSequences }, (_, index) => index);
  const { targets } = filled(dataset, 'heldOut', sequences, targetSteps);
  return targets.reduce((sum, target) => sum + lossOf(target), 0) / targets.length;
}

test.each([{ returnSequences: true }, { returnSequences: false }])(
  'texts: the baseline is measured on the windows that models are, %o',
  ({ returnSequences }) => {
    const chain = chainOfGraph(
      chainGraph(
        [
          { layer: embedding(3, 3), path: 'embedding' },
          { layer: kerasRecurrent('gru', 3, 4, { returnSequences }), path: 'gru' },
          { layer: dense(4, 3, 'softmax'), path: 'dense' },
        ],
        { input: tensor('B', 'T') },
      ),
    );
    // The held-out fifth drifts from a to c, so that every choice of windows has frequencies of its own.
    const text = `${'aab'.repeat(8000)}${Array.from({ length: 6000 }, (_, index) => (index ** 2 % 6000 < index ? 'c' : 'a')).join('')}`;
    const dataset = datasetIn(textDataset(text, textFile, chain, steps(8)));
    expect(dataset.heldOutSequences).toBe(returnSequences ? 128 : 512);
    const counts = [16001, 8001, 1];
    const expected = meanOverTargets(dataset, returnSequences ? 8 : 1, (id) => -Math.log((counts[id] ?? 0) / 24003));
    expect(dataset.baseline?.loss).toBeCloseTo(expected, 10);
    expect(dataset.baseline?.sequenceLosses).toHaveLength(dataset.heldOutSequences);
  },
);

test('texts: the ends of lines are those that Python reads', () => {
  const chain = chainOfGraph(characterGraph);
  const text = 'one\ntwo\n'.repeat(100);
  const description = (contents: string): string =>
    datasetIn(textDataset(contents, textFile, chain, steps(8))).description;
  expect(description(text.replaceAll('\n', '\r\n'))).toBe(description(text));
});

test('tasks: the marked numbers of the adding task add up to its answer', async () => {
  const chain = chainOfGraph(
    chainGraph([
      { layer: kerasRecurrent('gru', 2, 4), path: 'gru' },
      { layer: dense(4, 1), path: 'dense' },
    ]),
  );
  const { inputs, targets } = filled(datasetIn(await madeTask('adding', chain, 12, 5)), 'training', [7], 1);
  const steps = Array.from({ length: 12 }, (_, time) => ({ value: inputs[2 * time] ?? 0, mark: inputs[2 * time + 1] }));
  expect(steps.filter(({ mark }) => mark === 1)).toHaveLength(2);
  expect(steps.reduce((sum, { value, mark }) => sum + value * (mark ?? 0), 0)).toBeCloseTo(targets[0] ?? 0, 6);
});

test('tasks: always answering the mean of the adding task is measured on its held-out sequences', async () => {
  const chain = chainOfGraph(
    chainGraph([
      { layer: kerasRecurrent('gru', 2, 4), path: 'gru' },
      { layer: dense(4, 1), path: 'dense' },
    ]),
  );
  const dataset = datasetIn(await madeTask('adding', chain, 12, 5));
  expect(dataset.baseline?.loss).toBeCloseTo(
    meanOverTargets(dataset, 1, (target) => (target - 1) ** 2),
    10,
  );
  // The variance of the sum of two uniform numbers is 2/12.
  expect(dataset.baseline?.loss).toBeCloseTo(1 / 6, 1);
});

const csv = (text: string | Uint8Array) => ({ '/data/x.csv': text });
const table = (changes: Partial<Extract<DataRecipe, { kind: 'table' }>> = {}): PreviewSpec['data'] => ({
  kind: 'table',
  path: '/data/x.csv',
  features: null,
  target: null,
  ...changes,
});
const goodRows = Array.from({ length: 400 }, (_, row) => `${row},${row % 7},${row % 5},${row % 3}`);
const withHeader = (rows: readonly string[]): string => ['a,b,c,d', ...rows].join('\n');

/** The spec or the file that is wrong, and what the user is told. */
const rejections: readonly {
  readonly name: string;
  readonly spec: Partial<PreviewSpec>;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly expected: string;
}[] = [
  {
    name: 'an empty file',
    spec: { data: table() },
    files: csv('\n'),
    expected: '/data/x.csv: The file is empty. Choose a CSV file with a header line and rows of numbers.',
  },
  {
    name: 'text in a number column',
    spec: { data: table() },
    files: csv(withHeader([...goodRows.slice(0, 100), '1,oops,3,4', ...goodRows])),
    expected:
      '/data/x.csv:102: Column "b" should hold numbers, but line 102 holds "oops". Correct the cell or remove the row.',
  },
  {
    name: 'an empty cell, and a row that is too short',
    spec: { data: table() },
    files: csv(withHeader([...goodRows, '1,2,,4', '1,2,3'])),
    expected:
      '/data/x.csv:402: Column "c" should hold numbers, but its cell in line 402 is empty. Correct the cell or remove the row.\n' +
      '/data/x.csv:403: Column "d" should hold numbers, but its cell in line 403 is empty. Correct the cell or remove the row.',
  },
  {
    name: 'too few rows',
    spec: { data: table() },
    files: csv(withHeader(goodRows.slice(0, 40))),
    expected:
      '/data/x.csv: x.csv has 40 rows. Windows of 30 steps with a fifth held out need at least 155; ' +
      'take shorter sequences or a longer file.',
  },
  {
    name: 'a missing column',
    spec: { data: table({ features: ['a', 'wind'] }) },
    files: csv(withHeader(goodRows)),
    expected: '/data/x.csv:1: There is no column "wind". The columns are "a", "b", "c", "d".',
  },
  {
    name: 'a missing target',
    spec: { data: table({ target: 'wind' }) },
    files: csv(withHeader(goodRows)),
    expected: '/data/x.csv:1: There is no numeric column "wind" to forecast. The numeric columns are a, b, c, d.',
  },
  {
    name: 'no header',
    spec: { data: table() },
    files: csv(goodRows.join('\n')),
    expected: '/data/x.csv:1: The first line holds values, not names. Add a header line with the names of the columns.',
  },
  {
    name: 'another number of columns than the model reads',
    spec: { data: table({ features: ['a', 'b'] }) },
    files: csv(withHeader(goodRows)),
    expected: 'model.py:2: Model reads 4 numbers per step, but x.csv gives 2: a, b. ' + 'Change the input width to 2.',
  },
  {
    name: 'more columns than the model reads',
    spec: { data: table() },
    files: csv(['a,b,c,d,e', ...goodRows.map((row) => `${row},1`)].join('\n')),
    expected:
      'model.py:2: Model reads 4 numbers per step, but x.csv gives 5: a, b, c, d, e. ' +
      'Change the input width to 5, or choose columns in a comment: # unroll: features=a|b|c|d',
  },
  {
    name: 'a table for a model of tokens',
    spec: { graph: characterGraph, data: table() },
    files: csv(withHeader(goodRows)),
    expected:
      'model.py:2: Model reads tokens (its first layer is an embedding), but x.csv is a table of numbers. Give it a text.',
  },
  {
    name: 'bytes that are no text',
    spec: { data: table() },
    files: csv(Uint8Array.of(0xff, 0xfe, 0x00, 0xd8)),
    expected: '/data/x.csv: The file is not UTF-8 text. Save it as UTF-8, or choose another one.',
  },
  {
    name: 'more characters than the vocabulary',
    spec: {
      graph: chainGraph(
        [
          { layer: embedding(10, 8), path: 'embedding' },
          { layer: kerasRecurrent('lstm', 8, 8), path: 'lstm' },
          { layer: dense(8, 10), path: 'dense' },
        ],
        { input: tensor('B', 'T') },
      ),
      data: { kind: 'text', path: '/data/x.csv' },
    },
    files: csv('The quick brown fox jumps over the lazy dog. '.repeat(20)),
    expected: 'model.py:2: x.csv has 29 distinct characters, but Model has a vocabulary of 10. Make it at least 29.',
  },
  {
    name: 'a text that is too short',
    spec: { graph: characterGraph, data: { kind: 'text', path: '/data/x.csv' } },
    files: csv('too short'),
    expected: '/data/x.csv: x.csv has 9 characters. Sequences of 64 with a fifth held out need at least 325.',
  },
  {
    name: 'a task that does not fit',
    spec: { data: { kind: 'task', name: 'digits' } },
    expected:
      'model.py:3: Row-by-row digits needs a model that reads numbers (a row of pixels a step) and tells at least 10 classes ' +
      'apart, once, after the last step, but Model reads 4 numbers a step and gives 1 number after the last.',
  },
  {
    name: 'a backend that does not run here',
    spec: { backend: 'webgpu' },
    expected: 'The backend webgpu does not run here: this process cannot reach WebGPU. Choose wasm or reference.',
  },
  {
    name: 'a variant that is not trainable',
    spec: { graph: characterGraph, variants: ['lstm', 'cnn-lstm-attention'] },
    expected: 'model.py:3: "lstm" gives every step to what follows, and attention would give one vector.',
  },
  {
    name: 'the only variant asked for, which is not trainable',
    spec: { graph: characterGraph, variants: ['cnn-lstm-attention'] },
    expected: 'model.py:3: "lstm" gives every step to what follows, and attention would give one vector.',
  },
  {
    name: 'sequences that become shorter on their way to an answer for each step',
    spec: {
      graph: chainGraph([
        {
          layer: {
            op: 'other',
            because: 'a pooling',
            computes: {
              kind: 'pooling',
              how: 'max',
              channelsFirst: false,
              size: quantity(2),
              stride: quantity(2),
              padding: 'valid',
              countsPadding: false,
            },
          },
          path: 'pool',
        },
        { layer: kerasRecurrent('lstm', 4, 8, { returnSequences: true }), path: 'lstm' },
        { layer: dense(8, 1), path: 'dense' },
      ]),
    },
    expected:
      'model.py:4: Model gives 15 steps for the 30 that it is given; the preview has an answer for each of these.',
  },
  {
    name: 'more memory than a laptop has',
    spec: { budget: { steps: 10, batchSize: 100_000, learningRate: 0.01 } },
    // 30 steps × 100,000 sequences × (4 inputs, 128 gates, 32 states, 32 cells, 32 gradients) × 4 bytes.
    expected:
      'These variants together need 2.3 GB with batches of 100000; the preview takes at most 2.0 GB. ' +
      'Take smaller batches, shorter sequences or fewer variants.',
  },
  {
    name: 'numbers that make no sense',
    spec: { budget: { steps: 0, batchSize: 2.5, learningRate: -1 } },
    expected:
      'The number of steps must be a positive integer, not 0.\nThe batch size must be a positive integer, not 2.5.\n' +
      'The learning rate must be a positive number, not -1.',
  },
];

test.each(rejections)('rejected: $name', async ({ spec, files, expected }) => {
  const events = await eventsOf(specWith(spec), testHost(files));
  expect(events.map(({ type }) => type)).toEqual(['rejected']);
  const obstacles = events.flatMap((event) => (event.type === 'rejected' ? event.obstacles : []));
  const described = obstacles.map(({ file, line, message }) => {
    const place = file === null ? '' : line === null ? `${file}: ` : `${file}:${line}: `;
    return place + message;
  });
  expect(described.join('\n')).toBe(expected);
});

test('rejected: a file that is not there', async () => {
  const events = await eventsOf(specWith({ data: table({ path: '/nowhere/x.csv' }) }));
  expect(events).toEqual([
    {
      type: 'rejected',
      obstacles: [
        { message: expect.stringMatching(/^The file could not be read \(ENOENT/), file: '/nowhere/x.csv', line: null },
      ],
    },
  ]);
});

function chainOfGraph(graph: Parameters<typeof planModel>[0]): ModelPlan {
  const result = planModel(graph);
  if (result.kind === 'obstacles') throw new Error(result.obstacles.map(({ message }) => message).join('\n'));
  return result.plan;
}

function datasetIn(result: DatasetResult): Dataset {
  if (result.kind === 'obstacles') throw new Error(result.obstacles.map(({ message }) => message).join('\n'));
  return result.dataset;
}

/** The batch that some sequences fill, as plain numbers. */
function filled(dataset: Dataset, part: 'training' | 'heldOut', sequences: readonly number[], targetSteps: number) {
  const inputWidth = dataset.input.kind === 'tokens' ? 1 : dataset.input.width;
  const batch = sequences.length;
  const inputs = new Float32Array(dataset.timeSteps * batch * inputWidth);
  const targets = new Float32Array(targetSteps * batch);
  dataset.fill(
    part,
    sequences,
    { batch, inputSteps: dataset.timeSteps, inputWidth, targetSteps, targetWidth: 1 },
    inputs,
    targets,
  );
  return { inputs: Array.from(inputs), targets: Array.from(targets) };
}
