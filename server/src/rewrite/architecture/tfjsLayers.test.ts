/** TensorFlow.js models as other architectures. The counts are those that TensorFlow.js 4.22 gives for the rewritten texts. */
import { describe, expect, it } from 'vitest';
import { modelCosts } from '../../../../model/costs/model';
import type { Architecture } from '../../../../protocol/recommendation';
import { analyseFile } from '../../analysis';
import { applyEdits } from '../edits';
import { changeArchitecture } from './change';

function rewrite(text: string, architecture: Architecture, width: number | null = null): string {
  const analysis = analyseFile('model.js', text);
  const [graph] = analysis.models;
  if (graph === undefined) throw new Error('the fixture has a model');
  const result = changeArchitecture(analysis, graph, { architecture, width }, (edits) =>
    analyseFile('model.js', applyEdits(text, edits)),
  );
  return result.kind === 'refused' ? `refused: ${result.message}` : applyEdits(text, result.edits);
}

function added(...layers: readonly string[]): string {
  const lines = [...layers, 'tf.layers.dense({ units: 1 })'].map((layer) => `model.add(${layer});\n`);
  return `import * as tf from '@tensorflow/tfjs';\n\nconst model = tf.sequential();\n${lines.join('')}`;
}

function listed(...layers: readonly string[]): string {
  const head = 'tf.layers.embedding({ inputDim: 100, outputDim: 8, inputLength: 20 })';
  const lines = [head, ...layers, "tf.layers.dense({ units: 2, activation: 'softmax' })"].map((one) => `    ${one},\n`);
  return `import * as tf from '@tensorflow/tfjs';\n\nexport const model = tf.sequential({\n  layers: [\n${lines.join('')}  ],\n});\n`;
}

const stack = added(
  'tf.layers.lstm({ units: 32, returnSequences: true, inputShape: [30, 4] })',
  'tf.layers.lstm({ units: 16 })',
);
const list = listed('tf.layers.gru({ units: 16 })');

describe('TensorFlow.js', () => {
  it.each<[string, Architecture, string, number]>([
    [
      stack,
      'bigru',
      added(
        'tf.layers.bidirectional({ layer: tf.layers.gru({ units: 32, returnSequences: true }), inputShape: [30, 4] })',
        'tf.layers.bidirectional({ layer: tf.layers.gru({ units: 16 }) })',
      ),
      14_913,
    ],
    [
      stack,
      'bilstm',
      added(
        'tf.layers.bidirectional({ layer: tf.layers.lstm({ units: 32, returnSequences: true }), inputShape: [30, 4] })',
        'tf.layers.bidirectional({ layer: tf.layers.lstm({ units: 16 }) })',
      ),
      19_873,
    ],
    [
      stack,
      'cnn-lstm',
      added(
        "tf.layers.conv1d({ filters: 32, kernelSize: 5, padding: 'same', activation: 'relu', inputShape: [30, 4] })",
        'tf.layers.lstm({ units: 32, returnSequences: true })',
        'tf.layers.lstm({ units: 16 })',
      ),
      12_145,
    ],
    [list, 'bigru', listed('tf.layers.bidirectional({ layer: tf.layers.gru({ units: 16 }) })'), 3_266],
    [list, 'bilstm', listed('tf.layers.bidirectional({ layer: tf.layers.lstm({ units: 16 }) })'), 4_066],
    [
      list,
      'cnn-lstm',
      listed(
        "tf.layers.conv1d({ filters: 16, kernelSize: 5, padding: 'same', activation: 'relu' })",
        'tf.layers.lstm({ units: 16 })',
      ),
      3_602,
    ],
    [list, 'rnn', listed('tf.layers.simpleRNN({ units: 16 })'), 1_234],
    [
      listed('tf.layers.bidirectional({ layer: tf.layers.lstm({ units: 16 }) })'),
      'rnn',
      listed('tf.layers.simpleRNN({ units: 16 })'),
      1_234,
    ],
  ])('%# %s → %s', (before, architecture, after, parameters) => {
    expect(rewrite(before, architecture)).toBe(after);
    const [graph] = analyseFile('model.js', after).models;
    if (graph === undefined) throw new Error('the result has a model');
    expect(modelCosts(graph).parameters.value).toBe(parameters);
  });

  it('changes the width', () => {
    expect(rewrite(list, 'gru', 8)).toBe(listed('tf.layers.gru({ units: 8 })'));
  });

  it.each<[string, Architecture, RegExp]>([
    [list, 'cnn-lstm-attention', /^refused: Line 3: TensorFlow.js has no layer that sums steps/],
    [list.replace('{ units: 16 }', '{ ...options }'), 'bigru', /^refused: /],
    [list.replace('tf.layers.gru(', 'gru('), 'bilstm', /^refused: /],
  ])('refuses %#', (text, architecture, message) => {
    const bound = text.replace(
      '\n\n',
      '\n\nconst { gru } = tf.layers;\nconst options = { units: 16, returnState: true };\n',
    );
    const shifted = new RegExp(message.source.replace('Line 3', 'Line 5'));
    expect(rewrite(bound, architecture)).toMatch(shifted);
  });

  it.each<[string, Architecture, RegExp]>([
    ['model.layers[0].getWeights();', 'bigru', /^refused: Line 7: a layer is looked up here by its number/],
    ['model.layers[0].getWeights();', 'cnn-lstm', /^refused: Line 7: a layer is looked up here by its number/],
    ['model.getLayer(null, 1).getWeights();', 'cnn-lstm', /^refused: Line 7: a layer is looked up here by its number/],
    ["model.getLayer('lstm').getWeights();", 'bilstm', /^refused: Line 7: a layer is looked up here by the name that/],
    ["model.getLayer('lstm_LSTM1').getWeights();", 'gru', /^refused: Line 7: a layer is looked up here by the name/],
  ])('refuses where the program has %s, as %s', (lookup, architecture, message) => {
    const text = `${added('tf.layers.lstm({ units: 32, inputShape: [30, 4] })')}\n${lookup}\n`;
    expect(rewrite(text, architecture)).toMatch(message);
  });

  it.each<[string, Architecture]>([
    ["model.getLayer('lstm').getWeights();", 'bilstm'],
    ['model.layers[model.layers.length - 1].getWeights();', 'cnn-lstm'],
  ])('rewrites where the program has %s of a layer with a name', (lookup, architecture) => {
    const text = added("tf.layers.lstm({ name: 'lstm', units: 32, inputShape: [30, 4] })") + lookup;
    expect(rewrite(text, architecture)).not.toMatch(/^refused/);
  });
});
