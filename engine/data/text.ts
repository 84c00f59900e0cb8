/** Predicting a text character by character. */
import type { Obstacle } from '../../protocol/trainer';
import { placeOf } from '../place';
import { classFrequencies, type DatasetResult, heldOutShare, obstacle, spreadWindows, writeToken } from './dataset';
import {
  answersOf,
  askedStep,
  forecastObstacle,
  givesLogits,
  horizonOf,
  type ModelEnds,
  stepsBeyond,
  teacherObstacle,
} from './modelEnds';
import { type LengthWish, sequenceLength } from './sequenceLength';

/** A text, and where it comes from for messages. */
export interface TextSource {
  readonly name: string;
  /** Null where it is no file. */
  readonly path: string | null;
}

/** Windows of the held-out part that are evaluated. */
const heldOutLimit = { every: 128, last: 512 };

const defaultTimeSteps = 64;

export function textDataset(text: string, source: TextSource, model: ModelEnds, length: LengthWish): DatasetResult {
  if (text.trim() === '') return obstacle('The file is empty. Choose a text of some thousand characters.', source.path);
  // As Python reads text files, so that both know the same characters.
  const characters = Array.from(text.replace(/\r\n?/g, '\n'));
  const alphabet = [...new Set(characters)].sort();
  // The number that means padding to the model must not be a character's.
  const reserved = model.reservedToken;
  const shift = (index: number): number => (reserved !== null && index >= reserved ? index + 1 : index);
  const idOf = new Map(alphabet.map((character, index) => [character, shift(index)]));
  const classCount = shift(alphabet.length - 1) + 1;
  const { timeSteps, remarks } = sequenceLength(length, defaultTimeSteps);
  const refusal =
    refusalOf(model, source.name, alphabet.length, classCount) ??
    forecastObstacle(model, timeSteps) ??
    teacherObstacle(model, 'crossEntropy');
  if (refusal !== null) return { kind: 'obstacles', obstacles: [refusal] };

  const ids = Uint32Array.from(characters, (character) => idOf.get(character) ?? 0);
  const horizon = horizonOf(model, timeSteps);
  const [answers, span] = [answersOf(horizon, timeSteps), timeSteps + stepsBeyond(horizon)];
  const split = Math.floor(ids.length * (1 - heldOutShare));
  // A window and all that is asked of it lie on one side of the split.
  const trainingSequences = split - span + 1;
  const heldOutLength = ids.length - split;
  // Windows that predict every step are laid end to end, so that each character is predicted once.
  const stride = horizon.kind === 'eachNext' ? timeSteps : 1;
  const available = Math.floor((heldOutLength - span) / stride) + 1;
  if (trainingSequences < 1 || heldOutLength < span) {
    const needed = Math.ceil(span / heldOutShare);
    return obstacle(
      `${source.name} has ${ids.length} characters. Sequences of ${timeSteps} with a fifth held out need at least ${needed}.`,
      source.path,
    );
  }
  const windows = spreadWindows(available, heldOutLimit[model.outputSteps]);
  const heldOutStart = (sequence: number): number => split + windows.windowOf(sequence) * stride;
  const first = askedStep(horizon, timeSteps, 0);
  const heldOutTargets = Array.from({ length: windows.count }, (_, sequence) => {
    const start = heldOutStart(sequence) + first;
    return ids.subarray(start, start + answers);
  });
  const input = { kind: model.input.kind, width: model.input.width ?? classCount };
  const frequencies = classFrequencies(ids.subarray(0, split), heldOutTargets, model.outputWidth);
  const { loss, sequenceLosses } = frequencies;

  return {
    kind: 'dataset',
    dataset: {
      description:
        `${source.name}: ${ids.length.toLocaleString('en-US')} characters, ${alphabet.length} distinct; ` +
        `the last fifth is held out, measured on ${windows.count} of its ${available} windows of ${timeSteps}`,
      trainingSequences,
      heldOutSequences: windows.count,
      timeSteps,
      input,
      outputSteps: model.outputSteps,
      loss: 'crossEntropy',
      metric: { name: 'bits per character', lowerIsBetter: true },
      metricRule: { kind: 'bits', scale: 1 },
      baseline: { name: 'character frequencies', metric: loss / Math.LN2, loss, sequenceLosses },
      remarks: [...remarks, ...remarksOf(model, alphabet.length, classCount)],
      fill: (part, sequences, shape, inputs, targets) => {
        if (input.kind === 'features') inputs.fill(0);
        for (let position = 0; position < sequences.length; position++) {
          const sequence = sequences[position] ?? 0;
          const start = part === 'training' ? sequence : heldOutStart(sequence);
          for (let time = 0; time < timeSteps; time++) {
            writeToken(inputs, input, shape, time, position, ids[start + time] ?? 0);
          }
          for (let step = 0; step < answers; step++) {
            targets[step * shape.batch + position] = ids[start + first + step] ?? 0;
          }
        }
      },
    },
  };
}

function refusalOf(model: ModelEnds, name: string, distinct: number, classCount: number): Obstacle | null {
  const { input, inputLayer, outputWidth, outputActivation } = model;
  const outputPlace = placeOf(model.outputLine);
  const reservedNote = classCount > distinct ? ` and one number that is kept for padding` : '';
  const needs = `${name} has ${distinct} distinct characters${reservedNote}`;
  if (input.width !== null && input.width < classCount) {
    const what = input.kind === 'tokens' ? `a vocabulary of ${input.width}` : `an input ${input.width} wide (one-hot)`;
    return {
      message: `${needs}, but ${model.name} has ${what}. Make it at least ${classCount}.`,
      ...placeOf(inputLayer.location),
    };
  }
  if (outputWidth < classCount) {
    return {
      message: `${needs}, but ${model.name} tells ${outputWidth} classes apart at its output. Make it at least ${classCount}.`,
      ...outputPlace,
    };
  }
  if (!givesLogits(model)) {
    return {
      message: `${model.name} ends in ${outputActivation}; predicting characters wants plain numbers or a softmax at the end.`,
      ...outputPlace,
    };
  }
  return null;
}

function remarksOf(model: ModelEnds, distinct: number, classCount: number): string[] {
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
