/** The rule fires where the states of a stateful model get mixed, and is quiet where the program takes care. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';

const { checkFindings, checkFix, checkNoFix } = checksOf('stateful-training');

const model = (fit: string, stateful = 'True'): string => `import keras
from keras import layers
model = keras.Sequential([keras.Input(batch_shape=(4, 30, 8)), layers.LSTM(64, stateful=${stateful}), layers.Dense(1)])
model.compile(loss='mse')
${fit}
`;

describe('fires', () => {
  it('on fit', () => {
    checkFindings(
      model(`history = model.fit(x, y, batch_size=4, epochs=2)
#         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ stateful-training`),
    );
  });

  it('on an open batch', () => {
    checkFindings(`import keras
from keras import layers
model = keras.Sequential([
    keras.Input((30, 8)),
    layers.LSTM(64, stateful=True),
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ stateful-training
])
`);
  });

  it.each([
    ['epochs that are not reset', 'model.fit(x, y, shuffle=False, epochs=20)'],
    ['a loop without a reset', 'for epoch in range(20):\n    model.fit(x, y, shuffle=False, epochs=1)'],
  ])('on %s', (_, fit) => checkNoFix(model(fit)));
});

describe('does not fire', () => {
  it.each([
    ['in order and reset', 'for epoch in range(9):\n    model.fit(x, y, shuffle=False)\n    model.reset_states()'],
    ['on one epoch', 'model.fit(x, y, shuffle=False)'],
    ['on a data set', 'model.fit(dataset, epochs=20)'],
    ['on a generator with validation', 'model.fit(generator, epochs=20, validation_data=(a, b))'],
    ['where callbacks may reset', 'model.fit(x, y, shuffle=False, epochs=9, callbacks=[reset])'],
    ['on options that are not seen', 'model.fit(x, y, **options)'],
    ['on a scaler', 'scaler.fit(x, y)'],
  ])('%s', (_, fit) => checkFindings(model(fit)));

  it('on a layer without states', () => checkFindings(model('model.fit(x, y, epochs=9)', 'False')));

  it('where the first batch decides the size', () => {
    checkFindings('import keras\nmodel = keras.Sequential([keras.layers.LSTM(4, stateful=True)])\n');
  });

  it('where the batch size is a parameter', () => {
    checkFindings(`import keras
def build(batch_size):
    return keras.Sequential([keras.Input(batch_shape=(batch_size, 30, 8)), keras.layers.LSTM(4, stateful=True)])
`);
  });
});

describe('fixes', () => {
  it('the order', () => {
    checkFix(model('model.fit(x, y, batch_size=4)'), model('model.fit(x, y, batch_size=4, shuffle=False)'));
    checkFix(model('model.fit(x, y, shuffle=True)'), model('model.fit(x, y, shuffle=False)'));
  });
});
