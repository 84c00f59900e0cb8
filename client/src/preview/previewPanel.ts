/** The panel that shows a comparison. It holds no truth: a page that is ready is given the record as it stands. */
import * as vscode from 'vscode';
import type { FromPreview, PreviewRecord, ToPreview } from '../../../protocol/panel';
import type { RunEvent } from '../../../protocol/trainer';
import { fillWebview, resourceAddress } from '../webviewPage';
import type { TrainerConnection, TrainerConnectionListener, TrainerPage } from './windowTrainer';

export const previewViewType = 'unroll.preview';

/** What a person asks for in the page. */
export type PanelMessage = Exclude<FromPreview, { type: 'ready' | 'fromTrainer' }>;

export interface PreviewPanelListener {
  onMessage(message: PanelMessage): void;
  /** The user closed the panel. */
  onClose(): void;
}

export class PreviewPanel implements TrainerPage {
  private pageIsReady = false;
  private readonly trainers = new Map<number, TrainerConnectionListener>();
  private lastTrainer = 0;
  /** Messages about trainers that a page which is not ready yet is going to be sent. */
  private waiting: ToPreview[] = [];

  constructor(
    private readonly panel: vscode.WebviewPanel,
    private readonly extensionUri: vscode.Uri,
    private record: PreviewRecord,
    listener: PreviewPanelListener,
  ) {
    panel.webview.onDidReceiveMessage((message: FromPreview) => {
      switch (message.type) {
        case 'ready':
          return this.greet();
        case 'fromTrainer':
          return this.trainers.get(message.trainer)?.onMessage(message.message);
        default:
          return listener.onMessage(message);
      }
    });
    panel.onDidDispose(() => {
      // The editor throws an error at whoever still asks for the page, such as to end its trainers.
      this.pageIsReady = false;
      listener.onClose();
      this.loseTrainers(vscode.l10n.t('its page was closed'));
    });
    panel.title = titleOf(record);
    fillWebview(panel.webview, extensionUri, 'preview', panel.title, { startsTrainers: true });
  }

  /** A page that says `ready` for a second time has been loaded anew, as when it is moved to another window. */
  private greet(): void {
    if (this.pageIsReady) this.loseTrainers(vscode.l10n.t('its page was loaded anew'));
    this.pageIsReady = true;
    this.post({ type: 'show', record: this.record });
    const { waiting } = this;
    this.waiting = [];
    for (const message of waiting) this.post(message);
  }

  private loseTrainers(how: string): void {
    const lost = [...this.trainers.values()];
    this.trainers.clear();
    this.waiting = [];
    for (const { onLost } of lost) onLost(how);
  }

  openTrainer(listener: TrainerConnectionListener): TrainerConnection {
    this.lastTrainer += 1;
    const trainer = this.lastTrainer;
    const send = (message: ToPreview): void => {
      if (!this.trainers.has(trainer)) return;
      if (this.pageIsReady) this.post(message);
      else this.waiting.push(message);
    };
    this.trainers.set(trainer, listener);
    const script = resourceAddress(this.panel.webview, this.extensionUri, 'trainer.js');
    send({ type: 'startTrainer', trainer, script });
    return {
      send: (message) => send({ type: 'toTrainer', trainer, message }),
      end: () => {
        send({ type: 'endTrainer', trainer });
        this.trainers.delete(trainer);
      },
    };
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
  // Kept while hidden, because a run may train in a worker of the page, which would end with it.
  return vscode.window.createWebviewPanel(previewViewType, titleOf(record), place, { retainContextWhenHidden: true });
}

function titleOf(record: PreviewRecord): string {
  return vscode.l10n.t('Compare: {0}', record.modelName);
}
