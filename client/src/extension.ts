/** Where the extension begins and ends. Analysis lives in the language server, training in the trainer: nothing heavy here. */
import * as vscode from 'vscode';
import type { PreviewRecord } from '../../protocol/panel';
import { registerCommands } from './commands';
import { CostsView } from './costs/showCosts';
import { startLanguageServer } from './languageServer';
import { MeasuredComparisons } from './preview/measuredComparison';
import { Preview } from './preview/preview';
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
  const preview = new Preview(context, server, output, measured);
  const recommendation = new RecommendationView(context.extensionUri, server, measured);
  const costs = new CostsView(context.extensionUri, server);
  shutDown = async () => {
    await preview.shutDown();
    await server.stop();
  };
  context.subscriptions.push(output, preview, ...registerCommands({ server, preview, recommendation, costs, output }));
  return {
    previewRecord: () => preview.record,
    onDidChangePreviewRecord: preview.onDidChangeRecord,
    trainerProcessId: () => preview.trainerProcessId,
  };
}

export function deactivate(): Promise<void> {
  return shutDown();
}
