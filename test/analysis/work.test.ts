/**
 * Multiply-adds of layers that are neither recurrent nor dense, for one sequence. PyTorch's are half of what its
 * `FlopCounterMode` counted (2.15, `SDPBackend.MATH`, training); Keras computes the same products.
 */
import { describe, expect, test } from 'vitest';
import { modelCosts } from '../../model/costs/model';
import type { ModelGraph } from '../../model/graph';
import { formatShape } from '../../model/units';
import { analyseFile } from '../../server/src/analysis';

function torch(layer: string, forward: string, inputs: readonly string[]): ModelGraph {
  return analysed(`import torch
import torch.nn as nn
import torch.nn.functional as F
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = ${layer}
    def forward(self, ${inputs.map((_, index) => 'xyz'[index]).join(', ')}):
        return ${forward}
model = Model()
model(${inputs.map((shape) => `torch.zeros(${shape})`).join(', ')})
`);
}

function keras(inputs: readonly string[], output: string): ModelGraph {
  const names = inputs.map((_, index) => 'xyz'[index]);
  return analysed(`import keras
from keras import layers, ops
${inputs.map((shape, index) => `${names[index]} = keras.Input((${shape}))`).join('\n')}
model = keras.Model([${names.join(', ')}], ${output})
`);
}

function analysed(text: string): ModelGraph {
  const [graph] = analyseFile('model.py', text).models;
  if (graph === undefined) throw new Error('the text has a model');
  return graph;
}

const one = 'self.layer(x)';

describe('PyTorch', () => {
  test.each([
    ['Conv1d', 'nn.Conv1d(8, 16, 3, stride=2, padding=1)', one, ['1, 8, 10'], 1_920],
    ['Conv1d in groups', 'nn.Conv1d(8, 16, 3, groups=4)', one, ['1, 8, 10'], 768],
    ['Conv2d', 'nn.Conv2d(3, 6, (3, 5), padding="same")', one, ['1, 3, 12, 10'], 32_400],
    [
      'MultiheadAttention',
      'nn.MultiheadAttention(16, 4, batch_first=True)',
      'self.layer(x, y, y)[0]',
      ['1, 10, 16', '1, 7, 16'],
      10_944,
    ],
    [
      'MultiheadAttention of other widths',
      'nn.MultiheadAttention(16, 4, kdim=6, vdim=5, batch_first=True)',
      'self.layer(x, y, z)[0]',
      ['1, 10, 16', '1, 7, 6', '1, 7, 5'],
      8_592,
    ],
    ['TransformerEncoderLayer', 'nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)', one, ['1, 10, 16'], 23_680],
    [
      'TransformerDecoderLayer',
      'nn.TransformerDecoderLayer(16, 4, 32, batch_first=True)',
      'self.layer(x, y)',
      ['1, 10, 16', '1, 7, 16'],
      34_624,
    ],
    [
      'TransformerEncoder',
      'nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 4, 32, batch_first=True), 3)',
      one,
      ['1, 10, 16'],
      71_040,
    ],
    ['MaxPool1d', 'nn.MaxPool1d(2)', one, ['1, 8, 10'], 0],
    ['GroupNorm', 'nn.GroupNorm(2, 8)', one, ['1, 8, 10'], 0],
    ['bmm', 'nn.Identity()', 'torch.bmm(x, y)', ['1, 10, 16', '1, 16, 7'], 1_120],
    ['matmul with a transposed factor', 'nn.Identity()', 'x @ y.transpose(1, 2)', ['1, 10, 16', '1, 7, 16'], 1_120],
  ] as const)('%s', (_, layer, forward, inputs, macs) => {
    expect(modelCosts(torch(layer, forward, inputs)).macs).toMatchObject({ value: macs, grade: 'exact' });
  });

  test.each([
    ['nn.Conv1d(8, 16, 3, stride=2, padding=1)', '1, 8, 10', '(1, 16, 5)'],
    ['nn.Conv1d(8, 16, 5, dilation=2)', '1, 8, 20', '(1, 16, 12)'],
    ['nn.Conv2d(3, 6, (3, 5), padding="same")', '1, 3, 12, 10', '(1, 6, 12, 10)'],
    ['nn.MaxPool1d(2)', '1, 8, 11', '(1, 8, 5)'],
    ['nn.AvgPool2d(3, stride=2, padding=1)', '1, 8, 11, 12', '(1, 8, 6, 6)'],
    ['nn.AdaptiveAvgPool1d(4)', '1, 8, 11', '(1, 8, 4)'],
    ['nn.AdaptiveMaxPool2d((4, 2))', '1, 8, 11, 12', '(1, 8, 4, 2)'],
  ])('%s of (%s) gives %s', (layer, input, output) => {
    const [applied] = torch(layer, one, [input]).layers;
    const [type] = applied?.outputs[0] ?? [];
    expect(type === undefined ? null : formatShape(type)).toBe(output);
  });

  test('products that cannot be followed are not left out', () => {
    const { macs } = modelCosts(
      torch('nn.Identity()', 'torch.einsum("btd,bsd->bts", x, y)', ['1, 10, 16', '1, 7, 16']),
    );
    expect(macs).toMatchObject({ grade: 'unknown', because: expect.stringContaining('einsum') });
  });
});

describe('Keras', () => {
  test.each([
    ['Conv2D', ['12, 10, 3'], 'layers.Conv2D(6, (3, 5), padding="same")(x)', 32_400],
    ['DepthwiseConv2D', ['12, 10, 3'], 'layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x)', 120 * 6 * 9],
    ['SeparableConv1D', ['10, 8'], 'layers.SeparableConv1D(16, 3, padding="same")(x)', 10 * (3 * 8 + 8 * 16)],
    // Every one of 10 positions is spread over 4 taps of 16 channels; as `ConvTranspose1d` counts.
    ['Conv1DTranspose', ['10, 8'], 'layers.Conv1DTranspose(16, 4, strides=2)(x)', 5_120],
    ['MultiHeadAttention', ['10, 16', '7, 16'], 'layers.MultiHeadAttention(4, 4)(x, y)', 10_944],
    ['Attention', ['10, 16', '7, 16'], 'layers.Attention()([x, y])', 10 * 7 * 32],
    ['EinsumDense', ['10, 16'], 'layers.EinsumDense("btd,dnh->btnh", output_shape=(10, 4, 3))(x)', 10 * 12 * 16],
    ['Dot', ['10, 16', '7, 16'], 'layers.Dot(axes=2)([x, y])', 1_120],
    ['BatchNormalization', ['10, 8'], 'layers.BatchNormalization()(x)', 0],
    ['RepeatVector', ['8'], 'layers.RepeatVector(3)(x)', 0],
    ['Masking', ['10, 8'], 'layers.Masking()(x)', 0],
    ['Reshape', ['10, 8'], 'layers.Reshape((8, 10))(x)', 0],
    ['GlobalAveragePooling1D', ['10, 8'], 'layers.GlobalAveragePooling1D()(x)', 0],
    ['Add', ['10, 8'], 'layers.Add()([x, x])', 0],
    ['UnitNormalization', ['10, 8'], 'layers.UnitNormalization()(x)', 0],
  ] as const)('%s', (_, inputs, output, macs) => {
    const costs = modelCosts(keras(inputs, output));
    expect(costs.macs).toMatchObject({ value: macs, grade: 'exact' });
  });
});
