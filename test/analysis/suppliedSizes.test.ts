/** Sizes that a setting or the command line supplies, for files of every kind; what comments say of a file wins. */
import { describe, expect, test } from 'vitest';
import { formatAmount } from '../../model/costs/amount';
import { modelCosts } from '../../model/costs/model';
import { sizesOfModel } from '../../server/src/analysers/sizes';
import { analyseFile } from '../../server/src/analysis';
import { sizesOfSetting } from '../../server/src/syntax/suppliedSizes';
import type { Workspace } from '../../server/src/workspace';

const workspace = (sizes: unknown): Workspace => ({
  read: () => undefined,
  importersOf: () => [],
  sizes: sizesOfSetting(sizes).sizes,
});

const python = (comment = ''): string =>
  `${comment}
import keras
from keras import layers
def make(units):
    return keras.Sequential([keras.Input((None, 2)), layers.SimpleRNN(units)])
`;
const notebook = (source: string): string =>
  JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { language: 'python', name: 'python3' } },
    cells: [{ cell_type: 'code', metadata: {}, outputs: [], execution_count: null, source }],
  });
const script =
  "import * as tf from '@tensorflow/tfjs';\nexport const make = (units) => tf.sequential({layers: [tf.layers.simpleRNN({units, inputShape: [null, 2]})]});\n";
const configuration = JSON.stringify({
  class_name: 'Sequential',
  config: {
    name: 'net',
    layers: [
      { class_name: 'InputLayer', config: { batch_shape: [null, null, 2], name: 'i' } },
      { class_name: 'SimpleRNN', config: { name: 'rnn', units: 4 } },
    ],
  },
});

describe('one setting', () => {
  test.each([
    ['model.py', python(), { units: 3 }, '18', '15·T'],
    ['model.py', python(), { units: 3, seq_len: 10 }, '18', '150'],
    ['model.py', python('# unroll: units=5'), { units: 3 }, '40', '35·T'],
    ['model.py', python('# unroll: seq_len=7'), { units: 3, seq_len: 10 }, '18', '105'],
    ['model.py', python(), { units: 0, seq_len: 2.5 }, 'units² + 3·units', 'T·units² + 2·T·units'],
    ['model.ipynb', notebook(python()), { units: 3, seq_len: 10 }, '18', '150'],
    ['model.js', script, { units: 3, seq_len: 10 }, '18', '150'],
    ['model.ts', script, { units: 3 }, '18', '15·T'],
    ['model.json', configuration, { seq_len: 10 }, '28', '240'],
    ['model.json', configuration, {}, '28', '24·T'],
  ])('%s with %#', (file, text, sizes, parameters, macs) => {
    const { models } = analyseFile(file, text, workspace(sizes));
    const costs = models.map(modelCosts);
    expect(costs.map((cost) => formatAmount(cost.parameters))).toEqual([parameters]);
    expect(costs.map((cost) => formatAmount(cost.macs))).toEqual([macs]);
  });
});

test('what supplied a size is kept with the model that asked for it', () => {
  const text = `${python('# unroll: units=5')}\ndef other(width):\n    return keras.Sequential([keras.Input((None, 2)), layers.SimpleRNN(width)])\n`;
  const { models, usedSizes, unaskedSizes } = analyseFile('model.py', text, workspace({ width: 3, nothing: 4 }));
  const [first] = models;
  const sources = (first === undefined ? [] : sizesOfModel(first, models, usedSizes)).map(
    ({ name, source }) => `${name} ${source}`,
  );
  expect(sources).toContain('units comment');
  expect(usedSizes.map(({ name }) => name)).not.toContain('nothing');
  expect(unaskedSizes).toEqual([]);
});

test.each([
  [undefined, []],
  [{ a: 1 }, []],
  [{ a: 0 }, ['unroll.sizes: a takes a whole number from 1 on, not 0.']],
  [
    { a: '4', b: 1.5 },
    [
      'unroll.sizes: a takes a whole number from 1 on, not "4".',
      'unroll.sizes: b takes a whole number from 1 on, not 1.5.',
    ],
  ],
  [[4], ['unroll.sizes takes an object of names and sizes, such as {"hidden_size": 256}.']],
])('the setting %j', (value, mistakes) => {
  expect(sizesOfSetting(value).mistakes).toEqual(mistakes);
});
