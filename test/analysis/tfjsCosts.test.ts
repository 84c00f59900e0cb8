/**
 * What models of TensorFlow.js cost, against the weights that it made for them and the products that it ran
 * (`bench/truth/tfjs_costs.mjs`).
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { modelCosts } from '../../model/costs/model';
import { integerOf } from '../../model/expression';
import { isListed } from '../../model/graph';
import { analyseFile } from '../../server/src/analysis';

interface Truth {
  readonly weights: readonly (readonly number[])[];
  readonly macs: number;
}

const fixtures = path.join(import.meta.dirname, '../fixtures');
const truth = JSON.parse(readFileSync(path.join(fixtures, 'tfjs_costs.json'), 'utf8')) as {
  readonly models: Readonly<Record<string, Truth>>;
};
const found = analyseFile('models.js', readFileSync(path.join(fixtures, 'tfjs_costs.js'), 'utf8')).models;
/** What ran more than once: TensorFlow.js runs a layer again for each of its outputs that is read. */
const again: Readonly<Record<string, number>> = { encoderDecoder: 10 * 4 * 16 * (8 + 16) };

const names = Object.keys(truth.models);

test('each model is found', () => expect(found.length).toBe(names.length));

describe.each(names.map((name, index) => ({ name, index })))('$name', ({ name, index }) => {
  const graph = found[index];
  const counted = truth.models[name];
  if (graph === undefined || counted === undefined) throw new Error(`${name} is not found`);
  const { parameters, macs } = modelCosts(graph);

  test('parameters, one by one', () => {
    const shapes = graph.layers.flatMap(({ weights }) =>
      (isListed(weights) ? weights : []).map(({ shape }) =>
        shape.map((size) => (size.kind === 'known' ? integerOf(size.value) : '?')).join('×'),
      ),
    );
    expect(shapes.toSorted()).toEqual(counted.weights.map((shape) => shape.join('×')).toSorted());
    const total = counted.weights.reduce((whole, shape) => whole + shape.reduce((all, size) => all * size, 1), 0);
    expect(parameters).toMatchObject({ grade: 'exact', value: total });
  });

  test('multiply-adds', () => {
    expect(macs).toMatchObject({ grade: 'exact', value: counted.macs - (again[name] ?? 0) });
  });
});
