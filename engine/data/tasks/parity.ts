/** Parity: whether the number of ones among random bits is odd, at the end or so far at every step. */
import { type DatasetResult, writeToken } from '../dataset';
import { givesLogits, isDecoder, stepsObstacle } from '../modelEnds';
import { sequenceLength } from '../sequenceLength';
import { symbolInput } from './symbols';
import { guessing, madeDataset, misfit, type TaskRequest } from './task';

const defaultTimeSteps = 16;

/** Bits are numbers where a model reads one a step, else two tokens or places; answers are one logit or two classes. */
export function parity(request: TaskRequest): DatasetResult {
  const { model, length } = request;
  const { timeSteps, remarks } = sequenceLength(length, defaultTimeSteps);
  const needs =
    'reads 1 number a step or at least 2 tokens (or as many numbers, one-hot), and gives 1 number, plain or by a sigmoid, or 2 classes';
  const readsNumber = model.input.kind === 'features' && (model.input.width ?? 1) === 1;
  const { input, first, count } = symbolInput(model, readsNumber ? 1 : 2);
  if (!readsNumber && count < 2) return misfit(model, 'Parity', needs, 'input');
  const isBinary = model.outputWidth === 1 && ['none', 'sigmoid'].includes(model.outputActivation);
  if (isDecoder(model) || (!isBinary && (model.outputWidth < 2 || !givesLogits(model)))) {
    return misfit(model, 'Parity', needs, 'output');
  }
  const refusal = stepsObstacle(model, timeSteps);
  if (refusal !== null) return { kind: 'obstacles', obstacles: [refusal] };
  const isEvery = model.outputSteps === 'every';
  return madeDataset(
    request,
    {
      description: `Parity: whether the number of ones among ${timeSteps} random bits is odd${isEvery ? ', so far, at every step' : ''}`,
      timeSteps,
      input: readsNumber ? { kind: 'features', width: 1 } : input,
      outputSteps: model.outputSteps,
      loss: isBinary ? 'binaryCrossEntropy' : 'crossEntropy',
      metric: { name: 'accuracy', lowerIsBetter: false },
      metricRule: { kind: 'accuracy' },
      remarks,
      write: (random, shape, position, inputs, targets) => {
        let odd = 0;
        for (let time = 0; time < timeSteps; time++) {
          const bit = random.below(2);
          odd ^= bit;
          if (readsNumber) inputs[time * shape.batch + position] = bit;
          else writeToken(inputs, input, shape, time, position, first + bit);
          if (isEvery) targets[time * shape.batch + position] = odd;
        }
        if (!isEvery) targets[position] = odd;
      },
    },
    () => guessing(Math.LN2, 1 / 2),
  );
}
