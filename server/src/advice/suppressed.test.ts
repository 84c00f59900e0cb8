/** Comments keep findings away where they say so and nowhere else, and the quick fix writes such a comment. */
import { describe, expect, it } from 'vitest';
import { analyseCells, analyseFile } from '../analysis';
import { applyEdits } from '../rewrite/edits';
import { findingsOf } from './findings';
import { ignoreHere } from './suppressed';
import { checksOf } from './testing/checkFindings';

const code = 'dropout-single-layer';

function program(...layer: readonly string[]): string {
  return `import torch.nn as nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
${layer.map((line) => `        ${line}`).join('\n')}
    def forward(self, x):
        return self.rnn(x)[0]
`;
}

const mistake = 'self.rnn = nn.LSTM(8, 16, dropout=0.5)';
const codesIn = (text: string, file = 'model.py'): string[] =>
  findingsOf(analyseFile(file, text)).map((finding) => finding.code);

describe('a comment', () => {
  it.each([
    ['at the end of the line', [`${mistake}  # unroll: ignore[${code}]`]],
    ['for every rule', [`${mistake}  # unroll: ignore`]],
    ['with a reason', [`${mistake}  # unroll: ignore[${code}] kept for old checkpoints`]],
    ['after another comment', [`${mistake}  # noqa # unroll: ignore[${code}]`]],
    ['among other codes', [`${mistake}  # unroll: ignore[unasked-size, ${code}]`]],
    ['on the line above', [`# unroll: ignore[${code}]`, mistake]],
    ['above another comment', [`# unroll: ignore[${code}]`, '# the encoder', mistake]],
    ['at the end of the last line', ['self.rnn = nn.LSTM(', `    8, 16, dropout=0.5)  # unroll: ignore[${code}]`]],
    ['whose bracket is not closed', [`${mistake}  # unroll: ignore[${code}`]],
    ['with a reason without brackets', [`${mistake}  # unroll: ignore kept for old checkpoints`]],
    ['behind another', [`${mistake}  # unroll: ignore[unasked-size]  # unroll: ignore[${code}]`]],
    ['behind sizes', [`${mistake}  # unroll: target=price  # unroll: ignore[${code}]`]],
    ['in front of sizes', [`${mistake}  # unroll: ignore[${code}]  # unroll: target=price`]],
    ['for the file', [mistake, '# unroll: ignore-file']],
    ['for the rule in the file', [mistake, `# unroll: ignore-file[${code}]`]],
  ])('%s keeps a finding away', (_, layer) => expect(codesIn(program(...layer))).toEqual([]));

  it.each([
    ['of another rule', [`${mistake}  # unroll: ignore[unasked-size]`]],
    ['two lines above', [`# unroll: ignore[${code}]`, 'self.width = 8', mistake]],
    ['at the end of the line above', [`self.width = 8  # unroll: ignore[${code}]`, mistake]],
    ['below', [mistake, `# unroll: ignore[${code}]`]],
    ['that supplies a size', [`${mistake}  # unroll: ignore_index=3`]],
    ['without its word', [`${mistake}  # ignore[${code}]`]],
    ['of another rule whose bracket is not closed', [`${mistake}  # unroll: ignore[unasked-size`]],
    ['whose code has no brackets', [`${mistake}  # unroll: ignore ${code}`]],
    ['whose code is behind a colon', [`${mistake}  # unroll: ignore: ${code}`]],
    ['whose code has round brackets', [`${mistake}  # unroll: ignore(${code})`]],
    ['of another code without brackets', [`${mistake}  # unroll: ignore unasked-size`]],
    ['with no code in its brackets', [`${mistake}  # unroll: ignore[]`]],
  ])('%s does not', (_, layer) => expect(codesIn(program(...layer))).toContain(code));

  it('in a cell says nothing of the next', () => {
    const first = `import torch.nn as nn\n# unroll: ignore[${code}]`;
    const second = 'model = nn.LSTM(8, 16, dropout=0.5)';
    const codesOf = (...texts: string[]): string[] =>
      findingsOf(
        analyseCells(
          'a.ipynb',
          texts.map((text, index) => ({ cell: index + 1, text })),
          null,
        ),
      ).map((finding) => finding.code);
    expect(codesOf(first, second)).toEqual([code]);
    expect(codesOf(`${first}\n${second}`)).toEqual([]);
    expect(codesOf(`${first}-file`.replace(`[${code}]-file`, `-file[${code}]`), second)).toEqual([]);
  });

  describe('of JavaScript', () => {
    const stacked = 'stacked-without-sequences';
    const text = (behind: string, above = '', before = ''): string =>
      `import * as tf from '@tensorflow/tfjs';
const model = tf.sequential();${above}
${before}model.add(tf.layers.lstm({units: 8, inputShape: [3, 4]}));${behind}
model.add(tf.layers.lstm({units: 8}));
`;

    it.each([
      ['begins with two slashes', text(` // unroll: ignore[${stacked}]`)],
      ['may be a block', text(` /* unroll: ignore[${stacked}] */`)],
      ['may be a block whose bracket is not closed', text(` /* unroll: ignore[${stacked} */`)],
      ['may be a block in front', text('', '', `/* unroll: ignore[${stacked}] */ `)],
      ['may be a block above', text('', `\n/* unroll: ignore[${stacked}] */`)],
      [
        'may be a block among others',
        text('', `\n/* unroll: ignore[${stacked}] */\n/* the encoder */\n// of the page`),
      ],
      ['may be a block of several lines', text('', `\n/**\n * The encoder.\n * unroll: ignore[${stacked}]\n */`)],
      ['may be a block for the file', text('', '\n/* unroll: ignore-file */')],
    ])('%s', (_, source) => expect(codesIn(source, 'model.js')).toEqual([]));

    it.each([
      ['none', text('')],
      ['of another rule', text(' /* unroll: ignore[unasked-size] */')],
      ['behind the line above', text('', ` /* unroll: ignore[${stacked}] */`)],
      ['that tells of another', text(` /* see: unroll: ignore[${stacked}] */`)],
    ])('%s leaves the finding', (_, source) => expect(codesIn(source, 'model.js')).toEqual([stacked]));
  });
});

describe('an unknown code', () => {
  const { checkFindings, checkFix, checkNoFix } = checksOf('unknown-rule');

  it('gets a hint', () => {
    checkFindings(
      program(
        `${mistake}  # unroll: ignore[dropout-one-layer]`,
        '#                                                        ^^^^^^^^^^^^^^^^^ unknown-rule',
      ),
    );
  });

  it('is replaced by the one that may be meant', () => {
    checkFix(
      program(`${mistake}  # unroll: ignore[unasked-size, dropout-single-layers]`),
      program(`${mistake}  # unroll: ignore[unasked-size, ${code}]`),
    );
    checkFix(
      program('# unroll: ignore-file[unaskedsize]', mistake),
      program('# unroll: ignore-file[unasked-size]', mistake),
    );
    checkFix(program('# unroll: ignore[unasked_size]', mistake), program('# unroll: ignore[unasked-size]', mistake));
    checkNoFix(program(`${mistake}  # unroll: ignore[E501]`));
  });
});

describe('a code without brackets', () => {
  const { checkFindings, checkFix } = checksOf('unknown-rule');

  it('gets a sentence', () => {
    checkFindings(
      program(
        `${mistake}  # unroll: ignore ${code}`,
        '#                                                        ^^^^^^^^^^^^^^^^^^^^ unknown-rule',
      ),
    );
  });

  it.each([` ${code}`, `: ${code}`, `(${code})`, ' dropout_single_layer'])('is put in them: ignore%s', (written) => {
    const [space] = /^ ?/.exec(written) ?? [''];
    checkFix(
      program(`${mistake}  # unroll: ignore${written} for now`),
      program(`${mistake}  # unroll: ignore${space}[${code}] for now`),
    );
  });
});

describe('Ignore here', () => {
  const ignored = (text: string, file = 'model.py'): string => {
    const analysis = analyseFile(file, text);
    const finding = findingsOf(analysis).find((each) => each.code === code || file !== 'model.py');
    if (finding === undefined) throw new Error('the fixture has a finding');
    const after = applyEdits(text, ignoreHere(analysis, finding)?.edits ?? []);
    expect(findingsOf(analyseFile(file, after)).map((each) => each.code)).not.toContain(finding.code);
    return after;
  };

  it.each([
    ['after the line', [mistake], [`${mistake}  # unroll: ignore[${code}]`]],
    [
      'above a line with a comment',
      [`${mistake}  # the encoder`],
      [`# unroll: ignore[${code}]`, `${mistake}  # the encoder`],
    ],
    [
      'in the comment that is there',
      [`${mistake}  # unroll: ignore[unasked-size]`],
      [`${mistake}  # unroll: ignore[unasked-size, ${code}]`],
    ],
    [
      'above a line that a backslash ends',
      ['self.rnn = nn.LSTM(8, 16, \\', '    dropout=0.5)'],
      [`# unroll: ignore[${code}]`, 'self.rnn = nn.LSTM(8, 16, \\', '    dropout=0.5)'],
    ],
  ])('%s', (_, before, after) => expect(ignored(program(...before))).toBe(program(...after)));

  it('in JavaScript', () => {
    const text = `import * as tf from '@tensorflow/tfjs';
const model = tf.sequential({layers: [tf.layers.gru({units: 8, inputShape: [3, 4]}), tf.layers.gru({units: 8})]});
`;
    expect(ignored(text, 'model.js')).toBe(text.replace(']});', ']});  // unroll: ignore[stacked-without-sequences]'));
  });
});
