/** Cost reports and their Markdown: figures of known models, open lengths, truncation, architectures side by side. */
import { describe, expect, it } from 'vitest';
import { modelCosts } from '../../../model/costs/model';
import type { ModelGraph } from '../../../model/graph';
import { publishedDevices } from '../../../model/time/devices';
import type { Architecture } from '../../../protocol/recommendation';
import { analyseFile } from '../analysis';
import { costReport } from './costReport';

function modelOf(text: string): ModelGraph {
  const [graph] = analyseFile('model.py', text).models;
  if (graph === undefined) throw new Error('the fixture has a model');
  return graph;
}

function keras(layers: string, steps: number | 'None' = 30): ModelGraph {
  return modelOf(`import keras
from keras import layers
model = keras.Sequential([keras.Input((${steps}, 4)), ${layers}, layers.Dense(1)])
`);
}

const torchModel = modelOf(`import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 16, batch_first=True)
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.head(out)

`);

/** The length that its source leaves open. */
const ten = { sequenceLength: 10 };

describe('figures', () => {
  it('are those of the costs, per layer, per tensor and in total', () => {
    const { layers, total, weights, optimisers } = costReport(torchModel, ten);
    expect(layers.map(({ path, parameters, macs }) => [path, parameters.value, macs.value])).toEqual([
      ['lstm', 1_664, 15_360],
      ['head', 34, 320],
    ]);
    expect(layers[0]?.tensors.map(({ name, shape, parameters }) => [name, shape, parameters.value])).toEqual([
      ['weight_ih_l0', '(64, 8)', 512],
      ['weight_hh_l0', '(64, 16)', 1_024],
      ['bias_ih_l0', '(64,)', 64],
      ['bias_hh_l0', '(64,)', 64],
    ]);
    expect(total.flops.value).toBe(2 * 15_680);
    expect(total.macsPerStep.value).toBe(1_568);
    expect(weights.map(({ bytes }) => bytes.value)).toEqual([4 * 1_698, 2 * 1_698, 1_698]);
    expect(optimisers.map(({ bytes }) => bytes.value)).toEqual([0, 4 * 1_698, 4 * 1_698, 8 * 1_698]);
  });

  it('are given as other tools count them for PyTorch alone', () => {
    expect(costReport(torchModel, ten).tools.find(({ label }) => label.startsWith('torchinfo'))?.count.value).toBe(
      16_640,
    );
    expect(costReport(keras('layers.LSTM(16)')).tools).toEqual([]);
  });

  it('take a length that the source leaves open', () => {
    const graph = keras('layers.LSTM(16)', 'None');
    expect(costReport(graph)).toMatchObject({
      lengthIsOpen: true,
      total: { macs: { value: null, grade: 'symbolic' } },
    });
    expect(costReport(graph, { sequenceLength: 30 }).total.macs.value).toBe(
      costReport(keras('layers.LSTM(16)')).total.macs.value,
    );
  });

  it('do not let another length into a model that has one', () => {
    expect(costReport(keras('layers.LSTM(16)'), { sequenceLength: 99 })).toMatchObject({
      lengthIsOpen: false,
      givenLength: null,
    });
  });

  it('shrink with the steps that backpropagation keeps', () => {
    const whole = costReport(torchModel, ten).total.trainingMemory.value ?? 0;
    expect(costReport(torchModel, { ...ten, truncate: 5 }).total.trainingMemory.value).toBe(whole / 2);
  });
});

describe('side by side', () => {
  const graph = keras('layers.LSTM(64)');
  const { variants } = costReport(graph);
  const written: readonly (readonly [Architecture, (units: number) => string])[] = [
    ['rnn', (units) => `layers.SimpleRNN(${units})`],
    ['gru', (units) => `layers.GRU(${units})`],
    ['lstm', (units) => `layers.LSTM(${units})`],
    ['bigru', (units) => `layers.Bidirectional(layers.GRU(${units}))`],
    ['bilstm', (units) => `layers.Bidirectional(layers.LSTM(${units}))`],
  ];
  const countOf = (layers: string): number => modelCosts(keras(layers)).parameters.value ?? 0;

  it('has every architecture, and says which is in the file', () => {
    expect(variants.map(({ architecture }) => architecture)).toEqual([
      ...written.map(([architecture]) => architecture),
      'cnn-lstm-attention',
    ]);
    expect(variants.filter(({ isCurrent }) => isCurrent).map(({ architecture }) => architecture)).toEqual(['lstm']);
  });

  it.each(written)('%s has the counts of the model as one would write it', (architecture, write) => {
    const row = variants.find((variant) => variant.architecture === architecture);
    expect(row?.atWidth).toEqual({
      width: 64,
      parameters: countOf(write(64)),
      macs: modelCosts(keras(write(64))).macs.value,
    });
    const budget = countOf('layers.LSTM(64)');
    const width = row?.atBudget?.width ?? 0;
    expect(row?.atBudget?.parameters).toBe(countOf(write(width)));
    expect(countOf(write(width))).toBeLessThanOrEqual(budget);
    expect(countOf(write(width + 1))).toBeGreaterThan(budget);
  });

  it('is empty for a model without a recurrent layer', () => {
    expect(costReport(keras('layers.Flatten()')).variants).toEqual([]);
  });
});

describe('times', () => {
  it('are those of every device, estimated with their interval', () => {
    const { times } = costReport(torchModel, ten);
    expect(times.map(({ device }) => device)).toEqual(publishedDevices.map(({ id }) => id));
    for (const { training, inference } of times) {
      expect(training).toMatchObject({ grade: 'estimated', batch: 32, perStep: null });
      expect(inference).toMatchObject({ grade: 'estimated', batch: 1, perStep: null });
      expect(inference.text).toMatch(/^[\d.]+ .?s \([\d.]+–[\d.]+\)$/);
    }
  });

  it('of an open length are those of a step', () => {
    const { times } = costReport(torchModel);
    expect(times[0]?.inference).toMatchObject({
      grade: 'unknown',
      text: expect.stringMatching(/·T \(/),
      perStep: { grade: 'estimated' },
    });
  });
});
