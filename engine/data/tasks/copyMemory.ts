/** The copy memory task: symbols, a long gap, a mark, and then the symbols in their order (Arjovsky, Shah and Bengio 2016). */
import { type DatasetResult, obstacle, writeToken } from '../dataset';
import { givesLogits, horizonOf, isDecoder, stepsObstacle, teacherObstacle } from '../modelEnds';
import { sequenceLength } from '../sequenceLength';
import { symbolInput } from './symbols';
import { guessing, madeDataset, misfit, type TaskRequest } from './task';

const defaultTimeSteps = 30;
const mostSymbols = 8;
const longestCopy = 10;

/** A decoder, which has steps of its own for the answer, is given symbols alone and asked for them from the first. */
export function copyMemory(request: TaskRequest): DatasetResult {
  const { model, length } = request;
  const { timeSteps, remarks } = sequenceLength(length, defaultTimeSteps);
  const asDecoder = isDecoder(model);
  const needs =
    `reads at least ${asDecoder ? 2 : 4} tokens (or as many numbers, one-hot) and tells at least ` +
    `${asDecoder ? 2 : 3} classes apart at every step`;
  // Beside symbols there are a blank and a mark to read, and a blank to answer.
  const [marksRead, marksGiven] = asDecoder ? [0, 0] : [2, 1];
  const { input, first, count } = symbolInput(model, mostSymbols + marksRead);
  const symbols = Math.min(count - marksRead, model.outputWidth - marksGiven);
  if (count < 2 + marksRead) return misfit(model, 'Copy memory', needs, 'input');
  if (symbols < 2 || model.outputSteps !== 'every' || !givesLogits(model)) {
    return misfit(model, 'Copy memory', needs, 'output');
  }
  const about = {
    timeSteps,
    input,
    outputSteps: 'every',
    loss: 'crossEntropy',
    metric: { name: 'bits per symbol', lowerIsBetter: true },
    remarks,
  } as const;
  const [blank, mark] = [first, first + 1];

  if (asDecoder) {
    const horizon = horizonOf(model, timeSteps);
    const copied = horizon.kind === 'following' ? horizon.steps : timeSteps;
    if (copied > timeSteps) {
      return obstacle(
        `${model.name} gives ${copied} steps and reads ${timeSteps}; a copy is no longer than what is read.`,
      );
    }
    const refusal = teacherObstacle(model, 'crossEntropy');
    if (refusal !== null) return { kind: 'obstacles', obstacles: [refusal] };
    return madeDataset(
      request,
      {
        ...about,
        description: `Copy memory: ${timeSteps} symbols of ${symbols} kinds are read; the answer is the first ${copied} of them in their order`,
        metricRule: { kind: 'bits', scale: 1 },
        write: (random, shape, position, inputs, targets) => {
          for (let time = 0; time < timeSteps; time++) {
            const symbol = random.below(symbols);
            writeToken(inputs, input, shape, time, position, first + symbol);
            if (time < copied) targets[time * shape.batch + position] = symbol;
          }
        },
      },
      () => guessing(Math.log(symbols), Math.log2(symbols)),
    );
  }

  const refusal = stepsObstacle(model, timeSteps);
  if (refusal !== null) return { kind: 'obstacles', obstacles: [refusal] };
  if (timeSteps < 5) return obstacle('Copy memory wants sequences of at least 5 steps.');
  const copied = Math.min(longestCopy, Math.floor((timeSteps - 1) / 3));
  const gap = timeSteps - 2 * copied - 1;
  const share = copied / timeSteps;
  return madeDataset(
    request,
    {
      ...about,
      description: `Copy memory: ${copied} symbols of ${symbols} kinds, ${gap} blanks, a mark, then the symbols in their order`,
      metricRule: { kind: 'bits', scale: 1 / share },
      write: (random, shape, position, inputs, targets) => {
        for (let time = 0; time < timeSteps; time++) {
          targets[time * shape.batch + position] = 0;
          if (time >= copied) writeToken(inputs, input, shape, time, position, time === copied + gap ? mark : blank);
        }
        for (let index = 0; index < copied; index++) {
          const symbol = random.below(symbols);
          writeToken(inputs, input, shape, index, position, first + marksRead + symbol);
          targets[(timeSteps - copied + index) * shape.batch + position] = 1 + symbol;
        }
      },
    },
    // As in the source: blanks are certain, and the symbols guessed.
    () => ({ ...guessing(share * Math.log(symbols), Math.log2(symbols)), name: 'blanks, then guessing' }),
  );
}
