/** The sine mix: forecasting sums of sine waves of random periods and phases. */
import type { RandomSource } from '../../random';
import type { DatasetResult } from '../dataset';
import { lossOfDifference } from '../lossOfDifference';
import {
  answersOf,
  askedStep,
  forecastObstacle,
  horizonOf,
  isDecoder,
  numberLoss,
  teacherObstacle,
} from '../modelEnds';
import { sequenceLength } from '../sequenceLength';
import { forecastBaseline, madeDataset, misfit, type TaskRequest } from './task';

const defaultTimeSteps = 50;
const waveCount = 3;

/** Each column is a sum of its own; the first is forecast, or all of them. */
export function sineMix(request: TaskRequest): DatasetResult {
  const { model, length } = request;
  const { timeSteps, remarks } = sequenceLength(length, defaultTimeSteps);
  const needs = 'reads numbers and gives 1, or as many as it reads';
  const inputWidth = model.input.width ?? 1;
  if (model.input.kind === 'tokens') return misfit(model, 'The sine mix', needs, 'input');
  const { outputWidth, outputActivation } = model;
  if ((outputWidth !== 1 && outputWidth !== inputWidth) || outputActivation === 'softmax') {
    return misfit(model, 'The sine mix', needs, 'output');
  }
  const loss = numberLoss(model);
  const refusal = forecastObstacle(model, timeSteps) ?? teacherObstacle(model, loss);
  if (refusal !== null) return { kind: 'obstacles', obstacles: [refusal] };
  const horizon = horizonOf(model, timeSteps);
  const targetSteps = answersOf(horizon, timeSteps);
  // What the last activation can reach, of sums between −3 and 3.
  const [offset, scale] =
    outputActivation === 'none' ? [0, 1] : outputActivation === 'tanh' ? [0, waveCount] : [-waveCount, 2 * waveCount];
  const what = horizon.kind === 'following' ? `the next ${horizon.steps} values` : 'the next value';
  const columns =
    inputWidth === 1 ? '' : `, ${inputWidth} of them side by side${outputWidth === 1 ? '; the first is forecast' : ''}`;
  const shape = { inputSteps: timeSteps, inputWidth, targetSteps, targetWidth: outputWidth };
  return madeDataset(
    request,
    {
      description: `Sine mix: ${what} of a sum of ${waveCount} sine waves with periods of 8 to 40 steps${columns}`,
      timeSteps,
      input: { kind: 'features', width: inputWidth },
      outputSteps: model.outputSteps,
      loss,
      metric: { name: isDecoder(model) ? 'RMSE (next values)' : 'RMSE (next value)', lowerIsBetter: true },
      metricRule: { kind: 'rootMeanSquare', column: 0, scale },
      remarks,
      write: (random, { batch }, position, inputs, targets) => {
        for (let column = 0; column < inputWidth; column++) {
          const value = waveSum(random);
          for (let time = 0; time < timeSteps; time++) {
            inputs[(time * batch + position) * inputWidth + column] = value(time);
          }
          if (column >= outputWidth) continue;
          for (let step = 0; step < targetSteps; step++) {
            const asked = value(askedStep(horizon, timeSteps, step));
            targets[(step * batch + position) * outputWidth + column] = (asked - offset) / scale;
          }
        }
      },
    },
    (fill) => {
      const seen = (answer: number): number => Math.min(timeSteps, askedStep(horizon, timeSteps, answer)) - 1;
      const name = horizon.kind === 'following' ? 'same as the last step' : 'same as the step before';
      const baseline = forecastBaseline(name, fill, shape, lossOfDifference(loss), (inputs, answer, column) => {
        return ((inputs[seen(answer) * inputWidth + column] ?? 0) - offset) / scale;
      });
      return { ...baseline, metric: baseline.metric * scale };
    },
  );
}

function waveSum(random: RandomSource): (time: number) => number {
  const waves = Array.from({ length: waveCount }, () => ({
    frequency: (2 * Math.PI) / (8 + 32 * random.uniform()),
    phase: 2 * Math.PI * random.uniform(),
  }));
  return (time) => waves.reduce((sum, { frequency, phase }) => sum + Math.sin(frequency * time + phase), 0);
}
