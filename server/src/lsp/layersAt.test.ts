/** Places of one file are not mistaken for those of another, however alike their offsets. */
import { expect, it } from 'vitest';
import { analyseFile } from '../analysis';
import type { Workspace } from '../workspace';
import { layersByPlace, layersNamedAt } from './layersAt';

const files: Readonly<Record<string, string>> = {
  'encoder.py': `from torch import nn
class Encoder(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.rnn = nn.GRU(width, 8)

    def forward(self, x):
        return self.rnn(x)[0]
`,
  'main.py': `from torch import nn
from encoder import Encoder

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder(4)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.encoder(x))

net = Net()
`,
};
const workspace: Workspace = { read: (path) => files[path], importersOf: () => [] };

it('shows layers of the file itself, and none at an offset of the other', () => {
  const text = files['main.py'] ?? '';
  const models = analyseFile('main.py', text, workspace).models.filter(({ name }) => name === 'Net');
  expect(models.flatMap(({ layers }) => layers.map(({ path }) => path))).toEqual(['encoder.rnn', 'head']);
  expect(layersByPlace(models).map((group) => group.map(({ layer }) => layer.path))).toEqual([['head']]);
  const named = new Map<string, string>();
  for (let offset = 0; offset < text.length; offset++) {
    for (const { layer } of layersNamedAt(models, text, offset)) {
      const line = text.slice(0, offset).split('\n').length;
      named.set(`${layer.path} on line ${line}`, layer.path);
    }
  }
  expect([...named.keys()]).toEqual(['head on line 8', 'head on line 11']);
});
