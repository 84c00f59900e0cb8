/** Made-up tasks by their names, and the one that suits a model best. */

import type { TaskName } from '../../../protocol/trainer';
import { capitalised } from '../../wording';
import { type DatasetResult, obstacleAt } from '../dataset';
import type { NumberArray } from '../files/numpy';
import { isDecoder } from '../modelEnds';
import { adding } from './adding';
import { characters } from './characters';
import { copyMemory } from './copyMemory';
import { delayedRecall } from './delayedRecall';
import { digits } from './digits';
import { parity } from './parity';
import { sineMix } from './sineMix';
import { describeEnds, type TaskRequest } from './task';

/** The arrays of the digits that come with Unroll; asked for only where they are needed. */
export type ReadDigits = () => Promise<readonly NumberArray[]>;

export async function taskDataset(
  name: TaskName,
  request: TaskRequest,
  readDigits: ReadDigits,
): Promise<DatasetResult> {
  switch (name) {
    case 'adding':
      return adding(request);
    case 'copy-memory':
      return copyMemory(request);
    case 'delayed-recall':
      return delayedRecall(request);
    case 'parity':
      return parity(request);
    case 'sine-mix':
      return sineMix(request);
    case 'characters':
      return characters(request);
    case 'digits':
      return digits(request, await readDigits());
    case 'auto':
      return suitableTask(request, readDigits);
  }
}

/** The first of the tasks that a model's ends suggest, with a sentence that says which and why. */
async function suitableTask(request: TaskRequest, readDigits: ReadDigits): Promise<DatasetResult> {
  const { model } = request;
  for (const name of candidates(request)) {
    const result = await taskDataset(name, request, readDigits);
    if (result.kind === 'obstacles') continue;
    const { dataset } = result;
    const why = `No data is named, so the task ${name} is trained: ${describeEnds(model)}.`;
    return { kind: 'dataset', dataset: { ...dataset, remarks: [capitalised(why), ...dataset.remarks] } };
  }
  return obstacleAt(`No made-up task fits: ${describeEnds(model)}. Name a file of data.`, model.outputLine);
}

/** From what needs most of a model to what needs least. */
function candidates({ model }: TaskRequest): readonly Exclude<TaskName, 'auto'>[] {
  const isEvery = model.outputSteps === 'every';
  if (model.input.kind === 'tokens') {
    if (isDecoder(model)) return ['copy-memory'];
    return isEvery ? ['characters', 'copy-memory', 'parity'] : ['delayed-recall', 'parity', 'characters'];
  }
  if (model.outputWidth === 1) {
    if (model.outputActivation === 'sigmoid') return ['parity', 'adding', 'sine-mix'];
    return model.input.width === 2 ? ['adding', 'sine-mix', 'parity'] : ['sine-mix', 'adding', 'parity'];
  }
  const isForecast = model.outputWidth === model.input.width && model.outputActivation !== 'softmax';
  if (isForecast) return ['sine-mix', 'copy-memory', 'delayed-recall'];
  return isEvery ? ['copy-memory', 'parity', 'characters'] : ['digits', 'delayed-recall', 'parity', 'characters'];
}
