/** The bound on the work of one file: reaching it is said, and joining what branches leave counts towards it. */
import { expect, test } from 'vitest';
import { analyseFile } from '../../server/src/analysis';
import { Heap } from '../../server/src/evaluate/heap';
import { list, none, text, unknown } from '../../server/src/evaluate/values';

const calls = 'f(1)\n'.repeat(60);
const stopped = [{ message: expect.stringMatching(/^Reading this file was stopped at the bound/) }];

test.each([
  ['model.py', `import torch\ndef f(x):\n    return g(x) + g(x)\ndef g(x):\n    return f(x) + f(x)\n${calls}`],
  [
    'model.js',
    `import * as tf from '@tensorflow/tfjs';\nconst f = (x) => g(x) + g(x);\nconst g = (x) => f(x) + f(x);\n${calls}`,
  ],
])('%s says that it was not read to its end', (file, source) => {
  expect(analyseFile(file, source).problems).toMatchObject(stopped);
});

test('a program within its bound says nothing', () => {
  expect(analyseFile('model.py', 'import torch\nlayer = torch.nn.LSTM(2, 3)\n').problems).toEqual([]);
});

test('a fork spends what it joins', () => {
  const spent: number[] = [];
  const heap = new Heap(
    () => unknown('it is open'),
    (joined) => spent.push(joined),
  );
  const where = { from: 0, to: 1 };
  const held = list(Array.from({ length: 100 }, () => none));
  const change = (count: number) => () =>
    heap.setItems(held, [...held.items.slice(count), ...Array(count).fill(text('a'))]);
  heap.fork([() => {}, () => {}], () => 'goesOn', {}, where);
  heap.fork([change(10), () => {}], () => 'goesOn', {}, where);
  heap.fork([change(90), () => {}], () => 'goesOn', {}, where);
  const [nothing = 0, little = 0, much = 0] = spent;
  expect(nothing).toBe(0);
  expect(little).toBeGreaterThanOrEqual(10);
  expect(much).toBeGreaterThanOrEqual(90);
});
