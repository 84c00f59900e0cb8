/** What made-up tasks have in common: sequences made when they are asked for, and sentences on what fits. */
import type { BatchShape } from '../../network';
import { createRandom, type RandomSource } from '../../random';
import { counted } from '../../wording';
import { type Baseline, type Dataset, type DatasetResult, mean, obstacleAt, type Part } from '../dataset';
import { isDecoder, type ModelEnds } from '../modelEnds';
import type { LengthWish } from '../sequenceLength';

export interface TaskRequest {
  readonly model: ModelEnds;
  readonly length: LengthWish;
  readonly seed: number;
}

export const trainingSequences = 10_000;
export const heldOutSequences = 256;

/** Writes one sequence and its answers at a position of a batch whose inputs are 0. */
type WriteSequence = (
  random: RandomSource,
  shape: BatchShape,
  position: number,
  inputs: Float32Array,
  targets: Float32Array,
) => void;

type MadeDataset = Pick<
  Dataset,
  'description' | 'timeSteps' | 'input' | 'outputSteps' | 'loss' | 'metric' | 'metricRule' | 'remarks'
> & { readonly write: WriteSequence };

/** A dataset of endless sequences, each made from its own stream of random numbers. */
export function madeDataset(
  { seed }: TaskRequest,
  { write, ...about }: MadeDataset,
  baselineOf: (fill: Dataset['fill']) => Baseline,
): DatasetResult {
  const randomOf = (part: Part, sequence: number): RandomSource =>
    createRandom(seed, part === 'training' ? sequence : trainingSequences + sequence);
  const fill: Dataset['fill'] = (part, sequences, shape, inputs, targets) => {
    inputs.fill(0);
    for (let position = 0; position < sequences.length; position++) {
      write(randomOf(part, sequences[position] ?? 0), shape, position, inputs, targets);
    }
  };
  const dataset = { ...about, trainingSequences, heldOutSequences, baseline: baselineOf(fill), fill };
  return { kind: 'dataset', dataset };
}

/** The same loss for every sequence: what guessing costs where all answers are as likely. */
export function guessing(loss: number, metric: number): Baseline {
  return { name: 'guessing', metric, loss, sequenceLosses: new Float64Array(heldOutSequences).fill(loss) };
}

/** The loss and the root mean square of a forecast without a model; `predict` is given one sequence `[timeSteps, inputWidth]`. */
export function forecastBaseline(
  name: string,
  fill: Dataset['fill'],
  shape: Omit<BatchShape, 'batch'>,
  lossOf: (difference: number) => number,
  predict: (inputs: Float32Array, answer: number, column: number) => number,
): Baseline {
  const inputs = new Float32Array(shape.inputSteps * shape.inputWidth);
  const targets = new Float32Array(shape.targetSteps * shape.targetWidth);
  const [sequenceLosses, squares] = [new Float64Array(heldOutSequences), new Float64Array(heldOutSequences)];
  for (let sequence = 0; sequence < heldOutSequences; sequence++) {
    fill('heldOut', [sequence], { ...shape, batch: 1 }, inputs, targets);
    const differences = Float64Array.from(targets, (target, index) => {
      const [answer, column] = [Math.floor(index / shape.targetWidth), index % shape.targetWidth];
      return predict(inputs, answer, column) - target;
    });
    sequenceLosses[sequence] = mean(differences.map(lossOf));
    squares[sequence] = mean(differences.filter((_, index) => index % shape.targetWidth === 0).map((x) => x ** 2));
  }
  return { name, metric: Math.sqrt(mean(squares)), loss: mean(sequenceLosses), sequenceLosses };
}

/** "Model reads 4 numbers a step and gives 1 number after the last": what to compare with what a task needs. */
export function describeEnds(model: ModelEnds): string {
  const { input, outputWidth } = model;
  const reads =
    input.kind === 'tokens'
      ? `one of ${counted(input.width ?? 0, 'token')}`
      : input.width === null
        ? 'any number of values'
        : counted(input.width);
  const when =
    model.outputSteps === 'last'
      ? 'after the last'
      : isDecoder(model)
        ? 'at each step of its decoder'
        : 'at every step';
  const activation = model.outputActivation === 'none' ? '' : `, by ${model.outputActivation},`;
  return `${model.name} reads ${reads} a step and gives ${counted(outputWidth)}${activation} ${when}`;
}

/** The refusal of a task, with the place of the end that does not fit. */
export function misfit(model: ModelEnds, task: string, needs: string, end: 'input' | 'output'): DatasetResult {
  const place = end === 'input' ? model.inputLayer.location : model.outputLine;
  return obstacleAt(`${task} needs a model that ${needs}, but ${describeEnds(model)}.`, place);
}
