/** The rule fires where padding certainly reaches a recurrent layer, and masks it only where that is right. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';

const { checkFindings, checkFix, checkNoFix } = checksOf('padding-not-masked');

const imports = `import keras
from keras import layers
from keras.preprocessing.text import Tokenizer
from keras.utils import pad_sequences
`;
const tokens = 'words = Tokenizer().texts_to_sequences(texts)\n';
const left = `${tokens}x = pad_sequences(words, maxlen=80)\n`;
const right = `${tokens}x = pad_sequences(words, maxlen=80, padding='post')\n`;
const model = (stack: string): string => `model = keras.Sequential([${stack}, layers.Dense(1)])\n`;

describe('fires', () => {
  it('on the embedding', () => {
    checkFindings(`${imports}${left}
model = keras.Sequential([
    layers.Embedding(1000, 16),
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^ padding-not-masked
    layers.SpatialDropout1D(0.2),
    layers.LSTM(32),
])
`);
  });

  it('where a data set pads', () => {
    checkNoFix(`import keras
from keras import layers
data = data.padded_batch(32)
${model('layers.Embedding(1000, 16), layers.LSTM(32)')}`);
  });

  it('in the one of two models that is given what is padded', () => {
    checkFindings(`${imports}${tokens}
x = pad_sequences(words)
x_train = x[:80]
padded = keras.Sequential([
    layers.Embedding(1000, 16),
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^ padding-not-masked
    layers.LSTM(32),
])
padded.fit(x_train, y)
characters = keras.Sequential([layers.Embedding(100, 8), layers.LSTM(32)])
characters.fit(windows, y)
`);
  });

  it('in a model that turns texts into tokens', () => {
    checkFix(
      `${imports}vectorise = layers.TextVectorization()\n${model('vectorise, layers.Embedding(9, 4), layers.LSTM(2)')}`,
      `${imports}vectorise = layers.TextVectorization()\n${model('vectorise, layers.Embedding(9, 4, mask_zero=True), layers.LSTM(2)')}`,
    );
  });

  it('where a convolution destroys the mask', () => {
    checkFindings(`import keras
from keras import layers
model = keras.Sequential([
    layers.Embedding(1000, 16, mask_zero=True),
    layers.Conv1D(32, 5),
#   ^^^^^^^^^^^^^^^^^^^^ padding-not-masked
    layers.LSTM(32),
])
`);
  });
});

describe('does not fire', () => {
  it.each([
    ['in front of a layer that takes no mask', left + model('layers.Embedding(1000, 16), layers.CuDNNLSTM(32)')],
    ['with a mask', left + model('layers.Embedding(1000, 16, mask_zero=True), layers.LSTM(32)')],
    [
      'through what hands a mask on',
      left + model('layers.Embedding(9, 4, mask_zero=True), layers.Dropout(0.1), layers.Dense(3), layers.LSTM(2)'),
    ],
    [
      'on ragged tokens',
      `vectorise = layers.TextVectorization(ragged=True)\n${model('vectorise, layers.Embedding(9, 4), layers.LSTM(2)')}`,
    ],
    [
      'behind code that may cut the padding',
      `vectorise = layers.TextVectorization()\n${model('vectorise, layers.Lambda(cut), layers.Embedding(9, 4), layers.LSTM(2)')}`,
    ],
    [
      'where the program masks',
      `${left}t = keras.Input((80,))\nh = layers.Embedding(9, 4)(t)\nmodel = keras.Model(t, layers.LSTM(2)(h, mask=keras.ops.not_equal(t, 0)))\n`,
    ],
    ['where nothing pads', model('layers.Embedding(1000, 16), layers.LSTM(32)')],
    [
      'where padding is not 0',
      `x = pad_sequences(words, value=-1)\n${model('layers.Embedding(1000, 16), layers.LSTM(32)')}`,
    ],
    ['without a recurrent layer', left + model('layers.Embedding(1000, 16), layers.GlobalAveragePooling1D()')],
    [
      'where a convolution stands between',
      left + model('layers.Embedding(1000, 16), layers.Conv1D(32, 5), layers.LSTM(32)'),
    ],
    [
      'where a mask ends behind the recurrent layer',
      left + model('layers.Embedding(9, 4, mask_zero=True), layers.LSTM(2, return_sequences=True), layers.Flatten()'),
    ],
  ])('%s', (_, program) => checkFindings(imports + program));
});

describe('fixes', () => {
  it.each([
    ['layers.Embedding(1000, 16)', 'layers.Embedding(1000, 16, mask_zero=True)'],
    ['layers.Embedding(1000, 16, mask_zero=False)', 'layers.Embedding(1000, 16, mask_zero=True)'],
  ])('%s where padding is on the right', (before, after) => {
    checkFix(
      imports + right + model(`${before}, layers.LSTM(32)`),
      imports + right + model(`${after}, layers.LSTM(32)`),
    );
  });

  it('where texts are vectorised', () => {
    const program = (embedding: string): string =>
      `import keras\nfrom keras import layers\nvectorise = layers.TextVectorization(max_tokens=99, output_sequence_length=20)\n${model(`${embedding}, layers.GRU(3)`)}`;
    checkFix(program('layers.Embedding(99, 4)'), program('layers.Embedding(99, 4, mask_zero=True)'));
  });

  it.each([
    ['padding on the left, which cuDNN would refuse', left],
    ['a vocabulary of its own, where 0 may be a word', "x = pad_sequences(words, padding='post')\n"],
  ])('nothing with %s', (_, data) => {
    checkNoFix(imports + data + model('layers.Embedding(1000, 16), layers.LSTM(32)'));
  });
});
