/** The preview's panel after a reload, over an editor that is only as much as it needs. */
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import type * as vscode from 'vscode';
import type { LanguageServer } from '../languageServer';
import type { LastRun } from './lastRun';
import { MeasuredComparisons } from './measuredComparison';
import { Preview } from './preview';
import { trainerPrograms } from './trainerPrograms';
import { TrainingDevices } from './trainingDevices';

const editor = vi.hoisted(() => {
  let finishReading: (bytes: Uint8Array) => void = () => {};
  const reading = new Promise<Uint8Array>((resolve) => {
    finishReading = resolve;
  });
  return {
    finishReading: (bytes: Uint8Array) => finishReading(bytes),
    reading,
    serializers: [] as vscode.WebviewPanelSerializer[],
  };
});

vi.mock('vscode', () => {
  const panel = () => ({
    webview: { onDidReceiveMessage: () => {}, asWebviewUri: String, postMessage: async () => true },
    onDidChangeViewState: () => {},
    onDidDispose: () => {},
    dispose: () => {},
    reveal: () => {},
  });
  class EventEmitter {
    event = () => ({ dispose: () => {} });
    fire = () => {};
    dispose = () => {};
  }
  return {
    EventEmitter,
    ViewColumn: { Beside: -2 },
    Uri: {
      parse: (text: string) => ({ path: text }),
      joinPath: () => ({}),
      file: (path: string) => ({ fsPath: path }),
    },
    l10n: { t: (text: string) => text },
    window: {
      registerWebviewPanelSerializer: (_: string, serializer: vscode.WebviewPanelSerializer) =>
        editor.serializers.push(serializer),
      createWebviewPanel: panel,
      showErrorMessage: async () => undefined,
    },
    workspace: {
      openTextDocument: async () => ({}),
      // By name, because there is no page that would say what it has.
      getConfiguration: () => ({
        get: (name: string, value: unknown) => (name === 'preview.backend' ? 'wasm' : value),
        inspect: () => undefined,
      }),
      fs: { readFile: () => editor.reading, createDirectory: async () => {}, writeFile: async () => {} },
    },
  };
});

/** As much of a thing as the test needs. */
function partly<Whole>(parts: Partial<Whole>): Whole {
  return Object.assign(Object.create(null), parts);
}

const location = { file: 'model.py', from: 0, to: 0, line: 1, column: 1 };
const graph = {
  name: 'Forecaster',
  framework: 'keras',
  form: 'sequential',
  location,
  extent: location,
  layers: [],
  flow: [],
  outputs: [],
  symbols: [],
  problems: [],
  loss: null,
} as const;
const data = { kind: 'task', name: 'adding' } as const;
const kept: LastRun = {
  record: {
    id: 'an earlier one',
    modelName: 'Forecaster',
    fileName: 'model.py',
    uri: 'file:///model.py',
    line: 0,
    startedAt: '2026-01-01T00:00:00.000Z',
    status: 'finished',
    failure: null,
    events: [],
  },
  data,
};

test('a comparison that starts while the kept one is read stays the last', async () => {
  const context = partly<vscode.ExtensionContext>({
    subscriptions: [],
    asAbsolutePath: (file) => `/nowhere/${file}`,
    globalStorageUri: partly<vscode.Uri>({ fsPath: path.join(tmpdir(), 'unroll-preview-test') }),
  });
  const server = partly<LanguageServer>({
    previewModel: async ({ uri }) => ({ graph, uri, variants: ['gru'], data, obstacles: [] }),
  });
  const output = partly<vscode.LogOutputChannel>({ info: () => {}, error: () => {} });
  const programs = trainerPrograms(context.asAbsolutePath('dist/trainer.js'));
  const devices = new TrainingDevices(programs, () => {});
  const preview = new Preview(context, server, output, new MeasuredComparisons(context.workspaceState), devices);
  const restoring = editor.serializers[0]?.deserializeWebviewPanel(
    partly<vscode.WebviewPanel>({ dispose: () => {} }),
    undefined,
  );
  await preview.compare({ uri: 'file:///model.py', line: 0, model: null });
  const started = preview.record?.id;
  // There is no trainer, so that the run ends by itself; what is left is the last record.
  await vi.waitUntil(() => preview.record?.status === 'failed', { timeout: 10_000 });
  editor.finishReading(Buffer.from(JSON.stringify(kept)));
  await restoring;
  expect(started).toContain('Forecaster');
  expect(preview.record?.id).toBe(started);
});
