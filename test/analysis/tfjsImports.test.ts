/** TensorFlow.js models whose sizes, functions and base classes come from other files of the workspace. */
import { describe, expect, test } from 'vitest';
import { formatAmount } from '../../model/costs/amount';
import { modelCosts } from '../../model/costs/model';
import { analyseFile } from '../../server/src/analysis';

/** Models of `src/model.ts` with their parameters, the other files given by their paths. */
function modelsOf(
  source: string,
  others: Readonly<Record<string, string>>,
  importers: readonly string[] = [],
): string[] {
  const workspace = {
    read: (path: string) => (Object.hasOwn(others, path) ? others[path] : undefined),
    importersOf: () => importers,
  };
  return analyseFile('src/model.ts', `import * as tf from '@tensorflow/tfjs';\n${source}`, workspace).models.map(
    (graph) => `${graph.name} ${formatAmount(modelCosts(graph).parameters)}`,
  );
}

const lstm = (units: string): string =>
  `tf.sequential({ layers: [tf.layers.lstm({ units: ${units}, inputShape: [5, 3] })] })`;

const imports: Readonly<
  Record<string, { source: string; others: Readonly<Record<string, string>>; expected: readonly string[] }>
> = {
  'a constant by name': {
    source: `import { UNITS } from './sizes';\nconst model = ${lstm('UNITS')};`,
    others: { 'src/sizes.ts': 'export const UNITS = 4;' },
    expected: ['model 128'],
  },
  'a default export of an object': {
    source: `import config from '../config.js';\nconst model = ${lstm('config.lstm.units')};`,
    others: { 'config.js': 'export default { lstm: { units: 4 } };' },
    expected: ['model 128'],
  },
  'a whole module, by the name it will be compiled to': {
    source: `import * as sizes from './sizes.js';\nconst model = ${lstm('sizes.units()')};`,
    others: { 'src/sizes.ts': 'const width = 2;\nexport function units() { return width * 2; }' },
    expected: ['model 128'],
  },
  'names passed on by an index': {
    source: `import { UNITS, renamed } from './settings';\nconst model = ${lstm('UNITS + renamed')};`,
    others: {
      'src/settings/index.ts': `export * from './sizes';\nexport { more as renamed } from './more';`,
      'src/settings/sizes.ts': 'const inner = 3;\nexport { inner as UNITS };',
      'src/settings/more.ts': 'export const more = 1;',
    },
    expected: ['model 128'],
  },
  'module.exports': {
    source: `const { units } = require('./sizes');\nconst make = require('./make');\nconst model = tf.sequential({ layers: [make(units)] });`,
    others: {
      'src/sizes.js': 'module.exports = { units: 4 };',
      'src/make.js': `const { layers } = require('@tensorflow/tfjs');\nmodule.exports = (units) => layers.lstm({ units, inputShape: [5, 3] });`,
    },
    expected: ['model 128'],
  },
  'a function that builds the model elsewhere': {
    source: `import { add } from './add';\nconst model = tf.sequential();\nadd(model, 4);`,
    others: {
      'src/add.ts': `import { layers } from '@tensorflow/tfjs-node';\nexport const add = (model, units) => model.add(layers.lstm({ units, inputShape: [5, 3] }));`,
    },
    expected: ['model 128'],
  },
  'a base class': {
    source: `import Base from './base';\nexport class Net extends Base {\n  layers() { return [tf.layers.lstm({ units: this.units, inputShape: [5, 3] })]; }\n}\nnew Net(4);`,
    others: {
      'src/base.ts': `import * as tf from '@tensorflow/tfjs';\nexport default class extends tf.Sequential {\n  constructor(protected units: number) {\n    super();\n    for (const layer of this.layers()) this.add(layer);\n  }\n}`,
    },
    expected: ['Net 128'],
  },
  'files that import each other': {
    source: `import { twice } from './twice';\nexport const BASE = 2;\nconst model = ${lstm('twice(BASE)')};`,
    others: { 'src/twice.ts': `import { BASE } from './model';\nexport const twice = (value) => value * 2;` },
    expected: ['model 128'],
  },
  'sizes from JSON': {
    source: `import sizes, { depth } from './sizes.json';\nconst other = require('./sizes.json');\nconst model = ${lstm('sizes.units + depth - other.depth')};`,
    others: { 'src/sizes.json': '{ "units": 4, "depth": -2, "kinds": ["lstm"] }' },
    expected: ['model 128'],
  },
  'a file that is not there': {
    source: `import { UNITS } from './sizes';\nconst model = ${lstm('UNITS')};`,
    others: {},
    expected: ['model 4·UNITS² + 16·UNITS'],
  },
};

describe('imports', () => {
  test.each(Object.entries(imports))('%s', (_, { source, others, expected }) => {
    expect(modelsOf(source, others)).toEqual(expected);
  });
});

const builder = `export function build(units, depth = 1) {\n  return tf.sequential({ layers: [tf.layers.lstm({ units: units * depth, inputShape: [5, 3] })] });\n}`;
const trainer = `export class Trainer {\n  constructor({ units }) { this.units = units; }\n  build() {\n    return ${lstm('this.units')};\n  }\n}`;

const programs: Readonly<
  Record<string, { source: string; others: Readonly<Record<string, string>>; expected: readonly string[] }>
> = {
  'a call at the top': {
    source: builder,
    others: { 'src/train.ts': `import { build } from './model';\nbuild(4);` },
    expected: ['build 128'],
  },
  'a call in a function that a page calls': {
    source: builder,
    others: {
      'src/train.js': `const { build } = require('./model');\nconst units = 2;\nasync function main() { build(units, 2); }\ndocument.addEventListener('click', main);`,
    },
    expected: ['build 128'],
  },
  'a call in a function that nobody calls': {
    source: builder,
    others: { 'src/train.ts': `import * as model from './model.js';\nexport const train = () => model.build(4);` },
    expected: ['build 128'],
  },
  'a class': {
    source: trainer,
    others: { 'src/train.ts': `import { Trainer } from './model';\nnew Trainer({ units: 4 }).build();` },
    expected: ['build 128'],
  },
  'two programs': {
    source: builder,
    others: {
      'src/small.ts': `import { build } from './model';\nbuild(4);`,
      'src/large.ts': `import { build } from './model';\nbuild(8);`,
    },
    expected: ['build 128', 'build 384'],
  },
  'a program that does not call it': {
    source: builder,
    others: { 'src/types.ts': `import { build } from './model';\nexport type Build = typeof build;` },
    expected: ['build 4·units² + 16·units'],
  },
  'a program that is no JavaScript': {
    source: builder,
    others: { 'src/train.ts': 'import { build } from (((' },
    expected: ['build 4·units² + 16·units'],
  },
};

describe('programs around a file', () => {
  test.each(Object.entries(programs))('%s', (_, { source, others, expected }) => {
    expect(modelsOf(source, others, Object.keys(others))).toEqual(expected);
  });
});
