/** Every feature of the language server on every kind of file: the same model, with the same mistake where there can be one. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CodeAction, CodeLens, Diagnostic, Hover, InlayHint } from 'vscode-languageserver/node';
import {
  type ChangeCellResult,
  type CostsResult,
  changeCellRequest,
  costsRequest,
  type PreviewModelResult,
  previewModelRequest,
  type RecommendResult,
  recommendRequest,
} from '../../protocol/languageServer';
import { type BuiltProgram, buildProgram, projectFolder } from './bundles';
import { type EditorClient, modernCapabilities, positionOf, startClient } from './client';

/** A document with a model of two recurrent layers; `layer` is a text on the name of the first. */
interface Kind {
  readonly uri: string;
  readonly languageId: string;
  readonly layer: string;
  readonly text: string;
  /** What the first layer costs, as Keras or TensorFlow.js counts it. */
  readonly parameters: string;
  readonly canBeWritten: boolean;
}

const keras =
  'import keras\nfrom keras import layers\nmodel = keras.Sequential([\n    keras.Input((30, 4)),\n    layers.LSTM(8),\n    layers.LSTM(8),\n])\n';
const tfjs =
  "import * as tf from '@tensorflow/tfjs';\nexport const model = tf.sequential();\nmodel.add(tf.layers.lstm({ units: 8, inputShape: [30, 4] }));\nmodel.add(tf.layers.lstm({ units: 8 }));\n";
const fixture = path.join(projectFolder, 'test/fixtures/configs/sequential_keras3.json');
const notebook = 'file:///project/model.ipynb';

const programs = {
  Python: { uri: 'file:///project/model.py', languageId: 'python', layer: 'LSTM', text: keras },
  'a notebook': {
    uri: 'vscode-notebook-cell:/project/model.ipynb#1',
    languageId: 'python',
    layer: 'LSTM',
    text: keras,
  },
  JavaScript: { uri: 'file:///project/model.mjs', languageId: 'javascript', layer: 'lstm', text: tfjs },
  TypeScript: { uri: 'file:///project/model.ts', languageId: 'typescript', layer: 'lstm', text: tfjs },
  JSX: { uri: 'file:///project/view.jsx', languageId: 'javascriptreact', layer: 'lstm', text: tfjs },
  TSX: { uri: 'file:///project/view.tsx', languageId: 'typescriptreact', layer: 'lstm', text: tfjs },
} as const;

const kinds = new Map<string, Kind>(
  Object.entries(programs).map(([name, program]) => [name, { ...program, parameters: '416', canBeWritten: true }]),
);
// Loaded here, since the tables of tests are made before anything runs.
const saved = await readFile(fixture, 'utf8');
kinds.set('a saved model', {
  uri: 'file:///project/saved.json',
  languageId: 'json',
  layer: '"GRU"',
  text: saved,
  parameters: '120',
  canBeWritten: false,
});

let program: BuiltProgram;
let client: EditorClient;

beforeAll(async () => {
  program = await buildProgram('server/src/lsp/main.ts', 'server');
  client = await startClient([program.script, '--stdio'], modernCapabilities);
  for (const { uri, text, languageId } of kinds.values()) {
    if (!uri.startsWith('vscode-notebook-cell')) await client.open(uri, text, languageId);
  }
  const { uri, text, languageId } = programs['a notebook'];
  await client.connection.sendNotification('notebookDocument/didOpen', {
    notebookDocument: {
      uri: notebook,
      notebookType: 'jupyter-notebook',
      version: 1,
      cells: [{ kind: 2, document: uri }],
    },
    cellTextDocuments: [{ uri, text, languageId, version: 1 }],
  });
});
afterAll(async () => {
  await client.stop();
  await program.remove();
});

describe.each([...kinds])('%s', (_, { uri, text, layer, parameters, canBeWritten }) => {
  const position = positionOf(text, layer, 1);
  const ask = <Result>(method: string, params: object = {}): Promise<Result> =>
    client.connection.sendRequest<Result>(method, { textDocument: { uri }, ...params });
  const at = { uri, line: position.line, model: null };

  it('has a hover on a layer', async () => {
    const { contents } = await ask<Hover>('textDocument/hover', { position });
    expect(JSON.stringify(contents)).toContain(`${parameters} parameters`);
  });

  it('has hints', async () => {
    const range = { start: { line: 0, character: 0 }, end: { line: 9999, character: 0 } };
    const hints = await ask<InlayHint[]>('textDocument/inlayHint', { range });
    expect(hints.some(({ label }) => String(label).includes(`${parameters} params`))).toBe(true);
  });

  it('has lenses above the model', async () => {
    const lenses = await ask<CodeLens[]>('textDocument/codeLens');
    expect(lenses.map(({ command }) => command?.command)).toEqual([
      'unroll.showCosts',
      'unroll.recommend',
      'unroll.compareByTraining',
    ]);
  });

  it('has costs with a row for each layer, and other architectures', async () => {
    const result = await client.connection.sendRequest<CostsResult>(costsRequest, {
      ...at,
      sequenceLength: null,
      truncate: null,
    });
    if (result.kind === 'refused') throw new Error(result.message);
    const { report, markdown } = result;
    expect(report.layers.map((row) => row.parameters.text)).toContain(parameters);
    expect(report.variants).toHaveLength(6);
    expect(markdown).toContain(parameters);
  });

  it('has findings and their fixes, where there is something to mend', async () => {
    const { items } = await ask<{ items: Diagnostic[] }>('textDocument/diagnostic');
    expect(items.map(({ code }) => code)).toEqual(canBeWritten ? ['stacked-without-sequences'] : []);
    const [finding] = items;
    if (finding === undefined) return;
    const context = { diagnostics: items, only: ['quickfix'] };
    const actions = await ask<CodeAction[]>('textDocument/codeAction', { range: finding.range, context });
    expect(actions.map(({ title, edit }) => [title, edit !== undefined])).toEqual([
      [expect.stringMatching(/return_?sequences/i), true],
      ['Ignore stacked-without-sequences here', true],
    ]);
  });

  it('changes the cell, or says why not', async () => {
    const context = { diagnostics: [], only: ['refactor.rewrite'] };
    const range = { start: position, end: position };
    const actions = await ask<CodeAction[]>('textDocument/codeAction', { range, context });
    expect(actions.length).toBeGreaterThan(0);
    // An action with data gets its edit when it is chosen.
    const isWritten = ({ edit, data, disabled }: CodeAction): boolean =>
      (edit !== undefined || data !== undefined) && disabled === undefined;
    expect(actions.map(isWritten)).toEqual(actions.map(() => canBeWritten));
    const params = { ...at, cell: 'rnn' };
    const { kind } = await client.connection.sendRequest<ChangeCellResult>(changeCellRequest, params);
    expect(kind).toBe(canBeWritten ? 'edits' : 'refused');
  });

  it('can be recommended for', async () => {
    const budgets = { sequenceLength: 30, maxParameters: null, maxMemoryMegabytes: null, streaming: false };
    const result = await client.connection.sendRequest<RecommendResult>(recommendRequest, { ...at, ...budgets });
    expect(result.kind).toBe('recommendation');
  });

  it('can be compared by training, or says what is in the way', async () => {
    const result = await client.connection.sendRequest<PreviewModelResult>(previewModelRequest, at);
    expect(result.graph?.layers.length).toBeGreaterThan(1);
    expect(result.uri).toBe(uri);
    for (const { message, line } of result.obstacles)
      expect([message, line]).toEqual([expect.any(String), expect.any(Number)]);
  });
});
