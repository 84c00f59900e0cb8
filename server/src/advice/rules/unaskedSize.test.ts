/** Fixtures of comments that supply sizes; the misspelt ones carry a mark. */
import { describe, expect, it } from 'vitest';
import { analyseFile } from '../../analysis';
import { findingsOf } from '../findings';
import { checksOf } from '../testing/checkFindings';

const { checkFindings, checkFix, checkNoFix } = checksOf('unasked-size');

const model = (comment: string): string => `import torch.nn as nn
${comment}
class Net(nn.Module):
    def __init__(self, hidden_size, words):
        super().__init__()
        self.rnn = nn.GRU(8, hidden_size, batch_first=True)
        self.out = nn.Linear(hidden_size, 2)
    def forward(self, x):
        return self.out(self.rnn(x)[0])
`;

describe('a size that a comment supplies', () => {
  it.each([
    '# unroll: hidden_size=256',
    '# unroll: seq_len=40, batch=8',
    '# unroll: data=a.csv, target=2020',
    '# unroll: words=7',
    '# a comment',
  ])('%s is asked for, or none', (comment) => checkFindings(model(comment)));

  it.each([
    '# unroll: hiden_size=256\n#         ^^^^^^^^^^ unasked-size',
    '# unroll: hidden_size=256, foo=3\n#                          ^^^ unasked-size',
  ])('%s', (comment) => checkFindings(model(comment)));

  it('is named as it may be meant', () => {
    checkFix(model('# unroll: hiden_size=256'), model('# unroll: hidden_size=256'));
    checkFix(model('# unroll: seqlen=9'), model('# unroll: seq_len=9'));
    checkNoFix(model('# unroll: foo=3'));
  });

  it('is looked for in JavaScript too', () => {
    const text =
      "import * as tf from '@tensorflow/tfjs';\n// unroll: unit=4\nexport const make = (units) => tf.sequential({layers: [tf.layers.dense({units, inputShape: [3]})]});\n";
    expect(findingsOf(analyseFile('model.js', text)).map(({ message }) => message)).toEqual([
      'No size named unit is open here; did you mean units?',
    ]);
  });
});
