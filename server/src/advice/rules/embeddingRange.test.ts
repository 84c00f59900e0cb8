/** The rule fires on indices without a row, is quiet where there is one more, and its fix adds it. */
import { describe, expect, it } from 'vitest';
import { analyseFile } from '../../analysis';
import { findingsOf } from '../findings';
import { checksOf } from '../testing/checkFindings';
import { torchModule } from '../testing/torchModule';

const code = 'embedding-range';
const { checkFindings, checkFix, checkNoFix } = checksOf(code);

const torch = (embedding: string, ...mark: readonly string[]): string =>
  torchModule(
    [`self.embedding = ${embedding}`, ...mark, 'self.rnn = nn.GRU(16, 8)'],
    ['return self.rnn(self.embedding(x))[0]'],
  );

describe('padding_idx', () => {
  it('must be a row', () => {
    checkFindings(
      torch('nn.Embedding(100, 16, padding_idx=100)', `#                        ${'^'.repeat(38)} ${code}`),
    );
    checkFindings(torch('nn.Embedding(100, 16, -101)', `#                        ${'^'.repeat(27)} ${code}`));
    expect(findingsOf(analyseFile('model.py', torch('nn.Embedding(9, 16, padding_idx=9)')))[0]?.severity).toBe('error');
  });

  it.each(['nn.Embedding(100, 16, padding_idx=99)', 'nn.Embedding(100, 16, padding_idx=-1)', 'nn.Embedding(100, 16)'])(
    'may be as in %s',
    (embedding) => checkFindings(torch(embedding)),
  );

  it('gets a row of its own where it is the next one', () => {
    checkFix(torch('nn.Embedding(100, 16, padding_idx=100)'), torch('nn.Embedding(101, 16, padding_idx=100)'));
    checkNoFix(torch('nn.Embedding(100, 16, padding_idx=128)'));
  });
});

const keras = (numbers: string, size: string, mark = ''): string => `import keras
from keras import layers
from keras.preprocessing.text import Tokenizer

${numbers}
model = keras.Sequential([
    keras.Input((20,)),
    layers.Embedding(${size}, 64),
${mark}    layers.LSTM(32),
])
`;

const tokenizer = 'tokenizer = Tokenizer()\ntokenizer.fit_on_texts(texts)';

describe('numbers from 1', () => {
  it('of a tokenizer', () => {
    const size = 'len(tokenizer.word_index)';
    checkFindings(keras(tokenizer, size, `#   ${'^'.repeat(47)} ${code}\n`));
    checkFix(keras(tokenizer, size), keras(tokenizer, `${size} + 1`));
  });

  it.each([
    'word2idx = tokenizer.word_index\nvocabulary = len(word2idx)',
    'numbers = {word: i + 1 for i, word in enumerate(words)}\nvocabulary = len(numbers)',
    'numbers = {w: i for i, w in enumerate(sorted(words), 1)}\nvocabulary = len(numbers)',
    'numbers = {w: i for i, w in enumerate(words, start=1)}\nvocabulary = len(numbers)',
  ])('of %j', (numbers) => {
    checkFix(keras(`${tokenizer}\n${numbers}`, 'vocabulary'), keras(`${tokenizer}\n${numbers}`, 'vocabulary + 1'));
  });

  it('given to a module by all who construct it', () => {
    const program = (size: string, given: string): string =>
      `${torch(`nn.Embedding(${size}, 16)`).replace('__init__(self)', '__init__(self, words)')}
numbers = {word: i + 1 for i, word in enumerate(text)}
model = Net(${given})
`;
    checkFix(program('words', 'len(numbers)'), program('words + 1', 'len(numbers)'));
    checkFix(program('words', 'words=len(numbers)'), program('words + 1', 'words=len(numbers)'));
    checkFindings(program('words', 'len(numbers) + 1'));
  });

  it.each([
    ['with one more', 'vocabulary = len(tokenizer.word_index) + 1'],
    ['from 0', 'numbers = {w: i for i, w in enumerate(words)}\nvocabulary = len(numbers)'],
    [
      'with an entry for padding',
      'numbers = {w: i + 1 for i, w in enumerate(words)}\nnumbers["<pad>"] = 0\nvocabulary = len(numbers)',
    ],
    [
      'lowered by one',
      'data = np.array(tokenizer.texts_to_sequences(texts)) - 1\nvocabulary = len(tokenizer.word_index)',
    ],
    [
      'of a tokenizer that keeps some words',
      'tokenizer = Tokenizer(num_words=99)\nvocabulary = len(tokenizer.word_index)',
    ],
    ['of unknown origin', 'vocabulary = len(load())'],
  ])('%s are right', (_, numbers) => {
    const start = numbers.startsWith('tokenizer =') ? '' : `${tokenizer}\n`;
    checkFindings(keras(`${start}${numbers}`, 'vocabulary'));
  });
});
