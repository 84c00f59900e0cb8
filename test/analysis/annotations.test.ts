/** Shapes that annotations state, where no call gives them: the output of each model, and its parameters. */
import { describe, expect, test } from 'vitest';
import { formatAmount } from '../../model/costs/amount';
import { modelCosts } from '../../model/costs/model';
import { formatShape } from '../../model/units';
import { analyseFile } from '../../server/src/analysis';

/** Output shapes of every layer, in order, and the parameters of the file's one model. */
function shapesOf(source: string): string {
  const { models } = analyseFile('model.py', source);
  return models
    .map((model) => {
      const shapes = model.layers.map(({ outputs: [first] }) =>
        first?.[0] === undefined ? '-' : formatShape(first[0]),
      );
      return `${shapes.join(' ')}: ${formatAmount(modelCosts(model).parameters)}`;
    })
    .join(' | ');
}

const torch = (annotation: string, imports = 'from jaxtyping import Float, Int'): string => `
import torch
import torch.nn as nn
from torch import Tensor
${imports}
class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(32, 4)
    def forward(self, x: ${annotation}):
        return self.fc(x)
`;

const cases: Readonly<Record<string, readonly [source: string, shapes: string]>> = {
  'names and numbers': [torch('Float[Tensor, "batch time 32"]'), '(B, T, 4): 132'],
  'other names': [torch('Float[Tensor, "b heads t 32"]'), '(B, heads, T, 4): 132'],
  'of the module': [torch('jt.Float[Tensor, "batch time 32"]', 'import jaxtyping as jt'), '(B, T, 4): 132'],
  'arithmetic and stated names': [torch('Float[Tensor, "2*h h+1 h-1 width=32"]'), '(2·h, h + 1, h − 1, 4): 132'],
  'any number of axes': [torch('Float[Tensor, "*batch 32"]'), '(?): 132'],
  'an ellipsis': [torch('Float[Tensor, "... time 32"]'), '(?): 132'],
  'axes that are left open': [torch('Float[Tensor, "batch _ 32"]'), '(B, ?, 4): 132'],
  'broadcast axes': [torch('Float[Tensor, "batch #n 32"]'), '(B, ?, 4): 132'],
  torchtyping: [
    torch('TensorType["batch", "time", 32, float]', 'from torchtyping import TensorType'),
    '(B, T, 4): 132',
  ],
  'an annotation of something else': [torch('Float[Tensor, "batch time 32"]', 'from helpers import Float'), '(?): 132'],
  'one name in two arguments': [
    `
import torch
from torch import Tensor, nn
from jaxtyping import Float
class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(8, 16, batch_first=True)
        self.fc = nn.Linear(24, 4)
    def forward(self, x: Float[Tensor, "b seq 8"], y: Float[Tensor, "b seq 8"]):
        h, _ = self.rnn(x)
        return self.fc(torch.cat([h, y], dim=-1))
`,
    '(B, T, 16) (B, T, 4): 1,348',
  ],
  Flax: [
    `
import flax.linen as nn
from jaxtyping import Array, Float
class M(nn.Module):
    @nn.compact
    def __call__(self, x: Float[Array, "b t 32"]):
        return nn.Dense(4)(x)
`,
    '(B, T, 4): 132',
  ],
  Keras: [
    `
import keras
from jaxtyping import Array, Float
class M(keras.Model):
    def __init__(self):
        super().__init__()
        self.rnn = keras.layers.LSTM(4)
    def call(self, x: Float[Array, "b t 8"]):
        return self.rnn(x)
m = M()
`,
    '(B, 4): 208',
  ],
};

describe('annotations with shapes', () => {
  test.each(Object.entries(cases))('%s', (_, [source, shapes]) => {
    expect(shapesOf(source)).toBe(shapes);
  });

  test('the sizes that they name can be supplied', () => {
    expect(shapesOf(`# unroll: heads=6, seq_len=10\n${torch('Float[Tensor, "b heads t 32"]')}`)).toBe(
      '(B, 6, 10, 4): 132',
    );
  });
});
