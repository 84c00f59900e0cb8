/** The rule fires on predictions in a loop that nothing can release. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';

const { checkFindings, checkFix, checkNoFix } = checksOf('tfjs-leak-in-loop');

const program = (...body: readonly string[]): string =>
  `import * as tf from '@tensorflow/tfjs';\nasync function run(model, inputs, out) {\n${body.map((line) => (line.startsWith('//') ? line : `  ${line}`)).join('\n')}\n}\n`;

describe('fires', () => {
  it('on the prediction', () => {
    checkFindings(
      program(
        'for (const x of inputs) {',
        '  out.push(model.predict(x).dataSync());',
        '//           ^^^^^^^^^^^^^^^^ tfjs-leak-in-loop',
        '}',
      ),
      'model.js',
    );
  });

  it('in a function that is called for each item', () => {
    checkFix(
      program('inputs.forEach((x) => out.push(model.predict(x).dataSync()));'),
      program('inputs.forEach((x) => out.push(tf.tidy(() => model.predict(x).dataSync())));'),
      'model.js',
    );
  });

  it.each([
    'const y = model.predict(x); out.push(y.dataSync()[0]);',
    'const y = model.predict(x); out.push(await y.data(), y.arraySync());',
  ])('on a name under which it is only read: %s', (body) => {
    checkNoFix(program(`for (const x of inputs) { ${body} }`), 'model.js');
  });

  it('without a fix where it is awaited', () => {
    checkNoFix(program('while (true) out.push(await model.predict(out).data());'), 'model.js');
  });
});

describe('does not fire', () => {
  it.each([
    ['in tidy', 'for (const x of inputs) out.push(tf.tidy(() => model.predict(x).dataSync()));'],
    [
      'where tensors are disposed of',
      'for (const x of inputs) { const y = model.predict(x); out.push(y.dataSync()); y.dispose(); }',
    ],
    ['outside of loops', 'out.push(model.predict(inputs).dataSync());'],
    ['on a tensor that has a name', 'for (const x of inputs) { const y = model.predict(x); out.push(y); }'],
    [
      'on a name that goes elsewhere too',
      'for (const x of inputs) { const y = model.predict(x); y.print(); y.dataSync(); }',
    ],
    ['in a function that is made in the loop', 'for (const x of inputs) out.push(() => model.predict(x).dataSync());'],
  ])('%s', (_, body) => checkFindings(program(body), 'model.js'));
});

describe('fixes', () => {
  it('what is read at once', () => {
    checkFix(
      program('for (const x of inputs) out.push(model.predict(x).dataSync()[0]);'),
      program('for (const x of inputs) out.push(tf.tidy(() => model.predict(x).dataSync())[0]);'),
      'model.js',
    );
  });

  it('a typed result', () => {
    checkFix(
      program('do { out.push((model.predict(out) as tf.Tensor).arraySync()); } while (out.length < 9);'),
      program('do { out.push(tf.tidy(() => (model.predict(out) as tf.Tensor).arraySync())); } while (out.length < 9);'),
      'model.ts',
    );
  });
});
