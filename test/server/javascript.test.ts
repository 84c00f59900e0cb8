/** The language server on JavaScript and TypeScript: hovers, hints, lenses, findings, and silence where TensorFlow.js is not named. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { CodeAction, CodeLens, Diagnostic, Hover, InlayHint } from 'vscode-languageserver/node';
import {
  type ChangeCellResult,
  changeCellRequest,
  type PreviewModelResult,
  previewModelRequest,
  type RecommendResult,
  recommendRequest,
} from '../../protocol/languageServer';
import { type BuiltProgram, buildProgram } from './bundles';
import { type EditorClient, modernCapabilities, positionOf, startClient } from './client';

const uri = 'file:///project/model.ts';
const source = `import * as tf from '@tensorflow/tfjs';

const units: number = 32;
// unroll: data=weather.csv
export const model = tf.sequential();
model.add(tf.layers.lstm({ units, inputShape: [30, 4] }));
model.add(tf.layers.gru({ units: units / 2 }));
model.add(tf.layers.dense({ units: 1 }));
model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
`;

let program: BuiltProgram;
let client: EditorClient;

beforeAll(async () => {
  program = await buildProgram('server/src/lsp/main.ts', 'server');
});
afterAll(() => program.remove());
beforeEach(async () => {
  client = await startClient([program.script, '--stdio'], modernCapabilities);
});
afterEach(() => client.stop());

const whole = { start: { line: 0, character: 0 }, end: { line: 100, character: 0 } };

function ask<Result>(method: string, params: object = {}, of: string = uri): Promise<Result> {
  return client.connection.sendRequest<Result>(method, { textDocument: { uri: of }, ...params });
}

async function hintLabels(of: string = uri): Promise<readonly string[]> {
  return (await ask<InlayHint[]>('textDocument/inlayHint', { range: whole }, of)).map(({ label }) => String(label));
}

test('hints, hovers and lenses', async () => {
  await client.open(uri, source.replace('units, inputShape', 'units, returnSequences: true, inputShape'), 'typescript');
  expect(await hintLabels()).toEqual(['(B, 30, 32) · 4,736 params', '(B, 16) · 2,352 params', '(B, 1) · 17 params']);
  const hover = await ask<Hover>('textDocument/hover', {
    position: positionOf(client.textOf(uri), 'tf.layers.gru', 11),
  });
  expect(JSON.stringify(hover.contents)).toContain('TensorFlow.js has one bias vector per gate: 3U bias terms');
  const lenses = await ask<CodeLens[]>('textDocument/codeLens');
  expect(lenses.map(({ range }) => range.start.line)).toContain(4);
  expect(lenses[0]?.command?.title).toContain('7,105');
});

test('a finding has its fix, and a layer its changes of cell', async () => {
  await client.open(uri, source, 'typescript');
  const { items } = await ask<{ items: Diagnostic[] }>('textDocument/diagnostic');
  expect(items).toEqual([expect.objectContaining({ code: 'stacked-without-sequences', range: expect.anything() })]);
  expect(items[0]?.message).toContain('set returnSequences: true');
  const position = positionOf(source, 'tf.layers.lstm', 11);
  const actions = await ask<CodeAction[]>('textDocument/codeAction', {
    range: { start: position, end: position },
    context: { diagnostics: items },
  });
  const resolved = await Promise.all(
    actions.map((action) =>
      action.title.includes('bidirectional') || action.title.includes('CNN')
        ? action
        : client.connection.sendRequest<CodeAction>('codeAction/resolve', action),
    ),
  );
  const inserted = resolved.map(({ title, edit }) => [
    title,
    (edit?.documentChanges ?? []).flatMap((change) =>
      'edits' in change ? change.edits.map((one) => ('newText' in one ? one.newText : null)) : [],
    ),
  ]);
  expect(inserted).toEqual([
    ['Set returnSequences: true', [', returnSequences: true']],
    ['Ignore stacked-without-sequences here', ['  // unroll: ignore[stacked-without-sequences]']],
    ['Change only lstm to RNN', ['simpleRNN']],
    ['Change only lstm to GRU', ['gru']],
    ['Change model to RNN', ['simpleRNN', 'simpleRNN']],
    ['Change model to GRU', ['gru']],
    ['Change model to LSTM', ['lstm']],
    // Their edits are made when one of them is chosen.
    ['Change model to bidirectional GRU', []],
    ['Change model to bidirectional LSTM', []],
    ['Change model to CNN-LSTM', []],
  ]);
  const changed = await client.connection.sendRequest<ChangeCellResult>(changeCellRequest, {
    uri,
    line: 4,
    model: 'model',
    cell: 'gru',
  });
  expect(changed).toMatchObject({ kind: 'edits', rewrites: [{ uri, version: 1, edits: [{ newText: 'gru' }] }] });
});

test('a model can be recommended for and trained', async () => {
  const stacked = source
    .replace('units, inputShape', 'units, returnSequences: true, inputShape')
    .replace('gru', 'lstm');
  await client.open(uri, stacked, 'typescript');
  const at = { uri, line: 4, model: 'model' };
  const preview = await client.connection.sendRequest<PreviewModelResult>(previewModelRequest, at);
  expect(preview).toMatchObject({ graph: { framework: 'tfjs', loss: 'meanSquaredError' }, data: { kind: 'table' } });
  expect(preview.obstacles).toEqual([]);
  const recommendation = await client.connection.sendRequest<RecommendResult>(recommendRequest, {
    ...at,
    sequenceLength: null,
    maxParameters: null,
    maxMemoryMegabytes: null,
    streaming: false,
  });
  expect(recommendation).toMatchObject({ kind: 'recommendation' });
});

test('what is missing for a comparison is asked for in a comment of this language', async () => {
  const open = `${source
    .replace('const units: number = 32;', '')
    .replace('lstm({ units,', 'simpleRNN({ units,')
    .replace(/model.add\(tf.layers.gru.*\n/, '')}`;
  await client.open(uri, open, 'typescript');
  const at = { uri, line: 3, model: 'model' };
  const { obstacles } = await client.connection.sendRequest<PreviewModelResult>(previewModelRequest, at);
  expect(obstacles.map(({ message }) => message)).toContainEqual(expect.stringContaining(': // unroll: units=128'));
});

test.each(['typescript', 'typescriptreact'])('a file of %s that is not saved yet', async (languageId) => {
  await client.open('untitled:Untitled-2', source, languageId);
  expect((await hintLabels('untitled:Untitled-2'))[0]).toBe('(B, 32) · 4,736 params');
});

test('hints follow an edit', async () => {
  await client.open(uri, source, 'typescript');
  const before = await hintLabels();
  await client.edit(uri, 'units: number = 32', 'units: number = 64');
  const after = await hintLabels();
  expect(after).toHaveLength(before.length);
  expect(after[0]).not.toBe(before[0]);
});

test.each([
  [
    'typescript',
    'file:///project/other.ts',
    'export const layers = { lstm: (units: number) => units };\nlayers.lstm(3);\n',
  ],
  ['javascript', 'file:///project/broken.js', 'const tf = {;\n'],
  ['python', 'untitled:Untitled-1', source],
])('%s without a model: %s', async (languageId, other, text) => {
  await client.open(other, text, languageId);
  expect(await hintLabels(other)).toEqual([]);
  expect(await ask<CodeLens[]>('textDocument/codeLens', {}, other)).toEqual([]);
});

test('a size from another file is followed when it changes on disk, and the editor is asked to look again', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'unroll-sizes-'));
  const editor = await startClient([program.script, '--stdio'], {
    ...modernCapabilities,
    workspace: { ...modernCapabilities.workspace, inlayHint: { refreshSupport: true } },
  });
  let refreshes = 0;
  editor.connection.onRequest('workspace/inlayHint/refresh', () => {
    refreshes++;
    return null;
  });
  try {
    const sizes = path.join(folder, 'sizes.json');
    await writeFile(sizes, '{ "units": 4 }');
    await writeFile(path.join(folder, 'train.js'), "import { build } from './model.js';\nbuild(2);\n");
    const model = pathToFileURL(path.join(folder, 'model.js')).href;
    const text = `import * as tf from '@tensorflow/tfjs';\nimport sizes from './sizes.json';\nexport const build = (depth) =>\n  tf.sequential({ layers: [tf.layers.lstm({ units: sizes.units * depth, inputShape: [5, 3] })] });\n`;
    await editor.open(model, text, 'javascript');
    const hints = async (): Promise<readonly string[]> =>
      (
        await editor.connection.sendRequest<InlayHint[]>('textDocument/inlayHint', {
          textDocument: { uri: model },
          range: whole,
        })
      ).map(({ label }) => String(label));
    expect(await hints()).toEqual(['(B, 8) · 384 params']);
    await writeFile(sizes, '{ "units": 16 }');
    const changed = (name: string, type: number): Promise<void> =>
      editor.connection.sendNotification('workspace/didChangeWatchedFiles', {
        changes: [{ uri: pathToFileURL(path.join(folder, name)).href, type }],
      });
    await changed('unrelated.json', 1);
    await changed('sizes.json', 2);
    expect(await hints()).toEqual(['(B, 32) · 4,608 params']);
    await vi.waitFor(() => expect(refreshes).toBe(1), { timeout: 10_000 });
    await rm(path.join(folder, 'train.js'));
    await changed('train.js', 3);
    expect((await hints())[0]).toContain('depth');
  } finally {
    await editor.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
