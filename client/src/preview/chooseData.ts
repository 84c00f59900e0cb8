/** Asks what to train on. */
import * as vscode from 'vscode';
import type { ModelGraph } from '../../../model/graph';
import { recipeForFile, tableExtensions, textExtensions } from '../../../protocol/dataRecipe';
import type { DataRecipe } from '../../../protocol/trainer';
import { type DataChoice, dataChoices } from './dataChoices';

/** More files than anyone would look through; the search is cut off there. */
const mostFiles = 200;

interface ChoiceItem extends vscode.QuickPickItem {
  readonly choice?: DataChoice;
}

/** The data that the user picks; undefined when they picked nothing. */
export async function chooseData(graph: ModelGraph): Promise<DataRecipe | undefined> {
  const picked = await vscode.window.showQuickPick(choiceItems(graph), {
    title: vscode.l10n.t('Compare {0} by training', graph.name),
    placeHolder: vscode.l10n.t(
      'Train on which data? A comment "# unroll: data=FILE" in the model\'s file answers this.',
    ),
    matchOnDescription: true,
  });
  switch (picked?.choice?.kind) {
    case undefined:
      return undefined;
    case 'recipe':
      return picked.choice.recipe;
    case 'otherFile':
      return chooseFile();
  }
}

async function choiceItems(graph: ModelGraph): Promise<ChoiceItem[]> {
  const pattern = `**/*.{${[...tableExtensions, ...textExtensions].join(',')}}`;
  const found = await vscode.workspace.findFiles(pattern, '**/{node_modules,.git,.venv,venv}/**', mostFiles);
  const files = found
    .filter(({ scheme }) => scheme === 'file')
    .map((uri) => ({ absolutePath: uri.fsPath, relativePath: vscode.workspace.asRelativePath(uri) }));
  return dataChoices(graph, files, vscode.l10n.t).flatMap(({ title, choices }): ChoiceItem[] => [
    { label: title, kind: vscode.QuickPickItemKind.Separator },
    ...choices.map((choice) => ({
      label: choice.label,
      description: choice.kind === 'recipe' ? choice.description : '',
      choice,
    })),
  ]);
}

async function chooseFile(): Promise<DataRecipe | undefined> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Data to train on'),
      openLabel: vscode.l10n.t('Train on this'),
      filters: {
        [vscode.l10n.t('Tables and texts')]: [...tableExtensions, ...textExtensions],
        [vscode.l10n.t('All files')]: ['*'],
      },
    })) ?? [];
  return file && recipeForFile(file.fsPath);
}
