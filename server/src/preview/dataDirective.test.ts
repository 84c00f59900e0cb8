/** The data that comments name, and what they may not say. */
import { expect, test } from 'vitest';
import { analyseFile } from '../analysis';
import { recipeFromDirectives } from './dataDirective';

function named(comment: string) {
  return recipeFromDirectives(analyseFile('model.py', `import torch\n${comment}\n`).directives, '/project');
}

test.each([
  ['# unroll: hidden_size=256', { kind: 'none' }],
  ['# unroll: task=adding', { kind: 'recipe', recipe: { kind: 'task', name: 'adding' } }],
  ['# unroll: data=a.txt', { kind: 'recipe', recipe: { kind: 'text', path: '/project/a.txt' } }],
  [
    '# unroll: data="a,b.csv", target=2020, features=x|2021',
    {
      kind: 'recipe',
      recipe: { kind: 'table', path: '/project/a,b.csv', target: '2020', features: ['x', '2021'] },
    },
  ],
])('%s', (comment, data) => {
  expect(named(comment)).toEqual(data);
});

test.each([
  [
    '# unroll: task=addding',
    /"# unroll: task=addding" names no task; there are adding, copy-memory, delayed-recall, parity, sine-mix, characters, digits, auto\./,
  ],
  ['# unroll: task=adding, data=a.csv', /exclude each other/],
  ['# unroll: task=adding, target=y', /"# unroll: target=y" names a column of a table or an array; adding has none/],
  ['# unroll: data=a.txt, features=x|y', /"# unroll: features=x\|y" names a column .*; a\.txt has none/],
  ['# unroll: target=y', /without data=FILE there is none/],
])('%s is refused', (comment, message) => {
  expect(named(comment)).toEqual({ kind: 'refused', message: expect.stringMatching(message) });
});
