/** What ready-made sequences are asked for: classes or numbers that come with them, or their own next steps. */
import type { Obstacle } from '../../protocol/trainer';
import { placeOf } from '../place';
import { capitalised, counted } from '../wording';
import { accuracyOf, classLoss, isBinaryModel, type Labels, labelsIn, someOf, tellsClasses } from './classes';
import { type Baseline, classFrequencies, type Dataset, mean } from './dataset';
import type { NumberArray } from './files/numpy';
import { lossOfDifference } from './lossOfDifference';
import {
  answersOf,
  askedStep,
  forecastObstacle,
  horizonOf,
  isDecoder,
  type ModelEnds,
  type NumberLoss,
  numberLoss,
  stepsObstacle,
  teacherObstacle,
} from './modelEnds';
import { type Scaling, targetScaling } from './scaling';
import type { SequenceSplit } from './sequenceSplit';

/** Numbers `[count, steps, width]`. */
export interface Block {
  readonly count: number;
  readonly steps: number;
  readonly width: number;
  readonly values: Float64Array;
}

export interface Answers extends Pick<Dataset, 'loss' | 'metric' | 'metricRule' | 'baseline' | 'remarks'> {
  /** What is asked, as the rest of a sentence. */
  readonly description: string;
  /** Writes the answers of a sequence at a position of a batch. */
  readonly write: (sequence: number, batch: number, position: number, targets: Float32Array) => void;
}

/** One scaling a column, fitted on all steps of some sequences. */
export function blockScalings(
  { steps, width, values }: Block,
  sequences: Uint32Array,
  fitScaling: (values: Float64Array) => Scaling,
): Scaling[] {
  return Array.from({ length: width }, (_, column) => {
    const columnValues = new Float64Array(sequences.length * steps);
    sequences.forEach((sequence, index) => {
      for (let time = 0; time < steps; time++) {
        columnValues[index * steps + time] = values[(sequence * steps + time) * width + column] ?? 0;
      }
    });
    return fitScaling(columnValues);
  });
}

/** Targets `[sequences]`, `[sequences, width]`, `[sequences, steps]` or `[sequences, steps, width]`. */
export function givenAnswers(
  targets: NumberArray,
  split: SequenceSplit,
  model: ModelEnds,
  timeSteps: number,
): Answers | Obstacle {
  const name = targets.name === '' ? 'the target' : targets.name;
  const block = targetBlock(targets, model);
  const horizon = horizonOf(model, timeSteps);
  const wanted = horizon.kind === 'following' ? horizon.steps : answersOf(horizon, timeSteps);
  if (block.steps !== wanted) {
    const message =
      `"${name}" has ${counted(block.steps, 'answer')} a sequence, but ${model.name} gives ${wanted}` +
      `${wanted === 1 ? ', after the last step' : ''}.`;
    return { message, ...placeOf(model.outputLine) };
  }
  const misaligned = isDecoder(model) ? null : stepsObstacle(model, timeSteps);
  if (misaligned !== null) return misaligned;
  const labels = labelsOf(block, targets.isInteger, model);
  return labels === null ? numbers(block, name, split, model) : classes(labels, block.steps, name, split, model);
}

function targetBlock({ shape: [count = 0, second = 1, third], values }: NumberArray, model: ModelEnds): Block {
  if (third !== undefined) return { count, steps: second, width: third, values };
  // Two axes are steps of a model that answers at several, else the numbers of its one answer.
  return model.outputSteps === 'every' && second !== 1
    ? { count, steps: second, width: 1, values }
    : { count, steps: 1, width: second, values };
}

/** The class of each answer where a model tells classes apart: whole numbers, or vectors that are 1 at one place. */
function labelsOf({ width, values }: Block, isInteger: boolean, model: ModelEnds): Labels | null {
  const { outputWidth, outputActivation } = model;
  if (width > 1) {
    if (!tellsClasses(model) || !isOneHot(values, width)) return null;
    const ids = Uint32Array.from({ length: values.length / width }, (_, row) =>
      values.subarray(row * width, (row + 1) * width).indexOf(1),
    );
    return { classes: Array.from({ length: width }, (_, index) => index), ids };
  }
  const isWhole = isInteger || values.every(Number.isInteger);
  if (!isWhole || (outputWidth === 1 && !isBinaryModel(model) && outputActivation !== 'sigmoid')) return null;
  const labels = labelsIn(values);
  return labels !== null && 'classes' in labels ? labels : null;
}

function isOneHot(values: Float64Array, width: number): boolean {
  const isMark = values.every((value) => value === 0 || value === 1);
  for (let from = 0; isMark && from < values.length; from += width) {
    if (values.subarray(from, from + width).reduce((sum, value) => sum + value, 0) !== 1) return false;
  }
  return isMark;
}

function classes(
  { classes: names, ids }: Labels,
  steps: number,
  name: string,
  { training, heldOut }: SequenceSplit,
  model: ModelEnds,
): Answers | Obstacle {
  const loss = classLoss(model, names.length, `"${name}"`);
  if (typeof loss === 'object') return loss;
  const refusal = teacherObstacle(model, loss);
  if (refusal !== null) return refusal;
  const idsOf = (sequence: number): Uint32Array => ids.subarray(sequence * steps, (sequence + 1) * steps);
  const seen = Array.from(training, idsOf).flatMap((of) => Array.from(of));
  const classCount = loss === 'binaryCrossEntropy' ? 2 : model.outputWidth;
  const unused = loss === 'crossEntropy' && model.outputWidth > names.length;
  return {
    description: `${name} of ${steps > 1 ? 'each step' : 'each'} (${names.length} classes: ${someOf(names)})`,
    loss,
    ...accuracyOf(name, classFrequencies(seen, Array.from(heldOut, idsOf), classCount)),
    remarks: unused ? [`Of the model's ${model.outputWidth} output classes, ${names.length} occur.`] : [],
    write: (sequence, batch, position, targets) => {
      for (let step = 0; step < steps; step++) targets[step * batch + position] = ids[sequence * steps + step] ?? 0;
    },
  };
}

function numbers(block: Block, name: string, split: SequenceSplit, model: ModelEnds): Answers | Obstacle {
  const { steps, width, values } = block;
  const loss = numberLoss(model);
  const refusal = widthObstacle(width, `"${name}"`, model) ?? teacherObstacle(model, loss);
  if (refusal !== null) return refusal;
  const scalings = blockScalings(block, split.training, targetScaling(model.outputActivation));
  const answer = (sequence: number, step: number, column: number): number => {
    const { offset, scale } = scalings[column] ?? { offset: 0, scale: 1 };
    return ((values[(sequence * steps + step) * width + column] ?? 0) - offset) / scale;
  };
  const means = Array.from({ length: width }, (_, column) =>
    mean(
      Float64Array.from({ length: split.training.length * steps }, (_item, index) =>
        answer(split.training[Math.floor(index / steps)] ?? 0, index % steps, column),
      ),
    ),
  );
  const columnName = width > 1 ? `${name}, column 1` : name;
  return {
    description: `${name} of ${steps > 1 ? 'each step' : 'each'}`,
    loss,
    metric: { name: `RMSE (${columnName})`, lowerIsBetter: true },
    metricRule: { kind: 'rootMeanSquare', column: 0, scale: scalings[0]?.scale ?? 1 },
    baseline: numberBaseline(
      'the mean of the training part',
      split.heldOut,
      steps,
      width,
      scalings,
      loss,
      (sequence, step, column) => {
        return answer(sequence, step, column) - (means[column] ?? 0);
      },
    ),
    remarks: [],
    write: (sequence, batch, position, targets) => {
      for (let step = 0; step < steps; step++) {
        for (let column = 0; column < width; column++) {
          targets[(step * batch + position) * width + column] = answer(sequence, step, column);
        }
      }
    },
  };
}

/** The steps after those that are read, or at each step the one after it, of the sequences themselves. */
export function nextStepAnswers(
  inputs: Block,
  areTokens: boolean,
  split: SequenceSplit,
  model: ModelEnds,
  timeSteps: number,
): Answers | Obstacle {
  const horizon = horizonOf(model, timeSteps);
  const refusal = forecastObstacle(model, timeSteps);
  if (refusal !== null) return refusal;
  const { steps, width, values } = inputs;
  const count = answersOf(horizon, timeSteps);
  const asked = (step: number): number => askedStep(horizon, timeSteps, step);
  const valueAt = (sequence: number, time: number, column: number): number =>
    values[(sequence * steps + time) * width + column] ?? 0;
  const description =
    count === 1
      ? 'the step after them'
      : horizon.kind === 'eachNext'
        ? 'the next one at each step'
        : `the ${count} steps after them`;
  if (areTokens) {
    const tokens = Array.from({ length: inputs.count }, (_, sequence) =>
      Uint32Array.from({ length: count }, (_item, step) => valueAt(sequence, asked(step), 0)),
    );
    const needed = (model.input.width ?? 0) > model.outputWidth ? largestOf(values) + 1 : 0;
    const tooFew = needed > model.outputWidth ? classLoss(model, needed, 'The next token') : null;
    const mistake =
      (tooFew !== null && typeof tooFew === 'object' ? tooFew : null) ?? teacherObstacle(model, 'crossEntropy');
    if (mistake !== null) return mistake;
    const seen = Array.from(split.training).flatMap((sequence) => Array.from(tokens[sequence] ?? []));
    const heldOut = Array.from(split.heldOut, (sequence) => tokens[sequence] ?? []);
    const { loss, sequenceLosses } = classFrequencies(seen, heldOut, model.outputWidth);
    return {
      description,
      loss: 'crossEntropy',
      metric: { name: 'bits per token', lowerIsBetter: true },
      metricRule: { kind: 'bits', scale: 1 },
      baseline: { name: 'token frequencies', metric: loss / Math.LN2, loss, sequenceLosses },
      remarks: [],
      write: (sequence, batch, position, targets) => {
        for (let step = 0; step < count; step++) targets[step * batch + position] = tokens[sequence]?.[step] ?? 0;
      },
    };
  }
  const loss = numberLoss(model);
  // One number is a forecast of the last column, as of a table.
  const firstColumn = model.outputWidth === 1 ? width - 1 : 0;
  const answerWidth = width - firstColumn;
  const mistake = widthObstacle(answerWidth, 'the next step', model) ?? teacherObstacle(model, loss);
  if (mistake !== null) return mistake;
  const scalings = blockScalings(inputs, split.training, targetScaling(model.outputActivation)).slice(firstColumn);
  const answer = (sequence: number, time: number, column: number): number => {
    const { offset, scale } = scalings[column] ?? { offset: 0, scale: 1 };
    return (valueAt(sequence, time, firstColumn + column) - offset) / scale;
  };
  return {
    description,
    loss,
    metric: { name: `RMSE (column ${firstColumn + 1})`, lowerIsBetter: true },
    metricRule: { kind: 'rootMeanSquare', column: 0, scale: scalings[0]?.scale ?? 1 },
    baseline: numberBaseline(
      'same as the step before',
      split.heldOut,
      count,
      answerWidth,
      scalings,
      loss,
      (sequence, step, column) => {
        return answer(sequence, asked(step), column) - answer(sequence, Math.min(asked(step), timeSteps) - 1, column);
      },
    ),
    remarks: [],
    write: (sequence, batch, position, targets) => {
      for (let step = 0; step < count; step++) {
        for (let column = 0; column < answerWidth; column++) {
          targets[(step * batch + position) * answerWidth + column] = answer(sequence, asked(step), column);
        }
      }
    },
  };
}

function numberBaseline(
  name: string,
  heldOut: Uint32Array,
  steps: number,
  width: number,
  scalings: readonly Scaling[],
  loss: NumberLoss,
  differenceOf: (sequence: number, step: number, column: number) => number,
): Baseline {
  const lossOf = lossOfDifference(loss);
  const over = (sequence: number, columns: number, valueFor: (difference: number) => number): number =>
    mean(
      Float64Array.from({ length: steps * columns }, (_, index) =>
        valueFor(differenceOf(sequence, Math.floor(index / columns), index % columns)),
      ),
    );
  const sequenceLosses = Float64Array.from(heldOut, (sequence) => over(sequence, width, lossOf));
  const squares = Float64Array.from(heldOut, (sequence) => over(sequence, 1, (difference) => difference ** 2));
  return {
    name,
    metric: Math.sqrt(mean(squares)) * (scalings[0]?.scale ?? 1),
    loss: mean(sequenceLosses),
    sequenceLosses,
  };
}

function widthObstacle(width: number, what: string, model: ModelEnds): Obstacle | null {
  if (model.outputActivation === 'softmax') {
    const message = `${model.name} ends in a softmax, so it tells classes apart, and ${what} is no class.`;
    return { message, ...placeOf(model.outputLine) };
  }
  if (model.outputWidth === width) return null;
  const message = `${capitalised(what)} has ${counted(width)} an answer, but ${model.name} gives ${counted(model.outputWidth)}.`;
  return { message, ...placeOf(model.outputLine) };
}

function largestOf(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}
