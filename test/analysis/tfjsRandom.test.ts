/** Random TensorFlow.js programs, with sizes and layers reaching the model in many ways, against TensorFlow.js' own counts. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { modelCosts } from '../../model/costs/model';
import { analyseFile } from '../../server/src/analysis';

const file = path.join(import.meta.dirname, '../fixtures/models/random_tfjs.json');
const { programs } = JSON.parse(readFileSync(file, 'utf8')) as {
  programs: readonly { source: string; total: number; trainable: number }[];
};

test.each(programs.map((program, number) => ({ number, ...program })))(
  'program $number',
  ({ source, total, trainable }) => {
    const { models } = analyseFile('random.js', `import * as tf from '@tensorflow/tfjs';\n${source}`);
    const counted = models.map((model) => {
      const { parameters, trainable: trained } = modelCosts(model);
      return { total: parameters.value, trainable: trained.value };
    });
    expect(counted, source).toEqual([{ total, trainable }]);
  },
);
