/** Where the extension begins and ends. Analysis lives in the language server, training in the trainer: nothing heavy here. */
import * as vscode from 'vscode';
import type { PreviewRecord } from '../../protocol/panel';
import { registerCommands } from './commands';
import { CostsView } from './costs/showCosts';
import { startLanguageServer } from './languageServer';
import { DeviceStatus } from './preview/deviceStatus';
import { MeasuredComparisons } from './preview/measuredComparison';
import { Preview } from './preview/preview';
import { trainerPrograms } from './preview/trainerPrograms';
import { TrainingDevices } from './preview/trainingDevices';
import { RecommendationView } from './recommendation/recommend';

/** What other extensions, and the tests, can see of a comparison. */
export interface UnrollApi {
  /** The comparison shown last, as it stands. */
  previewRecord(): PreviewRecord | undefined;
  readonly onDidChangePreviewRecord: vscode.Event<PreviewRecord>;
  /** Process id of the trainer, while one runs. */
  trainerProcessId(): number | undefined;
}

let shutDown = async (): Promise<void> => {};

export function activate(context: vscode.ExtensionContext): UnrollApi {
  const output = vscode.window.createOutputChannel('Unroll', { log: true });
  const server = startLanguageServer(context, output);
  const measured = new MeasuredComparisons(context.workspaceState);
  const programs = trainerPrograms(context.asAbsolutePath('dist/trainer.js'));
  const devices = new TrainingDevices(programs, () => status.update());
  const preview = new Preview(context, server, output, measured, devices);
  const status = new DeviceStatus(devices, () => preview.deviceInUse);
  preview.onDidChangeRecord(() => status.followRun());
  const recommendation = new RecommendationView(context.extensionUri, server, measured);
  const costs = new CostsView(context.extensionUri, server);
  shutDown = async () => {
    await preview.shutDown();
    await server.stop();
  };
  const commands = registerCommands({ server, preview, recommendation, costs, devices: status, output });
  context.subscriptions.push(output, preview, status, ...commands);
  return {
    previewRecord: () => preview.record,
    onDidChangePreviewRecord: preview.onDidChangeRecord,
    trainerProcessId: () => preview.trainerProcessId,
  };
}

export function deactivate(): Promise<void> {
  return shutDown();
}
