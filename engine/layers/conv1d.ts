/**
 * Convolution over time as one product: what each output step sees is gathered side by side, `[steps·batch, taps·columns]`
 * (Chellapilla et al. 2006, "unrolling"). Time-major, a tap with a stride of one is one stretch of rows.
 */
import { type Backend, columnsOf, type Matrix, matrixOf } from '../backend';
import { glorotUniformBetween, type Initialiser, lecunNormalOf, uniform, zeros } from '../initialisers';
import { stretchesOf, timeWindows } from '../plan/timeWindows';
import type { Convention, ConvolutionPlan } from '../plan/trainingPlan';
import {
  gradientMatrix,
  type Layer,
  type LayerContext,
  parameterMatrix,
  reserveParameter,
  reserveSequence,
  rowsOf,
  soleInput,
} from './layer';

/** Its weights are `[taps·(columns / groups), filters]`, the columns of a tap side by side, as Keras has them. */
export function planConv1d(context: LayerContext, plan: ConvolutionPlan): Layer {
  const { arena, convention } = context;
  const { path, filters, kernelSize, groups, activation } = plan;
  const input = soleInput(context);
  const { batch, width } = input;
  const windows = timeWindows(input.timeSteps, { ...plan, size: kernelSize });
  const [groupWidth, groupFilters] = [width / groups, filters / groups];
  const initialisers = convolutionInitialisers(convention, kernelSize, groupWidth, filters);
  const weights = reserveParameter(arena, `${path}.weights`, kernelSize * groupWidth, filters, initialisers.weights);
  const bias = plan.bias ? reserveParameter(arena, `${path}.bias`, 1, filters, initialisers.bias) : null;
  const output = reserveSequence(arena, windows.outputSteps, batch, filters);
  const inputRows = rowsOf(input, input.value);
  const outputRows = rowsOf(output, output.value);
  const gathered = reserveGathered();
  const packed = arena.reservePacked(kernelSize * groupWidth, groupFilters);
  const packedTransposed = input.gradient && arena.reservePacked(groupFilters, groupWidth);
  const taps = Array.from({ length: kernelSize }, (_, tap) => ({ tap, stretches: stretchesOf(windows, tap) }));
  const groupIndices = Array.from({ length: groups }, (_, group) => group);

  return {
    path,
    parameters: bias ? [weights, bias] : [weights],
    outputs: [output],
    forward: (backend) => {
      gathered.fill(backend);
      if (bias) backend.broadcastRow(bias.value, outputRows);
      for (const group of groupIndices) {
        backend.pack(filtersOf(parameterMatrix(weights), group), false, packed);
        backend.multiply(gathered.of(group), packed, filtersOf(outputRows, group), bias !== null);
      }
      if (activation) backend.activate(activation, output.value);
    },
    backward: (backend) => {
      if (!output.gradient) return;
      if (activation) backend.activateBackward(activation, output.value, output.gradient);
      const outputGradient = rowsOf(output, output.gradient);
      for (const group of groupIndices) {
        const weightGradient = filtersOf(gradientMatrix(weights), group);
        backend.multiplyTransposed(gathered.of(group), filtersOf(outputGradient, group), weightGradient);
      }
      if (bias) backend.sumRows(outputGradient, bias.gradient);
      if (input.gradient) inputGradientFrom(backend, outputGradient, rowsOf(input, input.gradient));
    },
  };

  /** The columns of one group of filters. */
  function filtersOf(matrix: Matrix, group: number): Matrix {
    return columnsOf(matrix, group * groupFilters, groupFilters);
  }

  /** What output steps see, one group of columns after another; what is padding stays the zeros of the start. */
  function reserveGathered(): { readonly fill: (backend: Backend) => void; readonly of: (group: number) => Matrix } {
    const isInput = kernelSize === 1 && plan.stride === 1 && windows.before === 0;
    if (isInput && windows.outputSteps === windows.inputSteps) {
      return { fill: () => {}, of: (group) => columnsOf(inputRows, group * groupWidth, groupWidth) };
    }
    const rows = windows.outputSteps * batch;
    const all = matrixOf(arena.reserve(rows * kernelSize * width), rows, kernelSize * width);
    return {
      of: (group) => columnsOf(all, group * kernelSize * groupWidth, kernelSize * groupWidth),
      fill: (backend) => {
        for (const { tap, stretches } of taps) {
          for (const group of groupIndices) {
            const source = columnsOf(inputRows, group * groupWidth, groupWidth);
            const target = columnsOf(all, (group * kernelSize + tap) * groupWidth, groupWidth);
            for (const { inputStep, outputStep, steps } of stretches) {
              backend.copyMatrix(stepsOf(source, inputStep, steps), stepsOf(target, outputStep, steps));
            }
          }
        }
      },
    };
  }

  /** A product for each tap, added up in place: as much work as one product for all and then adding up its columns. */
  function inputGradientFrom(backend: Backend, outputGradient: Matrix, inputGradient: Matrix): void {
    if (!packedTransposed || !input.gradient) return;
    backend.fill(input.gradient, 0);
    for (const { tap, stretches } of taps) {
      const tapWeights = rowsFrom(parameterMatrix(weights), tap * groupWidth, groupWidth);
      for (const group of groupIndices) {
        backend.pack(filtersOf(tapWeights, group), true, packedTransposed);
        const source = filtersOf(outputGradient, group);
        const target = columnsOf(inputGradient, group * groupWidth, groupWidth);
        for (const { inputStep, outputStep, steps } of stretches) {
          const [from, to] = [stepsOf(source, outputStep, steps), stepsOf(target, inputStep, steps)];
          backend.multiply(from, packedTransposed, to, true);
        }
      }
    }
  }

  function stepsOf(matrix: Matrix, step: number, steps: number): Matrix {
    return rowsFrom(matrix, step * batch, steps * batch);
  }
}

function rowsFrom(matrix: Matrix, from: number, count: number): Matrix {
  return { ...matrix, offset: matrix.offset + from * matrix.rowStride, rows: count };
}

/** Keras: glorot_uniform over all taps, zeros. PyTorch: both uniform within 1/√(taps · inputs), its kaiming_uniform(√5). */
function convolutionInitialisers(
  convention: Convention,
  taps: number,
  inputs: number,
  filters: number,
): { readonly weights: Initialiser; readonly bias: Initialiser } {
  switch (convention) {
    case 'keras':
      return { weights: glorotUniformBetween(taps * inputs, taps * filters), bias: zeros };
    case 'flax':
      return { weights: lecunNormalOf(taps * inputs), bias: zeros };
    case 'torch': {
      const draw = uniform(1 / Math.sqrt(taps * inputs));
      return { weights: draw, bias: draw };
    }
  }
}
