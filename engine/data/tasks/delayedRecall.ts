/** Delayed recall: the first step shows a symbol, blanks follow, and the symbol is asked for at the end. */
import { type DatasetResult, writeToken } from '../dataset';
import { givesLogits } from '../modelEnds';
import { sequenceLength } from '../sequenceLength';
import { symbolInput } from './symbols';
import { guessing, madeDataset, misfit, type TaskRequest } from './task';

const defaultTimeSteps = 50;
const mostSymbols = 8;

export function delayedRecall(request: TaskRequest): DatasetResult {
  const { model, length } = request;
  const { timeSteps, remarks } = sequenceLength(length, defaultTimeSteps);
  const needs =
    'reads at least 3 tokens (or as many numbers, one-hot) and tells at least 2 classes apart, once, after the last step';
  const { input, first, count } = symbolInput(model, mostSymbols + 1);
  const symbols = Math.min(count - 1, model.outputWidth);
  if (count < 3) return misfit(model, 'Delayed recall', needs, 'input');
  if (symbols < 2 || model.outputSteps !== 'last' || !givesLogits(model)) {
    return misfit(model, 'Delayed recall', needs, 'output');
  }
  return madeDataset(
    request,
    {
      description: `Delayed recall: one of ${symbols} symbols, ${timeSteps - 1} blanks, then the symbol is asked for`,
      timeSteps,
      input,
      outputSteps: 'last',
      loss: 'crossEntropy',
      metric: { name: 'bits per symbol', lowerIsBetter: true },
      metricRule: { kind: 'bits', scale: 1 },
      remarks,
      write: (random, shape, position, inputs, targets) => {
        const symbol = random.below(symbols);
        for (let time = 0; time < timeSteps; time++) {
          writeToken(inputs, input, shape, time, position, time === 0 ? first + 1 + symbol : first);
        }
        targets[position] = symbol;
      },
    },
    () => guessing(Math.log(symbols), Math.log2(symbols)),
  );
}
