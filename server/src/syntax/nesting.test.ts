/** Texts nested deeper than anyone writes: no stack is exhausted, and what stands behind them is read. */
import { expect, it } from 'vitest';
import { modelCosts } from '../../../model/costs/model';
import { analyseFile } from '../analysis';
import { Nesting } from './nodes';

const levels = 3_000;

function nested(open: string, inside: string, close: string): string {
  return open.repeat(levels) + inside + close.repeat(levels);
}

/** `if x:` in one another, indented by one more space each: no deeper, since larger texts are not read. */
const blocks = 1_800;
const indented = Array.from({ length: blocks }, (_, level) => `${' '.repeat(level)}if x:\n`).join('');

const python = (text: string): string => `import keras
from keras import layers
${text}
model = keras.Sequential([keras.Input((30, 4)), layers.LSTM(8)])
`;

const javascript = (text: string): string => `import * as tf from '@tensorflow/tfjs';
${text}
const model = tf.sequential({ layers: [tf.layers.lstm({ units: 8, inputShape: [30, 4] })] });
`;

const saved = (value: string): string => `{"class_name": "Sequential", "config": {"layers": [
  {"class_name": "InputLayer", "config": {"batch_shape": [null, 30, 4]}},
  {"class_name": "LSTM", "config": {"units": 8}}]}, "notes": ${value}}`;

it.each([
  ['model.py', python(`y = ${nested('(', '1', ')')}`)],
  ['model.py', python(`y = ${nested('[', '1', ']')}`)],
  ['model.py', python(`${indented}${' '.repeat(blocks)}pass`)],
  ['model.py', python(`match x:\n    case ${nested('[', '1', ']')}:\n        pass`)],
  ['model.js', javascript(`const y = ${nested('(', '1', ')')};`)],
  ['model.js', javascript(`const y = ${nested('[', '1', ']')};`)],
  ['model.js', javascript(nested('{', 'f();', '}'))],
  ['model.json', saved(nested('[', '1', ']'))],
])('%s is read to its end: case %#', (file, text) => {
  const [graph] = analyseFile(file, text).models;
  expect(graph && modelCosts(graph).parameters.value).toBe(4 * 8 * (4 + 8 + 1));
});

it('counts levels from where it was noted', () => {
  const outer = new Nesting();
  const deepest = (nesting: Nesting): number => nesting.within(() => [deepest(nesting)])?.map((n) => n + 1)[0] ?? 0;
  expect(deepest(outer)).toBe(200);
  expect(outer.within(() => [deepest(outer.here())])).toEqual([199]);
});
