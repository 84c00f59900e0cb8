/** What a person can choose to train on: files of the workspace, a file elsewhere, or a made-up task. */
import type { ModelGraph } from '../../../model/graph';
import { recipeForFile } from '../../../protocol/dataRecipe';
import type { DataRecipe, TaskName } from '../../../protocol/trainer';
import type { Translate } from '../translate';

export interface WorkspaceFile {
  readonly absolutePath: string;
  readonly relativePath: string;
}

export type DataChoice =
  | { readonly kind: 'recipe'; readonly label: string; readonly description: string; readonly recipe: DataRecipe }
  | { readonly kind: 'otherFile'; readonly label: string };

export interface DataChoiceGroup {
  readonly title: string;
  readonly choices: readonly DataChoice[];
}

/** The choices for a model, what it can read first: a model with an embedding reads characters, another reads columns. */
export function dataChoices(
  graph: ModelGraph,
  files: readonly WorkspaceFile[],
  translate: Translate,
): readonly DataChoiceGroup[] {
  const readsTokens = graph.layers.some((layer) => layer.operation.op === 'embedding');
  const preferred: DataRecipe['kind'] = readsTokens ? 'text' : 'table';
  const fileChoices = files
    .map(({ absolutePath, relativePath }): DataChoice & { kind: 'recipe' } => {
      const recipe = recipeForFile(absolutePath);
      return { kind: 'recipe', label: relativePath, description: describeFile(recipe, translate), recipe };
    })
    .sort((a, b) => rank(a.recipe, preferred) - rank(b.recipe, preferred) || a.label.localeCompare(b.label));
  return [
    {
      title: translate('Files'),
      choices: [...fileChoices, { kind: 'otherFile', label: translate('Choose another file…') }],
    },
    {
      title: translate('Made-up tasks'),
      choices: (readsTokens ? tokenTasks : numberTasks).map((name) => taskChoice(name, translate)),
    },
  ];
}

function rank(recipe: DataRecipe, preferred: DataRecipe['kind']): number {
  return recipe.kind === preferred ? 0 : 1;
}

function describeFile(recipe: DataRecipe, translate: Translate): string {
  if (recipe.kind !== 'table') return translate('characters');
  return /\.np[yz]$/i.test(recipe.path) ? translate('arrays') : translate('columns');
}

/** The first is the one that suits the model. */
const tokenTasks: readonly TaskName[] = ['auto', 'characters', 'delayed-recall', 'copy-memory', 'parity'];
const numberTasks: readonly TaskName[] = [
  'auto',
  'sine-mix',
  'adding',
  'digits',
  'delayed-recall',
  'copy-memory',
  'parity',
];

function taskChoice(name: TaskName, translate: Translate): DataChoice {
  return { kind: 'recipe', label: name, description: describeTask(name, translate), recipe: { kind: 'task', name } };
}

function describeTask(name: TaskName, translate: Translate): string {
  switch (name) {
    case 'adding':
      return translate('adds two marked numbers of a long sequence (Hochreiter & Schmidhuber 1997)');
    case 'sine-mix':
      return translate('forecasts a sum of sine waves');
    case 'delayed-recall':
      return translate('names a symbol seen long before');
    case 'copy-memory':
      return translate('repeats symbols after a long gap (Arjovsky et al. 2016)');
    case 'parity':
      return translate('tells whether the number of ones is odd');
    case 'characters':
      return translate('predicts sentences of a small grammar, letter by letter');
    case 'digits':
      return translate('reads handwritten digits row by row');
    case 'auto':
      return translate('the one that suits the model');
  }
}
