/** "Recommend an architecture": the ranking of the server in a panel, and the way from there to the code. */
import * as vscode from 'vscode';
import type { ModelPosition, RecommendParams } from '../../../protocol/languageServer';
import { commands } from '../../../protocol/languageServer';
import type { FromRecommendation, ToRecommendation } from '../../../protocol/panel';
import type { Recommendation } from '../../../protocol/recommendation';
import { applyRewrite } from '../applyRewrite';
import type { LanguageServer } from '../languageServer';
import { fillWebview } from '../webviewPage';

const viewType = 'unroll.recommendation';

/** The panel with what it shows; there is one in a window. */
export class RecommendationView {
  private panel: vscode.WebviewPanel | undefined;
  private shown: { readonly position: ModelPosition; readonly recommendation: Recommendation } | undefined;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly server: LanguageServer,
  ) {}

  async recommend(position: ModelPosition): Promise<void> {
    const params: RecommendParams = {
      ...position,
      sequenceLength: null,
      maxParameters: null,
      maxMemoryMegabytes: null,
      streaming: false,
    };
    const first = await this.server.recommend(params);
    if (first.kind === 'refused') return void vscode.window.showInformationMessage(first.message);
    let { recommendation } = first;
    if (recommendation.inputs.sequenceLength === null) {
      const sequenceLength = await askSequenceLength(recommendation.modelName);
      if (sequenceLength !== undefined) {
        const second = await this.server.recommend({ ...params, sequenceLength });
        if (second.kind === 'recommendation') recommendation = second.recommendation;
      }
    }
    this.shown = { position, recommendation };
    this.show(recommendation);
  }

  private show(recommendation: Recommendation): void {
    const title = vscode.l10n.t('Recommendation: {0}', recommendation.modelName);
    if (this.panel === undefined) {
      const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      const panel = vscode.window.createWebviewPanel(viewType, title, place);
      panel.onDidDispose(() => {
        this.panel = undefined;
      });
      panel.webview.onDidReceiveMessage((message: FromRecommendation) => {
        this.answer(message).catch((error: Error) => void vscode.window.showErrorMessage(error.message));
      });
      fillWebview(panel.webview, this.extensionUri, 'recommendation', title);
      this.panel = panel;
    } else {
      this.panel.title = title;
      this.panel.reveal(undefined, true);
      this.post();
    }
  }

  private async answer(message: FromRecommendation): Promise<void> {
    const position = this.shown?.position;
    if (position === undefined) return;
    switch (message.type) {
      case 'ready':
        return this.post();
      case 'compare':
        await vscode.commands.executeCommand(commands.compareByTraining, position);
        return;
      case 'apply':
        await applyRewrite(position.uri, () => this.server.changeArchitecture({ ...position, ...message.change }));
        return;
    }
  }

  private post(): void {
    if (this.panel === undefined || this.shown === undefined) return;
    const message: ToRecommendation = { type: 'show', recommendation: this.shown.recommendation };
    void this.panel.webview.postMessage(message);
  }
}

/** Undefined where the user does not know: the ranking then goes without it. */
async function askSequenceLength(modelName: string): Promise<number | undefined> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Recommend an architecture for {0}', modelName),
    prompt: vscode.l10n.t(
      'How many steps has a typical sequence? The file does not say. Leave it empty if you do not know.',
    ),
    validateInput: (value) =>
      value.trim() === '' || parseLength(value) !== undefined
        ? undefined
        : vscode.l10n.t('A whole number of steps, such as 100.'),
  });
  return text === undefined ? undefined : parseLength(text);
}

function parseLength(text: string): number | undefined {
  const length = Number(text.trim());
  return text.trim() !== '' && Number.isSafeInteger(length) && length > 0 ? length : undefined;
}
