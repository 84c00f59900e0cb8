/**
 * The preview trains the model that the editor shows: the variant with the source's own cell has as many parameters as the
 * analyser counts in the source, and every other variant as many as it counts once the source is rewritten to that cell.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createNetwork } from '../../engine/network';
import { type ModelPlan, settledLayer } from '../../engine/plan/modelPlan';
import { planModel } from '../../engine/plan/planModel';
import { planAs } from '../../engine/plan/variants';
import { createReferenceBackend } from '../../engine/reference/backend';
import { eventsOf, only, testHost } from '../../engine/test/host';
import { modelCosts } from '../../model/costs/model';
import { type Cell, isListed, type ModelGraph, type Weight } from '../../model/graph';
import type { Variant } from '../../protocol/trainer';
import { referenceWidth } from '../../server/src/advice/architectures';
import { variantParameters } from '../../server/src/advice/variantModel';
import { analyseFile, type FileAnalysis } from '../../server/src/analysis';
import { recipeFromDirectives } from '../../server/src/preview/dataDirective';
import { changeCell } from '../../server/src/rewrite/cell';
import { applyEdits } from '../../server/src/rewrite/edits';

const cells: readonly Cell[] = ['rnn', 'gru', 'lstm'];
const samples = path.join(import.meta.dirname, '../../samples');
const fixtures = path.join(import.meta.dirname, '../fixtures/models');

function trainedParameters(model: ModelPlan): number {
  const width = model.input.width ?? 1;
  const timeSteps = model.timeSteps ?? 12;
  const plan = {
    convention: model.convention,
    timeSteps,
    input:
      model.input.kind === 'tokens'
        ? ({ kind: 'tokens', vocabulary: width } as const)
        : ({ kind: 'features', width } as const),
    layers: model.layers.map((layer) => settledLayer(layer, timeSteps)),
    output: { steps: model.outputSteps, width: model.outputWidth, source: model.outputSource },
    loss: 'meanSquaredError',
    remarks: [],
  } as const;
  return createNetwork(plan, 1, createReferenceBackend, 1).parameterCount;
}

/** Without the running statistics that a batch normalisation keeps. */
function counted(graph: ModelGraph | undefined): number | null | undefined {
  if (graph === undefined) return undefined;
  const layers = graph.layers.map((layer) => {
    const isKept = ({ name }: Weight): boolean => !name.startsWith('moving_');
    return { ...layer, weights: isListed(layer.weights) ? layer.weights.filter(isKept) : layer.weights };
  });
  return modelCosts({ ...graph, layers }).parameters.value;
}

/** What the analyser counts once the model's cells are changed in its source; a sentence where they cannot be. */
function countedAs(analysis: FileAnalysis, graph: ModelGraph, cell: Cell): number | string | null | undefined {
  const rewrite = changeCell(analysis, graph, cell);
  if (rewrite.kind === 'refused') return rewrite.message;
  const changed = analyseFile('model.py', applyEdits(analysis.text, rewrite.edits));
  return counted(changed.models.find(({ name }) => name === graph.name));
}

function planIn(graph: ModelGraph): ModelPlan {
  const result = planModel(graph);
  if (result.kind === 'obstacles') throw new Error(result.obstacles.map(({ message }) => message).join('\n'));
  return result.plan;
}

function trainedAs(graph: ModelGraph, cell: Cell): number {
  const variant = planAs(planIn(graph), cell);
  if (variant.kind === 'refused') throw new Error(variant.obstacle.message);
  return trainedParameters(variant.plan);
}

const keras = (layers: string): string =>
  `import keras\nfrom keras import layers\nmodel = keras.Sequential([keras.Input((30, 4)), ${layers}, layers.Dense(1)])\n`;
const torch = (layer: string, width: number): string => `from torch import nn
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.${layer}
        self.head = nn.Linear(${width}, 1)
    def forward(self, x):
        out, _ = self.layer(x)
        return self.head(out)
`;

/** Counts by hand: `I` inputs, `U` units, gates · (U(I + U) + biases). */
const models: readonly { readonly name: string; readonly text: string; readonly cell: Cell; readonly count: number }[] =
  [
    {
      name: 'Keras, both directions',
      text: keras('layers.Bidirectional(layers.LSTM(16))'),
      cell: 'lstm',
      count: 2 * 4 * (16 * (4 + 16) + 16) + 33,
    },
    {
      name: 'Keras, reset before the product',
      text: keras('layers.GRU(8, reset_after=False)'),
      cell: 'gru',
      count: 3 * (8 * (4 + 8) + 8) + 9,
    },
    {
      name: 'Keras, without bias',
      text: keras('layers.LSTM(8, use_bias=False)'),
      cell: 'lstm',
      count: 4 * 8 * (4 + 8) + 9,
    },
    {
      name: 'Keras, one direction over both',
      text: keras('layers.Bidirectional(layers.GRU(8, return_sequences=True)), layers.GRU(8)'),
      cell: 'gru',
      count: 2 * 3 * (8 * (4 + 8) + 16) + 3 * (8 * (16 + 8) + 16) + 9,
    },
    {
      name: 'PyTorch, stacked, both directions',
      text: torch('GRU(4, 8, 2, batch_first=True, bidirectional=True)', 16),
      cell: 'gru',
      count: 2 * 3 * (8 * (4 + 8) + 16) + 2 * 3 * (8 * (16 + 8) + 16) + 17,
    },
    {
      name: 'PyTorch, without bias',
      text: torch('LSTM(4, 8, bias=False, batch_first=True)', 8),
      cell: 'lstm',
      count: 4 * 8 * (4 + 8) + 9,
    },
    {
      name: 'PyTorch, rectified',
      text: torch("RNN(4, 8, nonlinearity='relu', batch_first=True)", 8),
      cell: 'rnn',
      count: 8 * (4 + 8) + 16 + 9,
    },
  ];

describe.each(models)('$name', ({ text, cell, count }) => {
  const analysis = analyseFile('model.py', text);
  const [graph] = analysis.models;
  if (graph === undefined) throw new Error('there is no model');

  test('is trained with the parameters it has', () => {
    expect(counted(graph)).toBe(count);
    expect(trainedAs(graph, cell)).toBe(count);
  });

  test.each(cells.filter((other) => other !== cell))('as %s has the parameters of the rewritten source', (other) => {
    expect(trainedAs(graph, other)).toBe(countedAs(analysis, graph, other));
  });
});

describe('samples', () => {
  const runs = readdirSync(samples)
    .filter((name) => name.endsWith('.py'))
    .flatMap((name) => {
      const analysis = analyseFile(name, readFileSync(path.join(samples, name), 'utf8'));
      const named = recipeFromDirectives(analysis.directives, samples);
      return analysis.models.flatMap((graph) =>
        planModel(graph).kind === 'plan' && named.kind === 'recipe'
          ? [{ name, model: graph.name, graph, analysis, data: named.recipe }]
          : [],
      );
    });

  test('two of them are trained on their own data', () => {
    expect(runs.map(({ name }) => name).sort()).toEqual(['char_torch.py', 'weather_keras.py']);
  });

  test.each(runs)('$name: a run of $model reports the counts that the editor shows', async (sample) => {
    const { graph, analysis, data } = sample;
    const events = await eventsOf(
      {
        graph,
        variants: cells,
        data,
        sequenceLength: null,
        budget: { steps: 1, batchSize: 1, learningRate: 0.01 },
        seed: 1,
        backend: 'auto',
      },
      testHost(),
    );
    const source = graph.layers.flatMap(({ operation }) => (operation.op === 'recurrent' ? [operation.cell] : []))[0];
    const expected = cells.map((cell) => [cell, cell === source ? counted(graph) : countedAs(analysis, graph, cell)]);
    expect(only(events, 'run').map(({ cell, parameters }) => [cell, parameters])).toEqual(expected);
  });
});

describe('architectures', () => {
  const variants: readonly Variant[] = ['rnn', 'gru', 'lstm', 'bigru', 'bilstm', 'cnn-lstm', 'cnn-lstm-attention'];
  const planned = readdirSync(samples)
    .filter((name) => /\.(?:py|js|ipynb)$/.test(name))
    .flatMap((name) => {
      const { models } = analyseFile(name, readFileSync(path.join(samples, name), 'utf8'));
      return models.flatMap((graph) => {
        const result = planModel(graph);
        const width = referenceWidth(graph);
        if (result.kind !== 'plan' || width === null) return [];
        // `rnn`, `gru` and `lstm` are trained in the directions of the source, and counted in one.
        const both = graph.layers.some(({ operation }) => operation.op === 'recurrent' && operation.directions === 2);
        return variants
          .filter((variant) => !both || variant.length > 4)
          .map((variant) => ({ name, model: graph.name, variant, graph, plan: result.plan, width }));
      });
    });

  test('there are several of each', () => expect(planned.length).toBeGreaterThan(2 * variants.length));

  test.each(planned)(
    '$name: $model as $variant is trained with what the ranking counts, or refused with its line',
    (one) => {
      const result = planAs(one.plan, one.variant);
      if (result.kind === 'refused') {
        expect(result.obstacle.line).toBeGreaterThan(0);
        expect(result.obstacle.message).toMatch(/attention would give one vector|would see\.$/);
      } else expect(trainedParameters(result.plan)).toBe(variantParameters(one.graph, one.variant, one.width));
    },
  );
});

describe('fixtures', () => {
  const chains = readdirSync(fixtures)
    .filter((name) => name.endsWith('.py'))
    .flatMap((name) => {
      const analysis = analyseFile(name, readFileSync(path.join(fixtures, name), 'utf8'));
      return analysis.models.flatMap((graph) => {
        const result = planModel(graph);
        return result.kind === 'plan' ? [{ name, model: graph.name, graph, plan: result.plan }] : [];
      });
    });

  test('some of them are chains', () => expect(chains.length).toBeGreaterThan(3));

  test.each(chains)('$name: $model is trained with the parameters it has', ({ graph, plan }) => {
    // A shared matrix is trained twice, which a remark says.
    if (plan.remarks.some((remark) => remark.includes('shares its matrix'))) {
      expect(trainedParameters(plan)).toBeGreaterThan(counted(graph) ?? Number.NaN);
    } else expect(trainedParameters(plan)).toBe(counted(graph));
  });
});
