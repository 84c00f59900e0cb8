/** Texts that are not read say so in a sentence, and are read again once they are what a person would write. */
import { describe, expect, test } from 'vitest';
import { analyseFile } from '../analysis';

const model = `import * as tf from '@tensorflow/tfjs';
const model = tf.sequential();
model.add(tf.layers.lstm({units: 8, inputShape: [10, 4]}));
`;
const statement = 'const a=(b)=>b?c(b):tf.layers.dense({units:b});';

describe('not read', () => {
  test.each([
    ['squeezed into few lines', 'page.js', model + statement.repeat(3_000), /^This script is bundled or minified /],
    ['larger than a script', 'page.ts', model + `${statement}\n`.repeat(25_000), /^This script is larger than 1.0 MB/],
    ['larger than a program', 'model.py', `import torch\n${'x = 1\n'.repeat(400_000)}`, /^This file is larger than 2/],
  ])('%s', (_, file, text, sentence) => {
    const { models, problems, framework } = analyseFile(file, text);
    expect({ models, framework }).toEqual({ models: [], framework: null });
    expect(problems).toMatchObject([{ message: expect.stringMatching(sentence), location: { line: 1 } }]);
  });
});

test('what was squeezed and is written out again is read', () => {
  const squeezed = analyseFile('page.js', model + statement.repeat(3_000));
  expect(analyseFile('page.js', model, null, squeezed).models).toHaveLength(1);
});

test('one long line in a program of many does not keep it from being read', () => {
  const data = `const picture = '${'a'.repeat(90_000)}';\n`;
  expect(analyseFile('page.js', model + data + '// A line.\n'.repeat(300)).models).toHaveLength(1);
});
