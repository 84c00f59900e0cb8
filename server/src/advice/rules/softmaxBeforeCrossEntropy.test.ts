/** The rule follows results into their loss, is quiet about other softmaxes and losses, and its fix makes both agree. */
import { describe, expect, it } from 'vitest';
import { analyseFile } from '../../analysis';
import { findingsOf } from '../findings';
import { checksOf } from '../testing/checkFindings';

const code = 'softmax-before-cross-entropy';
const { checkFindings, checkFix, checkNoFix } = checksOf(code);

/** A program with a model whose `forward` gives `result`, and the lines that train it. */
function program(result: string, ...training: readonly string[]): string {
  return `import torch
from torch import nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(8, 16, batch_first=True)
        self.fc = nn.Linear(16, 5)
        self.softmax = nn.Softmax(dim=1)
        self.log_softmax = nn.LogSoftmax(dim=1)

    def forward(self, x):
        out, (h, c) = self.rnn(x)
        out = self.fc(h[-1])
        weights = F.softmax(out, dim=0)
        return ${result}

model = Net()
criterion = nn.CrossEntropyLoss()
${training.join('\n')}
`;
}

const plain = ['loss = criterion(model(x), y)'];

/** The program with a mark under a part of one of its lines. */
function marked(text: string, part: string): string {
  const at = text.lastIndexOf(part);
  const start = text.lastIndexOf('\n', at) + 1;
  const end = text.indexOf('\n', at);
  // `#` takes the first column.
  const carets = `#${' '.repeat(at - start - 1)}${'^'.repeat(part.length)} ${code}`;
  return `${text.slice(0, end)}\n${carets}${text.slice(end)}`;
}

describe('in PyTorch fires', () => {
  it.each([
    ['on a function in forward', 'F.softmax(out, dim=1)', plain],
    ['on a layer in forward', 'self.softmax(out)', plain],
    ['on a method', 'out.softmax(dim=1)', plain],
    ['through a variable', 'F.softmax(out, dim=1)', ['output = model(x)', 'loss = criterion(output, y)']],
    ['through a reshape', 'F.softmax(out, dim=1)', ['loss = criterion(model(x).view(-1, 5), y)']],
    ['on the function of the loss', 'F.softmax(out, dim=1)', ['loss = F.cross_entropy(model(x), y)']],
    ['on log_softmax, as a hint', 'self.log_softmax(out)', plain],
  ])('%s', (_, result, training) => checkFindings(marked(program(result, ...training), result)));

  it('on the first of several results', () => {
    const text = program('F.softmax(out, dim=1), h', 'output, state = model(x)', 'loss = criterion(output, y)');
    checkFindings(marked(text, 'F.softmax(out, dim=1)'));
  });

  it('on a softmax between model and loss', () => {
    const softmax = 'F.softmax(model(x), dim=1)';
    checkFindings(marked(program('out', `loss = criterion(${softmax}, y)`), softmax));
    checkFindings(marked(program('out', `p = ${softmax}`, 'loss = criterion(p, y)'), softmax));
  });

  it('less severely where it changes nothing', () => {
    const severities = (result: string): readonly string[] =>
      findingsOf(analyseFile('model.py', program(result, ...plain)))
        .filter((finding) => finding.code === code)
        .map(({ severity }) => severity);
    expect(severities('self.softmax(out)')).toEqual(['warning']);
    expect(severities('self.log_softmax(out)')).toEqual(['hint']);
  });
});

describe('in PyTorch does not fire', () => {
  it.each([
    ['on logits', 'out', plain],
    ['on attention weights', 'weights * out', plain],
    ['where the loss is NLLLoss', 'F.log_softmax(out, dim=1)', ['loss = nn.NLLLoss()(model(x), y)']],
    ['where the model is not trained here', 'F.softmax(out, dim=1)', ['p = model(x)']],
    ['where the loss is given something computed', 'F.softmax(out, dim=1)', ['loss = criterion(model(x).log(), y)']],
    ['on the probabilities of a sample', 'out', ['p = F.softmax(model(x), dim=1)', 'i = p.multinomial(1)', ...plain]],
    ['on another result than the loss is given', 'out, F.softmax(out, dim=1)', ['a, p = model(x)', 'criterion(a, y)']],
    ['on a target of probabilities', 'out', ['loss = criterion(model(x), F.softmax(teacher, dim=1))']],
  ])('%s', (_, result, training) => checkFindings(program(result, ...training)));
});

describe('in PyTorch is fixed', () => {
  it.each(['F.softmax(out, dim=1)', 'self.softmax(out)', 'out.softmax(dim=1)', 'torch.softmax(out, dim=1)'])(
    'by dropping %s',
    (softmax) => checkFix(program(softmax, ...plain), program('out', ...plain)),
  );

  it('where it is written into the loss', () => {
    checkFix(program('out', 'criterion(F.softmax(model(x), dim=1), y)'), program('out', 'criterion(model(x), y)'));
  });

  it('where it is one of several layers that are called together', () => {
    const net = (head: string, mark = ''): string => `import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(8, 16, batch_first=True)
        self.head = nn.Sequential(${head})
${mark}
    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])

model = Net()
criterion = nn.CrossEntropyLoss()
for x, y in batches:
    loss = criterion(model(x), y)
`;
    const both = 'nn.Linear(16, 2), nn.Softmax(dim=1)';
    checkFindings(net(both, `#                                                   ^^^^^^^^^^^^^^^^^ ${code}\n`));
    checkFix(net(both), net('nn.Linear(16, 2)'));
  });

  it('by the author where a variable may be read for its probabilities', () => {
    checkNoFix(program('out', 'p = F.softmax(model(x), dim=1)', 'loss = criterion(p, y)'));
  });
});

function keras(output: string, loss: string): string {
  return `import keras
from keras import layers
model = keras.Sequential([keras.Input((30, 8)), layers.LSTM(16), ${output}])
model.compile("adam", loss=${loss})
`;
}

const logits = 'layers.Dense(5)';
const probabilities = 'layers.Dense(5, activation="softmax")';
const sparse = (flag: string): string => `keras.losses.SparseCategoricalCrossentropy(${flag})`;

describe('in Keras', () => {
  it('fires on probabilities with from_logits=True', () => {
    checkFindings(marked(keras(probabilities, sparse('from_logits=True')), sparse('from_logits=True')));
    const softmax = 'layers.Dense(5), layers.Softmax()';
    checkFindings(marked(keras(softmax, sparse('from_logits=True')), sparse('from_logits=True')));
  });

  it('fires on logits without it', () => {
    checkFindings(marked(keras(logits, sparse('')), logits));
    checkFindings(marked(keras(logits, '"categorical_crossentropy"'), logits));
    checkFindings(marked(keras('layers.Dense(1)', '"binary_crossentropy"'), 'layers.Dense(1)'));
  });

  it.each([
    [logits, sparse('from_logits=True')],
    [probabilities, sparse('')],
    [probabilities, '"categorical_crossentropy"'],
    ['layers.Dense(1, activation="sigmoid")', '"binary_crossentropy"'],
    ['layers.Dense(5), layers.Activation("softmax")', '"categorical_crossentropy"'],
    ['layers.Dense(5), layers.Lambda(my_softmax)', '"categorical_crossentropy"'],
    [logits, '"mse"'],
    [logits, sparse('from_logits=args.logits')],
  ])('does not fire on %s with %s', (output, loss) => checkFindings(keras(output, loss)));

  it.each([
    [probabilities, sparse('from_logits=True'), probabilities, sparse('from_logits=False')],
    [logits, sparse(''), logits, sparse('from_logits=True')],
    [logits, '"categorical_crossentropy"', probabilities, '"categorical_crossentropy"'],
  ])('is fixed: %s with %s', (output, loss, outputAfter, lossAfter) => {
    checkFix(keras(output, loss), keras(outputAfter, lossAfter));
  });
});
