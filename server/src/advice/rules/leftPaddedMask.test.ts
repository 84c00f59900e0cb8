/** The rule fires where a mask of left padding meets cuDNN, and its fix pads every sequence of the file on the right. */
import { describe, expect, it } from 'vitest';
import { analyseFile } from '../../analysis';
import { applyEdits } from '../../rewrite/edits';
import { findingsOf } from '../findings';
import { checksOf } from '../testing/checkFindings';

const { checkFindings, checkFix, checkNoFix } = checksOf('left-padded-mask');

const program = (pad: string, stack: string): string => `import keras
from keras import layers
from keras.utils import pad_sequences
x = ${pad}
model = keras.Sequential([${stack}])
`;
const masked = 'layers.Embedding(1000, 16, mask_zero=True), layers.LSTM(32), layers.Dense(1)';

describe('fires', () => {
  it('on the padding', () => {
    checkFindings(`import keras
from keras import layers
x = keras.utils.pad_sequences(words, maxlen=80)
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ left-padded-mask
model = keras.Sequential([
    layers.Masking(),
    layers.Bidirectional(layers.GRU(32)),
])
model.build((None, 80, 4))
`);
  });

  it('without a fix where the side is written', () => {
    checkNoFix(program("pad_sequences(words, padding='pre')", masked));
  });

  it('without a fix where something else looks at steps', () => {
    const stack = 'layers.Embedding(9, 4, mask_zero=True), layers.LSTM(3, return_sequences=True), layers.Flatten()';
    checkNoFix(program('pad_sequences(words)', stack));
  });
});

describe('does not fire', () => {
  it.each([
    ['on the right', "pad_sequences(words, padding='post')", masked],
    ['on a side that is chosen elsewhere', 'pad_sequences(words, padding=side)', masked],
    ['without a mask', 'pad_sequences(words)', 'layers.Embedding(1000, 16), layers.LSTM(32)'],
    ['off cuDNN', 'pad_sequences(words)', 'layers.Embedding(9, 4, mask_zero=True), layers.LSTM(3, use_cudnn=False)'],
    [
      'where a setting turns cuDNN off',
      'pad_sequences(words)',
      'layers.Embedding(9, 4, mask_zero=True), layers.LSTM(3, recurrent_dropout=0.1)',
    ],
    ['on a vanilla RNN', 'pad_sequences(words)', 'layers.Embedding(9, 4, mask_zero=True), layers.SimpleRNN(3)'],
    [
      'where the mask is lost on the way',
      'pad_sequences(words)',
      'layers.Embedding(9, 4, mask_zero=True), layers.Conv1D(3, 3), layers.LSTM(3)',
    ],
    ['where both sides are padded', "pad_sequences(words), pad_sequences(more, padding='post')", masked],
  ])('%s', (_, pad, stack) => checkFindings(program(pad, stack)));
});

describe('fixes', () => {
  it('the one call', () => {
    checkFix(
      program('pad_sequences(words, maxlen=9)', masked),
      program("pad_sequences(words, maxlen=9, padding='post')", masked),
    );
  });

  it('every call, so that prediction reads what training read', () => {
    const before = program('pad_sequences(train), pad_sequences(test)', masked);
    const findings = findingsOf(analyseFile('model.py', before)).filter(({ code }) => code === 'left-padded-mask');
    expect(findings).toHaveLength(2);
    const after = program("pad_sequences(train, padding='post'), pad_sequences(test, padding='post')", masked);
    for (const { fix } of findings) expect(applyEdits(before, fix?.edits ?? [])).toBe(after);
  });
});
