/** Models whose sizes, bases and layers come from other files; each file of a case is named before its text. */
import { describe, expect, test } from 'vitest';
import { formatAmount } from '../../model/costs/amount';
import { modelCosts } from '../../model/costs/model';
import { analyseFile } from '../../server/src/analysis';
import { folderOf, type Workspace } from '../../server/src/workspace';

function workspaceOf(files: Readonly<Record<string, string>>): Workspace {
  return {
    read: (path) => files[path],
    importersOf: (path) => Object.keys(files).filter((other) => other !== path && folderOf(other) === folderOf(path)),
  };
}

const cell = `import torch.nn as nn
class Net(nn.Module):
    def __init__(self, width, hidden=8):
        super().__init__()
        self.rnn = nn.GRU(width, hidden)
`;

interface Case {
  readonly files: Readonly<Record<string, string>>;
  readonly analysed: string;
  /** "name line: parameters" of every model. */
  readonly models: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  'a class constructed in another file': {
    files: {
      'project/model.py': cell,
      'project/main.py':
        'import argparse\nfrom model import Net\nparser = argparse.ArgumentParser()\nparser.add_argument("--width", type=int, default=4)\ndef main():\n    args = parser.parse_args()\n    net = Net(args.width, hidden=16)\nif __name__ == "__main__":\n    main()\n',
    },
    analysed: 'project/model.py',
    models: ['Net 2: 1,056'],
  },
  'the file that constructs it': {
    files: { 'project/model.py': cell, 'project/main.py': 'import model as m\n\nnet = m.Net(4)\n' },
    analysed: 'project/main.py',
    models: ['Net 3: 336'],
  },
  'constants, relative imports and packages': {
    files: {
      'p/__init__.py': 'from .config import *\n',
      'p/config.py': 'HIDDEN = 16\n_PRIVATE = 1\n',
      'p/models/__init__.py': '',
      'p/models/net.py': `from .. import HIDDEN\nfrom ..config import HIDDEN as H\nfrom . import parts\n${cell}net = Net(parts.WIDTH, hidden=H + HIDDEN - 16)\n`,
      'p/models/parts.py': 'WIDTH = 4\n',
    },
    analysed: 'p/models/net.py',
    models: ['Net 5: 1,056'],
  },
  'a base class that makes the layer': {
    files: {
      'base.py':
        'import torch.nn as nn\nclass Base(nn.Module):\n    def __init__(self, kind, width):\n        super().__init__()\n        if kind == "gru":\n            self.cell = nn.GRU\n        elif kind == "lstm":\n            self.cell = nn.LSTM\n        else:\n            raise ValueError(kind)\n        self.width = width\n',
      'encoder.py':
        'from base import Base\nclass Encoder(Base):\n    def __init__(self, width, kind="gru"):\n        super(Encoder, self).__init__(kind, width)\n        self.rnn = self.cell(width, 8)\n',
    },
    analysed: 'encoder.py',
    models: ['Encoder 2: 24·width + 240'],
  },
  'modules that import each other': {
    files: {
      'a.py': `from b import WIDTH\n${cell}net = Net(WIDTH)\n`,
      'b.py': 'import a\nWIDTH = 4\n',
    },
    analysed: 'a.py',
    models: ['Net 3: 336'],
  },
  'a module that is not there': {
    files: { 'a.py': `from missing import WIDTH\n${cell}net = Net(WIDTH)\n` },
    analysed: 'a.py',
    models: ['Net 3: 24·WIDTH + 240'],
  },
  'a Keras model from a helper in another file': {
    files: {
      'build.py':
        'import keras\nfrom keras import layers\ndef build(units):\n    return keras.Sequential([keras.Input((5, 4)), layers.LSTM(units)])\n',
      'train.py': 'from build import build\nmodel = build(8)\n',
    },
    analysed: 'build.py',
    models: ['build 4: 416'],
  },
};

describe.each(Object.entries(cases))('%s', (_, { files, analysed, models }) => {
  test('gives each model once, with its parameters', () => {
    const analysis = analyseFile(analysed, files[analysed] ?? '', workspaceOf(files));
    const found = analysis.models.map((model) => {
      const { parameters } = modelCosts(model);
      return `${model.name} ${model.location.line}: ${formatAmount(parameters)}`;
    });
    expect(found).toEqual(models);
    expect(analysis.models.every((model) => model.location.file === analysed)).toBe(true);
  });
});
