/** Whatever the JavaScript, analysis ends with an answer: truncated and mutated fixtures, and programs that would not end. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { modelCosts } from '../../model/costs/model';
import { analyseFile } from '../../server/src/analysis';

const folder = path.join(import.meta.dirname, '../fixtures/models');
const sources = readdirSync(folder)
  .filter((name) => /^tfjs_.*\.[jt]s$/.test(name))
  .map((name) => ({ name, text: readFileSync(path.join(folder, name), 'utf8') }));

function analyse(name: string, text: string): void {
  for (const model of analyseFile(name, text).models) modelCosts(model);
}

const place = fc.double({ min: 0, max: 1, noNaN: true });

test('truncated sources', () => {
  fc.assert(
    fc.property(fc.constantFrom(...sources), place, ({ name, text }, fraction) => {
      analyse(name, text.slice(0, Math.floor(text.length * fraction)));
    }),
    { numRuns: 60, seed: 1 },
  );
});

test('mutated sources', () => {
  const snippets = ['(', ')', '[', ']', '{', '}', ',', '=', ';', '=>', '...', '`', '${', '"', '//', '/*', '?.', '??'];
  const words = ['for (;;) ', 'class ', 'new ', 'await ', 'this.', 'super(', 'yield ', 'async ', '-1', '0', 'null'];
  fc.assert(
    fc.property(
      fc.constantFrom(...sources),
      fc.array(fc.tuple(place, fc.nat(12), fc.constantFrom('', ...snippets, ...words)), { minLength: 1, maxLength: 6 }),
      ({ name, text }, edits) => {
        const mutated = edits.reduce((source, [fraction, removed, inserted]) => {
          const at = Math.floor(source.length * fraction);
          return source.slice(0, at) + inserted + source.slice(at + removed);
        }, text);
        analyse(name, mutated);
      },
    ),
    { numRuns: 150, seed: 2 },
  );
});

const loops = (depth: number, body: string): string =>
  depth === 0 ? body : `for (let i${depth} = 0; i${depth} < 200; i${depth}++) { ${loops(depth - 1, body)} }`;

const endless: Readonly<Record<string, string>> = {
  'a loop that does not end': 'while (true) { tf.sequential(); }',
  'a loop without a condition': 'for (;;) {}',
  'functions that call each other':
    'function f(x) { return g(x) + g(x); }\nfunction g(x) { return f(x) + f(x); }\nf(1);',
  'many calls without an end': `function f(x) { return g(x) + g(x); }\nfunction g(x) { return f(x) + f(x); }\n${'f(1);\n'.repeat(200)}`,
  'arrays that grow in loops that may not run': `function f(a, b, c) {
  for (const x of a) {
    const out = [];
    for (const y of b) {
      if (x.d) out.push(y, f(x, y, out)); else out.unshift(c ? x : f(y, x, b));
      a.e = y.e || x.e && out.length;
    }
  }
  return tf.layers.dense({units: a.e});
}`,
  'an arrow function that calls itself': 'const f = (n) => f(n - 1);\nf(3);',
  'nested loops': loops(9, 'x = 1;'),
  'deep nesting': `const x = ${'('.repeat(4000)}1${')'.repeat(4000)};`,
  'deep blocks': `${'{'.repeat(4000)}${'}'.repeat(4000)}`,
  'a long chain': `const x = ${'1 + '.repeat(20_000)}1;`,
  'growing arrays': 'let x = new Array(9999);\nfor (let i = 0; i < 200; i++) x = x.concat(x);',
  'an array that grows in place': 'const x = [1];\nfor (let i = 0; i < 200; i++) x.push(...x);',
  'growing texts': 'let x = "abc";\nfor (let i = 0; i < 200; i++) x += x;',
  'growing expressions': 'let x = a + b;\nfor (let i = 0; i < 200; i++) x = x * x + x;',
  'branches on branches': Array.from({ length: 40 }, (_, i) => `let x${i}; if (c${i}) x${i} = 1; else x${i} = 2;`).join(
    '\n',
  ),
  'a class that is its own base':
    'class A extends tf.Sequential {}\nA = class extends A { constructor() { super(); new A(); } };',
  'a class that extends itself': 'class A extends A { constructor() { super(); } }\nnew A();',
  'an object that holds itself': 'const o = {};\no.self = o;\nconst { self } = o;\ntf.sequential(o);',
  'a getter that reads itself': 'class A { get x() { return this.x; } }\nnew A().x;',
  'nothing at all': '',
  'not JavaScript': '\u0000\uD800 ### def f(x): %$ \u2028 tf.layers',
};

describe('programs without an end', () => {
  test.each(Object.entries(endless))('%s', (_, source) => {
    for (const file of ['a.js', 'a.ts', 'a.tsx']) analyse(file, `import * as tf from '@tensorflow/tfjs';\n${source}`);
  });
});

test('a definition after an endless loop is still read', () => {
  const source = `while (true) {}\nconst model = tf.sequential({layers: [tf.layers.lstm({units: 2, inputShape: [3, 4]})]});`;
  expect(analyseFile('a.js', source).models.map((model) => modelCosts(model).parameters.value)).toEqual([56]);
});
