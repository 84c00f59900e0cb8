/** What is offered to train on, and in which order. */
import { expect, test } from 'vitest';
import type { Layer, ModelGraph, Operation } from '../../../model/graph';
import { unknown } from '../../../model/graph';
import { untranslated } from '../translate';
import { dataChoices } from './dataChoices';

const location = { file: 'model.py', from: 0, to: 0, line: 1, column: 1 };

function modelOf(operation: Operation): ModelGraph {
  const layer: Layer = {
    path: 'first',
    type: 'First',
    operation,
    location,
    coreLocation: location,
    weights: [],
    outputs: [],
  };
  return {
    name: 'Model',
    framework: 'torch',
    form: 'module',
    location,
    extent: location,
    layers: [layer],
    flow: [],
    outputs: [],
    symbols: [],
    problems: [],
    loss: null,
  };
}

const size = unknown('not needed here');
const characterModel = modelOf({ op: 'embedding', vocabulary: size, width: size, maskZero: false, paddingIndex: null });
const seriesModel = modelOf({ op: 'input' });
const files = ['data/b.txt', 'data/weather.csv', 'data/a.txt'].map((relativePath) => ({
  relativePath,
  absolutePath: `/project/${relativePath}`,
}));

function labels(model: ModelGraph): string[][] {
  return dataChoices(model, files, untranslated).map(({ choices }) => choices.map(({ label }) => label));
}

test('a model that reads characters is offered texts first', () => {
  expect(labels(characterModel)).toEqual([
    ['data/a.txt', 'data/b.txt', 'data/weather.csv', 'Choose another file…'],
    ['auto', 'characters', 'delayed-recall', 'copy-memory', 'parity'],
  ]);
});

test('a model that reads numbers is offered tables first', () => {
  expect(labels(seriesModel)).toEqual([
    ['data/weather.csv', 'data/a.txt', 'data/b.txt', 'Choose another file…'],
    ['auto', 'sine-mix', 'adding', 'digits', 'delayed-recall', 'copy-memory', 'parity'],
  ]);
});

test('another file can be chosen where the workspace has none', () => {
  const [fileGroup] = dataChoices(seriesModel, [], untranslated);
  expect(fileGroup?.choices.map(({ kind }) => kind)).toEqual(['otherFile']);
});
