/** Trainers of a page that goes away, over a panel that is as strict as the editor's. */
import { expect, test, vi } from 'vitest';
import type * as vscode from 'vscode';
import type { FromPreview, PreviewRecord, ToPreview } from '../../../protocol/panel';
import { PreviewPanel } from './previewPanel';
import type { TrainerConnection } from './windowTrainer';

vi.mock('vscode', () => ({
  Uri: { joinPath: (_: unknown, ...parts: readonly string[]) => parts.join('/') },
  l10n: { t: (text: string) => text },
}));

const record: PreviewRecord = {
  ...{ id: '1', modelName: 'Forecaster', fileName: 'model.py', uri: 'file:///model.py', line: 0 },
  ...{ startedAt: '2026-01-01T00:00:00.000Z', status: 'running', failure: null, events: [] },
};

/** A page, and what it was sent. */
function openPage(onClose: () => void) {
  let isDisposed = false;
  let listen: (message: FromPreview) => void = () => {};
  let disposed: () => void = () => {};
  const sent: ToPreview[] = [];
  const webview = {
    onDidReceiveMessage: (listener: typeof listen) => {
      listen = listener;
    },
    asWebviewUri: String,
    postMessage: async (message: ToPreview) => sent.push(message) > 0,
  };
  const panel = {
    get webview() {
      if (isDisposed) throw new Error('Webview is disposed');
      return webview;
    },
    onDidDispose: (listener: typeof disposed) => {
      disposed = listener;
    },
  };
  const page = new PreviewPanel(
    Object.assign<vscode.WebviewPanel, object>(Object.create(panel), {}),
    Object.create(null),
    record,
    { onMessage: () => {}, onClose },
  );
  return {
    page,
    sent,
    say: (message: FromPreview) => listen(message),
    close: () => {
      isDisposed = true;
      disposed();
    },
  };
}

test('a page that is closed ends its trainers: those that are given up then, and others', () => {
  const lost: string[] = [];
  const connections: TrainerConnection[] = [];
  const opened = openPage(() => connections[0]?.end());
  for (const name of ['the one of the run', 'another']) {
    connections.push(opened.page.openTrainer({ onMessage: () => {}, onLost: (how) => lost.push(`${name}: ${how}`) }));
  }
  opened.say({ type: 'ready' });
  opened.close();
  expect(lost).toEqual(['another: its page was closed']);
});

test('a page is sent what was said of trainers before it was ready, and one that is loaded anew has none', () => {
  const lost: string[] = [];
  const opened = openPage(() => {});
  const connection = opened.page.openTrainer({ onMessage: () => {}, onLost: (how) => lost.push(how) });
  connection.send({ type: 'stop' });
  expect(opened.sent).toEqual([]);
  opened.say({ type: 'ready' });
  expect(opened.sent.map(({ type }) => type)).toEqual(['show', 'startTrainer', 'toTrainer']);
  opened.say({ type: 'ready' });
  expect(lost).toEqual(['its page was loaded anew']);
});
