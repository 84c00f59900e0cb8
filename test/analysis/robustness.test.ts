/** Whatever the text, analysis ends with an answer: truncated and mutated fixtures, and programs that would not end. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { modelCosts } from '../../model/costs/model';
import { openChoices } from '../../protocol/recommendation';
import { findingsOf } from '../../server/src/advice/findings';
import { programHints } from '../../server/src/advice/programHints';
import { recommendArchitecture } from '../../server/src/advice/recommend';
import { analyseFile } from '../../server/src/analysis';
import { layerMarkdown, modelMarkdown } from '../../server/src/lsp/layerText';
import { changeCell } from '../../server/src/rewrite/cell';
import { applyEdits } from '../../server/src/rewrite/edits';

const folder = path.join(import.meta.dirname, '../fixtures/models');
const sources = readdirSync(folder)
  .filter((name) => name.endsWith('.py'))
  .map((name) => readFileSync(path.join(folder, name), 'utf8'));

/** Everything that is done with a file's text while a person types: none of it may fail. */
function analyse(source: string): void {
  const analysis = analyseFile('fuzzed.py', source);
  for (const finding of findingsOf(analysis)) if (finding.fix !== null) applyEdits(source, finding.fix.edits);
  for (const model of analysis.models) {
    modelCosts(model);
    modelMarkdown(model);
    for (const layer of model.layers) layerMarkdown(model, layer);
    recommendArchitecture(model, openQuestion, programHints(analysis, { read: () => undefined }));
    for (const cell of ['rnn', 'gru', 'lstm'] as const) {
      const rewrite = changeCell(analysis, model, cell);
      if (rewrite.kind === 'edits') applyEdits(source, rewrite.edits);
    }
  }
}

const openQuestion = { ...openChoices, maxParameters: 5_000, device: null, thisMachine: null, measured: null };

test('truncated sources', () => {
  fc.assert(
    fc.property(fc.constantFrom(...sources), fc.double({ min: 0, max: 1, noNaN: true }), (source, fraction) => {
      analyse(source.slice(0, Math.floor(source.length * fraction)));
    }),
    { numRuns: 60, seed: 1 },
  );
});

test('mutated sources', () => {
  const snippets = [
    '(',
    ')',
    '[',
    ']',
    ':',
    ',',
    '=',
    '\n',
    '    ',
    '*',
    '**',
    'for x in y',
    'lambda',
    '"',
    "'''",
    '-1',
    'self.',
    '0',
    '%',
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...sources),
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(12), fc.constantFrom('', ...snippets)), {
        minLength: 1,
        maxLength: 6,
      }),
      (source, edits) => {
        const mutated = edits.reduce((text, [place, removed, inserted]) => {
          const at = Math.floor(text.length * place);
          return text.slice(0, at) + inserted + text.slice(at + removed);
        }, source);
        analyse(mutated);
      },
    ),
    { numRuns: 120, seed: 2 },
  );
});

/** Functions that call each other with all their arguments, each of them changed, in loops whose rounds are not known. */
function handedOn(count: number): string {
  const names = Array.from({ length: 12 }, (_, index) => `a${index}`);
  const define = (index: number): string => `def f${index}(${names.join(', ')}):
    for x in a0:
        for y in a1:
            if x.b > y.b:
                a2, a3 = f${index + 1}(${names.map((name) => `${name}.c`).join(', ')}), y
            else:
                a4 = f${index + 1}(x, y, ${names.slice(2).join(', ')})
    return torch.nn.Linear(a2.size, 2), a3, a4
`;
  return `import torch\n${Array.from({ length: count }, (_, index) => define(index)).join('')}`;
}

const endless: Readonly<Record<string, string>> = {
  'a loop that does not end': 'import torch\nwhile True:\n    x = torch.zeros(1)\n',
  'functions that call each other':
    'import torch\ndef f(x):\n    return g(x) + g(x)\ndef g(x):\n    return f(x) + f(x)\nf(1)\n',
  'nested loops': `import torch\n${Array.from({ length: 9 }, (_, depth) => `${'    '.repeat(depth)}for i${depth} in range(200):`).join('\n')}\n${'    '.repeat(9)}x = 1\n`,
  'deep nesting': `import torch\nx = ${'('.repeat(4000)}1${')'.repeat(4000)}\n`,
  'a long chain': `import torch\nx = ${'1 + '.repeat(20_000)}1\n`,
  'growing lists': 'import torch\nx = [0] * 9999\nfor i in range(200):\n    x = x + x\n',
  'growing expressions': 'import torch\nx = a + b\nfor i in range(200):\n    x = x * x + x\n',
  'branches on branches': `import torch\n${Array.from({ length: 40 }, (_, index) => `if c${index}:\n    x${index} = 1\nelse:\n    x${index} = 2\n`).join('')}`,
  'a class that is its own base':
    'import torch.nn as nn\nclass A(nn.Module): pass\nclass A(A):\n    def __init__(self):\n        self.a = A()\n',
  'a module that holds itself':
    'import torch.nn as nn\nclass A(nn.Module):\n    def __init__(self):\n        self.me = self\n        self.l = nn.Linear(2, 2)\nA()\n',
  'functions that hand on all they are given': handedOn(8),
  'lists that grow in loops that may not run': `import torch
def f(items):
    out = []
    for x in items:
        for y in x:
            out.append(x if y.a else f(y))
            if y.b:
                out.extend([x, y] * 100)
    return torch.nn.Linear(len(out), 2)
`,
  'nothing at all': '',
  'not Python': '\u0000\uD800 {{{ %$ \u2028 keras',
};

describe('programs without an end', () => {
  test.each(Object.entries(endless))('%s', (_, source) => analyse(source));
});

test('a definition after an endless loop is still read', () => {
  const source =
    'import torch.nn as nn\nwhile True:\n    pass\nclass A(nn.Module):\n    def __init__(self):\n        self.l = nn.Linear(2, 2)\n';
  expect(analyseFile('a.py', source).models.map((model) => model.name)).toEqual(['A']);
});
