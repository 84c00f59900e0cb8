/** The panel that shows a comparison. It holds no truth: a page that is ready is given the record as it stands. */
import * as vscode from 'vscode';
import type { FromPreview, PreviewRecord, ToPreview } from '../../../protocol/panel';
import type { RunEvent } from '../../../protocol/trainer';
import { fillWebview } from '../webviewPage';

export const previewViewType = 'unroll.preview';

export interface PreviewPanelListener {
  onMessage(message: Exclude<FromPreview, { type: 'ready' }>): void;
  /** The user closed the panel. */
  onClose(): void;
}

export class PreviewPanel {
  /** Whether a page is there to hear messages. A hidden panel's page is thrown away, and says `ready` when it is made anew. */
  private pageIsReady = false;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    extensionUri: vscode.Uri,
    private record: PreviewRecord,
    listener: PreviewPanelListener,
  ) {
    panel.webview.onDidReceiveMessage((message: FromPreview) => {
      if (message.type !== 'ready') return listener.onMessage(message);
      this.pageIsReady = true;
      this.post({ type: 'show', record: this.record });
    });
    panel.onDidChangeViewState(() => {
      if (!panel.visible) this.pageIsReady = false;
    });
    panel.onDidDispose(() => listener.onClose());
    panel.title = titleOf(record);
    fillWebview(panel.webview, extensionUri, 'preview', panel.title);
  }

  /** Another run takes the panel, which comes to the front without taking the focus. */
  show(record: PreviewRecord): void {
    this.record = record;
    this.panel.title = titleOf(record);
    this.panel.reveal(undefined, true);
    this.post({ type: 'show', record });
  }

  /** Events that the shown record has gained. */
  addEvents(id: string, events: readonly RunEvent[]): void {
    this.post({ type: 'events', id, events });
  }

  /** The shown record with the status it has come to. */
  changeStatus(record: PreviewRecord): void {
    this.record = record;
    this.post({ type: 'status', id: record.id, status: record.status, failure: record.failure });
  }

  private post(message: ToPreview): void {
    if (this.pageIsReady) void this.panel.webview.postMessage(message);
  }
}

/** A new, empty panel beside the editor. */
export function createWebviewPanel(record: PreviewRecord): vscode.WebviewPanel {
  const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
  return vscode.window.createWebviewPanel(previewViewType, titleOf(record), place);
}

function titleOf(record: PreviewRecord): string {
  return vscode.l10n.t('Compare: {0}', record.modelName);
}
