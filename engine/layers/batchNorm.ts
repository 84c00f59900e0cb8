/**
 * Batch normalisation (Ioffe and Szegedy 2015): each column brought to mean 0 and variance 1 over the batch and its steps, or
 * by running statistics where nothing is trained. Padding counts in none of them.
 */
import { type Backend, matrixOf, type Span, spanOf } from '../backend';
import type { NormalisationPlan } from '../plan/trainingPlan';
import { planAffine } from './affine';
import { copy, type Layer, type LayerContext, type LayerState, reserveSequence, rowsOf, soleInput } from './layer';

export function planBatchNorm(context: LayerContext, plan: NormalisationPlan): Layer {
  const { arena, convention } = context;
  const { path, epsilon, momentum = 0.99 } = plan;
  const input = soleInput(context);
  const { timeSteps, batch, width, mask } = input;
  const rows = timeSteps * batch;
  const output = { ...reserveSequence(arena, timeSteps, batch, width), mask };
  const inputRows = rowsOf(input, input.value);
  const outputRows = rowsOf(output, output.value);
  const standardised = rowsOf(input, arena.reserve(rows * width));
  const affine = planAffine(arena, plan, standardised);
  const reserveState = (name: string, initial: number): LayerState => ({
    name,
    value: arena.reserveState(name, width),
    initial,
  });
  const running = {
    mean: reserveState(`${path}.runningMean`, 0),
    variance: reserveState(`${path}.runningVariance`, 1),
  };
  const ofBatch = { mean: arena.reserve(width), variance: arena.reserve(width) };
  /** 1 / √(variance + epsilon), and the same times the trained factor. */
  const inverseDeviation = arena.reserve(width);
  const factor = arena.reserve(width);
  const [scratch, moreScratch] = [arena.reserve(width), arena.reserve(width)];
  const counted = mask && { marks: mask, count: arena.reserve(1), inverse: arena.reserve(1) };

  const negated = (backend: Backend, values: Span, by: Span): Span => {
    backend.multiplyElements(values, by, values);
    backend.scale(values, -1);
    return values;
  };
  const divideByCount = (backend: Backend, sums: Span): void => {
    if (counted) backend.scaleRows(matrixOf(sums, 1, width), counted.inverse, matrixOf(sums, 1, width));
    else backend.scale(sums, 1 / rows);
  };
  const count = (backend: Backend): void => {
    if (!counted) return;
    backend.sumRows(matrixOf(counted.marks, rows, 1), counted.count);
    backend.multiplyElements(counted.count, counted.count, counted.count);
    backend.inverseRoot(counted.count, 0, counted.inverse);
  };
  const measureMean = (backend: Backend): void => {
    if (counted) backend.scaleRows(inputRows, counted.marks, outputRows);
    backend.sumRows(counted ? outputRows : inputRows, ofBatch.mean);
    divideByCount(backend, ofBatch.mean);
  };
  /** Into where the output will be. */
  const centre = (backend: Backend, mean: Span): void => {
    copy(backend, mean, scratch);
    backend.scale(scratch, -1);
    backend.broadcastRow(scratch, outputRows);
    backend.add(output.value, input.value);
  };
  const measureVariance = (backend: Backend): void => {
    if (counted) backend.scaleRows(outputRows, counted.marks, standardised);
    backend.columnDots(counted ? standardised : outputRows, outputRows, ofBatch.variance);
    divideByCount(backend, ofBatch.variance);
  };
  /** PyTorch keeps the variance of what the batch is a sample of, Keras that of the batch. */
  const sampling = convention === 'torch' && rows > 1 ? rows / (rows - 1) : 1;
  const keepRunning = (backend: Backend, kept: Span, measured: Span, correction: number): void => {
    copy(backend, measured, scratch);
    backend.scale(scratch, (1 - momentum) * correction);
    backend.scale(kept, momentum);
    backend.add(kept, scratch);
  };

  return {
    path,
    parameters: affine.parameters,
    state: [running.mean, running.variance],
    outputs: [output],
    forward: (backend, pass) => {
      const { mean, variance } = running;
      if (pass.training) {
        count(backend);
        measureMean(backend);
        centre(backend, ofBatch.mean);
        measureVariance(backend);
        keepRunning(backend, mean.value, ofBatch.mean, 1);
        keepRunning(backend, variance.value, ofBatch.variance, sampling);
      } else {
        centre(backend, mean.value);
      }
      backend.inverseRoot(pass.training ? ofBatch.variance : variance.value, epsilon, inverseDeviation);
      backend.fill(spanOf(standardised), 0);
      backend.addScaledColumns(outputRows, inverseDeviation, standardised);
      affine.forward(backend, outputRows);
    },
    backward: (backend, pass) => {
      if (!output.gradient) return;
      const outputGradient = rowsOf(output, output.gradient);
      affine.backward(backend, outputGradient);
      if (!input.gradient) return;
      const inputGradient = rowsOf(input, input.gradient);
      if (affine.scale) backend.multiplyElements(affine.scale.value, inverseDeviation, factor);
      else copy(backend, inverseDeviation, factor);
      if (pass.training) {
        // Back through the statistics: what the mean and the variance of the batch owe to each of its rows.
        if (affine.bias) copy(backend, affine.bias.gradient, scratch);
        else backend.sumRows(outputGradient, scratch);
        if (affine.scale) copy(backend, affine.scale.gradient, moreScratch);
        else backend.columnDots(outputGradient, standardised, moreScratch);
        divideByCount(backend, scratch);
        divideByCount(backend, moreScratch);
        backend.broadcastRow(negated(backend, scratch, factor), inputGradient);
        backend.addScaledColumns(standardised, negated(backend, moreScratch, factor), inputGradient);
        if (counted) backend.scaleRows(inputGradient, counted.marks, inputGradient);
      } else {
        backend.fill(input.gradient, 0);
      }
      backend.addScaledColumns(outputGradient, factor, inputGradient);
    },
  };
}
