/** Operations on single numbers, and those that make each number of a matrix from one of another. */
import type { Backend, Matrix, PointwiseActivation, Span, TimeWindows } from '../backend';
import { dropoutThreshold } from '../reference/dropout';
import type { CommandQueue, Kernel } from './commandQueue';
import addNoiseSource from './kernels/addNoise.wgsl';
import dropoutSource from './kernels/dropout.wgsl';
import matricesSource from './kernels/matrices.wgsl';
import maxOverTimeSource from './kernels/maxOverTime.wgsl';
import maxOverTimeBackwardSource from './kernels/maxOverTimeBackward.wgsl';
import numbersSource from './kernels/numbers.wgsl';
import randomBitsSource from './kernels/randomBits.wgsl';
import spansSource from './kernels/spans.wgsl';
import { workgroupsOf } from './workgroups';

/** `operation` as `kernels/spans.wgsl` numbers them. */
function spanKernel(operation: number): Kernel {
  return { name: 'spans', source: `${numbersSource}\n${spansSource}`, constants: { operation } };
}

const addition = spanKernel(0);
const scaling = spanKernel(1);
const product = spanKernel(2);
const activations: Readonly<Record<PointwiseActivation, Kernel>> = {
  tanh: spanKernel(3),
  relu: spanKernel(4),
  sigmoid: spanKernel(5),
};
const slopes: Readonly<Record<PointwiseActivation, Kernel>> = {
  tanh: spanKernel(6),
  relu: spanKernel(7),
  sigmoid: spanKernel(8),
};
const inverseRoots = spanKernel(9);
const inequality = spanKernel(10);
const clipping = spanKernel(11);
const filling = spanKernel(12);

/** `operation` as `kernels/matrices.wgsl` numbers them. */
function matrixKernel(operation: number): Kernel {
  return { name: 'matrices', source: matricesSource, constants: { operation } };
}

const copying = matrixKernel(0);
const scalingRows = matrixKernel(1);
const addingScaledColumns = matrixKernel(2);
const gathering = matrixKernel(3);

const maxOverTimeKernel: Kernel = { name: 'maxOverTime', source: maxOverTimeSource, constants: {} };
const maxOverTimeBackwardKernel: Kernel = {
  name: 'maxOverTimeBackward',
  source: maxOverTimeBackwardSource,
  constants: {},
};
const dropoutKernel: Kernel = { name: 'dropout', source: `${randomBitsSource}\n${dropoutSource}`, constants: {} };
const addNoiseKernel: Kernel = { name: 'addNoise', source: `${randomBitsSource}\n${addNoiseSource}`, constants: {} };

export type PointwiseOperations = Pick<
  Backend,
  | 'fill'
  | 'add'
  | 'scale'
  | 'multiplyElements'
  | 'activate'
  | 'activateBackward'
  | 'inverseRoot'
  | 'markUnequal'
  | 'clipByValue'
  | 'scaleRows'
  | 'addScaledColumns'
  | 'copyMatrix'
  | 'broadcastRow'
  | 'gather'
  | 'pack'
  | 'maxOverTime'
  | 'maxOverTimeBackward'
  | 'dropout'
  | 'addNoise'
>;

export function pointwiseOperations(queue: CommandQueue): PointwiseOperations {
  const ofSpans = (kernel: Kernel, left: Span, right: Span, result: Span, length: number, factor = 0): void =>
    queue.dispatch(kernel, workgroupsOf(length), [left.offset, right.offset, result.offset, length], [factor]);
  /** `columnStride` is how far apart the source's columns are: more than 1 in a matrix that is read as its transpose. */
  const ofMatrices = (
    kernel: Kernel,
    source: { readonly offset: number; readonly rowStride: number; readonly columnStride?: number },
    factors: Span | null,
    target: Matrix,
  ): void => {
    const { offset, rowStride, columnStride = 1 } = source;
    queue.dispatch(kernel, workgroupsOf(target.rows * target.columns), [
      ...[offset, rowStride, columnStride, factors?.offset ?? 0],
      ...[target.offset, target.rowStride, target.rows, target.columns],
    ]);
  };
  const windowOperands = ({ inputSteps, outputSteps }: TimeWindows) => [inputSteps, outputSteps];
  return {
    fill: (span, value) => ofSpans(filling, span, span, span, span.length, value),
    add: (target, source) => ofSpans(addition, target, source, target, target.length),
    scale: (target, factor) => ofSpans(scaling, target, target, target, target.length, factor),
    multiplyElements: (left, right, target) => ofSpans(product, left, right, target, target.length),
    activate: (activation, values) => ofSpans(activations[activation], values, values, values, values.length),
    activateBackward: (activation, values, gradient) =>
      ofSpans(slopes[activation], values, gradient, gradient, values.length),
    inverseRoot: (values, epsilon, target) => ofSpans(inverseRoots, values, values, target, values.length, epsilon),
    markUnequal: (values, value, marks) => ofSpans(inequality, values, values, marks, marks.length, value),
    clipByValue: (values, limit) => ofSpans(clipping, values, values, values, values.length, limit),
    scaleRows: (source, factors, target) => ofMatrices(scalingRows, source, factors, target),
    addScaledColumns: (source, factors, target) => ofMatrices(addingScaledColumns, source, factors, target),
    copyMatrix: (source, target) => ofMatrices(copying, source, null, target),
    broadcastRow: (row, target) => ofMatrices(copying, { offset: row.offset, rowStride: 0 }, null, target),
    gather: (table, indices, output) => ofMatrices(gathering, table, indices, { ...output, rows: indices.length }),
    pack: (source, transpose, { span, rows, columns }) => {
      const { offset, rowStride } = source;
      const read = transpose ? { offset, rowStride: 1, columnStride: rowStride } : source;
      ofMatrices(copying, read, null, { offset: span.offset, rows, columns, rowStride: columns });
    },
    maxOverTime: (windows, input, output, choices) => {
      const stepLength = input.length / windows.inputSteps;
      const { size, stride, dilation, before } = windows;
      queue.dispatch(maxOverTimeKernel, workgroupsOf(windows.outputSteps * stepLength), [
        ...[input.offset, output.offset, choices.offset],
        ...[...windowOperands(windows), size, stride, dilation, before, stepLength],
      ]);
    },
    maxOverTimeBackward: (windows, outputGradient, choices, inputGradient) => {
      const { size, stride, dilation, before } = windows;
      queue.dispatch(maxOverTimeBackwardKernel, workgroupsOf(inputGradient.length), [
        ...[outputGradient.offset, inputGradient.offset, choices.offset],
        ...[...windowOperands(windows), stride, before, (size - 1) * dilation],
        inputGradient.length / windows.inputSteps,
      ]);
    },
    dropout: (source, target, rate, key, { first, length, stride }) => {
      if (rate >= 1) return ofSpans(filling, target, target, target, target.length);
      queue.dispatch(
        dropoutKernel,
        workgroupsOf(source.length),
        [source.offset, target.offset, source.length, dropoutThreshold(rate), key, first, length, stride],
        [1 / (1 - rate)],
      );
    },
    addNoise: (source, target, standardDeviation, key) =>
      queue.dispatch(
        addNoiseKernel,
        workgroupsOf(source.length),
        [source.offset, target.offset, source.length, key],
        [standardDeviation],
      ),
  };
}
