/** Changing the cell of a Flax model; Flax counts the parameters that are expected here. */
import { expect, it } from 'vitest';
import { modelCosts } from '../../../model/costs/model';
import type { Cell, ModelGraph } from '../../../model/graph';
import { analyseFile, type FileAnalysis } from '../analysis';
import { changeCell } from './cell';
import { applyEdits } from './edits';

function modelOf({ models: [graph] }: FileAnalysis): ModelGraph {
  if (graph === undefined) throw new Error('the fixture has a model');
  return graph;
}

function rewrite(text: string, cell: Cell): string {
  const analysis = analyseFile('model.py', text);
  const result = changeCell(analysis, modelOf(analysis), cell);
  return result.kind === 'refused' ? `refused: ${result.message}` : applyEdits(text, result.edits);
}

function linen(layer: string, imports = 'import flax.linen as nn'): string {
  return `import jax, jax.numpy as jnp
${imports}

class Net(nn.Module):
    units: int = 16

    @nn.compact
    def __call__(self, x):
        x = ${layer}
        return nn.Dense(2)(x[:, -1])

params = Net().init(jax.random.PRNGKey(0), jnp.ones((2, 9, 8)))
`;
}

function nnx(cell: string): string {
  return `import jax.numpy as jnp
from flax import nnx

class Net(nnx.Module):
    def __init__(self, rngs):
        self.rnn = nnx.RNN(nnx.${cell}(8, 16, rngs=rngs))
        self.head = nnx.Linear(16, 2, rngs=rngs)

    def __call__(self, x):
        return self.head(self.rnn(x)[:, -1])

out = Net(nnx.Rngs(0))(jnp.ones((2, 9, 8)))
`;
}

it.each<[string, Cell, string, number]>([
  [linen('nn.RNN(nn.LSTMCell(self.units))(x)'), 'rnn', linen('nn.RNN(nn.SimpleCell(self.units))(x)'), 434],
  [linen('nn.RNN(nn.OptimizedLSTMCell(16))(x)'), 'gru', linen('nn.RNN(nn.GRUCell(16))(x)'), 1250],
  [nnx('GRUCell'), 'rnn', nnx('SimpleCell'), 434],
  [nnx('GRUCell'), 'lstm', nnx('LSTMCell'), 1634],
])('changes %s to %s', (before, cell, after, parameters) => {
  expect(rewrite(before, cell)).toBe(after);
  expect(modelCosts(modelOf(analyseFile('model.py', after))).parameters.value).toBe(parameters);
});

it.each<[string, RegExp]>([
  ['nn.RNN(nn.LSTMCell(16), return_carry=True)(x)[1]', /^refused: Line 9: the carry of .* is used/],
  ['nn.RNN(nn.LSTMCell(16, gate_fn=nn.hard_sigmoid))(x)', /^refused: Line 9: .* is given gate_fn=nn\.hard_sigmoid/],
])('leaves %s alone', (layer, message) => {
  expect(rewrite(linen(layer), 'gru')).toMatch(message);
});
