/** The plain backend in 64-bit floats: the definition of every operation, and the oracle of every other backend. */
import type { Backend } from '../backend';
import { composedLinear } from '../linear';
import { dropout } from './dropout';
import {
  activate,
  activateBackward,
  add,
  addScaledColumns,
  broadcastRow,
  columnDots,
  copyMatrix,
  multiplyElements,
  rowDots,
  scale,
  scaleRows,
  sumRows,
} from './elementwise';
import { gather, markUnequal, scatterAdd } from './embedding';
import { gruBackward, gruForward } from './gru';
import { elementwiseLoss, softmaxCrossEntropy } from './loss';
import { lstmBackward, lstmForward } from './lstm';
import { multiply, multiplyTransposed, pack } from './matrix';
import { addNoise } from './noise';
import { inverseRoot, standardiseRows, standardiseRowsBackward } from './normalisation';
import { adam, clipByNorm, clipByValue, rmsprop, sgd, squaredNorm } from './optimiser';
import { maxOverTime, maxOverTimeBackward } from './pooling';
import { rnnBackward, rnnForward } from './rnn';
import { softmaxRows, softmaxRowsBackward } from './softmax';

export const referenceDevice = 'plain TypeScript in 64-bit floats on 1 thread';

/** @param memory given by whoever wants to see into it between two operations */
export function createReferenceBackend(arenaLength: number, memory = new Float64Array(arenaLength)): Backend {
  const parts: Parameters<typeof composedLinear>[0] = {
    add: (target, source) => add(memory, target, source),
    broadcastRow: (row, target) => broadcastRow(memory, row, target),
    copyMatrix: (source, target) => copyMatrix(memory, source, target),
    sumRows: (source, sums) => sumRows(memory, source, sums),
    pack: (source, transpose, packed) => pack(memory, source, transpose, packed),
    multiply: (left, right, result, accumulate) => multiply(memory, left, right, result, accumulate),
    multiplyTransposed: (left, right, result) => multiplyTransposed(memory, left, right, result),
  };
  return {
    ...parts,
    ...composedLinear(parts),
    name: 'reference',
    device: referenceDevice,
    isQueued: false,
    // Memory is given back once nothing holds the backend.
    release: () => {},
    write: (span, values) => memory.set(values, span.offset),
    read: async (span) => memory.slice(span.offset, span.offset + span.length),
    fill: (span, value) => {
      memory.fill(value, span.offset, span.offset + span.length);
    },
    scale: (target, factor) => scale(memory, target, factor),
    multiplyElements: (left, right, target) => multiplyElements(memory, left, right, target),
    scaleRows: (source, factors, target) => scaleRows(memory, source, factors, target),
    addScaledColumns: (source, factors, target) => addScaledColumns(memory, source, factors, target),
    rowDots: (left, right, dots) => rowDots(memory, left, right, dots),
    columnDots: (left, right, dots) => columnDots(memory, left, right, dots),
    activate: (activation, values) => activate(memory, activation, values),
    activateBackward: (activation, values, gradient) => activateBackward(memory, activation, values, gradient),
    softmaxRows: (scores, mask) => softmaxRows(memory, scores, mask),
    softmaxRowsBackward: (weights, gradient) => softmaxRowsBackward(memory, weights, gradient),
    standardiseRows: (source, epsilon, target, inverseDeviations) =>
      standardiseRows(memory, source, epsilon, target, inverseDeviations),
    standardiseRowsBackward: (standardised, inverseDeviations, gradient) =>
      standardiseRowsBackward(memory, standardised, inverseDeviations, gradient),
    inverseRoot: (values, epsilon, target) => inverseRoot(memory, values, epsilon, target),
    maxOverTime: (windows, input, output, choices) => maxOverTime(memory, windows, input, output, choices),
    maxOverTimeBackward: (windows, outputGradient, choices, inputGradient) =>
      maxOverTimeBackward(memory, windows, outputGradient, choices, inputGradient),
    rnnForward: (loop) => rnnForward(memory, loop),
    rnnBackward: (loop, squaredNorms) => rnnBackward(memory, loop, squaredNorms),
    lstmForward: (loop) => lstmForward(memory, loop),
    lstmBackward: (loop, squaredNorms) => lstmBackward(memory, loop, squaredNorms),
    gruForward: (loop) => gruForward(memory, loop),
    gruBackward: (loop, squaredNorms) => gruBackward(memory, loop, squaredNorms),
    gather: (table, indices, output) => gather(memory, table, indices, output),
    markUnequal: (values, value, marks) => markUnequal(memory, values, value, marks),
    scatterAdd: (tableGradient, indices, gradient) => scatterAdd(memory, tableGradient, indices, gradient),
    addNoise: (source, target, standardDeviation, key) => addNoise(memory, source, target, standardDeviation, key),
    dropout: (source, target, rate, key, places) => dropout(memory, source, target, rate, key, places),
    softmaxCrossEntropy: (logits, classes, weights, rowLosses, gradient) =>
      softmaxCrossEntropy(memory, logits, classes, weights, rowLosses, gradient),
    elementwiseLoss: (loss, predictions, targets, weights, rowLosses, gradient) =>
      elementwiseLoss(memory, loss, predictions, targets, weights, rowLosses, gradient),
    squaredNorm: (values, result) => squaredNorm(memory, values, result),
    clipByNorm: (values, squared, limit, margin) => clipByNorm(memory, values, squared, limit, margin),
    clipByValue: (values, limit) => clipByValue(memory, values, limit),
    sgd: (parameters, gradients, velocity, settings) => sgd(memory, parameters, gradients, velocity, settings),
    rmsprop: (parameters, gradients, meanSquare, meanGradient, velocity, settings) =>
      rmsprop(memory, parameters, gradients, meanSquare, meanGradient, velocity, settings),
    adam: (parameters, gradients, firstMoment, secondMoment, settings) =>
      adam(memory, parameters, gradients, firstMoment, secondMoment, settings),
  };
}
