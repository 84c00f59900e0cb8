/** Where JavaScript leaves open what a model holds, no number is given; where only a size is open, a formula is. */
import { describe, expect, test } from 'vitest';
import { formatAmount } from '../../model/costs/amount';
import { modelCosts } from '../../model/costs/model';
import { analyseFile } from '../../server/src/analysis';

function parametersOf(body: string): string[] {
  const { models } = analyseFile('model.ts', `import * as tf from '@tensorflow/tfjs';\n${body}`);
  return models.map((model) => formatAmount(modelCosts(model).parameters));
}

const start = 'const model = tf.sequential();\nmodel.add(tf.layers.lstm({ units: 3, inputShape: [5, 2] }));\n';

const open: Readonly<Record<string, string>> = {
  'a layer added under a condition': `${start}if (flag) model.add(tf.layers.dense({ units: 7 }));`,
  'a layer chosen by a condition': `${start}model.add(flag ? tf.layers.dense({ units: 7 }) : tf.layers.dense({ units: 8 }));`,
  'a layer chosen by a switch': `${start}switch (flag) {\n  case 'a': model.add(tf.layers.dense({ units: 7 })); break;\n  default: model.add(tf.layers.dense({ units: 8 }));\n}`,
  'a layer kind chosen at run time': `${start}model.add(tf.layers[flag]({ units: 7 }));`,
  'as many layers as something unknown says': `${start}for (let i = 0; i < flag; i++) model.add(tf.layers.dense({ units: 7 }));`,
  'a layer for each item of something unknown': `${start}flag.forEach((units) => model.add(tf.layers.dense({ units: 7 })));\nfor (const units of flag) model.add(tf.layers.dense({ units }));`,
  'a callback for each item of something unknown': `${start}flag.forEach((units) => model.add(tf.layers.dense({ units: 7 })));`,
  'a count that a callback changes': `let n = 0;\nflag.forEach((item) => { n += item; });\nconst model = tf.sequential();\nfor (let i = 0; i < n; i++) model.add(tf.layers.dense({ units: 7 }));\nmodel.add(tf.layers.dense({ units: 7, inputShape: [2] }));`,
  'a function that nobody is seen to call': `${start}export function extend() {\n  model.add(tf.layers.dense({ units: 7 }));\n}`,
  'a method that nobody is seen to call': `class Net {\n  constructor() {\n    this.model = tf.sequential({ layers: [tf.layers.lstm({ units: 3, inputShape: [5, 2] })] });\n  }\n  extend() {\n    this.model.add(tf.layers.dense({ units: 7 }));\n  }\n}\nexport const net = new Net();`,
  'widths that unknown code may change': `const widths = [3];\nfill(widths);\nconst model = tf.sequential({ layers: widths.map((units) => tf.layers.dense({ units, inputShape: [2] })) });`,
  'items that are looked for by something unknown': `${start}[7, 8].some((units) => {\n  model.add(tf.layers.dense({ units }));\n  return flag;\n});`,
  'a loop that is left from inside another': `${start}outer: for (let i = 0; i < 3; i++) {\n  for (let k = 0; k < 2; k++) {\n    if (k === 1) continue outer;\n    model.add(tf.layers.dense({ units: 7 }));\n  }\n}`,
  'a loop that may stop early': `${start}for (let i = 0; i < 3; i++) {\n  if (flag) break;\n  model.add(tf.layers.dense({ units: 7 }));\n}`,
  'layers from somewhere else': 'const model = tf.sequential({ layers: loadLayers() });',
  'options from somewhere else': `${start}model.add(tf.layers.dense({ units: 7, ...flag }));`,
  'options that are not known at all': `${start}model.add(tf.layers.dense(flag));`,
  'a layer that is not described': `${start}model.add(tf.layers.mystery({ units: 7 }));`,
  'a layer of the program': `class Mine extends tf.layers.Layer {}\n${start}model.add(new Mine());`,
  'an input without a shape': 'const model = tf.sequential({ layers: [tf.layers.lstm({ units: 3 })] });',
  'a GRU that TensorFlow.js refuses':
    'const model = tf.sequential({ layers: [tf.layers.gru({ units: 3, resetAfter: true, inputShape: [5, 2] })] });',
  'a branch of a functional model':
    'const input = tf.input({ shape: [5, 2] });\nlet x = tf.layers.lstm({ units: 3 }).apply(input);\nif (flag) x = tf.layers.dense({ units: 3 }).apply(x);\nconst model = tf.model({ inputs: input, outputs: x });',
};

describe('no number', () => {
  test.each(Object.entries(open))('%s', (_, body) => expect(parametersOf(body)).toEqual(['unknown']));
});

const symbolic: Readonly<Record<string, readonly [body: string, formula: string]>> = {
  'one function of two things': [
    'const branch = (f) => {\n  const n = f();\n  return tf.layers.dense({ units: n, inputShape: [4] });\n};\nconst model = tf.sequential({ layers: [branch(load), branch(read)] });',
    'n·n#2 + n#2 + 5·n',
  ],
  'rounds of a loop': [
    'const model = tf.sequential();\nfor (let i = 0; i < 2; i++) {\n  const n = load(i);\n  model.add(tf.layers.dense({ units: n, inputShape: [4] }));\n}',
    'n·n#2 + n#2 + 5·n',
  ],
  'a parameter that no call gives': [
    'export function build(hidden) {\n  return tf.sequential({ layers: [tf.layers.lstm({ units: hidden, inputShape: [5, 2] })] });\n}',
    '4·hidden² + 12·hidden',
  ],
  'a property of options that no call gives': [
    'export const build = ({ hidden, depth = 2 }) =>\n  tf.sequential({ layers: [tf.layers.lstm({ units: hidden * depth, inputShape: [5, 2] })] });',
    '16·hidden² + 24·hidden',
  ],
  'a value read from a page': [
    "const hidden = Number(document.getElementById('hidden').value);\nconst model = tf.sequential({ layers: [tf.layers.simpleRNN({ units: hidden, inputShape: [5, 2] })] });",
    'hidden² + 3·hidden',
  ],
  'options that are copied by way of JSON': [
    'const options = { units: [9, 4] };\nconst copy = JSON.parse(JSON.stringify(options));\ncopy.units[0] = 2;\nconst last = structuredClone(options);\nlast.units.push(copy.units[0]);\nconst model = tf.sequential({ layers: [tf.layers.lstm({ units: options.units[1] * (last.units.length - 2), inputShape: [5, copy.units[0]] })] });',
    '112',
  ],
  'widths that are sorted': [
    'const widths = [10, 4, 9].sort((a, b) => a - b);\nconst names = [10, 2, 9].sort();\nconst model = tf.sequential({ layers: [tf.layers.lstm({ units: widths[0], inputShape: [5, names[1]] })] });',
    '112',
  ],
  'widths that something unknown sorts': [
    'const widths = [4, 4].sort(order);\nconst model = tf.sequential({ layers: [tf.layers.dense({ units: widths.length, useBias: false, inputShape: [3] })] });',
    '6',
  ],
  'a search that ends with what it looks for': [
    'const model = tf.sequential();\n[4, 3, 2].find((units, i, all) => {\n  model.add(tf.layers.dense({ units, useBias: false, inputShape: [all.length] }));\n  return units === 3;\n});',
    '24',
  ],
  'options that are printed': [
    'const options = { units: 4, inputShape: [5, 2] };\nconsole.log(options, JSON.stringify(options));\nconst model = tf.sequential({ layers: [tf.layers.lstm(options)] });',
    '112',
  ],
  'options that only the first layer has': [
    'const model = tf.sequential();\n[4, 2].forEach((units, i) => model.add(tf.layers.simpleRNN({ units, returnSequences: i < 1, ...(i === 0 && { inputShape: [5, 2] }) })));',
    '42',
  ],
  'a rounded quotient': [
    'export function build(hidden) {\n  return tf.sequential({ layers: [tf.layers.dense({ units: Math.floor(hidden / 2), useBias: false, inputShape: [4] })] });\n}',
    '4·⌊hidden/2⌋',
  ],
  'a size supplied by a comment': [
    '// unroll: hidden=4\nexport function build(hidden) {\n  return tf.sequential({ layers: [tf.layers.lstm({ units: hidden, inputShape: [5, 2] })] });\n}',
    '112',
  ],
  'a model that only one way of a condition makes': [
    'export function build(flag) {\n  if (flag) {\n    const model = tf.sequential();\n    model.add(tf.layers.lstm({ units: 4, inputShape: [5, 2] }));\n    return model;\n  }\n  return null;\n}',
    '112',
  ],
  'a callback of something unknown': [
    "describe('model', () => {\n  it('builds', async () => {\n    const model = tf.sequential();\n    model.add(tf.layers.lstm({ units: 4, inputShape: [5, 2] }));\n  });\n});",
    '112',
  ],
  'a method that nobody calls': [
    'class Trainer {\n  units = 4;\n  build() {\n    this.model = tf.sequential({ layers: [tf.layers.lstm({ units: this.units, inputShape: [5, 2] })] });\n  }\n}',
    '112',
  ],
  'a method that fills what the constructor makes, of a class that nobody constructs': [
    'export class Trainer {\n  constructor(units = 4) {\n    this.units = units;\n    this.model = tf.sequential();\n  }\n  grow() {\n    this.units *= 2;\n  }\n  build() {\n    this.model.add(tf.layers.lstm({ units: this.units, inputShape: [5, 2] }));\n  }\n}',
    '112',
  ],
  'types between a class and its arguments': [
    'class Builder<T> {\n  constructor(private options: T) {}\n  build<K>(_unused?: K) {\n    return tf.sequential({ layers: [tf.layers.lstm({ units: this.options.units as number, inputShape: [5, 2] } as const)] });\n  }\n}\nnew Builder<{ units: number }>({ units: 4 } satisfies object).build<string>();',
    '112',
  ],
  'a page that loads the library by itself': [
    'window.build = function () {\n  return tf.sequential({ layers: [tf.layers.lstm({ units: 4, inputShape: [5, 2] })] });\n};',
    '112',
  ],
};

describe('formulas and exact numbers', () => {
  test.each(Object.entries(symbolic))('%s', (_, [body, formula]) => expect(parametersOf(body)).toEqual([formula]));
});

/** An LSTM of 128 parameters and a dense layer of 10, as TensorFlow.js counts what is trained of them; null where it is left open. */
const trained: Readonly<Record<string, readonly [body: string, trainable: number | null]>> = {
  'nothing is said': ['', 138],
  'a layer by its name': ["model.getLayer('encoder').trainable = false;", 10],
  'a layer by the name that the library gives': ["model.getLayer('dense_Dense1').trainable = false;", 128],
  'a layer by its place': ['model.getLayer(null, 1).trainable = false;', 128],
  'layers of a list': ['for (const layer of model.layers.slice(0, 1)) layer.trainable = false;', 10],
  'a layer that is not known': ['model.layers[Number(flag)].trainable = false;', null],
  'the model': ['model.trainable = false;', 0],
  'a layer, twice': [
    "const layer = model.getLayer('encoder');\nlayer.trainable = false;\nlayer.trainable = true;",
    138,
  ],
  'a layer inside a model that is not': ['model.trainable = false;\nmodel.layers[0].trainable = true;', null],
  'a model around a layer that is not': ['model.layers[0].trainable = false;\nmodel.trainable = true;', null],
};

describe('what is trained', () => {
  test.each(Object.entries(trained))('%s', (_, [body, trainable]) => {
    const model =
      "const model = tf.sequential({ layers: [tf.layers.lstm({ units: 4, inputShape: [5, 3], name: 'encoder' }), tf.layers.dense({ units: 2 })] });";
    const { models } = analyseFile('model.js', `import * as tf from '@tensorflow/tfjs';\n${model}\n${body}`);
    const [graph] = models;
    if (graph === undefined) throw new Error('the fixture has a model');
    const costs = modelCosts(graph);
    expect([formatAmount(costs.parameters), formatAmount(costs.trainable)]).toEqual([
      '138',
      trainable === null ? 'unknown' : String(trainable),
    ]);
  });
});
