/** The data that a comment of a model's file names: `# unroll: data=data/weather.csv, target=temp_max`. */
import path from 'node:path';
import { isTaskName, recipeForFile, taskNames } from '../../../protocol/dataRecipe';
import type { DataRecipe } from '../../../protocol/trainer';
import type { Directives } from '../syntax/directives';

export type NamedData =
  | { readonly kind: 'none' }
  | { readonly kind: 'recipe'; readonly recipe: DataRecipe }
  /** `message` is a sentence that quotes the comment. */
  | { readonly kind: 'refused'; readonly message: string };

/**
 * A relative path counts from `folder`, where the model's file is. Columns are separated by `|`. What makes no sense
 * together is refused rather than left out: whoever wrote it meant something by it.
 */
export function recipeFromDirectives({ texts }: Directives, folder: string): NamedData {
  const task = texts.get('task');
  const data = texts.get('data');
  const target = texts.get('target') ?? null;
  const features =
    texts
      .get('features')
      ?.split('|')
      .map((name) => name.trim()) ?? null;
  if (task !== undefined && data !== undefined) {
    return refused(`"# unroll: task=${task}" and "data=${data}" exclude each other.`);
  }
  if (task !== undefined && !isTaskName(task)) {
    return refused(`"# unroll: task=${task}" names no task; there are ${taskNames.join(', ')}.`);
  }
  const recipe: DataRecipe | undefined =
    task !== undefined
      ? { kind: 'task', name: task }
      : data === undefined
        ? undefined
        : recipeForFile(path.resolve(folder, data), { target, features });
  const column = target !== null ? `target=${target}` : features !== null ? `features=${features.join('|')}` : null;
  if (column !== null && recipe?.kind !== 'table') {
    const why = recipe === undefined ? 'without data=FILE there is none' : `${task ?? data} has none`;
    return refused(`"# unroll: ${column}" names a column of a table or an array; ${why}.`);
  }
  return recipe === undefined ? { kind: 'none' } : { kind: 'recipe', recipe };
}

function refused(message: string): NamedData {
  return { kind: 'refused', message };
}
