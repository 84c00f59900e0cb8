/** What a file's name says about how it is read. */
import { expect, test } from 'vitest';
import { isTaskName, recipeForFile, taskNames } from './dataRecipe';

test.each([
  ['/data/weather.csv', 'table'],
  ['/data/WEATHER.CSV', 'table'],
  ['/data/log.tsv', 'table'],
  ['C:\\data\\log.tsv', 'table'],
  ['/data/alice.txt', 'text'],
  ['/data/README', 'text'],
  ['/data/csv', 'text'],
  ['/tables.csv/alice', 'text'],
])('%s is read as a %s', (path, kind) => {
  expect(recipeForFile(path).kind).toBe(kind);
});

test('columns go with a table', () => {
  expect(recipeForFile('/a.csv', { target: 'y', features: ['x'] })).toEqual({
    kind: 'table',
    path: '/a.csv',
    target: 'y',
    features: ['x'],
  });
});

test('tasks are known by their names alone', () => {
  expect(taskNames.filter(isTaskName)).toEqual(taskNames);
  expect(['chess', 'toString', ''].filter(isTaskName)).toEqual([]);
});
