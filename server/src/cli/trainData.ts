/** What `unroll train` trains on: what the options name, else what a comment of the model's file names. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { columnNames } from '../../../engine/data/files/csv';
import { isTaskName, recipeForFile, type TableColumns, taskNames } from '../../../protocol/dataRecipe';
import type { DataRecipe } from '../../../protocol/trainer';
import type { FileAnalysis } from '../analysis';
import { type NamedData, recipeFromDirectives } from '../preview/dataDirective';
import type { ParsedCommand } from './options';
import { reasonOf } from './systemErrors';
import { UsageError } from './usage';

/** The data, and where it is not quite what the file asks for, a sentence that says so. */
export interface ChosenData {
  readonly recipe: DataRecipe;
  readonly remark: string | null;
}

export function chooseData(command: ParsedCommand, { directives }: FileAnalysis, file: string): ChosenData {
  const task = command.text('task');
  const data = command.text('data');
  const columns = { target: command.text('target'), features: command.text('features')?.split('|') ?? null };
  if (task !== null && data !== null) throw new UsageError('--data and --task exclude each other.');
  const named = recipeFromDirectives(directives, path.dirname(path.resolve(file)));
  if (task !== null) {
    if (!isTaskName(task)) throw new UsageError(`--task takes ${taskNames.join(', ')}, not "${task}".`);
    return { recipe: withTarget({ kind: 'task', name: task }, columns, `the task ${task}`), remark: null };
  }
  if (data !== null) {
    const recipe = recipeForFile(resolvedFile(data));
    if (recipe.kind !== 'table') return { recipe: withTarget(recipe, columns, data), remark: null };
    return withNamedColumns({ ...recipe, ...columns }, named, data, file);
  }
  switch (named.kind) {
    case 'recipe':
      return { recipe: withTarget(named.recipe, columns, `the data that ${file} names`), remark: null };
    case 'refused':
      throw new UsageError(`${file}: ${named.message}`);
    case 'none':
      return {
        recipe: withTarget({ kind: 'task', name: 'auto' }, columns, `a run without data`),
        remark: `${file} names no data (--data FILE, or "# unroll: data=FILE" in the file); a made-up task is trained.`,
      };
  }
}

function resolvedFile(data: string): string {
  const resolved = path.resolve(data);
  if (!existsSync(resolved)) throw new UsageError(`There is no data file ${data}.`);
  if (statSync(resolved).isDirectory()) throw new UsageError(`--data takes a file, and ${data} is a folder.`);
  return resolved;
}

type TableRecipe = Extract<DataRecipe, { kind: 'table' }>;

/** Another table in place of the one that the file names: it keeps the columns that the file names and it has. */
function withNamedColumns(recipe: TableRecipe, named: NamedData, data: string, file: string): ChosenData {
  if (named.kind !== 'recipe' || named.recipe.kind !== 'table' || recipe.features !== null) {
    return { recipe, remark: null };
  }
  // Only texts say in their first line which columns they have.
  if (!/\.[ct]sv$/i.test(recipe.path)) return { recipe, remark: null };
  const { features, target } = named.recipe;
  const present = readColumnNames(recipe.path, data);
  const lacks = (name: string): boolean => !present.includes(name);
  const keepsFeatures = features !== null && !features.some(lacks);
  const takesTarget = recipe.target === null && target !== null;
  const missing = new Set([...(features ?? []).filter(lacks), ...(takesTarget && lacks(target) ? [target] : [])]);
  const instead = [
    ...(features !== null && !keepsFeatures ? ['every column of numbers is read'] : []),
    ...(takesTarget && lacks(target) ? ['the last column of numbers is forecast'] : []),
  ];
  return {
    recipe: {
      ...recipe,
      features: keepsFeatures ? features : null,
      target: takesTarget && !lacks(target) ? target : recipe.target,
    },
    remark:
      instead.length === 0
        ? null
        : `${data} has no column ${[...missing].join(', ')}, which ${file} names; ${instead.join(', and ')}.`,
  };
}

function readColumnNames(table: string, data: string): readonly string[] {
  try {
    return columnNames(readFileSync(table, 'utf8'));
  } catch (error) {
    throw new UsageError(`${data} cannot be read: ${reasonOf(error)}.`);
  }
}

/** The recipe with the columns of `--target` and `--features`; `what` names the data where it has no columns. */
function withTarget(recipe: DataRecipe, { target, features }: TableColumns, what: string): DataRecipe {
  if (target === null && features === null) return recipe;
  if (recipe.kind !== 'table') {
    throw new UsageError(`--${target === null ? 'features' : 'target'} names a column of a table; ${what} has none.`);
  }
  return { ...recipe, target: target ?? recipe.target, features: features ?? recipe.features };
}
