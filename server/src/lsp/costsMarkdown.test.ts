/** Cost reports as Markdown: the tables of the page, whatever the names in them. */
import { expect, it } from 'vitest';
import { analyseFile } from '../analysis';
import { costReport } from '../costs/costReport';
import { costsMarkdown } from './costsMarkdown';

const [torchModel] = analyseFile(
  'model.py',
  `import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 16, batch_first=True)
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.head(out)
`,
).models;
if (torchModel === undefined) throw new Error('the text has a model');

it('has the tables of the page', () => {
  const text = costsMarkdown(costReport(torchModel, { sequenceLength: 10, truncate: 5 }));
  expect(text).toContain('| `lstm` | LSTM | `(B, 10, 16)` | 1,664 | 15,360 | 1,536 |');
  expect(text).toContain('| **Total** |  |  | 1,698 | 15,680 | 1,568 |');
  expect(text).toContain('cut off after 5 steps');
  expect(text).toContain('| weights in fp16 | 3.3 KB |');
  expect(text).toContain('| LSTM (in the file) | 16 | 1,698 |');
  expect(text).toMatch(/\| Device, estimated \| A training step with 32 sequences \| An answer to one sequence \|/);
  expect(text).toMatch(
    /\| a Raspberry Pi 5: PyTorch .* \| [\d.]+ .?s \([\d.]+–[\d.]+\) \| [\d.]+ .?s \([\d.]+–[\d.]+\) \|/,
  );
  expect(text).toContain('## As counted by other tools');
  const columns = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').length);
  expect(new Set(columns).size).toBe(5);
});

it('shows what the source says as text', () => {
  const graph = { ...torchModel, name: '<img>|*x*' };
  expect(costsMarkdown(costReport(graph))).toContain('# \\<img\\>\\|\\*x\\*');
});
