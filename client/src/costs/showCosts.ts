/** "Show Costs": what a model costs in a panel that follows the text, and the same tables on the clipboard. */
import * as vscode from 'vscode';
import type { CostsParams, CostsResult, ModelPosition } from '../../../protocol/languageServer';
import type { FromCosts, ToCosts } from '../../../protocol/panel';
import type { LanguageServer } from '../languageServer';
import { revealLine } from '../modelPosition';
import { fillWebview } from '../webviewPage';

const viewType = 'unroll.costs';

/** How long the text must have been left alone before it is counted again. */
const pauseMs = 400;

type Costs = Extract<CostsResult, { readonly kind: 'costs' }>;

/** The panel with what it shows; there is one in a window. */
export class CostsView {
  private panel: vscode.WebviewPanel | undefined;
  private shown: { readonly params: CostsParams; readonly costs: Costs } | undefined;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly server: LanguageServer,
  ) {}

  async show(position: ModelPosition): Promise<void> {
    const params: CostsParams = { ...position, sequenceLength: null, truncate: null };
    const costs = await this.server.costs(params);
    if (costs.kind === 'refused') return void vscode.window.showInformationMessage(costs.message);
    this.shown = { params: withModel(params, costs), costs };
    this.open(vscode.l10n.t('Costs: {0}', costs.report.modelName));
  }

  async copy(position: ModelPosition): Promise<void> {
    const costs = await this.server.costs({ ...position, sequenceLength: null, truncate: null });
    if (costs.kind === 'refused') return void vscode.window.showInformationMessage(costs.message);
    await this.toClipboard(costs);
  }

  private open(title: string): void {
    if (this.panel !== undefined) {
      this.panel.title = title;
      this.panel.reveal(undefined, true);
      this.post();
      return;
    }
    const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    const panel = vscode.window.createWebviewPanel(viewType, title, place);
    let pause: NodeJS.Timeout | undefined;
    const following = vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (document.uri.toString() !== this.shown?.params.uri) return;
      clearTimeout(pause);
      pause = setTimeout(() => this.attempt(() => this.countAgain({})), pauseMs);
    });
    panel.onDidDispose(() => {
      clearTimeout(pause);
      following.dispose();
      this.panel = undefined;
    });
    panel.webview.onDidReceiveMessage((message: FromCosts) => this.attempt(() => this.answer(message)));
    fillWebview(panel.webview, this.extensionUri, 'costs', title);
    this.panel = panel;
  }

  private attempt(action: () => Promise<void>): void {
    action().catch((error: Error) => void vscode.window.showErrorMessage(error.message));
  }

  private async answer(message: FromCosts): Promise<void> {
    if (this.shown === undefined) return;
    const { params, costs } = this.shown;
    switch (message.type) {
      case 'ready':
        return this.post();
      case 'copy':
        return this.toClipboard(costs);
      case 'openModel':
        return revealLine(vscode.Uri.parse(params.uri), params.line);
      case 'count':
        return this.countAgain({ sequenceLength: message.sequenceLength, truncate: message.truncate });
    }
  }

  /** A model that is not there any more, in the middle of an edit, leaves the page as it was. */
  private async countAgain(changes: Partial<CostsParams>): Promise<void> {
    if (this.shown === undefined) return;
    const params = { ...this.shown.params, ...changes };
    const costs = await this.server.costs(params);
    if (costs.kind === 'refused') return;
    this.shown = { params, costs };
    this.post();
  }

  private async toClipboard({ markdown, report }: Costs): Promise<void> {
    await vscode.env.clipboard.writeText(markdown);
    vscode.window.setStatusBarMessage(vscode.l10n.t('The costs of {0} are on the clipboard.', report.modelName), 5000);
  }

  private post(): void {
    if (this.panel === undefined || this.shown === undefined) return;
    const message: ToCosts = { type: 'show', report: this.shown.costs.report };
    void this.panel.webview.postMessage(message);
  }
}

/** From here on the model is meant by its name: its line may move. */
function withModel(params: CostsParams, { report }: Costs): CostsParams {
  return { ...params, model: report.modelName };
}
