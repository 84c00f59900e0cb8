/** Handwritten digits read row by row: the 1,797 pictures of 8 × 8 pixels that come with Unroll (`samples/DATA.md`). */
import { accuracyOf } from '../classes';
import { classFrequencies, type DatasetResult, obstacle } from '../dataset';
import type { NumberArray } from '../files/numpy';
import { givesLogits } from '../modelEnds';
import { shuffledSplit, splitInWords } from '../sequenceSplit';
import { misfit, type TaskRequest } from './task';

const side = 8;
const brightest = 16;
const classCount = 10;

/**
 * A model that reads one number a step is given a pixel at a time. One that reads more, or a number of steps of its own, is
 * given pictures of that size, each pixel as bright as the one at its place in the original.
 */
export function digits(request: TaskRequest, arrays: readonly NumberArray[]): DatasetResult {
  const { model, length, seed } = request;
  const needs = 'reads numbers (a row of pixels a step) and tells at least 10 classes apart, once, after the last step';
  if (model.input.kind === 'tokens') return misfit(model, 'Row-by-row digits', needs, 'input');
  if (model.outputWidth < classCount || model.outputSteps !== 'last' || !givesLogits(model)) {
    return misfit(model, 'Row-by-row digits', needs, 'output');
  }
  const images = arrays.find(({ name }) => name === 'x');
  const labels = arrays.find(({ name }) => name === 'y');
  const count = images?.shape[0] ?? 0;
  const split = shuffledSplit(count, seed);
  if (images === undefined || labels === undefined || split === null) return obstacle('The pictures are not there.');
  const width = model.input.width ?? side;
  const timeSteps = length.fixed ?? length.asked ?? (width === 1 ? side * side : width);
  const isByPixel = width === 1;
  const at = (index: number, size: number): number => Math.floor((index * side) / size);
  const pixelOf = (time: number, column: number): number =>
    isByPixel ? Math.floor((time * side * side) / timeSteps) : at(time, timeSteps) * side + at(column, width);
  const labelOf = (image: number): number => labels.values[image] ?? 0;
  const frequencies = classFrequencies(
    Array.from(split.training, labelOf),
    Array.from(split.heldOut, (image) => [labelOf(image)]),
    model.outputWidth,
  );
  const isOwnSize = isByPixel ? timeSteps === side * side : timeSteps === side && width === side;
  const form = isByPixel ? `${timeSteps} pixels, one a step` : `${timeSteps} rows of ${width} pixels, one a step`;
  return {
    kind: 'dataset',
    dataset: {
      description:
        `Digits: ${count.toLocaleString('en-US')} handwritten digits of ${side} × ${side} pixels as ${form}; ` +
        `the answer is the digit; ${splitInWords}`,
      trainingSequences: split.training.length,
      heldOutSequences: split.heldOut.length,
      timeSteps,
      input: { kind: 'features', width },
      outputSteps: 'last',
      loss: 'crossEntropy',
      ...accuracyOf('digit', frequencies),
      remarks: isOwnSize
        ? []
        : [`The digits of ${side} × ${side} pixels are brought to the size that the model reads.`],
      fill: (part, sequences, shape, inputs, targets) => {
        const members = part === 'training' ? split.training : split.heldOut;
        for (let position = 0; position < sequences.length; position++) {
          const image = members[sequences[position] ?? 0] ?? 0;
          for (let time = 0; time < timeSteps; time++) {
            for (let column = 0; column < width; column++) {
              const value = images.values[image * side * side + pixelOf(time, column)] ?? 0;
              inputs[(time * shape.batch + position) * width + column] = value / brightest;
            }
          }
          targets[position] = labelOf(image);
        }
      },
    },
  };
}
