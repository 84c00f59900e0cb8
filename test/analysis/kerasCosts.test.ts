/**
 * What Keras programs cost, against the arrays that Keras made for them and the products that TensorFlow traced
 * (`bench/truth/keras_costs.py`).
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { modelCosts } from '../../model/costs/model';
import { integerOf } from '../../model/expression';
import { isListed, type ModelGraph } from '../../model/graph';
import { analyseFile } from '../../server/src/analysis';

interface Truth {
  readonly weights: readonly (readonly [path: string, shape: readonly number[], trained: boolean])[];
  readonly macs: number;
}

const fixtures = path.join(import.meta.dirname, '../fixtures');
const { programs } = JSON.parse(readFileSync(path.join(fixtures, 'keras_costs.json'), 'utf8')) as {
  readonly programs: Readonly<Record<string, Truth>>;
};
const cases = readFileSync(path.join(fixtures, 'keras_costs.txt'), 'utf8')
  .split(/^# /m)
  .slice(1)
  .map((section) => {
    const [title = '', ...lines] = section.split('\n');
    const truth = programs[title];
    if (truth === undefined) throw new Error(`${title} was not counted`);
    return { title, source: lines.join('\n'), truth };
  });

/** Of these the analyser says that it does not know the multiply-adds, and of no others. */
const open: ReadonlySet<string> = new Set(['ConvLSTM', 'grouped-query attention']);

/** Multiply-adds beside those of the products that TensorFlow traced, and why. */
const beside: Readonly<Record<string, number>> = {
  // The scores are summed up over the width by other operations than a product: 10 queries, 10 keys, 16 values.
  'additive attention': 1_600,
  // Of cells in a stack the graph holds one more step, outside of the loop.
  'stacked cells in one RNN layer': -2_880,
};

describe.each(cases)('$title', ({ title, source, truth }) => {
  const graph = modelOf(source);
  const { parameters, trainable, macs } = modelCosts(graph);

  test('parameters, one by one', () => {
    // Seeds of dropout are arrays, but no parameters.
    const weights = truth.weights.filter(([of]) => !of.includes('seed_generator'));
    const spelled = weights.map(([, shape, trained]) => `${shape.join('×')}${trained ? '' : ' frozen'}`);
    expect(tensorsOf(graph)).toEqual(spelled.toSorted());
    const total = (of: typeof weights): number =>
      of.reduce((whole, [, shape]) => whole + shape.reduce((all, size) => all * size, 1), 0);
    expect(parameters).toMatchObject({ grade: 'exact', value: total(weights) });
    expect(trainable).toMatchObject({ grade: 'exact', value: total(weights.filter(([, , trained]) => trained)) });
  });

  test('multiply-adds', () => {
    if (open.has(title)) expect(macs.grade).toBe('unknown');
    else expect(macs).toMatchObject({ grade: 'exact', value: truth.macs + (beside[title] ?? 0) });
  });
});

/** Loops that are no single recurrent layer are as deep as they are long. */
test.each([
  ['stacked cells in one RNN layer', 20],
  ['other layer backwards', 10],
  ['ConvLSTM', 5],
  ['time-distributed LSTM over words', 12],
])('depth of %s', (title, depth) => {
  const source = cases.find((each) => each.title === title)?.source ?? '';
  expect(modelCosts(modelOf(source)).sequentialDepth).toMatchObject({ grade: 'exact', value: depth });
});

function modelOf(source: string): ModelGraph {
  const graph = analyseFile('program.py', source).models.at(-1);
  if (graph === undefined) throw new Error('the program has a model');
  return graph;
}

function tensorsOf({ layers }: ModelGraph): readonly string[] {
  return layers
    .flatMap(({ weights }) =>
      (isListed(weights) ? weights : []).map(({ shape, trainable }) => {
        const sizes = shape.map((size) => (size.kind === 'known' ? integerOf(size.value) : '?')).join('×');
        return `${sizes}${trainable ? '' : ' frozen'}`;
      }),
    )
    .toSorted();
}
