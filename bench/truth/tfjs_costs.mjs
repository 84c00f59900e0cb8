/**
 * Writes what the models of test/fixtures/tfjs_costs.js cost by TensorFlow.js itself.
 *
 *     npm install --prefix /some/folder @tensorflow/tfjs
 *     node bench/truth/tfjs_costs.mjs /some/folder
 *
 * Written to test/fixtures/tfjs_costs.json, per model: the shapes of its weights, and the multiply-adds of the products that
 * ran for one sequence.
 */
import { copyFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [installation] = process.argv.slice(2);
if (installation === undefined) {
  console.error('Usage: node bench/truth/tfjs_costs.mjs <folder where @tensorflow/tfjs is installed>');
  process.exit(2);
}
const load = createRequire(path.join(path.resolve(installation), 'index.js'));
const tf = load('@tensorflow/tfjs');
const fixtures = path.join(import.meta.dirname, '../../test/fixtures');
// Below the installation, so that the fixture's import finds it.
const copy = path.join(path.resolve(installation), 'tfjs_costs.cjs');
copyFileSync(path.join(fixtures, 'tfjs_costs.js'), copy);

const models = {};
for (const [name, make] of Object.entries(load(copy))) {
  const model = make();
  const inputs = model.inputs.map(({ shape }) => tf.zeros(shape.map((size) => size ?? 1)));
  const { kernels } = await tf.profile(() => model.predict(inputs.length === 1 ? inputs[0] : inputs));
  models[name] = {
    weights: model.weights.map(({ shape }) => shape),
    macs: kernels.reduce((sum, kernel) => sum + macsOf(kernel), 0),
  };
}
const { version } = load('@tensorflow/tfjs/package.json');
writeFileSync(path.join(fixtures, 'tfjs_costs.json'), `${JSON.stringify({ tfjs: version, models }, null, 1)}\n`);

/** Of a kernel the profile tells the shapes that went in and came out. */
function macsOf({ name, inputShapes, outputShapes }) {
  const output = outputShapes[0].reduce((product, size) => product * size, 1);
  switch (name) {
    case 'BatchMatMul':
    case '_FusedMatMul': {
      // Both factors hold the summed axis: |A|·|B| = m·n·k² for each matrix of the batch.
      const [left, right] = inputShapes
        .slice(0, 2)
        .map((shape) => shape.slice(-2).reduce((product, size) => product * size, 1));
      const matrix = outputShapes[0].slice(-2).reduce((product, size) => product * size, 1);
      return output * Math.sqrt((left * right) / matrix);
    }
    case 'Conv2D':
    case 'FusedConv2D':
      return output * inputShapes[1].slice(0, -1).reduce((product, size) => product * size, 1);
    default:
      return 0;
  }
}
