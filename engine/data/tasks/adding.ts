/** The adding problem: two of many random numbers are marked, and their sum is asked for (Hochreiter and Schmidhuber 1997). */
import { type DatasetResult, obstacle } from '../dataset';
import { lossOfDifference } from '../lossOfDifference';
import { numberLoss, stepsObstacle } from '../modelEnds';
import { sequenceLength } from '../sequenceLength';
import { forecastBaseline, madeDataset, misfit, type TaskRequest } from './task';

const defaultTimeSteps = 50;

/**
 * One number is marked in each half. Columns beyond the number and its mark hold further random numbers, which mean nothing.
 * A model that answers at every step is asked for the sum so far.
 */
export function adding(request: TaskRequest): DatasetResult {
  const { model, length } = request;
  const { timeSteps, remarks } = sequenceLength(length, defaultTimeSteps);
  if (timeSteps < 4) return obstacle('The adding problem wants sequences of at least 4 steps.');
  const needs = 'reads 2 numbers a step or more (a number and its mark) and gives 1';
  const inputWidth = model.input.width ?? 2;
  if (model.input.kind === 'tokens' || inputWidth < 2) return misfit(model, 'The adding problem', needs, 'input');
  if (model.outputWidth !== 1 || model.outputActivation === 'softmax') {
    return misfit(model, 'The adding problem', needs, 'output');
  }
  const steps = stepsObstacle(model, timeSteps);
  if (steps !== null) return { kind: 'obstacles', obstacles: [steps] };
  const half = Math.floor(timeSteps / 2);
  // Sums go to 2, and the last activation of some models only to 1.
  const isBounded = model.outputActivation === 'sigmoid' || model.outputActivation === 'tanh';
  const scale = isBounded ? 2 : 1;
  const loss = numberLoss(model);
  const targetSteps = model.outputSteps === 'every' ? timeSteps : 1;
  const about = {
    description:
      `Adding: ${timeSteps} random numbers between 0 and 1, two of them marked; ` +
      `the answer is their sum${targetSteps > 1 ? ' so far, at every step' : ''}${isBounded ? ', halved' : ''}`,
    timeSteps,
    input: { kind: 'features', width: inputWidth },
    outputSteps: model.outputSteps,
    loss,
    metric: { name: 'RMSE (sum)', lowerIsBetter: true },
    metricRule: { kind: 'rootMeanSquare', column: 0, scale },
    remarks: [
      ...remarks,
      ...(inputWidth > 2
        ? [`Columns 3 to ${inputWidth} of the adding problem hold random numbers that mean nothing.`]
        : []),
    ],
  } as const;
  const shape = { inputSteps: timeSteps, inputWidth, targetSteps, targetWidth: 1 };
  return madeDataset(
    request,
    {
      ...about,
      write: (random, { batch }, position, inputs, targets) => {
        const marks = [random.below(half), half + random.below(timeSteps - half)];
        let sum = 0;
        for (let time = 0; time < timeSteps; time++) {
          const value = random.uniform();
          const isMarked = marks.includes(time);
          const place = (time * batch + position) * inputWidth;
          inputs[place] = value;
          inputs[place + 1] = isMarked ? 1 : 0;
          for (let column = 2; column < inputWidth; column++) inputs[place + column] = random.uniform();
          if (isMarked) sum += value;
          if (targetSteps > 1) targets[time * batch + position] = sum / scale;
        }
        if (targetSteps === 1) targets[position] = sum / scale;
      },
    },
    (fill) => {
      // The mean of the sum of two uniform numbers is 1; of those marked by then, at every step.
      const expectedSum = (answer: number): number =>
        targetSteps === 1
          ? 1
          : (Math.min(1, (answer + 1) / half) + Math.max(0, (answer + 1 - half) / (timeSteps - half))) / 2;
      const baseline = forecastBaseline('always the mean', fill, shape, lossOfDifference(loss), (_, answer) => {
        return expectedSum(answer) / scale;
      });
      return { ...baseline, metric: baseline.metric * scale };
    },
  );
}
