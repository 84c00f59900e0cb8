/** The backend whose arithmetic runs in WebAssembly, four 32-bit floats at a time, on the calling thread. */
import type { Backend, BackendFactory, ElementwiseLoss, PointwiseActivation, Span } from '../backend';
import { composedLinear } from '../linear';
import { dropoutThreshold } from '../reference/dropout';
import { instantiateKernels, type KernelBuild, type KernelBytes } from './kernels';
import type { KernelChoice } from './tiles';

/** As `assembly/elementwise.ts` numbers them. */
const activationCodes: Readonly<Record<PointwiseActivation, number>> = { tanh: 0, relu: 1, sigmoid: 2 };

/** As `assembly/loss.ts` numbers them. */
const lossCodes: Readonly<Record<ElementwiseLoss, number>> = {
  meanSquaredError: 0,
  meanAbsoluteError: 1,
  huber: 2,
  binaryCrossEntropy: 3,
};

const bytesPerFloat = 4;

export function describeWasmDevice(build: KernelBuild): string {
  return `WebAssembly SIMD${build === 'relaxedSimd' ? ' (relaxed)' : ''} on 1 thread`;
}

/** Compiles the kernels once; each backend made from them has a memory of its own. */
export function wasmBackendFactory(bytes: KernelBytes, kernels: KernelChoice): BackendFactory {
  const module = new WebAssembly.Module(bytes[kernels.build]);
  return (arenaLength) => createWasmBackend(module, kernels, arenaLength);
}

function createWasmBackend(module: WebAssembly.Module, { build, tiles }: KernelChoice, arenaLength: number): Backend {
  const { kernels, arenaStart, memory } = instantiateKernels(module, arenaLength * bytesPerFloat, tiles);
  const arena = new Float32Array(memory.buffer, arenaStart, arenaLength);
  /** Where a span or matrix starts, in bytes of the memory. */
  const at = ({ offset }: { readonly offset: number }): number => arenaStart + offset * bytesPerFloat;
  /** No operand lies at 0, where the kernels keep their own: it stands for one that there is not. */
  const atOrZero = (span: Span | null | undefined): number => (span ? at(span) : 0);
  const flag = (value: boolean): number => (value ? 1 : 0);
  const parts: Parameters<typeof composedLinear>[0] = {
    add: (target, source) => kernels.add(at(target), at(source), target.length),
    copyMatrix: (source, target) =>
      kernels.copyMatrix(at(source), source.rowStride, at(target), target.rowStride, target.rows, target.columns),
    broadcastRow: (row, target) =>
      kernels.broadcastRow(at(row), at(target), target.rowStride, target.rows, target.columns),
    sumRows: (source, sums) => kernels.sumRows(at(source), source.rowStride, source.rows, source.columns, at(sums)),
    pack: (source, transpose, packed) => {
      const [rowStep, columnStep] = transpose ? [1, source.rowStride] : [source.rowStride, 1];
      kernels.pack(at(source), packed.rows, packed.columns, rowStep, columnStep, at(packed.span));
    },
    multiply: (left, right, result, accumulate) =>
      kernels.multiply(
        at(left),
        left.rowStride,
        at(right.span),
        at(result),
        result.rowStride,
        result.rows,
        right.rows,
        result.columns,
        flag(accumulate),
      ),
    multiplyTransposed: (left, right, result) =>
      kernels.multiplyTransposed(
        at(left),
        left.rowStride,
        at(right),
        right.rowStride,
        at(result),
        result.rowStride,
        result.rows,
        left.rows,
        result.columns,
      ),
  };
  return {
    ...parts,
    ...composedLinear(parts),
    name: 'wasm',
    device: describeWasmDevice(build),
    isQueued: false,
    // Memory is given back once nothing holds the backend.
    release: () => {},
    write: (span, values) => arena.set(values, span.offset),
    read: async (span) => arena.slice(span.offset, span.offset + span.length),
    fill: (span, value) => kernels.fill(at(span), span.length, value),
    scale: (target, factor) => kernels.scale(at(target), target.length, factor),
    multiplyElements: (left, right, target) => kernels.multiplyElements(at(left), at(right), at(target), target.length),
    scaleRows: (source, factors, target) =>
      kernels.scaleRows(
        ...[at(source), source.rowStride, at(factors), at(target), target.rowStride, target.rows, target.columns],
      ),
    addScaledColumns: (source, factors, target) =>
      kernels.addScaledColumns(
        ...[at(source), source.rowStride, at(factors), at(target), target.rowStride, target.rows, target.columns],
      ),
    rowDots: (left, right, dots) =>
      kernels.rowDots(at(left), left.rowStride, at(right), right.rowStride, left.rows, left.columns, at(dots)),
    columnDots: (left, right, dots) =>
      kernels.columnDots(at(left), left.rowStride, at(right), right.rowStride, left.rows, left.columns, at(dots)),
    activate: (activation, values) => kernels.activate(activationCodes[activation], at(values), values.length),
    activateBackward: (activation, values, gradient) =>
      kernels.activateBackward(activationCodes[activation], at(values), at(gradient), values.length),
    softmaxRows: (scores, { sequences, columns, causalPeriod }) =>
      kernels.softmaxRows(
        ...[at(scores), scores.rowStride, scores.rows, scores.columns],
        ...[atOrZero(columns), sequences, causalPeriod ?? 0],
      ),
    softmaxRowsBackward: (weights, gradient) =>
      kernels.softmaxRowsBackward(
        ...[at(weights), weights.rowStride, at(gradient), gradient.rowStride, weights.rows, weights.columns],
      ),
    standardiseRows: (source, epsilon, target, inverseDeviations) =>
      kernels.standardiseRows(
        ...[at(source), source.rowStride, epsilon, at(target), target.rowStride],
        ...[at(inverseDeviations), source.rows, source.columns],
      ),
    standardiseRowsBackward: (standardised, inverseDeviations, gradient) =>
      kernels.standardiseRowsBackward(
        ...[at(standardised), standardised.rowStride, at(inverseDeviations), at(gradient), gradient.rowStride],
        ...[gradient.rows, gradient.columns],
      ),
    inverseRoot: (values, epsilon, target) => kernels.inverseRoot(at(values), epsilon, at(target), values.length),
    maxOverTime: ({ inputSteps, outputSteps, size, stride, dilation, before }, input, output, choices) =>
      kernels.maxOverTime(
        ...[inputSteps, outputSteps, size, stride, dilation, before],
        ...[input.length / inputSteps, at(input), at(output), at(choices)],
      ),
    maxOverTimeBackward: ({ inputSteps, outputSteps }, outputGradient, choices, inputGradient) =>
      kernels.maxOverTimeBackward(
        ...[inputSteps, outputSteps, inputGradient.length / inputSteps],
        ...[at(outputGradient), at(choices), at(inputGradient)],
      ),
    rnnForward: (loop) =>
      kernels.rnnForward(
        ...[loop.timeSteps, loop.batch, loop.hiddenSize, flag(loop.isBackward)],
        ...[at(loop.gates), at(loop.previousHidden), at(loop.hidden), at(loop.weights.span), atOrZero(loop.mask)],
        activationCodes[loop.activation],
      ),
    rnnBackward: (loop, squaredNorms) =>
      kernels.rnnBackward(
        ...[loop.timeSteps, loop.batch, loop.hiddenSize, flag(loop.isBackward)],
        ...[at(loop.gates), at(loop.hidden), at(loop.weightsTransposed.span)],
        ...[atOrZero(loop.outputGradient), at(loop.hiddenGradient), atOrZero(loop.mask), atOrZero(squaredNorms)],
        activationCodes[loop.activation],
      ),
    lstmForward: (loop) =>
      kernels.lstmForward(
        ...[loop.timeSteps, loop.batch, loop.hiddenSize, loop.stateWidth, flag(loop.isBackward)],
        ...[at(loop.gates), at(loop.previousHidden), at(loop.hidden), at(loop.previousCell), at(loop.cell)],
        ...[at(loop.weights.span), atOrZero(loop.mask), loop.hardSigmoidSlope ?? 0],
        atOrZero(loop.peepholes?.value),
        atOrZero(loop.projection?.unprojected),
        atOrZero(loop.projection?.weights.span),
      ),
    lstmBackward: (loop, squaredNorms) =>
      kernels.lstmBackward(
        ...[loop.timeSteps, loop.batch, loop.hiddenSize, loop.stateWidth, flag(loop.isBackward)],
        ...[at(loop.gates), at(loop.previousCell), at(loop.cell), at(loop.weightsTransposed.span)],
        ...[atOrZero(loop.outputGradient), at(loop.hiddenGradient), at(loop.cellGradient)],
        ...[atOrZero(loop.mask), atOrZero(squaredNorms), loop.hardSigmoidSlope ?? 0],
        ...[atOrZero(loop.peepholes?.value), atOrZero(loop.peepholes?.gradient)],
        atOrZero(loop.projection?.stateGradients),
        atOrZero(loop.projection?.weightsTransposed.span),
        ...[atOrZero(loop.projection?.scratch), at(loop.scratch)],
      ),
    gruForward: (loop) =>
      kernels.gruForward(
        ...[loop.timeSteps, loop.batch, loop.hiddenSize, flag(loop.isBackward)],
        ...[at(loop.gates), at(loop.previousHidden), at(loop.hidden)],
        ...[at(loop.weights.span), at(loop.candidateWeights.span), at(loop.candidate)],
        ...[atOrZero(loop.mask), loop.hardSigmoidSlope ?? 0, flag(loop.resetAfter)],
      ),
    gruBackward: (loop, squaredNorms) =>
      kernels.gruBackward(
        ...[loop.timeSteps, loop.batch, loop.hiddenSize, flag(loop.isBackward)],
        ...[at(loop.gates), at(loop.previousHidden)],
        ...[at(loop.weightsTransposed.span), at(loop.candidateWeightsTransposed.span), at(loop.candidate)],
        ...[atOrZero(loop.outputGradient), at(loop.hiddenGradient), atOrZero(loop.mask), atOrZero(squaredNorms)],
        ...[loop.hardSigmoidSlope ?? 0, flag(loop.resetAfter), at(loop.scratch)],
      ),
    gather: (table, indices, output) =>
      kernels.gather(
        at(table),
        table.rowStride,
        at(indices),
        indices.length,
        at(output),
        output.rowStride,
        output.columns,
      ),
    markUnequal: (values, value, marks) => kernels.markUnequal(at(values), value, at(marks), marks.length),
    scatterAdd: (tableGradient, indices, gradient) =>
      kernels.scatterAdd(
        at(tableGradient),
        tableGradient.rowStride,
        at(indices),
        indices.length,
        at(gradient),
        gradient.rowStride,
        gradient.columns,
      ),
    addNoise: (source, target, standardDeviation, key) =>
      kernels.addNoise(at(source), at(target), source.length, standardDeviation, key),
    dropout: (source, target, rate, key, { first, length, stride }) => {
      if (rate >= 1) return kernels.fill(at(target), target.length, 0);
      kernels.dropout(
        ...[at(source), at(target), source.length, dropoutThreshold(rate), 1 / (1 - rate), key],
        ...[first, length, stride],
      );
    },
    softmaxCrossEntropy: (logits, classes, weights, rowLosses, gradient) =>
      kernels.softmaxCrossEntropy(
        ...[at(logits), logits.rowStride, at(classes), atOrZero(weights), at(rowLosses)],
        ...[at(gradient), gradient.rowStride, logits.rows, logits.columns],
      ),
    elementwiseLoss: (loss, predictions, targets, weights, rowLosses, gradient) =>
      kernels.elementwiseLoss(
        ...[lossCodes[loss], at(predictions), predictions.rowStride, at(targets), targets.rowStride],
        ...[atOrZero(weights), at(rowLosses), at(gradient), gradient.rowStride],
        ...[predictions.rows, predictions.columns],
      ),
    squaredNorm: (values, result) => kernels.squaredNorm(at(values), values.length, at(result)),
    clipByNorm: (values, squared, limit, margin) =>
      kernels.clipByNorm(at(values), values.length, at(squared), limit, margin),
    clipByValue: (values, limit) => kernels.clipByValue(at(values), values.length, limit),
    sgd: (parameters, gradients, velocity, settings) =>
      kernels.sgd(
        ...[at(parameters), at(gradients), atOrZero(velocity), parameters.length],
        ...[settings.momentum, flag(settings.nesterov), settings.intoVelocity, settings.intoParameters],
        ...[settings.decayIntoGradient, settings.kept],
      ),
    rmsprop: (parameters, gradients, meanSquare, meanGradient, velocity, settings) =>
      kernels.rmsprop(
        ...[at(parameters), at(gradients), at(meanSquare), atOrZero(meanGradient), atOrZero(velocity)],
        ...[parameters.length, settings.decay, settings.epsilonInRoot, settings.epsilonAfterRoot, settings.momentum],
        ...[settings.intoVelocity, settings.intoParameters, settings.decayIntoGradient, settings.kept],
      ),
    adam: (parameters, gradients, firstMoment, secondMoment, settings) =>
      kernels.adam(
        ...[at(parameters), at(gradients), at(firstMoment), at(secondMoment), parameters.length],
        ...[settings.stepSize, settings.beta1, settings.beta2, settings.secondMomentScale, settings.epsilon],
        ...[settings.decayIntoGradient, settings.kept],
      ),
  };
}
