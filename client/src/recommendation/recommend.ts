/** "Recommend an architecture": the ranking of the server in a panel, and the way from there to the code. */
import * as vscode from 'vscode';
import type { ModelPosition, RecommendResult } from '../../../protocol/languageServer';
import { commands } from '../../../protocol/languageServer';
import type { FromRecommendation, ToRecommendation } from '../../../protocol/panel';
import type { Recommendation, RecommendationChoices } from '../../../protocol/recommendation';
import { applyRewrite } from '../applyRewrite';
import type { LanguageServer } from '../languageServer';
import type { MeasuredComparisons } from '../preview/measuredComparison';
import { fillWebview } from '../webviewPage';

const viewType = 'unroll.recommendation';

/** The panel with what it shows; there is one in a window. */
export class RecommendationView {
  private panel: vscode.WebviewPanel | undefined;
  private readonly lengths = new Map<string, number | undefined>();
  private shown: { readonly position: ModelPosition; readonly recommendation: Recommendation } | undefined;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly server: LanguageServer,
    private readonly measured: MeasuredComparisons,
  ) {}

  async recommend(position: ModelPosition): Promise<void> {
    const first = await this.rank(position, {});
    if (first.kind === 'refused') return void vscode.window.showInformationMessage(first.message);
    let { recommendation } = first;
    // What was trained is kept by the model's name, which the first answer tells.
    const named = { ...position, model: recommendation.modelName };
    let choices: Partial<RecommendationChoices> = {};
    if (recommendation.inputs.sequenceLength === null) {
      const sequenceLength = await this.sequenceLengthOf(named);
      if (sequenceLength !== undefined) choices = { sequenceLength };
    }
    if (choices.sequenceLength !== undefined || this.measured.of(named.uri, named.model) !== null) {
      const second = await this.rank(named, choices);
      if (second.kind === 'recommendation') recommendation = second.recommendation;
    }
    this.shown = { position: named, recommendation };
    this.show(recommendation);
  }

  private rank(position: ModelPosition, choices: Partial<RecommendationChoices>): Promise<RecommendResult> {
    const measured = position.model === null ? null : this.measured.of(position.uri, position.model);
    return this.server.recommend({ ...position, ...choices, measured });
  }

  /** Asked once for each model of a window; undefined where the user does not know. */
  private async sequenceLengthOf({ uri, model }: ModelPosition): Promise<number | undefined> {
    const key = `${uri}#${model}`;
    if (!this.lengths.has(key)) this.lengths.set(key, await askSequenceLength(model ?? ''));
    return this.lengths.get(key);
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
      case 'rank': {
        const result = await this.rank(position, message.choices);
        if (result.kind === 'refused') return this.send({ type: 'refused', message: result.message });
        this.shown = { position, recommendation: result.recommendation };
        return this.post();
      }
      case 'compare':
        await vscode.commands.executeCommand(commands.compareByTraining, position);
        return;
      case 'apply':
        await applyRewrite(position.uri, () => this.server.changeArchitecture({ ...position, ...message.change }));
        return;
    }
  }

  private post(): void {
    if (this.shown !== undefined) this.send({ type: 'show', recommendation: this.shown.recommendation });
  }

  private send(message: ToRecommendation): void {
    void this.panel?.webview.postMessage(message);
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
