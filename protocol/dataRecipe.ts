/** Which recipe a file or a name of made-up data stands for, wherever it was named. */
import type { DataRecipe, TaskName } from './trainer';

/** Endings of files that are read as columns or arrays, without the dot. */
export const tableExtensions: readonly string[] = ['csv', 'tsv', 'jsonl', 'ndjson', 'parquet', 'npy', 'npz'];
/** Endings under which texts are looked for; any other file is read as text as well when it is named. */
export const textExtensions: readonly string[] = ['txt'];

const tasks: Readonly<Record<TaskName, true>> = {
  adding: true,
  'copy-memory': true,
  'delayed-recall': true,
  parity: true,
  'sine-mix': true,
  characters: true,
  digits: true,
  auto: true,
};

export const taskNames: readonly string[] = Object.keys(tasks);

export function isTaskName(name: string): name is TaskName {
  return Object.hasOwn(tasks, name);
}

export type TableColumns = Pick<Extract<DataRecipe, { kind: 'table' }>, 'target' | 'features'>;

/** Tables are read as columns, everything else as characters, to which `columns` mean nothing. */
export function recipeForFile(
  absolutePath: string,
  columns: TableColumns = { target: null, features: null },
): DataRecipe {
  const extension = /\.([^./\\]+)$/.exec(absolutePath)?.[1]?.toLowerCase() ?? '';
  return tableExtensions.includes(extension)
    ? { kind: 'table', path: absolutePath, ...columns }
    : { kind: 'text', path: absolutePath };
}
