/** From a data recipe to a dataset that fits a model, or to what is in the way. */
import type { DataRecipe } from '../../protocol/trainer';
import { arraysDataset } from '../data/arrays';
import { baseName, type DatasetResult, obstacle } from '../data/dataset';
import { decodedText, readDataFile } from '../data/files/formats';
import { readNumpy } from '../data/files/numpy';
import type { ModelEnds } from '../data/modelEnds';
import { tableDataset } from '../data/table';
import { taskDataset } from '../data/tasks';
import { textDataset } from '../data/text';
import type { PreviewHost } from './host';

/** `asked` is the length of sequences that the user wants. */
export async function loadDataset(
  recipe: DataRecipe,
  model: ModelEnds,
  asked: number | null,
  seed: number,
  host: Pick<PreviewHost, 'readFile' | 'digits'>,
): Promise<DatasetResult> {
  const length = { fixed: model.timeSteps, asked };
  if (recipe.kind === 'task') {
    return taskDataset(recipe.name, { model, length, seed }, async () => {
      const read = await readNumpy(await host.digits(), 'digits.npz');
      return read.kind === 'arrays' ? read.arrays : [];
    });
  }
  let bytes: Uint8Array;
  try {
    bytes = await host.readFile(recipe.path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return obstacle(`The file could not be read (${reason}). Check its path and your rights to it.`, recipe.path);
  }
  if (recipe.kind === 'text') {
    const text = decodedText(bytes, recipe.path);
    if (text.kind === 'obstacles') return text;
    return textDataset(text.text, { name: baseName(recipe.path), path: recipe.path }, model, length);
  }
  const content = await readDataFile(bytes, recipe.path);
  switch (content.kind) {
    case 'obstacles':
      return content;
    case 'cells':
      return tableDataset(content.cells, recipe, model, length, seed);
    case 'arrays':
      return arraysDataset(content.arrays, recipe, model, length, seed);
  }
}
