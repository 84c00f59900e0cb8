/** The data that a comment of a model's file names: `# unroll: data=data/weather.csv, target=temp_max`. */
import path from 'node:path';
import type { DataRecipe, TaskName } from '../../../protocol/trainer';
import type { Directives } from '../syntax/directives';

const taskNames: Readonly<Record<TaskName, true>> = { adding: true, 'sine-mix': true, 'delayed-recall': true };

const tableExtensions: ReadonlySet<string> = new Set(['.csv', '.tsv']);

export function isTaskName(name: string): name is TaskName {
  return Object.hasOwn(taskNames, name);
}

export const allTaskNames: readonly string[] = Object.keys(taskNames);

/** Tables are read as columns, everything else as characters. Columns are separated by `|` in a directive. */
export function recipeForFile(
  absolutePath: string,
  target: string | null,
  features: readonly string[] | null,
): DataRecipe {
  return tableExtensions.has(path.extname(absolutePath).toLowerCase())
    ? { kind: 'table', path: absolutePath, features, target }
    : { kind: 'text', path: absolutePath };
}

/** Null where the file names none. A relative path counts from `folder`, where the model's file is. */
export function recipeFromDirectives({ texts }: Directives, folder: string): DataRecipe | null {
  const task = texts.get('task');
  if (task !== undefined && isTaskName(task)) return { kind: 'task', name: task };
  const data = texts.get('data');
  if (data === undefined) return null;
  const features =
    texts
      .get('features')
      ?.split('|')
      .map((name) => name.trim()) ?? null;
  return recipeForFile(path.resolve(folder, data), texts.get('target') ?? null, features);
}
