/** Keras and TensorFlow.js models saved as JSON, against what Keras counts; and whatever else a file may hold. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { modelCosts } from '../../model/costs/model';
import { mentionsFramework } from '../../protocol/probe';
import { analyseFile } from '../../server/src/analysis';
import { formatShape } from '../../server/src/frameworks/shapes';

const folder = path.join(import.meta.dirname, '../fixtures/configs');
const names = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'truth.json');
const textOf = (name: string): string => readFileSync(path.join(folder, name), 'utf8');
const truth = JSON.parse(textOf('truth.json')) as {
  files: Record<string, { readonly name: string; readonly total: number; readonly trainable: number }>;
};

describe.each(names)('%s', (name) => {
  const text = textOf(name);
  const { models, framework, syntaxErrors, problems } = analyseFile(name, text);

  test('looks like a model', () => {
    expect(mentionsFramework(name, text)).toBe(true);
    expect(framework).toBe('keras-config');
    expect(syntaxErrors).toEqual([]);
  });

  test('is counted as Keras counts it', () => {
    expect(problems).toEqual([]);
    const counted = models.map((model) => {
      const { parameters, trainable } = modelCosts(model);
      return { name: model.name, total: parameters.value, trainable: trainable.value };
    });
    expect(counted).toEqual([truth.files[name]]);
  });
});

function lines(text: string, ...models: ReturnType<typeof analyseFile>['models']) {
  const all = text.split('\n');
  return models.flatMap(({ layers }) => layers.map(({ type, location }) => [type, all[location.line - 1]?.trim()]));
}

test('layers stand on the lines that name their classes', () => {
  const text = textOf('sequential_keras3.json');
  expect(lines(text, ...analyseFile('a.json', text).models).slice(0, 3)).toEqual([
    ['Embedding', '"class_name": "Embedding",'],
    ['Bidirectional(LSTM)', '"class_name": "Bidirectional",'],
    ['TimeDistributed(Dense)', '"class_name": "TimeDistributed",'],
  ]);
});

test.each(['encoder_decoder_keras2.json', 'encoder_decoder_keras3.json'])(
  '%s shares a layer and passes states',
  (name) => {
    const [model] = analyseFile(name, textOf(name)).models;
    const shapes = model?.layers.map(({ path: layer, outputs }) => [
      layer,
      outputs.map((application) => application.map(({ shape }) => formatShape(shape)).join(' ')),
    ]);
    expect(shapes).toContainEqual(['words', ['(B, T_2, 6)', '(B, T, 6)']]);
    expect(shapes).toContainEqual(['encoder', ['(B, 5) (B, 5) (B, 5)']]);
    const decoder = model?.flow.find(({ operation }) => operation.kind === 'layer' && operation.path === 'decoder');
    expect(decoder?.inputs).toHaveLength(3);
  },
);

const lstm = (config: object) => ({ class_name: 'LSTM', config: { name: 'lstm', units: 3, ...config } });
const input = { batch_input_shape: [null, 5, 2] };

describe('older and rarer forms', () => {
  test.each<[string, object, number | null]>([
    ['layers as the configuration itself', { class_name: 'Sequential', config: [lstm(input)] }, 72],
    [
      'a GRU from before reset_after',
      { class_name: 'Sequential', config: [{ class_name: 'GRU', config: { name: 'gru', units: 3, ...input } }] },
      54,
    ],
    [
      'TensorFlow.js with the model right under modelTopology',
      { modelTopology: { class_name: 'Sequential', config: { name: 'm', layers: [lstm(input)] } } },
      72,
    ],
    [
      'a shape that only building gave',
      { class_name: 'Sequential', config: { name: 'm', layers: [lstm({})], build_input_shape: [null, 5, 2] } },
      72,
    ],
    [
      'a backward layer of its own',
      {
        class_name: 'Sequential',
        config: [
          {
            class_name: 'Bidirectional',
            config: { name: 'b', ...input, layer: lstm({}), backward_layer: lstm({ units: 9, go_backwards: true }) },
          },
        ],
      },
      null,
    ],
    [
      'a layer of somebody else',
      { class_name: 'Sequential', config: [{ class_name: 'Mystery', config: { name: 'x' } }] },
      null,
    ],
    ['a layer without a class', { class_name: 'Sequential', config: [{ config: {} }] }, null],
  ])('%s', (_, document, total) => {
    const [model] = analyseFile('m.json', JSON.stringify(document)).models;
    expect(model && modelCosts(model).parameters.value).toBe(total);
  });
});

describe('broken configurations say what is wrong', () => {
  const functional = (layers: readonly object[], output: readonly unknown[]) =>
    JSON.stringify({
      class_name: 'Functional',
      config: { name: 'm', layers, input_layers: [], output_layers: [output] },
    });
  const dense = {
    class_name: 'Dense',
    name: 'd',
    config: { name: 'd', units: 2 },
    inbound_nodes: [[['gone', 0, 0, {}]]],
  };

  test.each<[string, string, RegExp]>([
    ['an output that no layer gives', functional([], ['d', 0, 0]), /names d, which it does not have/],
    ['a layer applied to nothing', functional([dense], ['d', 0, 0]), /does not have|is not in the configuration/],
    ['no layers', JSON.stringify({ class_name: 'Sequential', config: { name: 'm' } }), /no layers/],
    [
      'layers that wait for each other',
      functional([{ ...dense, inbound_nodes: [[['d', 0, 0, {}]]] }], ['d', 0, 0]),
      /does not have|not in the/,
    ],
  ])('%s', (_, text, message) => {
    const { models, problems = [] } = analyseFile('m.json', text);
    expect(models).toEqual([]);
    expect(problems.map((problem) => problem.message).join()).toMatch(message);
  });

  test('a file that is cut off is read as far as it goes', () => {
    const text = textOf('sequential_keras2.json');
    const { models, syntaxErrors } = analyseFile('m.json', text.slice(0, text.indexOf('"TimeDistributed"')));
    expect(syntaxErrors).not.toEqual([]);
    expect(models[0]?.layers.map(({ type }) => type)).toContain('Bidirectional(LSTM)');
  });
});

test.each(['{"name": "package"}', '[]', '', '3', '{"class_name": "Adam", "config": {"lr": 1}}', '\u0000{{'])(
  '%s is no model',
  (text) => {
    const { models, framework, syntaxErrors } = analyseFile('a.json', text);
    expect({ models, framework, syntaxErrors }).toEqual({ models: [], framework: null, syntaxErrors: [] });
  },
);

test('truncated and mutated configurations', () => {
  const texts = names.map(textOf);
  const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
  const pieces = [
    '',
    '"',
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    'null',
    '-1',
    '1e400',
    '"class_name": "Functional",',
    '[[["lstm",0,0]]]',
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...texts),
      place,
      fc.array(fc.tuple(place, fc.nat(20), fc.constantFrom(...pieces)), { maxLength: 5 }),
      (text, kept, edits) => {
        const mutated = edits.reduce((current, [at, removed, inserted]) => {
          const from = Math.floor(current.length * at);
          return current.slice(0, from) + inserted + current.slice(from + removed);
        }, text);
        for (const fuzzed of [mutated, mutated.slice(0, mutated.length * kept)]) {
          for (const model of analyseFile('fuzzed.json', fuzzed).models) modelCosts(model);
        }
      },
    ),
    { numRuns: 150, seed: 5 },
  );
});

test('nesting beyond any document', () => {
  const deep = `{"class_name": "Sequential", "config": ${'['.repeat(5000)}${']'.repeat(5000)}}`;
  expect(analyseFile('a.json', deep).framework).toBe('keras-config');
});
