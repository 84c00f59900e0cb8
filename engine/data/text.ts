/** Predicting a text character by character. */
import type { DataRecipe } from '../../protocol/trainer';
import type { ModelPlan } from '../plan/modelPlan';
import {
  type Baseline,
  type Dataset,
  type DatasetResult,
  heldOutShare,
  mean,
  obstacle,
  spreadWindows,
} from './dataset';

type TextRecipe = Extract<DataRecipe, { kind: 'text' }>;

/** Windows of the held-out part that are evaluated. */
const heldOutLimit = { every: 128, last: 512 };

export function textDataset(text: string, recipe: TextRecipe, model: ModelPlan, timeSteps: number): DatasetResult {
  const fileName = recipe.path.split(/[\\/]/).at(-1) ?? recipe.path;
  if (text.trim() === '') return obstacle('The file is empty. Choose a text of some thousand characters.', recipe.path);
  // As Python reads text files, so that both know the same characters.
  const characters = Array.from(text.replace(/\r\n?/g, '\n'));
  const alphabet = [...new Set(characters)].sort();
  // The number that means padding to the model must not be a character's.
  const reserved = model.reservedToken;
  const shift = (index: number): number => (reserved !== null && index >= reserved ? index + 1 : index);
  const idOf = new Map(alphabet.map((character, index) => [character, shift(index)]));
  const classCount = shift(alphabet.length - 1) + 1;
  const refusal = refusalOf(model, fileName, alphabet.length, classCount);
  if (refusal) return { kind: 'obstacles', obstacles: [refusal] };

  const ids = Uint32Array.from(characters, (character) => idOf.get(character) ?? 0);
  const split = Math.floor(ids.length * (1 - heldOutShare));
  const trainingSequences = split - timeSteps;
  const heldOutLength = ids.length - split;
  const isEvery = model.outputSteps === 'every';
  // Windows that predict every step are laid end to end, so that each character is predicted once.
  const stride = isEvery ? timeSteps : 1;
  const available = Math.floor((heldOutLength - timeSteps - 1) / stride) + 1;
  if (trainingSequences < 1 || heldOutLength < timeSteps + 1) {
    const needed = Math.ceil((timeSteps + 1) / heldOutShare);
    return obstacle(
      `${fileName} has ${ids.length} characters. Sequences of ${timeSteps} with a fifth held out need at least ${needed}.`,
      recipe.path,
    );
  }
  const windows = spreadWindows(available, heldOutLimit[model.outputSteps]);
  const heldOutStart = (sequence: number): number => split + windows.windowOf(sequence) * stride;
  const heldOutTargets = Array.from({ length: windows.count }, (_, sequence) => {
    const start = heldOutStart(sequence);
    return ids.subarray(start + (isEvery ? 1 : timeSteps), start + timeSteps + 1);
  });
  const inputWidth = model.input.width ?? classCount;
  const isOneHot = model.input.kind === 'features';

  const dataset: Dataset = {
    description:
      `${fileName}: ${ids.length.toLocaleString('en-US')} characters, ${alphabet.length} distinct; ` +
      `the last fifth is held out, measured on ${windows.count} of its ${available} windows of ${timeSteps}`,
    trainingSequences,
    heldOutSequences: windows.count,
    timeSteps,
    input: { kind: model.input.kind, width: inputWidth },
    outputSteps: model.outputSteps,
    loss: 'crossEntropy',
    metric: { name: 'bits per character', lowerIsBetter: true },
    metricRule: { kind: 'bits' },
    baseline: characterFrequencies(ids.subarray(0, split), heldOutTargets, model.outputWidth),
    remarks: remarksOf(model, alphabet.length, classCount),
    fill: (part, sequences, shape, inputs, targets) => {
      if (isOneHot) inputs.fill(0);
      for (let position = 0; position < sequences.length; position++) {
        const sequence = sequences[position] ?? 0;
        const start = part === 'training' ? sequence : heldOutStart(sequence);
        for (let time = 0; time < timeSteps; time++) {
          const id = ids[start + time] ?? 0;
          const place = time * shape.batch + position;
          if (isOneHot) inputs[place * inputWidth + id] = 1;
          else inputs[place] = id;
        }
        for (let step = 0; step < shape.targetSteps; step++) {
          targets[step * shape.batch + position] = ids[start + (isEvery ? step + 1 : timeSteps)] ?? 0;
        }
      }
    },
  };
  return { kind: 'dataset', dataset };
}

function refusalOf(model: ModelPlan, fileName: string, distinct: number, classCount: number) {
  const { input, inputLayer, outputWidth, outputLine, outputActivation } = model;
  const reservedNote = classCount > distinct ? ` and one number that is kept for padding` : '';
  const needs = `${fileName} has ${distinct} distinct characters${reservedNote}`;
  if (input.width !== null && input.width < classCount) {
    const what = input.kind === 'tokens' ? `a vocabulary of ${input.width}` : `an input ${input.width} wide (one-hot)`;
    return {
      message: `${needs}, but ${model.name} has ${what}. Make it at least ${classCount}.`,
      file: inputLayer.location.file,
      line: inputLayer.location.line,
    };
  }
  if (outputWidth < classCount) {
    return {
      message: `${needs}, but ${model.name} tells ${outputWidth} classes apart at its output. Make it at least ${classCount}.`,
      ...outputLine,
    };
  }
  if (outputActivation !== 'none' && outputActivation !== 'softmax') {
    return {
      message: `${model.name} ends in ${outputActivation}; predicting characters wants plain numbers or a softmax at the end.`,
      ...outputLine,
    };
  }
  return null;
}

function remarksOf(model: ModelPlan, distinct: number, classCount: number): string[] {
  const remarks: string[] = [];
  const { kind, width } = model.input;
  if (width === null)
    remarks.push(`The input width, which the model leaves open, is taken as ${classCount}: one-hot characters.`);
  if (width !== null && width > classCount) {
    const what = kind === 'tokens' ? 'vocabulary' : 'input width';
    remarks.push(
      `The model's ${what} of ${width} is larger than the ${distinct} distinct characters; the rest is never used.`,
    );
  }
  if (model.outputWidth > classCount) {
    remarks.push(`Of the model's ${model.outputWidth} output classes, ${distinct} occur.`);
  }
  return remarks;
}

/** The cross-entropy of what models are asked to predict under the training part's frequencies, one added to each count (Laplace). */
function characterFrequencies(
  training: Uint32Array,
  heldOutTargets: readonly Uint32Array[],
  classes: number,
): Baseline {
  const counts = new Float64Array(classes).fill(1);
  for (const id of training) counts[id] = (counts[id] ?? 0) + 1;
  const nats = counts.map((count) => -Math.log(count / (training.length + classes)));
  const sequenceLosses = Float64Array.from(heldOutTargets, (targets) =>
    mean(Float64Array.from(targets, (id) => nats[id] ?? 0)),
  );
  const loss = mean(sequenceLosses);
  return { name: 'character frequencies', metric: loss / Math.LN2, loss, sequenceLosses };
}
