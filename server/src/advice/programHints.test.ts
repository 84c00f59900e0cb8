/** What programs say of their data: lengths, amounts, windows, losses, and the tasks that follow. */
import { describe, expect, it } from 'vitest';
import type { TaskKind } from '../../../protocol/recommendation';
import { analyseFile } from '../analysis';
import { taskOf } from './modelFacts';
import { programHints } from './programHints';

const nothing = (): undefined => undefined;

function hintsOf(text: string, read: (path: string) => string | undefined = nothing, name = 'project/model.py') {
  return programHints(analyseFile(name, text), read);
}

describe('the length of sequences', () => {
  it.each<[string, string, number | null, string]>([
    ['padding', 'x = pad_sequences(texts, maxlen=80)', 80, 'maxlen=80 of pad_sequences at line 1'],
    ['a variable', 'N = 64\nx = sequence.pad_sequences(texts, N)', 64, 'maxlen=64 of pad_sequences at line 2'],
    ['windows', 'g = TimeseriesGenerator(a, b, length=24)', 24, 'length=24 of TimeseriesGenerator at line 1'],
    ['a window of a data set', 'd = dataset.window(12, shift=1)', 12, 'size=12 of window at line 1'],
    ['a name', 'SEQ_LEN = 40\n', 40, 'SEQ_LEN = 40 at line 1'],
    ['a parameter', 'def batches(data, look_back=30):\n    pass\n', 30, 'look_back = 30 at line 1'],
    ['two lengths', 'seq_len = 40\nmax_len = 50\n', null, ''],
    ['a name that counts something else', 'max_words = 5000\n', null, ''],
    ['no number', 'seq_len = args.seq_len\n', null, ''],
    ['a comment', '# seq_len = 40\n', null, ''],
  ])('%s', (_, text, value, source) => {
    expect(hintsOf(text).sequenceLength).toEqual(value === null ? null : { value, source });
  });

  it('is read in JavaScript', () => {
    expect(hintsOf('const seqLen = 25;\n', nothing, 'model.js').sequenceLength).toEqual({
      value: 25,
      source: 'seqLen = 25 at line 1',
    });
  });
});

describe('the amount of data', () => {
  const files: Readonly<Record<string, string>> = {
    'project/data/weather.csv': 'date,t\n1,2\n2,3\n3,4\n',
    'project/book.txt': 'abcdefghij',
  };
  it.each<[string, string, unknown]>([
    ['a table', 'd = pd.read_csv("data/weather.csv")', { name: 'weather.csv', items: 3, kind: 'rows' }],
    ['a text', 'd = open("book.txt").read()', { name: 'book.txt', items: 10, kind: 'characters' }],
    ['a comment', '# unroll: data=data/weather.csv\n', { name: 'weather.csv', items: 3, kind: 'rows' }],
    ['one that is not there', 'd = pd.read_csv("other.csv")', null],
  ])('%s', (_, text, data) => {
    expect(hintsOf(text, (path) => files[path]).data).toEqual(data);
  });
});

describe('the task', () => {
  const torch = (forward: string, loss: string, around = ''): string => `import torch
from torch import nn
${around}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(8, 16, batch_first=True)
        self.fc = nn.Linear(16, 3)
    def forward(self, x):
        out, h = self.rnn(x)
        return ${forward}
net = Net()
criterion = nn.${loss}()
`;
  it.each<[TaskKind, string]>([
    ['classification', torch('self.fc(out[:, -1])', 'CrossEntropyLoss')],
    ['classification', torch('self.fc(out[:, -1])', 'NLLLoss')],
    ['classification', torch('self.fc(out[:, -1])', 'BCEWithLogitsLoss')],
    ['tagging', torch('self.fc(out)', 'CrossEntropyLoss')],
    ['tagging', torch('self.fc(out)', 'CTCLoss')],
    ['regression', torch('self.fc(out[:, -1])', 'MSELoss')],
    ['regression', torch('self.fc(out[:, -1])', 'SmoothL1Loss')],
    ['forecasting', torch('self.fc(out[:, -1])', 'MSELoss', 'look_back = 30')],
    ['forecasting', torch('self.fc(out[:, -1])', 'L1Loss', 'w = [series[i:i + n] for i in range(9)]')],
    ['unknown', torch('self.fc(out[:, -1])', 'TripletMarginLoss')],
  ])('%s', (kind, text) => {
    const analysis = analyseFile('model.py', text);
    const [graph] = analysis.models;
    if (graph === undefined) throw new Error('the fixture has a model');
    expect(taskOf(graph, programHints(analysis, nothing)).kind).toBe(kind);
  });
});
