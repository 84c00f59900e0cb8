/** Made-up tasks whose difficulty is known: adding, sine mix, delayed recall. */
import type { TaskName } from '../../protocol/trainer';
import type { BatchShape } from '../network';
import type { ModelPlan } from '../plan/modelPlan';
import { createRandom, type RandomSource } from '../random';
import { type Baseline, type Dataset, type DatasetResult, mean, obstacle, type Part } from './dataset';

const trainingSequences = 10_000;
const heldOutSequences = 256;

/** Sequences are made when they are asked for, each from its own stream of random numbers. */
function randomOf(seed: number, part: Part, sequence: number): RandomSource {
  return createRandom(seed, part === 'training' ? sequence : trainingSequences + sequence);
}

export function taskDataset(name: TaskName, model: ModelPlan, timeSteps: number, seed: number): DatasetResult {
  switch (name) {
    case 'adding':
      return adding(model, timeSteps, seed);
    case 'sine-mix':
      return sineMix(model, timeSteps, seed);
    case 'delayed-recall':
      return delayedRecall(model, timeSteps, seed);
  }
}

/** Two of the numbers are marked, one in each half; the answer is their sum (Hochreiter and Schmidhuber 1997). */
function adding(model: ModelPlan, timeSteps: number, seed: number): DatasetResult {
  if (timeSteps < 4) return obstacle('The adding task wants sequences of at least 4 steps.');
  const refusal = expectShape(model, 'The adding task', 2, 'a number and a mark', 1, 'last');
  if (refusal) return refusal;
  const half = Math.floor(timeSteps / 2);
  return made({
    description: `Adding: ${timeSteps} random numbers in 0…1, two of them marked; the answer is their sum`,
    model,
    timeSteps,
    inputWidth: 2,
    // 1 is the mean of the sum of two uniform numbers.
    baseline: { name: 'always the mean', predict: () => 1 },
    metricName: 'RMSE (sum)',
    sequence: (random, shape, position, inputs, targets) => {
      const marks = [random.below(half), half + random.below(timeSteps - half)];
      let sum = 0;
      for (let time = 0; time < timeSteps; time++) {
        const value = random.uniform();
        const isMarked = marks.includes(time);
        const place = (time * shape.batch + position) * 2;
        inputs[place] = value;
        inputs[place + 1] = isMarked ? 1 : 0;
        if (isMarked) sum += value;
      }
      targets[position] = sum;
    },
    seed,
  });
}

const waveCount = 3;

/** A sum of three sine waves of random period and phase; the answer is its next value. */
function sineMix(model: ModelPlan, timeSteps: number, seed: number): DatasetResult {
  const refusal = expectShape(model, 'The sine mix', 1, 'the value', 1, null);
  if (refusal) return refusal;
  const isEvery = model.outputSteps === 'every';
  const wave = (random: RandomSource): ((time: number) => number) => {
    const waves = Array.from({ length: waveCount }, () => ({
      frequency: (2 * Math.PI) / (8 + 32 * random.uniform()),
      phase: 2 * Math.PI * random.uniform(),
    }));
    return (time) => waves.reduce((sum, { frequency, phase }) => sum + Math.sin(frequency * time + phase), 0);
  };
  return made({
    description: `Sine mix: the next value of a sum of ${waveCount} sine waves with periods of 8 to 40 steps`,
    model,
    timeSteps,
    inputWidth: 1,
    baseline: { name: 'same as the step before', predict: (inputs, time) => inputs[time] ?? 0 },
    metricName: 'RMSE (next value)',
    sequence: (random, shape, position, inputs, targets) => {
      const value = wave(random);
      for (let time = 0; time < timeSteps; time++) inputs[time * shape.batch + position] = value(time);
      for (let step = 0; step < shape.targetSteps; step++) {
        targets[step * shape.batch + position] = value(isEvery ? step + 1 : timeSteps);
      }
    },
    seed,
  });
}

const recallSymbolLimit = 8;

/** The first step shows a symbol, all others a blank; the answer after the last step is the symbol. */
function delayedRecall(model: ModelPlan, timeSteps: number, seed: number): DatasetResult {
  const width = model.input.width ?? recallSymbolLimit + 1;
  const symbols = Math.min(recallSymbolLimit, width - 1, model.outputWidth);
  const first = model.reservedToken === 0 ? 2 : 1;
  if (symbols < 2 || first + symbols > width || model.outputSteps !== 'last') {
    const { file, line } = model.inputLayer.location;
    return obstacle(
      'Delayed recall wants a model that answers once, after the last step, with at least 2 classes, ' +
        'and reads a vocabulary (or one-hot input) of at least 3.',
      file,
      line,
    );
  }
  if (model.outputActivation !== 'none' && model.outputActivation !== 'softmax') {
    return obstacle(
      `${model.name} ends in ${model.outputActivation}; recalling a symbol wants plain numbers or a softmax at the end.`,
      model.outputLine.file,
      model.outputLine.line,
    );
  }
  const isOneHot = model.input.kind === 'features';
  const blank = first - 1;
  const dataset: Dataset = {
    description: `Delayed recall: one of ${symbols} symbols, ${timeSteps - 1} blanks, then the symbol is asked for`,
    trainingSequences,
    heldOutSequences,
    timeSteps,
    input: { kind: model.input.kind, width },
    outputSteps: 'last',
    loss: 'crossEntropy',
    metric: { name: 'bits per symbol', lowerIsBetter: true },
    metricRule: { kind: 'bits' },
    baseline: {
      name: 'guessing',
      metric: Math.log2(symbols),
      loss: Math.log(symbols),
      sequenceLosses: new Float64Array(heldOutSequences).fill(Math.log(symbols)),
    },
    remarks: [],
    fill: (part, sequences, shape, inputs, targets) => {
      if (isOneHot) inputs.fill(0);
      for (let position = 0; position < sequences.length; position++) {
        const symbol = randomOf(seed, part, sequences[position] ?? 0).below(symbols);
        for (let time = 0; time < timeSteps; time++) {
          const id = time === 0 ? first + symbol : blank;
          const place = time * shape.batch + position;
          if (isOneHot) inputs[place * width + id] = 1;
          else inputs[place] = id;
        }
        targets[position] = symbol;
      }
    },
  };
  return { kind: 'dataset', dataset };
}

function expectShape(
  model: ModelPlan,
  task: string,
  inputWidth: number,
  inputMeaning: string,
  outputWidth: number,
  outputSteps: 'last' | null,
): DatasetResult | null {
  const { file, line } = model.inputLayer.location;
  if (model.input.kind === 'tokens' || (model.input.width !== null && model.input.width !== inputWidth)) {
    const found = model.input.kind === 'tokens' ? 'tokens' : `${model.input.width} numbers`;
    return obstacle(
      `${task} gives ${inputWidth} per step (${inputMeaning}), but ${model.name} reads ${found}.`,
      file,
      line,
    );
  }
  if (model.outputWidth !== outputWidth || (outputSteps !== null && model.outputSteps !== outputSteps)) {
    return obstacle(
      `${task} wants ${outputWidth} number${outputSteps === 'last' ? ' after the last step' : ''}, but ${model.name} ` +
        `gives ${model.outputWidth} ${model.outputSteps === 'every' ? 'at every step' : 'after the last step'}.`,
      model.outputLine.file,
      model.outputLine.line,
    );
  }
  return null;
}

/** A task with one number as its answer, its sequences made by `sequence`. */
function made(task: {
  readonly description: string;
  readonly model: ModelPlan;
  readonly timeSteps: number;
  readonly inputWidth: number;
  /** `predict` gives the answer after a time step of one sequence, from its inputs `[timeSteps, inputWidth]`. */
  readonly baseline: { readonly name: string; readonly predict: (inputs: Float32Array, time: number) => number };
  readonly metricName: string;
  readonly sequence: (
    random: RandomSource,
    shape: BatchShape,
    position: number,
    inputs: Float32Array,
    targets: Float32Array,
  ) => void;
  readonly seed: number;
}): DatasetResult {
  const { model, timeSteps, inputWidth } = task;
  const fill: Dataset['fill'] = (part, sequences, shape, inputs, targets) => {
    for (let position = 0; position < sequences.length; position++) {
      const random = randomOf(task.seed, part, sequences[position] ?? 0);
      task.sequence(random, shape, position, inputs, targets);
    }
  };
  const targetSteps = model.outputSteps === 'every' ? timeSteps : 1;
  const shape = { batch: 1, inputSteps: timeSteps, inputWidth, targetSteps, targetWidth: 1 };
  const inputs = new Float32Array(timeSteps * inputWidth);
  const targets = new Float32Array(targetSteps);
  const sequenceLosses = Float64Array.from({ length: heldOutSequences }, (_, sequence) => {
    fill('heldOut', [sequence], shape, inputs, targets);
    const errors = Float64Array.from(targets, (target, step) => {
      return (task.baseline.predict(inputs, timeSteps - targetSteps + step) - target) ** 2;
    });
    return mean(errors);
  });
  const loss = mean(sequenceLosses);
  const baseline: Baseline = { name: task.baseline.name, metric: Math.sqrt(loss), loss, sequenceLosses };
  const dataset: Dataset = {
    description: task.description,
    trainingSequences,
    heldOutSequences,
    timeSteps,
    input: { kind: 'features', width: inputWidth },
    outputSteps: model.outputSteps,
    loss: 'meanSquaredError',
    metric: { name: task.metricName, lowerIsBetter: true },
    metricRule: { kind: 'rootMeanSquare', column: 0, scale: 1 },
    baseline,
    remarks: [],
    fill,
  };
  return { kind: 'dataset', dataset };
}
