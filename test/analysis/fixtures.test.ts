/**
 * The analyser against model files whose expectations stand beside the source: `#: parameters outputs` after the call that
 * constructs a layer, `#:: name parameters` where a model is made. `truth.json` and
 * `truth_flax.json` hold what the real frameworks counted.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatAmount } from '../../model/costs/amount';
import { layerCosts } from '../../model/costs/layer';
import { modelCosts } from '../../model/costs/model';
import type { Layer, ModelGraph } from '../../model/graph';
import { analyseFile } from '../../server/src/analysis';
import { formatShape } from '../../server/src/frameworks/shapes';

const folder = path.join(import.meta.dirname, '../fixtures/models');
interface Truth {
  readonly files: Readonly<Record<string, Readonly<Record<string, { total: number; trainable: number }>>>>;
}
const truthIn = (name: string): Truth => JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
const truth: Truth = { files: { ...truthIn('truth.json').files, ...truthIn('truth_flax.json').files } };

/** The text expected after a layer's call: parameters, then the outputs of each application. */
function summaryOf(graph: ModelGraph, layer: Layer): string {
  const applications = layer.outputs.map((outputs) => outputs.map(({ shape }) => formatShape(shape)).join(' '));
  return [formatAmount(layerCosts(graph, layer).parameters), applications.join(' | ')].join(' ').trim();
}

describe.each(readdirSync(folder).filter((name) => name.endsWith('.py')))('%s', (name) => {
  const source = readFileSync(path.join(folder, name), 'utf8');
  const { models, syntaxErrors } = analyseFile(name, source);
  const lines = source.split('\n').map((line, index) => ({ line, number: index + 1 }));

  test('parses', () => expect(syntaxErrors).toEqual([]));

  const layerLines = lines.flatMap(({ line, number }) => {
    const expected = /#: (.*)$/.exec(line)?.[1];
    return expected === undefined ? [] : [{ number, expected }];
  });
  test.each(layerLines)('line $number: $expected', ({ number, expected }) => {
    const found = models.flatMap((graph) =>
      graph.layers.filter((layer) => layer.location.line === number).map((layer) => summaryOf(graph, layer)),
    );
    expect(found).toContain(expected);
  });

  const modelLines = lines.flatMap(({ line }) => {
    const [, model, parameters] = /#:: (\S+) (.+)$/.exec(line) ?? [];
    return model === undefined ? [] : [{ model, parameters }];
  });
  test.each(modelLines)('$model has $parameters parameters', ({ model, parameters }) => {
    const graph = models.find((candidate) => candidate.name === model);
    expect(graph && formatAmount(modelCosts(graph).parameters)).toBe(parameters);
  });

  test.each(Object.entries(truth.files[name] ?? {}))('%s is counted as the framework counts it', (model, counted) => {
    const graph = models.find((candidate) => candidate.name === model);
    const costs = graph && modelCosts(graph);
    expect({ total: costs?.parameters.value, trainable: costs?.trainable.value }).toEqual(counted);
  });

  test('every model of the fixture has its truth', () => {
    expect(modelLines.map(({ model }) => model).sort()).toEqual(Object.keys(truth.files[name] ?? {}).sort());
  });
});
