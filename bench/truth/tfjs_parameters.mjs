/**
 * Asks TensorFlow.js itself how many parameters the models of our fixtures have, and writes the numbers beside them.
 *
 *     npm install --prefix /some/folder @tensorflow/tfjs
 *     node bench/truth/tfjs_parameters.mjs /some/folder
 *
 * A fixture exports its models, or the functions and classes that make one without arguments.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [installation] = process.argv.slice(2);
if (installation === undefined) {
  console.error('Usage: node bench/truth/tfjs_parameters.mjs <folder where @tensorflow/tfjs is installed>');
  process.exit(2);
}
const load = createRequire(path.join(path.resolve(installation), 'index.js'));
const { version } = load('@tensorflow/tfjs/package.json');
const fixtures = path.join(import.meta.dirname, '../../test/fixtures/models');
// Below the installation, so that the fixtures' imports find it.
const copies = path.join(installation, 'fixtures');
mkdirSync(copies, { recursive: true });

/** @type {Record<string, Record<string, { total: number, trainable: number }>>} */
const files = {};
for (const name of readdirSync(fixtures).filter((file) => /^tfjs_.*\.[jt]s$/.test(file))) {
  const source = readFileSync(path.join(fixtures, name), 'utf8');
  const program = name.endsWith('.ts') ? stripTypeScriptTypes(source, { mode: 'transform' }) : source;
  const copy = path.join(copies, `${name}${/\brequire\(/.test(program) ? '.cjs' : '.mjs'}`);
  writeFileSync(copy, program);
  const exported = await import(pathToFileURL(path.resolve(copy)).href);
  const made = Object.entries({ ...exported.default, ...exported }).filter(([key]) => key !== 'default');
  files[name] = {};
  for (const [key, value] of made) {
    const model = await modelOf(value);
    if (model === null) continue;
    files[name][key.replace(/_$/, '')] = { total: count(model.weights), trainable: count(model.trainableWeights) };
  }
}
writeFileSync(
  path.join(fixtures, 'truth_tfjs.json'),
  `${JSON.stringify({ versions: { tfjs: version }, files }, null, 2)}\n`,
);

async function modelOf(value) {
  if (typeof value?.countParams === 'function') return value;
  if (typeof value !== 'function' || value.length > 0) return null;
  return /^class\b/.test(Function.prototype.toString.call(value)) ? new value() : value();
}

function count(weights) {
  return weights.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
}
