/** Several time steps as one: the largest or the average of windows, or of all steps. */
import { type Backend, blockOf, matrixOf, type Span } from '../backend';
import { type Stretch, stretchesOf, timeWindows } from '../plan/timeWindows';
import type { LayerPlan, PoolingPlan } from '../plan/trainingPlan';
import { planJoin } from './join';
import { copy, type Layer, type LayerContext, reserveSequence, type Sequence, soleInput, stepOf } from './layer';
import { transposition } from './transposition';

export function planPool(context: LayerContext, plan: PoolingPlan): Layer {
  return plan.how === 'max' ? planMaximum(context, plan) : planAverage(context, plan);
}

function planMaximum(context: LayerContext, plan: Pick<PoolingPlan, 'path' | 'size' | 'stride' | 'padding'>): Layer {
  const input = soleInput(context);
  const windows = timeWindows(input.timeSteps, { ...plan, dilation: 1 });
  const output = reserveSequence(context.arena, windows.outputSteps, input.batch, input.width);
  const choices = context.arena.reserve(output.value.length);
  return {
    path: plan.path,
    parameters: [],
    outputs: [output],
    forward: (backend) => backend.maxOverTime(windows, input.value, output.value, choices),
    backward: (backend) => {
      if (!input.gradient || !output.gradient) return;
      backend.maxOverTimeBackward(windows, output.gradient, choices, input.gradient);
    },
  };
}

function planAverage(context: LayerContext, plan: PoolingPlan): Layer {
  const input = soleInput(context);
  const windows = timeWindows(input.timeSteps, { ...plan, dilation: 1 });
  const output = reserveSequence(context.arena, windows.outputSteps, input.batch, input.width);
  const stretches = Array.from({ length: plan.size }, (_, tap) => stretchesOf(windows, tap)).flat();
  const stepLength = input.batch * input.width;
  /** How many steps each output is the average of. */
  const counts = Array.from({ length: windows.outputSteps }, () => (plan.countsPadding ? plan.size : 0));
  if (!plan.countsPadding) {
    for (const { outputStep, steps } of stretches) {
      for (let step = outputStep; step < outputStep + steps; step++) counts[step] = (counts[step] ?? 0) + 1;
    }
  }
  const divide = (backend: Backend, span: Span): void => {
    for (const [step, count] of counts.entries()) backend.scale(blockOf(span, step, stepLength), 1 / count);
  };
  const inputOf = (span: Span, { inputStep, steps }: Stretch): Span => stepsOf(span, inputStep, steps);
  const outputOf = (span: Span, { outputStep, steps }: Stretch): Span => stepsOf(span, outputStep, steps);
  const stepsOf = (span: Span, step: number, steps: number): Span => ({
    offset: span.offset + step * stepLength,
    length: steps * stepLength,
  });
  return {
    path: plan.path,
    parameters: [],
    outputs: [output],
    forward: (backend) => {
      backend.fill(output.value, 0);
      for (const stretch of stretches) backend.add(outputOf(output.value, stretch), inputOf(input.value, stretch));
      divide(backend, output.value);
    },
    backward: (backend) => {
      if (!input.gradient || !output.gradient) return;
      divide(backend, output.gradient);
      backend.fill(input.gradient, 0);
      for (const stretch of stretches)
        backend.add(inputOf(input.gradient, stretch), outputOf(output.gradient, stretch));
    },
  };
}

export function planPoolOverTime(
  context: LayerContext,
  { path, how }: Extract<LayerPlan, { kind: 'poolOverTime' }>,
): Layer {
  const input = soleInput(context);
  const { timeSteps, mask } = input;
  switch (how) {
    case 'max':
      return planMaximum(context, { path, size: timeSteps, stride: 1, padding: 'valid' });
    case 'sum':
      return planSum(context, input, path, 1);
    case 'average':
      return mask === null
        ? planSum(context, input, path, 1 / timeSteps)
        : planMaskedAverage(context, input, mask, path);
  }
}

/** The sum of all steps, times `factor`. */
function planSum({ arena }: LayerContext, input: Sequence, path: string, factor: number): Layer {
  const output = reserveSequence(arena, 1, input.batch, input.width);
  const steps = Array.from({ length: input.timeSteps }, (_, step) => stepOf(input, step));
  return {
    path,
    parameters: [],
    outputs: [output],
    forward: (backend) => {
      backend.fill(output.value, 0);
      for (const { value } of steps) backend.add(output.value, value);
      if (factor !== 1) backend.scale(output.value, factor);
    },
    backward: (backend) => {
      if (!output.gradient) return;
      if (factor !== 1) backend.scale(output.gradient, factor);
      for (const { gradient } of steps) if (gradient) copy(backend, output.gradient, gradient);
    },
  };
}

/** Steps that are no padding weigh the same, and those weights sum to 1: the softmax of scores that are all alike. */
function planMaskedAverage(context: LayerContext, input: Sequence, marks: Span, path: string): Layer {
  const { arena } = context;
  const { timeSteps, batch } = input;
  const bySequence = arena.reserve(batch * timeSteps);
  const { toColumns } = transposition(timeSteps, batch);
  const weights: Sequence = { ...input, width: 1, value: arena.reserve(timeSteps * batch), gradient: null };
  const weighted = planJoin({ ...context, inputs: [input, weights] }, { path, how: 'multiply' });
  const [product = input] = weighted.outputs;
  const sum = planSum(context, product, path, 1);
  return {
    path,
    parameters: [],
    outputs: sum.outputs,
    forward: (backend, pass) => {
      backend.fill(bySequence, 0);
      const mask = { sequences: batch, columns: marks, causalPeriod: null };
      backend.softmaxRows(matrixOf(bySequence, batch, timeSteps), mask);
      toColumns(backend, bySequence, weights.value);
      weighted.forward(backend, pass);
      sum.forward(backend, pass);
    },
    backward: (backend, pass) => {
      sum.backward(backend, pass);
      weighted.backward(backend, pass);
    },
  };
}
