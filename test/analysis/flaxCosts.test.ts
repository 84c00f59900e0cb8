/**
 * What Flax programs cost, against the arrays that Flax made for them and the products that JAX traced
 * (`bench/truth/flax_costs.py`).
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { modelCosts } from '../../model/costs/model';
import { integerOf } from '../../model/expression';
import { isListed, type ModelGraph } from '../../model/graph';
import { analyseFile } from '../../server/src/analysis';

interface Truth {
  readonly parameters: readonly (readonly number[])[];
  readonly macs: number;
}

const fixtures = path.join(import.meta.dirname, '../fixtures');
const preamble = `import jax
import jax.numpy as jnp
from flax import linen as nn

key = jax.random.key(0)
`;
const { programs } = JSON.parse(readFileSync(path.join(fixtures, 'flax_costs.json'), 'utf8')) as {
  readonly programs: Readonly<Record<string, Truth>>;
};
const cases = readFileSync(path.join(fixtures, 'flax_costs.txt'), 'utf8')
  .split(/^# /m)
  .slice(1)
  .map((section) => {
    const [title = '', ...lines] = section.split('\n');
    const truth = programs[title];
    if (truth === undefined) throw new Error(`${title} was not counted`);
    return { title, source: `${preamble}${lines.join('\n')}`, truth };
  });

/** Of these the analyser says that it does not know them, for what they apply that is not described, and of no others. */
const open: ReadonlySet<string> = new Set([
  'strided convolution without padding',
  'attention over the states of an LSTM',
  'dense layers on steps',
]);

test.each(cases.filter(({ title }) => open.has(title)))('$title is left open', ({ source }) => {
  const { parameters, macs } = modelCosts(modelOf(source));
  expect([parameters.grade, macs.grade]).toEqual(['unknown', 'unknown']);
});

describe.each(cases.filter(({ title }) => !open.has(title)))('$title', ({ source, truth }) => {
  const graph = modelOf(source);
  const { parameters, macs } = modelCosts(graph);

  test('parameters, one by one', () => {
    expect(shapesOf(graph)).toEqual(truth.parameters.map((shape) => shape.join('×')).toSorted());
    const total = truth.parameters.reduce((whole, shape) => whole + shape.reduce((all, size) => all * size, 1), 0);
    expect(parameters).toMatchObject({ grade: 'exact', value: total });
  });

  test('multiply-adds', () => {
    expect(macs).toMatchObject({ grade: 'exact', value: truth.macs });
  });
});

function modelOf(source: string): ModelGraph {
  const graph = analyseFile('program.py', source).models.at(-1);
  if (graph === undefined) throw new Error('the program has a model');
  return graph;
}

/** Of what is trained: running means are arrays, but no parameters. */
function shapesOf({ layers }: ModelGraph): readonly string[] {
  return layers
    .flatMap(({ weights }) => (isListed(weights) ? weights : []))
    .filter(({ trainable }) => trainable)
    .map(({ shape }) => shape.map((size) => (size.kind === 'known' ? integerOf(size.value) : '?')).join('×'))
    .toSorted();
}
