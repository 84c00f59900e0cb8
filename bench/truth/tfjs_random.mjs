/**
 * Writes random TensorFlow.js programs and what TensorFlow.js counts in the model of each, for the analyser to agree with.
 *
 *     node bench/truth/tfjs_random.mjs <folder where @tensorflow/tfjs is installed> [programs] [seed]
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [installation, programs = '120', seed = '1'] = process.argv.slice(2);
if (installation === undefined) {
  console.error(
    'Usage: node bench/truth/tfjs_random.mjs <folder where @tensorflow/tfjs is installed> [programs] [seed]',
  );
  process.exit(2);
}
const load = createRequire(path.join(path.resolve(installation), 'index.js'));
const tf = load('@tensorflow/tfjs');

/** Numbers from 0 to 1. Source: mulberry32 by Tommy Ettinger, public domain. */
function randomNumbers(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const random = randomNumbers(Number(seed));
const below = (count) => Math.floor(random() * count);
const oneOf = (choices) => choices[below(choices.length)];
const chance = (probability) => random() < probability;

/** A size as people write it: as a number, or by way of names declared above, which are added to `names`. */
function size(value, names) {
  const name = `size${names.length}`;
  switch (below(7)) {
    case 0:
      names.push(`const ${name} = ${value};`);
      return name;
    case 1:
      names.push(`const ${name} = { units: ${value}, other: [1, 2] };`);
      return `${name}.units`;
    case 2:
      names.push(`let ${name} = ${value * 2};`, `${name} /= 2;`);
      return name;
    case 3:
      names.push(`const [, ${name}] = [0, ${value}];`);
      return name;
    case 4:
      names.push(`const ${name} = (extra = ${value - 1}) => extra + 1;`);
      return `${name}()`;
    case 5:
      names.push(`const { ${name} = ${value} } = {};`);
      return name;
    default:
      return String(value);
  }
}

/** Options of a layer between braces. */
const options = (entries) => `{ ${entries.filter(Boolean).join(', ')} }`;

function recurrent(names, isSequence) {
  const kind = oneOf(['lstm', 'gru', 'simpleRNN']);
  const units = size(1 + below(9), names);
  const bias = chance(0.2) ? 'useBias: false' : '';
  const sequence = isSequence ? 'returnSequences: true' : chance(0.5) ? 'returnSequences: false' : '';
  if (chance(0.2)) {
    const cell = `tf.layers.${kind}Cell(${options([`units: ${units}`, bias])})`;
    return (first) => `tf.layers.rnn(${options([`cell: ${cell}`, sequence, first])})`;
  }
  const layer = `tf.layers.${kind}(${options([`units: ${units}`, bias, sequence])})`;
  if (chance(0.3)) {
    const merge = chance(0.5) ? `mergeMode: '${oneOf(['concat', 'sum', 'mul', 'ave'])}'` : '';
    return (first) => `tf.layers.bidirectional(${options([`layer: ${layer}`, merge, first])})`;
  }
  return (first) => `tf.layers.${kind}(${options([`units: ${units}`, bias, sequence, first])})`;
}

const plain =
  (name, ...entries) =>
  (first) =>
    `tf.layers.${name}(${options([...entries, first])})`;

/** The layers of a model, each as a function of the option that states its input. */
function layersOf(names) {
  const layers = [];
  const depth = 1 + below(3);
  for (let index = 0; index < depth; index++) {
    if (chance(0.25)) {
      layers.push(plain('conv1d', `filters: ${size(1 + below(6), names)}`, 'kernelSize: 3', "padding: 'same'"));
    }
    layers.push(recurrent(names, true));
    if (chance(0.3)) layers.push(plain(oneOf(['batchNormalization', 'layerNormalization'])));
    if (chance(0.3)) layers.push(plain('dropout', 'rate: 0.2'));
    if (chance(0.2)) layers.push(plain('maxPooling1d', 'poolSize: 2', "padding: 'same'"));
    if (chance(0.2))
      layers.push(plain('timeDistributed', `layer: tf.layers.dense({ units: ${size(1 + below(5), names)} })`));
  }
  layers.push(oneOf([recurrent(names, false), plain('flatten'), plain('globalAveragePooling1d')]));
  const isFrozen = chance(0.15);
  layers.push(
    plain(
      'dense',
      `units: ${size(1 + below(8), names)}`,
      chance(0.2) && 'useBias: false',
      isFrozen && 'trainable: false',
    ),
  );
  return layers;
}

function program() {
  const names = [];
  const input = `[${size(8 + below(8), names)}, ${size(1 + below(6), names)}]`;
  const layers = layersOf(names);
  const first = `inputShape: ${input}`;
  const texts = layers.map((layer, index) => layer(index === 0 ? first : ''));
  const bare = layers.map((layer) => layer(''));
  const declared = names.join('\n');
  switch (below(5)) {
    case 0:
      return `${declared}\nconst model = tf.sequential({ layers: [\n${texts.map((text) => `  ${text},`).join('\n')}\n] });\n`;
    case 1:
      return `${declared}\nconst model = tf.sequential();\n${texts.map((text) => `model.add(${text});`).join('\n')}\n`;
    case 2:
      return `${declared}\nconst input = tf.input({ shape: ${input} });\nlet x = input;\n${bare
        .map((text) => `x = ${text}.apply(x);`)
        .join('\n')}\nconst model = tf.model({ inputs: input, outputs: x });\n`;
    case 3:
      return `${declared}\nfunction build(make, ...rest) {\n  const built = tf.sequential();\n  built.add(make());\n  for (const layer of rest) built.add(layer());\n  return built;\n}\nconst model = build(${texts
        .map((text) => `() => ${text}`)
        .join(', ')});\n`;
    default:
      return `${declared}\nclass Builder {\n  constructor(layers) {\n    this.layers = layers;\n  }\n  get model() {\n    const [first, ...others] = this.layers;\n    return others.reduce((held, layer) => (held.add(layer), held), tf.sequential({ layers: [first] }));\n  }\n}\nconst { model } = new Builder([\n${texts
        .map((text) => `  ${text},`)
        .join('\n')}\n]);\n`;
  }
}

const count = (weights) =>
  weights.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);

const vectors = Array.from({ length: Number(programs) }, () => {
  const source = program();
  const model = new Function('tf', `${source}return model;`)(tf);
  const vector = { source, total: count(model.weights), trainable: count(model.trainableWeights) };
  model.dispose();
  return vector;
});
const file = path.join(import.meta.dirname, '../../test/fixtures/models/random_tfjs.json');
const versions = { tfjs: load('@tensorflow/tfjs/package.json').version };
writeFileSync(file, `${JSON.stringify({ versions, seed: Number(seed), programs: vectors }, null, 1)}\n`);
