/** Classes, ready-made sequences and labelled texts: what is asked, that nothing of the held-out part leaks, and refusals. */
import { describe, expect, test } from 'vitest';
import { arraysDataset } from '../data/arrays';
import type { DatasetResult } from '../data/dataset';
import type { CellTable } from '../data/files/cells';
import { readCsv } from '../data/files/csv';
import type { NumberArray } from '../data/files/numpy';
import type { ModelEnds } from '../data/modelEnds';
import { tableDataset } from '../data/table';
import { textDataset } from '../data/text';
import { allOf, batchOf, datasetIn, endsWith, messageOf } from './ends';

type Columns = { readonly target?: string; readonly features?: readonly string[] };

function table(
  rows: readonly string[],
  model: ModelEnds,
  columns: Columns = {},
  asked: number | null = 3,
): DatasetResult {
  const { target = null, features = null } = columns;
  return tableDataset(
    cellsOf(rows),
    { kind: 'table', path: '/data/x.csv', target, features },
    model,
    { fixed: model.timeSteps, asked },
    1,
  );
}

function cellsOf(rows: readonly string[]): CellTable {
  const result = readCsv(rows.join('\n'), 'x.csv');
  if (result.kind === 'obstacles') throw new Error(result.obstacles.map(({ message }) => message).join('\n'));
  return result.cells;
}

function arrays(given: readonly NumberArray[], model: ModelEnds, columns: Columns = {}): DatasetResult {
  const { target = null, features = null } = columns;
  return arraysDataset(
    given,
    { kind: 'table', path: '/data/x.npz', target, features },
    model,
    { fixed: model.timeSteps, asked: null },
    1,
  );
}

function array(
  name: string,
  shape: readonly number[],
  valueAt: (index: number) => number,
  isInteger = false,
): NumberArray {
  const count = shape.reduce((product, size) => product * size, 1);
  return { name, shape, values: Float64Array.from({ length: count }, (_, index) => valueAt(index)), isInteger };
}

const threeClasses = endsWith({ outputWidth: 3, outputActivation: 'softmax' });
const rows = Array.from({ length: 100 }, (_, row) => `${row},${['cold', 'mild', 'warm'][row % 3]}`);
const weather = ['t,word', ...rows];

describe('classes of rows', () => {
  test('the class of the last row of a window, split by time', () => {
    const dataset = datasetIn(table(weather, threeClasses, { target: 'word' }));
    const { inputs, targets } = batchOf(dataset, 'training', [0, 77]);
    const unscaled = (value = 0): number => Math.round(value * Math.sqrt((80 ** 2 - 1) / 12) + 39.5) + 0;
    expect(inputs.map((steps) => steps.map(([value]) => unscaled(value)))).toEqual([
      [0, 1, 2],
      [77, 78, 79],
    ]);
    expect(targets.flat(2)).toEqual([2 % 3, 79 % 3]);
    expect([dataset.trainingSequences, dataset.heldOutSequences]).toEqual([78, 18]);
    expect(dataset.description).toContain('word of the last row of each window (3 classes: cold, mild, warm)');
    expect(dataset).toMatchObject({ loss: 'crossEntropy', metric: { name: 'accuracy (word)', lowerIsBetter: false } });
  });

  test('as many numbers as a column of texts has values are its classes, though nothing says so', () => {
    expect(datasetIn(table(weather, endsWith({ outputWidth: 3 })))).toMatchObject({ loss: 'crossEntropy' });
  });

  test('the class of each row where a model answers at every step, and looks both ways', () => {
    const model = endsWith({
      ...threeClasses,
      outputSteps: 'every',
      layers: [{ kind: 'recurrent', direction: 'both' }],
    });
    const { targets } = batchOf(datasetIn(table(weather, model)), 'heldOut', [0], 3);
    expect(targets.flat(2)).toEqual([80 % 3, 81 % 3, 82 % 3]);
  });

  test('the class of the next row where the class itself is read', () => {
    const codes = ['t,code', ...allOf(100).map((row) => `${row},${row % 3}`)];
    const model = endsWith({ ...threeClasses, input: { kind: 'features', width: 2 } });
    const { targets } = batchOf(datasetIn(table(codes, model, { target: 'code' })), 'training', [0, 10]);
    expect(targets.flat(2)).toEqual([3 % 3, 13 % 3]);
  });

  test('guessing by the frequencies of the training part', () => {
    // 27, 27 and 26 of 80 rows, one added to each; the held-out windows end in rows 82 … 99: six of each class.
    const { baseline } = datasetIn(table(weather, threeClasses));
    const nats = [28 / 83, 28 / 83, 27 / 83].map((share) => -Math.log(share));
    expect(baseline?.loss).toBeCloseTo(nats.reduce((sum, value) => sum + value, 0) / 3, 10);
    expect(baseline?.metric).toBeCloseTo(1 / 3, 10);
  });

  test('two classes of one logit', () => {
    const words = ['t,up', ...allOf(100).map((row) => `${row},${row % 2 === 0 ? 'no' : 'yes'}`)];
    const dataset = datasetIn(table(words, endsWith({ outputActivation: 'sigmoid' })));
    expect(dataset).toMatchObject({ loss: 'binaryCrossEntropy', metricRule: { kind: 'accuracy' } });
    expect(batchOf(dataset, 'training', [0, 1]).targets.flat(2)).toEqual([0, 1]);
  });

  test.each<[string, readonly string[], ModelEnds, Columns, string]>([
    [
      'too many',
      weather,
      endsWith({ outputWidth: 2, outputActivation: 'softmax' }),
      { target: 'word' },
      'Column "word" has 3 classes, but Model gives 2 numbers. Give it at least 3 numbers, one a class.',
    ],
    [
      'none',
      ['t,u', ...allOf(100).map((row) => `${row},${row * row}`)],
      threeClasses,
      {},
      'Model ends in a softmax, so it tells classes apart, and no column of x.csv has 3 different values or fewer. Name the column of classes in a comment, # unroll: target=COLUMN, or give it a text.',
    ],
    [
      'an empty cell',
      [...weather, '100,'],
      threeClasses,
      { target: 'word' },
      'Column "word" names classes, but its cell in line 102 is empty. Fill it or remove the row.',
    ],
    [
      'a forecast of what is seen',
      ['t', ...allOf(100).map(String)],
      endsWith({ outputSteps: 'every', layers: [{ kind: 'recurrent', direction: 'both' }] }),
      {},
      'Model answers at every step and reads the steps after it as well, so the next step, which it is to forecast, is before its eyes. Answer once, after the last step, or read forwards only.',
    ],
  ])('refused: %s', (_, text, model, columns, message) => {
    expect(messageOf(table(text, model, columns))).toBe(message);
  });
});

/** Each pair of data differs in its held-out part alone, by a spike there. */
describe('what is held out leaves no trace in training', () => {
  const spiked = (row: number, isSpiked: boolean): number => (isSpiked && row >= 80 ? 1e6 : row % 7);
  const x = (isSpiked: boolean) => [
    array('x_train', [10, 4, 2], (index) => index % 5),
    array('y_train', [10], (index) => index / 3),
    array('x_test', [5, 4, 2], (index) => (isSpiked ? 1e6 : index % 5)),
    array('y_test', [5], (index) => (isSpiked ? -1e6 : index)),
  ];
  test.each<[string, (isSpiked: boolean) => DatasetResult, number]>([
    [
      'forecasts of a table',
      (is) =>
        table(['t,y', ...allOf(100).map((row) => `${spiked(row, is)},${spiked(row, is)}`)], endsWith(), {
          target: 'y',
        }),
      1,
    ],
    [
      'classes of a table',
      (is) =>
        table(['t,y', ...allOf(100).map((row) => `${spiked(row, is)},${row % 3 === 0 ? 'a' : 'b'}`)], threeClasses, {
          target: 'y',
        }),
      1,
    ],
    [
      'every next row',
      (is) => table(['t', ...allOf(100).map((row) => `${spiked(row, is)}`)], endsWith({ outputSteps: 'every' })),
      3,
    ],
    ['sequences with targets', (is) => arrays(x(is), endsWith()), 1],
    [
      'characters',
      (is) =>
        textDataset(
          'abcde'.repeat(16) + (is ? 'eeeee' : 'abcde').repeat(4),
          { name: 't', path: null },
          endsWith({ input: { kind: 'tokens', width: 5 }, outputWidth: 5 }),
          { fixed: null, asked: 4 },
        ),
      1,
    ],
  ])('%s', (_, make, targetSteps) => {
    const [plain, other] = [false, true].map((isSpiked) => {
      const dataset = datasetIn(make(isSpiked));
      const all = allOf(dataset.trainingSequences);
      return {
        training: batchOf(dataset, 'training', all, targetSteps),
        heldOut: batchOf(dataset, 'heldOut', [1], targetSteps),
      };
    });
    expect(other?.training).toEqual(plain?.training);
    expect(other?.heldOut).not.toEqual(plain?.heldOut);
  });

  test('words that only the held-out texts have are unknown', () => {
    const model = endsWith({ input: { kind: 'tokens', width: 400 }, outputActivation: 'sigmoid' });
    const dataset = datasetIn(
      table(['text,label', ...allOf(50).map((row) => `word${row} common,${row % 2}`)], model, { target: 'label' }, 2),
    );
    const tokens = (part: 'training' | 'heldOut', count: number) =>
      batchOf(dataset, part, allOf(count)).inputs.map((steps) => steps[0]?.[0]);
    expect(new Set(tokens('training', 40)).size).toBe(40);
    expect(new Set(tokens('heldOut', 10))).toEqual(new Set([1]));
  });
});

describe('ready-made sequences', () => {
  const inputs = array('x', [20, 3, 2], (index) => index);
  test('a fifth is held out, and said to be drawn by the seed', () => {
    const dataset = datasetIn(arrays([inputs, array('y', [20], (index) => index % 3, true)], threeClasses));
    expect([dataset.trainingSequences, dataset.heldOutSequences, dataset.timeSteps]).toEqual([16, 4, 3]);
    expect(dataset.description).toContain('a fifth of them, drawn by the seed, is held out');
    const { inputs: read, targets } = batchOf(dataset, 'training', allOf(16));
    const first = read.map((steps) => steps[0]?.[0] ?? 0);
    // Sequence n begins with 6n, whose class is n mod 3; scaling keeps their order.
    const order = first.map((value) => [...first].sort((a, b) => a - b).indexOf(value));
    expect(order.toSorted((a, b) => a - b)).toEqual(allOf(16));
    expect(targets.flat(2).every((id) => [0, 1, 2].includes(id))).toBe(true);
  });

  test.each<[string, readonly NumberArray[], ModelEnds, Columns, string]>([
    ['numbers after the last step', [inputs, array('y', [20], (index) => index / 2)], endsWith(), {}, 'y of each'],
    [
      'one-hot classes',
      [inputs, array('y', [20, 3], (index) => (index % 3 === Math.floor(index / 3) % 3 ? 1 : 0))],
      threeClasses,
      {},
      'y of each (3 classes: 0, 1, 2)',
    ],
    [
      'a number at each step',
      [inputs, array('y', [20, 3], (index) => index / 2)],
      endsWith({ outputSteps: 'every' }),
      {},
      'y of each step',
    ],
    [
      'usual names',
      [array('labels', [20], (index) => index % 2, true), array('data', [20, 3, 2], (index) => index)],
      endsWith({ outputActivation: 'sigmoid' }),
      {},
      'labels of each (2 classes: 0, 1)',
    ],
    [
      'names that are said',
      [array('a', [20], (index) => index / 2), array('b', [20, 3, 2], (index) => index)],
      endsWith(),
      { target: 'a', features: ['b'] },
      'a of each',
    ],
    [
      'tokens and their classes',
      [array('x', [20, 6], (index) => index % 9, true), array('y', [20], (index) => index % 2, true)],
      endsWith({ input: { kind: 'tokens', width: 9 }, outputActivation: 'sigmoid' }),
      {},
      '20 sequences of 6 steps, y of each',
    ],
    [
      'tokens alone',
      [array('', [20, 6], (index) => index % 9, true)],
      endsWith({ input: { kind: 'tokens', width: 9 }, outputWidth: 9, outputSteps: 'every' }),
      {},
      '20 sequences of 5 steps, the next one at each step',
    ],
    [
      'sequences alone',
      [array('', [20, 6, 2], (index) => index)],
      endsWith({ outputWidth: 2 }),
      {},
      '20 sequences of 5 steps and 2 columns, the step after them',
    ],
    [
      'rows of single numbers',
      [array('x', [20, 6], (index) => index), array('y', [20], (index) => index % 3, true)],
      endsWith({ ...threeClasses, input: { kind: 'features', width: 1 } }),
      {},
      '20 sequences of 6 steps and 1 column, y of each',
    ],
  ])('%s', (_, given, model, columns, description) => {
    expect(datasetIn(arrays(given, model, columns)).description).toContain(description);
  });

  test('one axis is a series, whose last fifth is held out', () => {
    const { description } = datasetIn(arrays([array('', [200], (index) => index)], endsWith()));
    expect(description).toMatch(
      /^x\.npz: 200 rows, 1 column in \(value\), value one step ahead; the last 40 rows are held out/,
    );
  });

  test.each<[string, readonly NumberArray[], ModelEnds, string]>([
    [
      'another number of targets',
      [inputs, array('y', [19], () => 0)],
      endsWith(),
      '"x" [20, 3, 2] has 20 sequences, and "y" [19] has 19.',
    ],
    [
      'arrays of any name',
      [array('a', [20], () => 0), array('b', [20, 3], () => 0), array('c', [2], () => 0)],
      endsWith(),
      'It is not certain which array is read and which is asked. It holds "a" [20], "b" [20, 3], "c" [2]. Call them x and y, or say features=ARRAY and target=ARRAY.',
    ],
    [
      'other steps than the model has',
      [inputs, array('y', [20], () => 0.5)],
      endsWith({ timeSteps: 30 }),
      'Model reads 30 steps, but the sequences of x.npz have 3.',
    ],
    [
      'another width',
      [inputs, array('y', [20], () => 0.5)],
      endsWith({ input: { kind: 'features', width: 4 } }),
      'Model reads 4 numbers per step, but the sequences of x.npz have 2. Change the input width to 2.',
    ],
    [
      'tokens beyond the vocabulary',
      [array('x', [20, 3], (index) => index, true), array('y', [20], () => 0.5)],
      endsWith({ input: { kind: 'tokens', width: 9 } }),
      'x.npz has tokens up to 59, but Model has a vocabulary of 9. Make it at least 60.',
    ],
    [
      'inputs that are no numbers',
      [array('x', [20, 3, 2], (index) => (index === 13 ? Number.NaN : index)), array('y', [20], () => 0.5)],
      endsWith(),
      '"x" [20, 3, 2] holds NaN in sequence 3. Correct it or remove the sequence.',
    ],
    [
      'targets that are no numbers',
      [inputs, array('y', [20], (index) => (index === 19 ? Number.POSITIVE_INFINITY : 0.5))],
      endsWith(),
      '"y" [20] holds Infinity in sequence 20. Correct it or remove the sequence.',
    ],
    [
      'one answer for many',
      [inputs, array('y', [20], () => 0.5)],
      endsWith({ outputSteps: 'every' }),
      '"y" has 1 answer a sequence, but Model gives 3.',
    ],
  ])('refused: %s', (_, given, model, message) => {
    expect(messageOf(arrays(given, model))).toBe(message);
  });
});

describe('labelled texts', () => {
  const reviews = [
    'id,text,label',
    ...allOf(40).map(
      (row) => `${row},"it was ${row % 2 === 0 ? 'good' : 'bad, really bad'}",${row % 2 === 0 ? 'pos' : 'neg'}`,
    ),
  ];
  const byWord = endsWith({ input: { kind: 'tokens', width: 300 }, outputActivation: 'sigmoid', reservedToken: 0 });

  test('words as tokens, padded in front, with a class for each', () => {
    const dataset = datasetIn(table(reviews, byWord, {}, 5));
    const { inputs, targets } = batchOf(dataset, 'training', allOf(dataset.trainingSequences));
    inputs.forEach((steps, index) => {
      const padding = steps.filter(([token]) => token === 0).length;
      expect(padding).toBe(targets[index]?.[0]?.[0] === 1 ? 2 : 0);
      expect(steps.slice(padding).every(([token = 0]) => token > 1)).toBe(true);
    });
    expect(dataset.description).toBe(
      'x.csv: 40 texts in "text" by words, label of each (2 classes: neg, pos); a fifth of them, drawn by the seed, is held out',
    );
    expect(dataset.remarks).toContain('Shorter texts begin with token 0, which the model has for padding.');
  });

  test('characters where the vocabulary is one of characters, cut where texts are longer', () => {
    const dataset = datasetIn(table(reviews, endsWith({ ...byWord, input: { kind: 'tokens', width: 40 } }), {}, 8));
    expect(dataset.description).toContain('by characters');
    expect(dataset.remarks).toContain('100 % of the texts are longer than 8 characters and are cut.');
  });

  test('refused: a model that answers at every step', () => {
    expect(messageOf(table(reviews, endsWith({ ...byWord, outputSteps: 'every' })))).toBe(
      'Model answers at every step, but each text of x.csv has one class. Answer once, after the last step.',
    );
  });
});
