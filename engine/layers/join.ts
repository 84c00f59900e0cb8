/** Several sequences of the same steps as one: side by side, or element by element. */
import { type Backend, columnsOf, type Matrix } from '../backend';
import type { Join } from '../plan/trainingPlan';
import { copy, type Layer, type LayerContext, type Part, reserveSequence, rowsOf, type Sequence } from './layer';

export function planJoin(context: LayerContext, { path, how }: { readonly path: string; readonly how: Join }): Layer {
  return how === 'concat' ? planConcat(context, path) : planElementwise(context, path, how);
}

function planConcat({ arena, inputs }: LayerContext, path: string): Layer {
  const { timeSteps, batch, mask } = commonSteps(inputs, path);
  const width = inputs.reduce((sum, input) => sum + input.width, 0);
  const output = { ...reserveSequence(arena, timeSteps, batch, width), mask };
  return { path, parameters: [], outputs: [output], ...sideBySide(inputs, output) };
}

/** Copies sequences into the columns of one, in their order, and the gradients back. */
export function sideBySide(inputs: readonly Sequence[], output: Sequence): Part {
  let column = 0;
  const parts = inputs.map((input) => {
    const from = column;
    column += input.width;
    return {
      value: rowsOf(input, input.value),
      gradient: input.gradient && rowsOf(input, input.gradient),
      valueColumns: columnsOf(rowsOf(output, output.value), from, input.width),
      gradientColumns: output.gradient && columnsOf(rowsOf(output, output.gradient), from, input.width),
    };
  });
  return {
    forward: (backend) => {
      for (const { value, valueColumns } of parts) backend.copyMatrix(value, valueColumns);
    },
    backward: (backend) => {
      for (const { gradient, gradientColumns } of parts) {
        if (gradient && gradientColumns) backend.copyMatrix(gradientColumns, gradient);
      }
    },
  };
}

function planElementwise({ arena, inputs }: LayerContext, path: string, how: Exclude<Join, 'concat'>): Layer {
  const { timeSteps, batch, mask } = commonSteps(inputs, path);
  const width = Math.max(...inputs.map((input) => input.width));
  const output = { ...reserveSequence(arena, timeSteps, batch, width), mask };
  const wide = inputs.filter((input) => input.width === width);
  const factors = inputs.filter((input) => input.width !== width);
  if (factors.length === 0) return elementwise(path, how, inputs, output);
  const [scaled] = wide;
  if (how !== 'multiply' || scaled === undefined || wide.length > 1 || factors.some((factor) => factor.width !== 1)) {
    throw new Error(`${path} joins sequences of different widths`);
  }
  return scaledSteps(path, scaled, factors, output);
}

function elementwise(path: string, how: Exclude<Join, 'concat'>, inputs: readonly Sequence[], output: Sequence): Layer {
  const share = how === 'average' ? 1 / inputs.length : 1;

  /** The product of all inputs but one, times what `target` already holds. */
  const multiplyOthers = (backend: Backend, except: Sequence, target: Sequence['value']): void => {
    for (const input of inputs) {
      if (input !== except) backend.multiplyElements(target, input.value, target);
    }
  };
  return {
    path,
    parameters: [],
    outputs: [output],
    forward: (backend) => {
      inputs.forEach((input, index) => {
        if (index === 0) copy(backend, input.value, output.value);
        else if (how === 'multiply') backend.multiplyElements(output.value, input.value, output.value);
        else backend.add(output.value, input.value);
      });
      if (share !== 1) backend.scale(output.value, share);
    },
    backward: (backend) => {
      for (const input of inputs) {
        if (!input.gradient || !output.gradient) continue;
        copy(backend, output.gradient, input.gradient);
        if (how === 'multiply') multiplyOthers(backend, input, input.gradient);
        else if (share !== 1) backend.scale(input.gradient, share);
      }
    },
  };
}

/** The product of a sequence and of factors that have one number a step. */
function scaledSteps(path: string, scaled: Sequence, factors: readonly Sequence[], output: Sequence): Layer {
  const scale = (backend: Backend, source: Matrix, target: Matrix): void => {
    factors.forEach(({ value }, index) => {
      backend.scaleRows(index === 0 ? source : target, value, target);
    });
  };
  return {
    path,
    parameters: [],
    outputs: [output],
    forward: (backend) => scale(backend, rowsOf(scaled, scaled.value), rowsOf(output, output.value)),
    backward: (backend) => {
      if (!output.gradient) return;
      const outputGradient = rowsOf(output, output.gradient);
      if (scaled.gradient) scale(backend, outputGradient, rowsOf(scaled, scaled.gradient));
      for (const factor of factors) {
        if (!factor.gradient) continue;
        backend.rowDots(outputGradient, rowsOf(scaled, scaled.value), factor.gradient);
        for (const other of factors) {
          if (other !== factor) backend.multiplyElements(factor.gradient, other.value, factor.gradient);
        }
      }
    },
  };
}

/** The steps of all inputs, and the mask of the first that has one. */
function commonSteps(inputs: readonly Sequence[], path: string): Sequence {
  const [first] = inputs;
  if (first === undefined) throw new Error(`${path} joins nothing`);
  if (inputs.some(({ timeSteps }) => timeSteps !== first.timeSteps)) {
    throw new Error(`${path} joins sequences of different lengths`);
  }
  return { ...first, mask: inputs.find(({ mask }) => mask !== null)?.mask ?? null };
}
