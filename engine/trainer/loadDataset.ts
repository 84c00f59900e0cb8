/** From a data recipe to a dataset that fits a model, or to what is in the way. */
import type { DataRecipe } from '../../protocol/trainer';
import { type DatasetResult, obstacle } from '../data/dataset';
import { tableDataset } from '../data/table';
import { taskDataset } from '../data/tasks';
import { textDataset } from '../data/text';
import type { ModelPlan } from '../plan/modelPlan';
import type { PreviewHost } from './host';

export async function loadDataset(
  recipe: DataRecipe,
  model: ModelPlan,
  timeSteps: number,
  seed: number,
  host: Pick<PreviewHost, 'readFile'>,
): Promise<DatasetResult> {
  if (recipe.kind === 'task') return taskDataset(recipe.name, model, timeSteps, seed);
  let bytes: Uint8Array;
  try {
    bytes = await host.readFile(recipe.path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return obstacle(`The file could not be read (${reason}). Check its path and your rights to it.`, recipe.path);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return obstacle('The file is not UTF-8 text. Save it as UTF-8, or choose another one.', recipe.path);
  }
  switch (recipe.kind) {
    case 'table':
      return tableDataset(text, recipe, model, timeSteps);
    case 'text':
      return textDataset(text, recipe, model, timeSteps);
  }
}
