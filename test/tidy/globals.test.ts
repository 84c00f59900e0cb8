/** The test of the borders is worth no more than what it sees. */
import { expect, test } from 'vitest';
import { outsideNamesIn } from './globals';

test.each([
  ["const home = process.env['HOME'];", ['process']],
  ["await fetch('https://example.org')", ['fetch']],
  ["const fs = require('node:fs');", ['require']],
  ['globalThis.fetch(url); process?.exit()', ['globalThis', 'process']],
  ['new Worker(url)', ['Worker']],
])('%s uses what is outside', (source, names) => {
  expect(outsideNamesIn(source)).toEqual(names);
});

test.each([
  '// process.env says nothing here',
  '/* fetch(url)\n * require(x) */',
  "const text = 'process.exit() and fetch(url)';",
  'machine.process(value); library.fetch(name)',
  'const processed = preprocess(value);',
])('%s does not', (source) => {
  expect(outsideNamesIn(source)).toEqual([]);
});
