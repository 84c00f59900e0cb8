/** What programs say of their data: lengths, amounts, windows, losses, and the tasks that follow. */
import { describe, expect, it } from 'vitest';
import type { TaskKind } from '../../../protocol/recommendation';
import { analyseFile } from '../analysis';
import type { ArrayHeader } from '../workspace';
import { taskOf } from './modelFacts';
import { programHints } from './programHints';

const nothing = (): undefined => undefined;

function hintsOf(text: string, read: (path: string) => string | undefined = nothing, name = 'project/model.py') {
  return programHints(analyseFile(name, text), { read });
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
    'project/data/log.jsonl': '{"t": 1}\n{"t": 2}\n',
    'project/book.txt': 'abcdefghij',
  };
  const table = { name: 'weather.csv', items: 3, kind: 'rows', steps: null, features: null, isEstimated: false };
  it.each<[string, string, unknown]>([
    ['a table', 'd = pd.read_csv("data/weather.csv")', table],
    ['a text', 'd = open("book.txt").read()', { ...table, name: 'book.txt', items: 10, kind: 'characters' }],
    ['JSON lines', 'd = pd.read_json("data/log.jsonl", lines=True)', { ...table, name: 'log.jsonl', items: 2 }],
    ['a comment', '# unroll: data=data/weather.csv\n', table],
    ['a path in a variable', 'PATH = "data/weather.csv"\nd = pd.read_csv(PATH)', table],
    ['a path of parts', 'd = pd.read_csv(os.path.join("data", "weather.csv"))', table],
    ['one that is not there', 'd = pd.read_csv("other.csv")', null],
  ])('%s', (_, text, data) => {
    expect(hintsOf(text, (path) => files[path]).data).toEqual(data);
  });
});

describe('data too large to read', () => {
  it('is estimated from its beginning, and says so', () => {
    const text = `t,x\n${'1.5,2.5\n'.repeat(999)}`;
    const { data } = programHints(analyseFile('project/model.py', 'd = pd.read_csv("big.csv")'), {
      read: nothing,
      beginning: (path) => (path === 'project/big.csv' ? { text, share: 0.001 } : undefined),
    });
    expect(data).toMatchObject({ items: 1_000_000, kind: 'rows', isEstimated: true });
  });
});

describe('arrays', () => {
  const arrays: Readonly<Record<string, readonly ArrayHeader[]>> = {
    'project/x.npy': [{ name: '', shape: [700, 120, 6], isInteger: false }],
    'project/y.npy': [{ name: '', shape: [700], isInteger: true }],
    'project/tokens.npy': [{ name: '', shape: [5_000, 80], isInteger: true }],
    'project/series.npy': [{ name: '', shape: [5_000, 6], isInteger: false }],
    'project/images.npy': [{ name: '', shape: [100, 32, 32, 3], isInteger: false }],
    'project/d.npz': [
      { name: 'x_test', shape: [900, 120, 6], isInteger: false },
      { name: 'x_train', shape: [700, 120, 6], isInteger: false },
      { name: 'y_train', shape: [700, 120, 1], isInteger: false },
    ],
  };
  it.each<[string, string, unknown]>([
    ['sequences of vectors', 'x = np.load("x.npy")', { name: 'x.npy', items: 700, steps: 120, features: 6 }],
    ['of tokens', 'x = np.load("tokens.npy")', { items: 5_000, steps: 80, kind: 'sequences' }],
    ['a series', 'x = np.load("series.npy")', { items: 5_000, steps: null, kind: 'rows' }],
    ['inputs before targets', 'x, y = np.load("y.npy"), np.load("x.npy")', { name: 'x.npy' }],
    ['what is for training', 'd = np.load("d.npz")', { name: 'x_train of d.npz', items: 700 }],
    ['a comment', '# unroll: data=x.npy\n', { name: 'x.npy', items: 700 }],
  ])('%s', (_, text, data) => {
    const hints = programHints(analyseFile('project/model.py', text), {
      read: nothing,
      arrays: (path) => arrays[path] ?? [],
    });
    expect(hints.data).toMatchObject({ isEstimated: false, ...(data as object) });
  });

  it.each(['y = np.load("y.npy")', 'i = np.load("images.npy")', 'x = np.load("gone.npy")'])('nothing of %s', (text) => {
    const analysis = analyseFile('project/model.py', text);
    expect(programHints(analysis, { read: nothing, arrays: (path) => arrays[path] ?? [] }).data).toBeNull();
  });
});

describe('a state that is handed on', () => {
  const net = `import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(8, 16, batch_first=True)
        self.fc = nn.Linear(16, 3)
    def forward(self, x, state=None):
        out, state = self.rnn(x, state)
        return self.fc(out), state
net = Net()
state = None
`;
  it.each<[string, string, readonly string[]]>([
    ['a stream', 'while True:\n    y, state = net(read(), state)\n', ['state handed on from call to call at line 14']],
    ['text', 'for t in range(99):\n    y, state = net(y, state)\n', ['state handed on from call to call at line 14']],
    [
      'a parameter',
      'def sample(model, state):\n    while True:\n        y, state = model(y, state)\n',
      ['state handed on from call to call at line 15'],
    ],
    ['training', 'for t in range(99):\n    y, state = net(x, state)\n    loss(y).backward()\n', []],
    ['batches of a loader', 'for x, y in loader:\n    y, state = net(x, state)\n', []],
    ['one call', 'y, state = net(x, state)\n', []],
    ['another function', 'while True:\n    y, state = environment(y, state)\n', []],
  ])('%s', (_, program, sources) => {
    const around = program.includes('environment') ? 'environment = make()\n' : '';
    const hints = hintsOf(`${net}${around}${program}`);
    expect(hints.carriedStates.map(({ source }) => source)).toEqual(sources);
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
    expect(taskOf(graph, programHints(analysis, { read: nothing })).kind).toBe(kind);
  });
});
