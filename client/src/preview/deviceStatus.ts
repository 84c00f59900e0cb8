/** The device that comparisons train on: in the status bar, and in a list with all others and why they are not used. */
import * as vscode from 'vscode';
import { mentionsFramework } from '../../../protocol/probe';
import { commandIds } from '../commandIds';
import { documentSelector } from '../languages';
import { readPreviewSettings } from '../settings';
import { type DeviceInUse, type DeviceLine, deviceLines, deviceToUse, shortName } from './deviceWords';
import type { TrainingDevices } from './trainingDevices';

/** A model that is looked at is often compared later: what there is to train on is asked once the editor has come to rest. */
const lookAheadMs = 5_000;

export class DeviceStatus implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('unroll.device', vscode.StatusBarAlignment.Right, 90);
  private lookAhead: NodeJS.Timeout | undefined;
  private shown: DeviceInUse | null = null;
  private readonly subscription = vscode.window.onDidChangeActiveTextEditor(() => this.update());

  /** @param inUse what a run trains on now; null while none runs */
  constructor(
    private readonly devices: TrainingDevices,
    private readonly inUse: () => DeviceInUse | null,
  ) {
    this.item.name = vscode.l10n.t('Unroll: Training Device');
    this.item.command = commandIds.showDevices;
    this.update();
  }

  /** To be called whenever a run has said something, which is often; what it trains on changes rarely. */
  followRun(): void {
    const inUse = this.inUse();
    if (inUse?.host !== this.shown?.host || inUse?.device !== this.shown?.device) this.update();
  }

  update(): void {
    const inUse = this.inUse();
    this.shown = inUse;
    const lines = this.lines();
    this.item.text = `$(${inUse === null ? 'vm' : 'vm-running'}) ${this.nameOf(inUse)}`;
    this.item.tooltip = tooltipOf(lines, inUse);
    const document = vscode.window.activeTextEditor?.document;
    const isAboutModels =
      document !== undefined &&
      vscode.languages.match(documentSelector, document) > 0 &&
      mentionsFramework(document.fileName, document.getText());
    if (inUse !== null || isAboutModels) this.item.show();
    else this.item.hide();
    if (isAboutModels) this.lookAhead ??= setTimeout(() => void this.devices.askProcess(), lookAheadMs);
  }

  /** What trains, or would. */
  private nameOf(inUse: DeviceInUse | null): string {
    const device = inUse ?? deviceToUse(readPreviewSettings(undefined).backend, this.devices);
    return device === null ? 'CPU' : shortName(device);
  }

  private lines(): readonly DeviceLine[] {
    const { reports, lastTrial } = this.devices;
    return deviceLines(reports, lastTrial, this.inUse(), vscode.env.remoteName ?? null, vscode.l10n.t);
  }

  /** Lists all devices once those that were asked have answered. Picking one does nothing; another entry asks them anew. */
  async showAll(): Promise<void> {
    const again = vscode.l10n.t('Probe again');
    const items = async (): Promise<vscode.QuickPickItem[]> => {
      await this.devices.settled();
      const devices = this.lines().map(({ label, where, state, isInUse }) => ({
        label: `$(${isInUse ? 'vm-running' : 'vm'}) ${label}`,
        description: where,
        detail: state,
      }));
      return [...devices, { label: `$(refresh) ${again}` }];
    };
    const picked = await vscode.window.showQuickPick(items(), {
      title: vscode.l10n.t('What comparisons train on'),
      placeHolder: vscode.l10n.t('The setting unroll.preview.backend takes one by name.'),
      matchOnDetail: true,
    });
    if (picked?.label.endsWith(again)) await vscode.commands.executeCommand(commandIds.probeDevices);
  }

  dispose(): void {
    clearTimeout(this.lookAhead);
    this.item.dispose();
    this.subscription.dispose();
  }
}

function tooltipOf(lines: readonly DeviceLine[], inUse: DeviceInUse | null): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.appendMarkdown(inUse === null ? `${vscode.l10n.t('Comparisons train on')}\n\n` : '');
  if (inUse !== null) text.appendText(vscode.l10n.t('Training on {0}', inUse.device)).appendMarkdown('\n\n');
  for (const { label, where, state } of lines) {
    text.appendMarkdown('- ').appendText(`${label}, ${where}: ${state}`).appendMarkdown('\n');
  }
  return text;
}
