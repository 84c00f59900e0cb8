/** Flax where the source leaves sizes open, where it runs modules inside others, and where nothing can be said. */
import { describe, expect, test } from 'vitest';
import { modelCosts } from '../../model/costs/model';
import { format } from '../../model/expression';
import { analyseFile } from '../../server/src/analysis';

const imports = 'import jax, jax.numpy as jnp\nfrom flax import linen as nn\n';

function modelsOf(source: string): readonly string[] {
  return analyseFile('model.py', imports + source).models.map((graph) => {
    const { expression, because } = modelCosts(graph).parameters;
    return `${graph.name}: ${expression === null ? `unknown, ${because}` : format(expression)}`;
  });
}

function compact(body: string, fields = ''): string {
  return `class Net(nn.Module):\n${fields}    @nn.compact\n    def __call__(self, x, train=False):\n        ${body.replaceAll('\n', '\n        ')}\n`;
}

describe('sizes that the source leaves open', () => {
  test.each<[string, string, readonly string[]]>([
    [
      'the width of an input that nothing gives',
      compact('return nn.RNN(nn.LSTMCell(4))(x)'),
      ['Net: 16·x.shape[-1] + 80'],
    ],
    [
      'a field that nothing sets',
      `${compact('return nn.Dense(self.width)(x)', '    width: int\n')}`,
      ['Net: width·x.shape[-1] + width'],
    ],
    [
      'a field that a call sets, without an input',
      `${compact('return nn.Dense(self.width)(x)', '    width: int\n')}net = Net(width=3)\n`,
      ['Net: 3·x.shape[-1] + 3'],
    ],
    [
      'fields of a base class',
      `class Base(nn.Module):\n    width: int\n${compact('return nn.Dense(self.width)(x)', '    depth: int = 1\n').replace('nn.Module', 'Base')}net = Net(3, 2)\nnet.init(jax.random.key(0), jnp.ones((1, 2)))\n`,
      ['Net: 9'],
    ],
  ])('%s', (_, source, models) => expect(modelsOf(source)).toEqual(models));
});

describe('modules inside modules', () => {
  test('are shown with the sizes they are used with', () => {
    const block =
      'class Block(nn.Module):\n    width: int\n    @nn.compact\n    def __call__(self, x):\n        return nn.Dense(self.width)(x)\n';
    const net = compact('return Block(4)(Block(3)(x))');
    const source = `${block}${net}Net().init(jax.random.key(0), jnp.ones((1, 2)))\n`;
    expect(modelsOf(source)).toEqual(['Block: 9', 'Block: 16', 'Net: 25']);
  });

  test('shared ones are counted once', () => {
    const source = `${compact('dense = nn.Dense(2)\nreturn dense(dense(x))')}Net().init(jax.random.key(0), jnp.ones((1, 2)))\n`;
    expect(modelsOf(source)).toEqual(['Net: 6']);
  });

  test('a cell of its own is run over time', () => {
    const cell =
      'class Cell(nn.RNNCellBase):\n    width: int\n    @nn.compact\n    def __call__(self, carry, x):\n        carry, y = nn.GRUCell(self.width)(carry, x)\n        return carry, nn.Dense(5)(y)\n';
    const net = compact('return nn.Dense(1)(nn.RNN(Cell(4))(x))');
    const source = `${cell}${net}Net().init(jax.random.key(0), jnp.ones((2, 7, 3)))\n`;
    // GRUCell 3·4·(3+4) + 4·4 = 100, Dense 25, Dense 6.
    expect(modelsOf(source)).toContain('Net: 131');
  });
});

describe('no number where something decides that is not known', () => {
  test.each<[string, string]>([
    ['a layer under a condition', compact('if train_mode():\n    x = nn.Dense(9)(x)\nreturn nn.Dense(1)(x)')],
    ['a layer that is not described', compact('return nn.MultiHeadDotProductAttention(4)(x)')],
    ['as many layers as something unknown', compact('for _ in range(depth()):\n    x = nn.Dense(4)(x)\nreturn x')],
    ['a lifted module', compact('x = nn.vmap(Block, in_axes=0)(4)(x)\nreturn nn.Dense(1)(x)')],
    ['one of two modules behind', compact('return (make_a() if deep() else make_b())(nn.Dense(1)(x))')],
    ['a module of a file that is missing', compact('from .blocks import Block\nreturn Block(4)(nn.Dense(1)(x))')],
    ['a module from elsewhere', compact('from blocks import Block\nx = Block(4)(x)\nreturn nn.Dense(1)(x)')],
    [
      'a field that is no module here',
      `${compact('return nn.Dense(1)(self.inner(x))', '    inner: nn.Module = make()\n')}`,
    ],
    ['a cell that is not known', compact('return nn.RNN(make_cell())(x)')],
    [
      'a merge of its own',
      compact('return nn.Bidirectional(nn.RNN(nn.GRUCell(2)), nn.RNN(nn.GRUCell(2)), merge_fn=add)(x)'),
    ],
  ])('%s', (_, source) => {
    const models = modelsOf(`${source}Net().init(jax.random.key(0), jnp.ones((1, 5, 2)))\n`);
    expect(models).toEqual([expect.stringMatching(/^Net: unknown, ./)]);
  });
});

test('directions that a module also holds by themselves are not counted twice', () => {
  const source = `from flax import nnx
class Block(nnx.Module):
    def __init__(self, rngs):
        self.f = nnx.RNN(nnx.GRUCell(3, 8, rngs=rngs))
        self.b = nnx.RNN(nnx.GRUCell(3, 8, rngs=rngs))
        self.bi = nnx.Bidirectional(self.f, self.b)
    def __call__(self, x):
        return self.bi(x)
`;
  const [model] = analyseFile('model.py', source).models;
  const parameters = model && modelCosts(model).parameters;
  expect(parameters?.grade).toBe('unknown');
  expect(parameters?.because).toMatch(/holds its directions/);
});
